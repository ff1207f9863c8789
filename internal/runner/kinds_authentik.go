package runner

import (
	"fmt"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/authentik"
)

func makeAuthentikLogin(r *run, s *hookspec.Step) (probe.Probe, error) {
	c := authentik.Config{AuthentikLogin: *s.AuthentikLogin}
	if c.TLS != (hookspec.ClientTLS{}) {
		trust, err := r.trust(&c.TLS, ".tls")
		if err != nil {
			return nil, err
		}
		if c.Client, err = trust.Config(); err != nil {
			return nil, fmt.Errorf(".tls.caFile: %w", err)
		}
	}
	for _, ref := range []struct {
		from *hookspec.SecretRef
		to   *probe.Secret
		path string
	}{
		{c.AuthentikLogin.Username, &c.Username, ".username"},
		{c.AuthentikLogin.Password, &c.Password, ".password"},
		{c.AuthentikLogin.Token, &c.Token, ".token"},
	} {
		if ref.from == nil {
			continue
		}
		value, err := r.secret(ref.from, ref.path)
		if err != nil {
			return nil, err
		}
		*ref.to = value
	}
	return authentik.New(c), nil
}
