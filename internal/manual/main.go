// Command manual writes docs/connectors.md out of what connectors and formats declare:
//
//	go run ./internal/manual > docs/connectors.md
package main

import (
	"bufio"
	"os"
)

func main() {
	w := bufio.NewWriter(os.Stdout)
	page(w)
	if err := w.Flush(); err != nil {
		os.Stderr.WriteString("manual: " + err.Error() + "\n")
		os.Exit(1)
	}
}
