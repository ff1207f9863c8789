package spool

import "syscall"

// release lets the pages of a mapping go. They come back from the file.
func release(mapped []byte) {
	_ = syscall.Madvise(mapped, syscall.MADV_DONTNEED) // refused, it costs memory only
}
