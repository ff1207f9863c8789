// Package syncfail finds the hook that made a sync fail, and tells others once
// per revision.
//
// It knows what Kubernetes says of Jobs and Pods that failed, and the formats of
// webhooks. It knows nothing about waiting, and not why the hook itself said no:
// that is in the hook's own words.
package syncfail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// A Config is what a step says, with its references resolved.
type Config struct {
	Step    hookspec.SyncFailure
	API     *kube.Client
	Webhook *Webhook // nil posts nothing
}

// A Webhook is where to post, and in which format.
type Webhook struct {
	HTTP   probehttp.Config
	Format string
}

// New returns the probe of a syncFailure step. What it found stays found while
// the webhook is tried again.
func New(c Config) probe.Probe { return &reporter{Config: c} }

type reporter struct {
	Config
	found *finding
}

// A finding is what there is to report.
type finding struct {
	failures []failure
	known    state    // what was reported before this run
	failed   []string // UIDs of everything that has failed, reported or not
}

// String names every hook that failed in this sync.
func (f finding) String() string {
	if len(f.failures) == 0 {
		return "no hook of ours failed: look at the sync result of the application's own objects"
	}
	words := make([]string, len(f.failures))
	for i, one := range f.failures {
		words[i] = one.String()
	}
	return strings.Join(words, "; ")
}

// Ask finds what failed, posts it unless that is done, and remembers both.
func (r *reporter) Ask(ctx context.Context) (probe.Yes, error) {
	if r.found == nil {
		found, err := r.find(ctx)
		if err != nil {
			return probe.Yes{}, err
		}
		r.found = &found
	}
	saw, err := r.tell(ctx)
	if err != nil {
		return probe.Yes{}, r.beside(err)
	}
	if err := r.remember(ctx); err != nil {
		return probe.Yes{}, r.beside(err)
	}
	return probe.Yes{Saw: saw, News: r.found.String()}, nil
}

// beside is err after what was found: whoever reads why nobody was told must
// still learn what failed.
func (r *reporter) beside(err error) error {
	text, cause := r.found.String()+"; and "+err.Error(), probe.CauseOf(err)
	switch {
	case errors.Is(err, probe.ErrDenied):
		return probe.Refusal("%s", text)
	case errors.Is(err, probe.ErrNotYet):
		return probe.NotYet(cause, "%s", text)
	}
	return probe.No(cause, "%s", text)
}

// tell posts the finding and says what it did.
func (r *reporter) tell(ctx context.Context) (string, error) {
	revision := cmp.Or(r.Step.Revision, "of this sync")
	switch {
	case r.Webhook == nil:
		return "no webhook to post to", nil
	case r.posted():
		return fmt.Sprintf("the failure of revision %s was posted before", revision), nil
	}
	if err := r.post(ctx); err != nil {
		return "", err
	}
	if r.Step.Revision == "" {
		return "posted; without a revision each failure is", nil
	}
	r.found.known.revision = r.Step.Revision
	return "posted the failure of revision " + revision, nil
}

// posted reports whether this revision was posted about, in this run or before.
func (r *reporter) posted() bool {
	return r.Step.Revision != "" && r.found.known.revision == r.Step.Revision
}
