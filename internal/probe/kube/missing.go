package kube

import (
	"context"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
)

// Missing reports that the object of step does not exist; nil if it does. The
// error is for a question that was not answered: then nobody knows.
func (c *Client) Missing(ctx context.Context, step hookspec.Kubernetes) (*Absence, error) {
	_, err := c.Get(ctx, Kind{step.APIVersion, step.Kind, step.Plural()}.At(c.or(step.Namespace), step.Name))
	if absence, ok := Absent(err); ok {
		return absence, nil
	}
	return nil, err
}
