package render

import (
	"context"
	"path"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// chartFile ends the name of the file that makes a directory a Helm chart.
const chartFile = "Chart.yaml"

// chart renders a Helm chart.
func chart(_ context.Context, req Request) ([]manifest.Object, error) {
	return nil, diag.Pos{File: path.Join(req.App, chartFile)}.Problemf("helm charts are not rendered yet").
		WithHint("set source.type to directory or kustomize, or to none if another source of the application renders the chart")
}
