package cnpg_test

import (
	"io"
	"net"
	"testing"

	"gotest.tools/v3/assert"
)

// forward is the address of a port that leads to a socket.
func forward(t *testing.T, socket string) string {
	t.Helper()
	return serve(t, func(in net.Conn) { join(in, socket) })
}

// greeter is the address of a server that speaks first, as mail servers do.
func greeter(t *testing.T) string {
	t.Helper()
	return serve(t, func(in net.Conn) {
		_, _ = io.WriteString(in, "220 hello\r\n")
		_, _ = io.Copy(io.Discard, in)
	})
}

// serve is the address of a server that answers each connection with answer.
func serve(t *testing.T, answer func(net.Conn)) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	assert.NilError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			in, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = in.Close() }()
				answer(in)
			}()
		}
	}()
	return listener.Addr().String()
}

// join carries bytes between a connection and a socket until either ends.
func join(in net.Conn, socket string) {
	out, err := net.Dial("unix", socket)
	if err != nil {
		return
	}
	defer func() { _ = out.Close() }()
	go func() { _, _ = io.Copy(out, in) }()
	_, _ = io.Copy(in, out)
}
