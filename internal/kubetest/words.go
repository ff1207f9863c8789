package kubetest

import (
	"errors"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

// Words is an answer as one text for comparison: what it means to the runner,
// then what people read.
func Words(yes probe.Yes, err error) string {
	switch {
	case err == nil:
		return strings.Join(append([]string{"yes: " + yes.Saw}, yes.Warnings...), "\nwarning: ")
	case errors.Is(err, probe.ErrNotYet):
		return "not yet: " + err.Error()
	case errors.Is(err, probe.ErrDenied):
		return "denied: " + err.Error()
	case errors.Is(err, probe.ErrSkip):
		return "skip: " + err.Error()
	}
	return "no: " + err.Error()
}
