package heap

import "syscall"

// preferLarge asks for large pages below a block.
func preferLarge(block []byte) {
	_ = syscall.Madvise(block, syscall.MADV_HUGEPAGE) // refused, it costs time only
}
