package testenv_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

const victim = "TESTENV_VICTIM"

// TestServersEndWithTheProcess runs the victim below in a process that is killed
// while its servers run: no Cleanup can end them.
func TestServersEndWithTheProcess(t *testing.T) {
	testenv.Need(t, "prometheus")
	testenv.Need(t, "postgres")
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.v")
	cmd.Env = append(os.Environ(), victim+"=1")
	out, err := cmd.StdoutPipe()
	assert.NilError(t, err)
	assert.NilError(t, cmd.Start())
	defer func() { _ = cmd.Wait() }() // it was killed

	var url, dir, socket string
	for lines := bufio.NewScanner(out); socket == "" && lines.Scan(); {
		if _, found, ok := strings.Cut(lines.Text(), "servers: "); ok {
			_, err := fmt.Sscan(found, &url, &dir, &socket)
			assert.NilError(t, err)
		}
	}
	defer os.RemoveAll(dir)
	defer os.RemoveAll(socket)
	assert.Assert(t, socket != "", "want the victim to say where its servers are")

	poll.WaitOn(t, func(poll.LogT) poll.Result {
		_, err := os.Stat(socket + "/.s.PGSQL.5432")
		if ask(url) == nil || !os.IsNotExist(err) {
			return poll.Continue("the servers still answer")
		}
		return poll.Success()
	}, poll.WithTimeout(time.Minute))
}

func TestVictim(t *testing.T) {
	if os.Getenv(victim) == "" {
		t.Skip("a part of TestServersEndWithTheProcess")
	}
	url, dir := testenv.Prometheus(t, "{}")
	fmt.Println("servers:", url, dir, testenv.Postgres(t).Dir)
	assert.NilError(t, syscall.Kill(os.Getpid(), syscall.SIGKILL))
	select {}
}
