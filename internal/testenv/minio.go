package testenv

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// The root user and the region of every MinIO.
const (
	MinIOUser     = "safesync"
	MinIOPassword = "correct-horse-battery"
	MinIORegion   = "us-east-1"
)

// A MinIOServer is a real MinIO.
type MinIOServer struct {
	// URL is where S3 and the health pages are.
	URL string
	// Dir holds the server's drives.
	Dir string

	process *process
}

// MinIO starts a MinIO with drives for the length of the test: one is a server
// without redundancy, four lose their quorum with the second that goes.
func MinIO(tb testing.TB, drives int) *MinIOServer {
	tb.Helper()
	program := Need(tb, "minio")
	m := &MinIOServer{Dir: scratch(tb, "minio")}
	args := []string{"server", "--quiet", "--config-dir", filepath.Join(m.Dir, "config")}
	for i := range drives {
		check(tb, os.Mkdir(m.Drive(i+1), 0o777))
	}
	pattern := m.Drive(1)
	if drives > 1 {
		pattern = filepath.Join(m.Dir, fmt.Sprintf("drive{1...%d}", drives))
	}
	check(tb, retryPorts(func() error {
		ports, err := freePorts(2)
		if err != nil {
			return err
		}
		m.URL = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
		cmd := exec.Command(program, append(args, "--address", fmt.Sprintf("127.0.0.1:%d", ports[0]),
			"--console-address", fmt.Sprintf("127.0.0.1:%d", ports[1]), pattern)...)
		cmd.Dir = m.Dir
		cmd.Env = append(os.Environ(), "MINIO_ROOT_USER="+MinIOUser, "MINIO_ROOT_PASSWORD="+MinIOPassword,
			"MINIO_BROWSER=off", "MINIO_UPDATE=off", "MINIO_CI_CD=1", "MINIO_SITE_REGION="+MinIORegion, "HOME="+m.Dir)
		m.process, err = launch(tb, cmd, m.Dir, func() error { return answers(http.DefaultClient, m.URL+"/minio/health/cluster") })
		return err
	}))
	return m
}

// Drive is the folder of a drive; they are counted from 1.
func (m *MinIOServer) Drive(n int) string { return filepath.Join(m.Dir, fmt.Sprintf("drive%d", n)) }

// Stop ends the server: its port is closed.
func (m *MinIOServer) Stop() { m.process.stop(syscall.SIGTERM) }
