//go:build !linux

package heap

// preferLarge leaves the pages to the kernel.
func preferLarge([]byte) {}
