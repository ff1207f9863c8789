package loki

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// around is how far before and after the line a query looks: clocks differ.
const around = 5 * time.Minute

// A roundTrip is the probe of a loki.roundTrip step. It pushes one line, and
// then asks for it as often as it is asked itself.
type roundTrip struct {
	Access
	step   hookspec.LokiRoundTrip
	token  string
	pushed time.Time // zero until Loki has taken the line
}

// RoundTrip is the probe of a loki.roundTrip step. The token makes the line one
// that nobody else has written.
func (a Access) RoundTrip(step hookspec.LokiRoundTrip, token string) probe.Probe {
	return &roundTrip{Access: a, step: step, token: token}
}

// Ask pushes the line, unless that is done, and looks for it.
func (r *roundTrip) Ask(ctx context.Context) (probe.Yes, error) {
	if r.pushed.IsZero() {
		now := r.Now()
		if err := r.push(ctx, now); err != nil {
			return probe.Yes{}, err
		}
		r.pushed = now
	}
	return r.find(ctx)
}

func (r *roundTrip) push(ctx context.Context, at time.Time) error {
	type stream struct {
		Stream map[string]string `json:"stream"`
		Values [][2]string       `json:"values"`
	}
	body, err := json.Marshal(map[string][]stream{"streams": {{
		Stream: r.step.Stream(),
		Values: [][2]string{{nanoseconds(at), "argocd-safesync round trip " + r.token}},
	}}})
	if err != nil {
		return fmt.Errorf("write the line to push: %w", err)
	}
	answer, err := r.send(ctx, http.MethodPost, cmp.Or(r.step.PushURL, r.At.URL), "/loki/api/v1/push", string(body))
	if err != nil {
		return err
	}
	return r.judgePush(answer)
}

func nanoseconds(t time.Time) string { return strconv.FormatInt(t.UnixNano(), 10) }

// blocked is Loki's own status for a tenant whose lines are not wanted.
const blocked = 260

func (r *roundTrip) judgePush(answer *probehttp.Answer) error {
	said := fmt.Sprintf("%s: push %d", answer.Place, answer.Status)
	switch answer.Status {
	case http.StatusNoContent:
		return nil
	case http.StatusTooManyRequests:
		return probe.NotYet("429", "%s rate limited: %s", said, answer.Text())
	case blocked:
		return probe.No(probe.Content, "%s: the tenant's lines are blocked: %s", said, answer.Text())
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return probe.No(statusCause(answer.Status), "%s: nothing takes lines there: set pushURL", said)
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return probe.No(statusCause(answer.Status), "%s: %s%s", said, answer.Text(), clockHint(answer.Text()))
	}
	return r.unexpected(answer, "204")
}

func statusCause(code int) probe.Cause { return probe.Cause(strconv.Itoa(code)) }

// clockHint explains what Loki says about a line of this very moment.
func clockHint(text string) string {
	for _, sign := range []string{"too far behind", "out of order", "too old", "too new"} {
		if strings.Contains(text, sign) {
			return " (the clocks of this node and of Loki's differ)"
		}
	}
	return ""
}

// find asks for the line with a range query: an instant one takes no logs.
func (r *roundTrip) find(ctx context.Context) (probe.Yes, error) {
	const path = "/loki/api/v1/query_range"
	query := url.Values{
		"query": {r.selector() + " |= " + strconv.Quote(r.token)}, "limit": {"1"}, "direction": {"backward"},
		"start": {nanoseconds(r.pushed.Add(-around))}, "end": {nanoseconds(r.pushed.Add(around))},
	}
	answer, err := r.get(ctx, path+"?"+query.Encode())
	if err != nil {
		return probe.Yes{}, err
	}
	var said struct {
		Status string
		Data   struct{ Result []struct{ Values [][]any } }
	}
	if err := success(answer, &said.Status, &said); err != nil {
		return probe.Yes{}, err
	}
	after := r.Now().Sub(r.pushed)
	for _, stream := range said.Data.Result {
		for _, entry := range stream.Values {
			if len(entry) > 1 && strings.Contains(fmt.Sprint(entry[1]), r.token) {
				return probe.Yes{Saw: fmt.Sprintf("%s: the pushed line was found after %s", answer.Place, after.Round(time.Millisecond))}, nil
			}
		}
	}
	return probe.Yes{}, probe.NotYet(probe.Content, "%s: pushed line not found after %.0fs", answer.Place, after.Seconds())
}

// selector writes the labels as LogQL does.
func (r *roundTrip) selector() string {
	labels := r.step.Stream()
	var out []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		out = append(out, name+"="+strconv.Quote(labels[name]))
	}
	return "{" + strings.Join(out, ",") + "}"
}
