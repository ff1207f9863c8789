package render

import (
	"os"
	"strings"
)

// substitute replaces $ARGOCD_APP_NAME, ${ARGOCD_APP_NAME} and Argo CD's other
// variables as it does itself: what it does not know is nothing, $$ is a dollar
// sign. Env is KEY=VALUE; the cluster's variables in it are not among them.
func substitute(env []string, text string) string {
	return os.Expand(text, func(name string) string {
		if name == "$" {
			return "$"
		}
		if !strings.HasPrefix(name, "ARGOCD_APP_") {
			return ""
		}
		for _, variable := range env {
			if value, ok := strings.CutPrefix(variable, name+"="); ok {
				return value
			}
		}
		return ""
	})
}
