package hookspec

import "slices"

// once is what a kind says of itself when a second attempt of its Job would do
// harm: leave a second thing behind, or count against a user.
type once interface{ Once() bool }

// Once reports that a Backup stays behind, whatever becomes of the Job.
func (*CNPGBackup) Once() bool { return true }

// Once reports whether the rollout is watched: a second attempt would begin when
// the rollout is over, see none of the answers that were wrong, and say yes.
func (r *Rollout) Once() bool { return r.Watch != nil }

// Watches reports whether a step of s proves what happened while it ran, which
// nobody can see afterwards. Its Job then has one pod, whatever becomes of it.
func (s Spec) Watches() bool {
	return slices.ContainsFunc(s.Steps, func(step Step) bool {
		return step.Rollout != nil && step.Rollout.Watch != nil
	})
}

// Once reports whether a second attempt at a step of s would do harm, so that
// Kubernetes must not try its Job again.
func (s Spec) Once() bool {
	for i := range s.Steps {
		k, _ := s.Steps[i].Kind()
		if o, ok := k.(once); ok && o.Once() {
			return true
		}
	}
	return false
}

// AtRevision returns a copy of s in which each step that leaves something behind,
// or tells others something, knows the revision that it does so for, unless it says one itself: the next
// attempt at the same revision then finds what this one has left.
func (s Spec) AtRevision(revision string) Spec {
	out := s
	out.Steps = slices.Clone(s.Steps)
	for i := range out.Steps {
		kinds := &out.Steps[i].Kinds
		if b := kinds.CNPGBackup; b != nil && b.Revision == "" {
			own := *b
			own.Revision = revision
			kinds.CNPGBackup = &own
		}
		if d := kinds.PostgresDump; d != nil && d.Revision == "" {
			own := *d
			own.Revision = revision
			kinds.PostgresDump = &own
		}
		if f := kinds.SyncFailure; f != nil && f.Revision == "" {
			own := *f
			own.Revision = revision
			kinds.SyncFailure = &own
		}
	}
	return out
}
