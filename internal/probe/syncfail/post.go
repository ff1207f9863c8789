package syncfail

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// post sends the finding once. A server that has trouble or wants us to wait may
// take it later; any other answer but a 2xx is final.
func (r *reporter) post(ctx context.Context) error {
	body, err := json.Marshal(r.body())
	if err != nil {
		return fmt.Errorf("write what to post: %w", err)
	}
	request := r.Webhook.HTTP
	request.Body = string(body)
	answer, err := probehttp.Fetch(ctx, request)
	if err != nil {
		return err
	}
	text := fmt.Sprintf("%s: %d %s, want 200-299", answer.Place, answer.Status, http.StatusText(answer.Status))
	if said := answer.Text(); said != "" {
		text += ": " + said
	}
	cause := probe.Cause(strconv.Itoa(answer.Status))
	switch {
	case 200 <= answer.Status && answer.Status < 300:
		return nil
	case answer.Status >= 500, answer.Status == http.StatusTooManyRequests, answer.Status == http.StatusRequestTimeout:
		return probe.NotYet(cause, "%s", text)
	}
	return probe.No(cause, "%s", text)
}

// body is what the format of the webhook asks for.
func (r *reporter) body() any {
	switch r.Webhook.Format {
	case "slack":
		return map[string]string{"text": r.slack()}
	case "alertmanager":
		return []alert{r.alert()}
	}
	return r.generic()
}

// A generic is the project's own format. Hook is empty where no hook of ours
// failed; exitCode is null where no container has ended with one.
type generic struct {
	App       string `json:"app"`
	Namespace string `json:"namespace"`
	Revision  string `json:"revision"`
	Hook      string `json:"hook"`
	Reason    string `json:"reason"`
	ExitCode  *int   `json:"exitCode"`
}

// generic is about the hook that failed first: that is why the sync failed.
func (r *reporter) generic() generic {
	out := generic{App: r.Step.App, Namespace: r.API.Namespace(), Revision: r.Step.Revision, Reason: r.found.String()}
	if len(r.found.failures) > 0 {
		first := r.found.failures[0]
		out.Hook, out.Reason, out.ExitCode = first.name, first.reason, first.exitCode
	}
	return out
}

// inSlack writes the three characters that mean something to Slack.
var inSlack = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func (r *reporter) slack() string { return inSlack.Replace(r.headline() + ": " + r.found.String()) }

// headline says which sync failed.
func (r *reporter) headline() string {
	text := fmt.Sprintf("sync of %s in %s failed", r.Step.App, r.API.Namespace())
	if r.Step.Revision != "" {
		text += " at revision " + r.Step.Revision
	}
	return text
}

// An alert is one of Alertmanager's API v2. Labels say which alert it is, so
// that neither the reason nor the revision is among them; without an end it
// resolves by itself.
type alert struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func (r *reporter) alert() alert {
	g := r.generic()
	out := alert{
		Labels:      map[string]string{"alertname": "ArgoCDSyncFailed", "app": g.App, "namespace": g.Namespace},
		Annotations: map[string]string{"summary": r.headline(), "description": r.found.String()},
	}
	if g.Hook != "" {
		out.Labels["hook"] = g.Hook
	}
	if g.Revision != "" {
		out.Annotations["revision"] = g.Revision
	}
	return out
}
