package s3_test

import (
	"net/http"
	"os"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/poll"

	"github.com/argocd-safesync/argocd-safesync/internal/probe/s3"
	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// health asks a server with the keys of a step.
func health(t *testing.T, url, keys string) string {
	t.Helper()
	s := *step(t, "minio.health", keys).MinIOHealth
	s.Endpoint = url
	return says(t.Context(), url, s3.Health(s, nil))
}

func TestHealthOfOneDrive(t *testing.T) {
	server := testenv.MinIO(t, 1)
	assert.Equal(t, health(t, server.URL, ""), "yes: minio URL: cluster health 200 (write quorum 1)")
	assert.Equal(t, health(t, server.URL, "nodes: 2"), "not yet: minio URL: taking one of the 2 servers away would lose the quorum: 412 (write quorum 1)")
	server.Stop()
	assert.Equal(t, health(t, server.URL, ""), "not yet: minio URL: connection refused")
}

func TestHealthWithoutQuorum(t *testing.T) {
	server := testenv.MinIO(t, 4)
	assert.Equal(t, health(t, server.URL, ""), "yes: minio URL: cluster health 200 (write quorum 3)")
	for _, n := range []int{1, 2} {
		assert.NilError(t, os.Rename(server.Drive(n), server.Drive(n)+"-gone"))
	}
	poll.WaitOn(t, func(poll.LogT) poll.Result {
		got := health(t, server.URL, "")
		if got == "not yet: minio URL: cluster health 503 (write quorum 3)" {
			return poll.Success()
		}
		return poll.Continue("got %s", got)
	})
}

// TestHealthHeaders answers with headers of MinIO's that a server on one machine
// cannot be brought to send.
func TestHealthHeaders(t *testing.T) {
	answer := func(status int, headers ...string) string {
		return stub(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Minio-Write-Quorum", "3")
			for i := 0; i < len(headers); i += 2 {
				w.Header().Set(headers[i], headers[i+1])
			}
			if r.URL.RawQuery == "" {
				w.WriteHeader(status)
			}
		})
	}
	assert.Equal(t, health(t, answer(503, "X-Minio-Server-Status", "offline"), ""),
		"not yet: minio URL: cluster health 503 (write quorum 3, status offline)")
	healing := answer(200, "X-Minio-Healing-Drives", "2")
	assert.Equal(t, health(t, healing, ""), "not yet: minio URL: 2 drives are healing, want at most 0 (write quorum 3, healing drives 2)")
	assert.Equal(t, health(t, healing, "maxHealing: 2"), "yes: minio URL: cluster health 200 (write quorum 3, healing drives 2)")
	assert.Equal(t, health(t, answer(200), "nodes: 4"), "yes: minio URL: cluster health 200 (write quorum 3), one of 4 servers may go")
	assert.Equal(t, health(t, answer(404, "X-Minio-Write-Quorum", ""), ""), "not yet: minio URL: cluster health 404: is that MinIO? other servers have no such page")
	assert.Equal(t, health(t, answer(200, "X-Minio-Write-Quorum", ""), ""), "not yet: minio URL: cluster health 200 without X-Minio-Write-Quorum: is that MinIO?")
}
