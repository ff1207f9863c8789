// Package syncfail finds the hook that made a sync fail, and tells others once
// per revision.
//
// It knows what Kubernetes says of Jobs and Pods that failed, and the formats of
// webhooks. It knows nothing about waiting, and not why the hook itself said no:
// that is in the hook's own words.
package syncfail

import (
	"context"
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

// New returns the probe of a syncFailure step. It never says yes: what it found is
// bad news, and stays found while the webhook is tried again.
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
	unread   error    // why a hook's own words are not among the failures; nil if they are
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
			return probe.Yes{}, r.unread(err)
		}
		r.found = &found
	}
	told, err := r.tell(ctx)
	if err == nil {
		err = r.remember(ctx)
	}
	if err == nil {
		err = r.found.unread
	}
	return probe.Yes{}, &probe.Found{News: r.found.String() + told, Err: err}
}

// unread says where the reason is when we do not get at it.
func (r *reporter) unread(err error) error {
	return fmt.Errorf("which hook failed cannot be read: %w; look at the pods of the hooks: kubectl -n %s get pods -l app.kubernetes.io/component=hook",
		err, r.API.Namespace())
}

// tell posts the finding and says what it did; "" without a webhook.
func (r *reporter) tell(ctx context.Context) (string, error) {
	switch {
	case r.Webhook == nil:
		return "", nil
	case r.posted():
		return "; posted before for revision " + r.Step.Revision, nil
	}
	if err := r.post(ctx); err != nil {
		return "", err
	}
	if r.Step.Revision == "" {
		return "; posted, as each failure is without a revision", nil
	}
	r.found.known.revision = r.Step.Revision
	return "; posted for revision " + r.Step.Revision, nil
}

// posted reports whether this revision was posted about, in this run or before.
func (r *reporter) posted() bool {
	return r.Step.Revision != "" && r.found.known.revision == r.Step.Revision
}
