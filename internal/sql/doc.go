// Package sql turns text into syntax trees and syntax trees into text, for the
// grammar of Flink SQL 2.3.0. It knows no catalog, no types and no functions:
// what a name means is for the binder. A tree keeps everything the meaning can
// depend on and the place of everything an error may point at.
//
// A tree is read-only once parsed; several readers may share it.
package sql
