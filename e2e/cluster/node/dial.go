package node

import (
	"context"
	"fmt"
	"net"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects to an address inside the cluster's network: a Service's or a
// pod's, as numbers. It has the signature of a [net.Dialer]'s and an HTTP
// transport's.
func (n *Node) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	there, err := os.Open(n.netFile())
	if err != nil {
		return nil, err
	}
	defer there.Close()
	// A socket belongs to the network of the thread that makes it, for ever. The
	// thread is not given back if it cannot return to where it was.
	runtime.LockOSThread()
	here, err := os.Open(fmt.Sprintf("/proc/self/task/%d/ns/net", unix.Gettid()))
	if err != nil {
		runtime.UnlockOSThread()
		return nil, err
	}
	defer here.Close()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return nil, fmt.Errorf("enter the cluster's network: %w", err)
	}
	var d net.Dialer
	conn, dialErr := d.DialContext(ctx, network, address)
	if err := unix.Setns(int(here.Fd()), unix.CLONE_NEWNET); err == nil {
		runtime.UnlockOSThread()
	}
	return conn, dialErr
}
