package hookspec

// once is what a kind says of itself when a second attempt of its Job would
// leave a second thing behind.
type once interface{ Once() bool }

// Once reports that a Backup stays behind, whatever becomes of the Job.
func (*CNPGBackup) Once() bool { return true }

// Once reports whether a step of s leaves something behind. A Job that does must
// not be tried again by Kubernetes, and its runner is told the revision, so that
// the next Job finds what this one has left.
func (s Spec) Once() bool {
	for i := range s.Steps {
		k, _ := s.Steps[i].Kind()
		if o, ok := k.(once); ok && o.Once() {
			return true
		}
	}
	return false
}
