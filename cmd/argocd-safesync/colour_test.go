package main

import (
	"bytes"
	"os"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/cli"
)

// TestColourIsForATerminalThatTakesIt asks for the null device, which is a
// character device as a terminal is.
func TestColourIsForATerminalThatTakesIt(t *testing.T) {
	terminal, err := os.Open(os.DevNull)
	assert.NilError(t, err)
	defer terminal.Close()
	for _, tc := range []struct {
		name string
		env  map[string]string
		want bool
	}{
		{name: "plain", want: true},
		{name: "a terminal with a name", env: map[string]string{"TERM": "xterm"}, want: true},
		{name: "a dumb terminal", env: map[string]string{"TERM": "dumb"}},
		{name: "no colour wanted", env: map[string]string{"TERM": "xterm", "NO_COLOR": "1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			std := cli.IO{Env: func(name string) (string, bool) { v, ok := tc.env[name]; return v, ok }}
			std.Stdout = terminal
			assert.Equal(t, colour(std), tc.want)
			std.Stdout = new(bytes.Buffer)
			assert.Equal(t, colour(std), false)
		})
	}
}
