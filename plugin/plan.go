package plugin

import (
	"time"

	"github.com/argocd-safesync/argocd-safesync/plugin/plan"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// Plan says what Argo CD will do with the objects of r, and when it tries again.
func (r Result) Plan() plan.Plan {
	p := plan.Of(r.Objects)
	if retry := r.Policy.Retry; retry != nil && retry.Limit != nil {
		p.Retry = plan.Retries(*retry.Limit, retry.Refresh != nil && *retry.Refresh, backoff(retry.Backoff))
	}
	return p
}

func backoff(b *policy.Backoff) plan.Backoff {
	if b == nil {
		return plan.Backoff{}
	}
	out := plan.Backoff{Duration: length(b.Duration), MaxDuration: length(b.MaxDuration)}
	if b.Factor != nil {
		out.Factor = *b.Factor
	}
	return out
}

// length is a duration that was read already.
func length(d *policy.ArgoDuration) time.Duration {
	if d == nil {
		return 0
	}
	out, _ := d.Std()
	return out
}
