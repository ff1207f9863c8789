package plugin

import (
	"time"

	"github.com/argocd-safesync/argocd-safesync/plugin/plan"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// Plan says what Argo CD will do with the objects of r in the namespace of the
// application, and when it tries again. Own is the retry of the Application, where
// that is known and nobody puts the policy's into it; else nil.
func (r Result) Plan(namespace string, own *plan.Retry) plan.Plan {
	p := plan.Of(r.Objects).In(namespace)
	if retry := r.Policy.Retry; retry != nil && retry.Limit != nil {
		p.Retry = plan.Retries(*retry.Limit, retry.Refresh != nil && *retry.Refresh, backoff(retry.Backoff))
	}
	if own != nil {
		p.Retry, p.PolicyRetry = own, p.Retry
	}
	return p
}

// RetryOf is the retry that an Application in a file says itself, as Argo CD has
// it in syncPolicy; nil if it gives no limit. A wait that is no length of time
// counts as not given.
func RetryOf(file string, said map[string]any) *plan.Retry {
	limit, ok := said["limit"].(int64)
	if !ok {
		return nil
	}
	waits, _ := said["backoff"].(map[string]any)
	b := policy.Backoff{Duration: argoDuration(waits["duration"]), MaxDuration: argoDuration(waits["maxDuration"])}
	if factor, ok := waits["factor"].(int64); ok && factor > 0 {
		b.Factor = &factor
	}
	r := plan.Retries(limit, said["refresh"] == true, backoff(&b))
	r.File = file
	return r
}

func argoDuration(value any) *policy.ArgoDuration {
	text, ok := value.(string)
	d := policy.ArgoDuration(text)
	if std, err := d.Std(); !ok || err != nil || std <= 0 {
		return nil
	}
	return &d
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
