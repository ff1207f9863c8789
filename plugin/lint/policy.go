package lint

import (
	"bytes"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// marker keeps a file out of what Argo CD renders from a plain directory.
const marker = "+argocd:skip-file-rendering"

// skipMarker: as long as the plugin renders the application the policy is no
// manifest; but Argo CD renders it by itself when it cannot reach the plugin, or
// when somebody takes the plugin away.
func skipMarker(app *App) []diag.Problem {
	if app.PolicyText == nil || bytes.Contains(app.PolicyText, []byte(marker)) {
		return nil
	}
	return []diag.Problem{diag.Pos{File: app.PolicyFile, Line: 1, Col: 1}.
		Warningf("want a comment with %s, got none: without the plugin, Argo CD takes the policy for a manifest", marker).
		WithHint("write # %s on the first line", marker)}
}
