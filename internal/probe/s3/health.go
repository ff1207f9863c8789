package s3

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// healthPath is MinIO's own: cluster is the only one of its health pages that
// knows about drives. live and ready say 200 before one is found.
const healthPath = "/minio/health/cluster"

// The headers in which MinIO explains itself.
const (
	headerStatus  = "X-Minio-Server-Status"
	headerQuorum  = "X-Minio-Write-Quorum"
	headerHealing = "X-Minio-Healing-Drives"
)

// Health is the probe of a minio.health step. It needs no credentials.
func Health(step hookspec.MinIOHealth, client *tls.Config) probe.Probe {
	step.Endpoint = strings.TrimSuffix(step.Endpoint, "/")
	conns := connections(client)
	conns.DisableKeepAlives = true // each question goes through the Service anew
	h := &health{step: step, client: &http.Client{
		Transport:     &bounds{next: conns, limit: step.RequestTimeout.Std()},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	return h
}

type health struct {
	step   hookspec.MinIOHealth
	client *http.Client
}

// Ask asks for the quorum, and then whether one server may go.
func (h *health) Ask(ctx context.Context) (probe.Yes, error) {
	place := "minio " + h.step.Endpoint
	resp, err := h.get(ctx, place, "")
	if err != nil {
		return probe.Yes{}, err
	}
	if err := h.judge(place, resp); err != nil {
		return probe.Yes{}, err
	}
	yes := probe.Yes{Saw: fmt.Sprintf("%s: cluster health 200%s", place, explained(resp.header))}
	if h.step.Nodes < 2 {
		return yes, nil // a single server can never go: MinIO always says 412
	}
	resp, err = h.get(ctx, place, "?maintenance=true")
	switch {
	case err != nil:
		return probe.Yes{}, err
	case resp.status == http.StatusPreconditionFailed:
		return probe.Yes{}, probe.NotYet("412", "%s: taking one of the %d servers away would lose the quorum: 412%s", place, h.step.Nodes, explained(resp.header))
	case resp.status != http.StatusOK:
		return probe.Yes{}, h.judge(place, resp)
	}
	yes.Saw += fmt.Sprintf(", one of %d servers may go", h.step.Nodes)
	return yes, nil
}

// A reply is what counts of an answer.
type reply struct {
	status int
	header http.Header
}

// get asks once.
func (h *health) get(ctx context.Context, place, query string) (reply, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, h.step.Endpoint+healthPath+query, nil)
	if err != nil {
		return reply{}, probe.No(probe.Other, "%s: %w", place, err)
	}
	resp, err := h.client.Do(req)
	if err == nil {
		_ = resp.Body.Close() // nothing of it is wanted
		return reply{resp.StatusCode, resp.Header}, nil
	}
	switch page, isPage := errors.AsType[*foreignAnswer](err); {
	case isPage:
		return reply{}, probe.NotYet(probe.Content, "%s: want MinIO's cluster health, got %s (is that the port of the console, or of a proxy?)", place, page.words)
	case errors.Is(err, errSlow):
		return reply{}, probe.NotYet(probe.Timeout, "%s: no answer within %s", place, h.step.RequestTimeout)
	}
	return reply{}, unspoken(place, err)
}

func (h *health) judge(place string, resp reply) error {
	if resp.status != http.StatusOK {
		hint := ""
		if resp.status == http.StatusNotFound || resp.status == http.StatusForbidden {
			hint = ": is that MinIO? other servers have no such page"
		}
		return probe.NotYet(probe.Cause(strconv.Itoa(resp.status)), "%s: cluster health %d%s%s", place, resp.status, explained(resp.header), hint)
	}
	if resp.header.Get(headerQuorum) == "" {
		return probe.NotYet(probe.Content, "%s: cluster health 200 without %s: is that MinIO?", place, headerQuorum)
	}
	n, err := strconv.Atoi(resp.header.Get(headerHealing))
	if err == nil && n > *h.step.MaxHealing {
		return probe.NotYet(probe.Content, "%s: %d drives are healing, want at most %d%s", place, n, *h.step.MaxHealing, explained(resp.header))
	}
	return nil
}

// explained is what the header says: " (write quorum 3, status offline)".
func explained(h http.Header) string {
	var parts []string
	for _, p := range []struct{ words, header string }{
		{"write quorum ", headerQuorum}, {"status ", headerStatus}, {"healing drives ", headerHealing},
	} {
		if v := h.Get(p.header); v != "" {
			parts = append(parts, p.words+v[:min(len(v), beginning)])
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return " (" + strings.Join(parts, ", ") + ")"
}
