// Package vfs has Faulty, a file system that breaks, and package disk's names for those
// who use both.
package vfs

import "tidemark.dev/disk"

// FS, File and Info are those of package disk.
type (
	FS   = disk.FS
	File = disk.File
	Info = disk.Info
)

// ErrLocked: the lock is held, by this process or another.
var ErrLocked = disk.ErrLocked

// Disk is the file system of the operating system.
var Disk = disk.OS

// ReadFile returns all of a file.
func ReadFile(sys FS, name string) ([]byte, error) { return disk.ReadFile(sys, name) }

// WriteFile is disk.WriteFile: name holds the old contents or the new.
func WriteFile(sys FS, name string, data []byte) error { return disk.WriteFile(sys, name, data) }
