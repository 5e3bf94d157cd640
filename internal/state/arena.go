package state

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"tidemark.dev/internal/invariants"
	"tidemark.dev/internal/memory"
)

// PageSize is the size of a page of entries: large enough that bookkeeping per page
// is noise, small enough that copying one's marked entries is a matter of microseconds.
const PageSize = 64 << 10

// chunkPages is how many pages are mapped at once: 1 MiB, so that small states stay small.
const chunkPages = 16

// arena hands out pages outside the Go heap and takes them back.
type arena struct {
	account *memory.Account
	chunks  [][]byte
	free    []unsafe.Pointer
}

// page returns a zeroed page.
func (a *arena) page() (unsafe.Pointer, error) {
	if len(a.free) == 0 {
		if err := a.account.Hold(chunkPages * PageSize); err != nil {
			return nil, err
		}
		chunk, err := mapMemory(chunkPages * PageSize)
		if err != nil {
			a.account.Hold(-chunkPages * PageSize)
			return nil, err
		}
		a.chunks = append(a.chunks, chunk)
		for i := chunkPages - 1; i >= 0; i-- {
			a.free = append(a.free, unsafe.Pointer(&chunk[i*PageSize]))
		}
	}
	p := a.free[len(a.free)-1]
	a.free = a.free[:len(a.free)-1]
	return p, nil
}

// giveBack takes a page that nobody reads any more.
func (a *arena) giveBack(p unsafe.Pointer) {
	clear(unsafe.Slice((*uint64)(p), PageSize/8))
	a.free = append(a.free, p)
}

func (a *arena) close() {
	for _, c := range a.chunks {
		unix.Munmap(c)
		a.account.Hold(-int64(len(c)))
	}
	a.chunks, a.free = nil, nil
}

func mapMemory(n int) ([]byte, error) {
	m, err := unix.Mmap(-1, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		return nil, fmt.Errorf("the operating system refuses %d KiB of memory for state: %w", n>>10, err)
	}
	return m, nil
}

// heap keeps texts: blocks of size classes, each class carved from pages, large texts
// mapped alone.
type heap struct {
	arena *arena
	pages []unsafe.Pointer
	class [len(classes)]struct {
		free uint64 // address of the first free block, whose first 8 bytes are the next's; 0: none
		page int    // page being carved, and
		at   int    // where; page -1: none
	}
	large map[uint32][]byte
	next  uint32
}

// classes are the block sizes: each at most a third more than the one before.
var classes = [...]int{16, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320, 384, 512, 640, 768, 1024, 1280, 1536, 2048, 2560, 3072, 4096, 5120, 6144, 8192}

func classOf(n int) int {
	lo, hi := 0, len(classes)-1
	for lo < hi {
		if mid := (lo + hi) / 2; classes[mid] >= n {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

func newHeap(a *arena) *heap {
	h := &heap{arena: a}
	for i := range h.class {
		h.class[i].page = -1
	}
	return h
}

// An address is page<<32 | offset+1, so that 0 is none; a large text has bit 63.
const largeBit = 1 << 63

func (h *heap) store(b []byte) (uint64, error) {
	if len(b) > classes[len(classes)-1] {
		return h.storeLarge(b)
	}
	k := classOf(len(b))
	c := &h.class[k]
	addr := c.free
	if addr != 0 {
		c.free = *(*uint64)(h.at(addr))
	} else {
		if c.page < 0 || c.at+classes[k] > PageSize {
			p, err := h.arena.page()
			if err != nil {
				return 0, err
			}
			h.pages = append(h.pages, p)
			c.page, c.at = len(h.pages)-1, 0
		}
		addr = uint64(c.page)<<32 | uint64(c.at+1)
		c.at += classes[k]
	}
	copy(unsafe.Slice((*byte)(h.at(addr)), len(b)), b)
	return addr, nil
}

func (h *heap) storeLarge(b []byte) (uint64, error) {
	if err := h.arena.account.Hold(int64(len(b))); err != nil {
		return 0, err
	}
	m, err := mapMemory(len(b))
	if err != nil {
		h.arena.account.Hold(-int64(len(b)))
		return 0, err
	}
	copy(m, b)
	if h.large == nil {
		h.large = map[uint32][]byte{}
	}
	h.next++
	h.large[h.next] = m
	return largeBit | uint64(h.next), nil
}

func (h *heap) at(addr uint64) unsafe.Pointer {
	return unsafe.Add(h.pages[addr>>32], int(uint32(addr))-1)
}

// bytes is the text of n bytes at addr, valid until it is freed.
func (h *heap) bytes(addr uint64, n int) []byte {
	if addr&largeBit != 0 {
		return h.large[uint32(addr)]
	}
	return unsafe.Slice((*byte)(h.at(addr)), n)
}

func (h *heap) release(addr uint64, n int) {
	if addr&largeBit != 0 {
		m := h.large[uint32(addr)]
		h.arena.account.Hold(-int64(len(m)))
		unix.Munmap(m)
		delete(h.large, uint32(addr))
		return
	}
	c := &h.class[classOf(n)]
	if invariants.Enabled {
		invariants.Fill(unsafe.Slice((*byte)(h.at(addr)), classes[classOf(n)]))
	}
	*(*uint64)(h.at(addr)) = c.free
	c.free = addr
}

func (h *heap) close() {
	for k, m := range h.large {
		unix.Munmap(m)
		h.arena.account.Hold(-int64(len(m)))
		delete(h.large, k)
	}
}

// Ref is a text in an entry: 16 bytes, at most 12 of it in place.
type Ref struct {
	n      uint32
	prefix [4]byte
	addr   uint64
}

const inlineRef = 12

// Len is the length of the text.
func (r *Ref) Len() int { return int(r.n) }

func (r *Ref) inline() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(&r.prefix)), inlineRef)[:r.n]
}
