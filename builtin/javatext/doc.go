// Package javatext reads texts as Java's parsers do: numbers, dates and times, base 64.
// It is what the formats share that follow a reader written in Java.
package javatext
