// Package tidy holds the tree to its own rules, as tests: which way imports point, how
// long files are, what is documented, and that the documents name what is there. The rules
// only tighten.
package tidy
