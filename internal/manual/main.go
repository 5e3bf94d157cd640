// Command manual writes the pages of the manual that are made of what connectors, formats
// and functions declare:
//
//	go run ./internal/manual > docs/connectors.md
//	go run ./internal/manual functions > docs/functions.md
package main

import (
	"bufio"
	"os"
)

func main() {
	w := bufio.NewWriter(os.Stdout)
	if len(os.Args) > 1 && os.Args[1] == "functions" {
		functionPage(w)
	} else {
		page(w)
	}
	if err := w.Flush(); err != nil {
		os.Stderr.WriteString("manual: " + err.Error() + "\n")
		os.Exit(1)
	}
}
