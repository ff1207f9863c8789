package cnpg

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

// A Shell runs a command in a container of a pod; [kube.Client.Exec] is one.
type Shell func(ctx context.Context, at kube.Container, command []string) (kube.Output, error)

// Access is what the probes of this package ask through.
type Access struct {
	API *kube.Client
	// Shell runs psql. Without it API does.
	Shell Shell
	// Now is the clock. Without it time.Now is.
	Now func() time.Time
}

// Get returns the cluster of a step.
func (a Access) Get(ctx context.Context, step hookspec.CNPGCluster) (Cluster, error) {
	namespace := step.Namespace
	if namespace == "" {
		namespace = a.API.Namespace()
	}
	obj, err := a.API.Get(ctx, ClusterRef(namespace, step.Cluster))
	return Cluster{obj}, err
}

// awake returns the cluster of a check that needs it running. A check of a
// hibernated cluster is skipped: somebody wants it that way, and a hook that
// fails would make every sync of a sleeping application fail.
func (a Access) awake(ctx context.Context, step hookspec.CNPGCluster) (Cluster, error) {
	c, err := a.Get(ctx, step)
	if err != nil {
		return c, err
	}
	state, why := c.State()
	switch state {
	case Hibernated:
		return c, probe.Skip("%s %s", c.Ref(), why)
	case Frozen, Supervised, Broken, Deleting:
		return c, probe.No(probe.Content, "%s %s", c.Ref(), why)
	default:
		return c, nil
	}
}

// pluginStart is how long a plugin may take to start: it is one container, which
// asks for a certificate first.
const pluginStart = 2 * time.Minute

// IsHealthy is the probe of a cnpg.healthy step.
func (a Access) IsHealthy(step hookspec.CNPGHealthy) probe.Probe {
	now := a.Now
	if now == nil {
		now = time.Now
	}
	var unplugged time.Time // when that was seen first
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		c, err := a.awake(ctx, step.CNPGCluster)
		if err != nil {
			return probe.Yes{}, err
		}
		state, why := c.State()
		if state != Unplugged {
			unplugged = time.Time{}
		} else if unplugged.IsZero() {
			unplugged = now()
		}
		switch {
		case state == Unplugged && now().Sub(unplugged) >= pluginStart:
			return probe.Yes{}, probe.No(probe.Content, "%s %s, for %s already: install the plugin beside the operator, or look at its log", c.Ref(), why, hookspec.Duration(pluginStart))
		case state != Healthy:
			return probe.Yes{}, probe.NotYet(probe.Content, "%s %s", c.Ref(), why)
		}
		return probe.Yes{Saw: fmt.Sprintf("%s is healthy, primary %s", c.Ref(), c.Primary())}, nil
	})
}

// HasInstances is the probe of a cnpg.instances step.
func (a Access) HasInstances(step hookspec.CNPGInstances) probe.Probe {
	return probe.Func(func(ctx context.Context) (probe.Yes, error) {
		c, err := a.awake(ctx, step.CNPGCluster)
		if err != nil {
			return probe.Yes{}, err
		}
		selector := LabelCluster + "=" + c.GetName() + "," + labelPodRole + "=" + instanceRole
		pods, err := a.API.List(ctx, kube.PodRef(c.GetNamespace(), ""), selector)
		if err != nil {
			return probe.Yes{}, err
		}
		return judgeInstances(c, pods, step.Instances)
	})
}

// judgeInstances counts ready pods against what the spec asks for; status.instances
// counts volumes and follows the spec late. A number of the step's own is the
// least that must be ready.
func judgeInstances(c Cluster, pods []unstructured.Unstructured, least int) (probe.Yes, error) {
	ready, troubled := 0, []string{}
	for i := range pods {
		trouble := instanceTrouble(c, &pods[i])
		if trouble == "" {
			ready++
			continue
		}
		troubled = append(troubled, fmt.Sprintf("%s (%s)", pods[i].GetName(), trouble))
	}
	// The operator and the pods must agree: either may be older.
	want, seen := c.Instances(), min(ready, c.Ready())
	enough := seen == want && ready == want && c.Ready() == want && len(troubled) == 0
	if least > 0 {
		want, enough = least, seen >= least
	}
	if enough {
		return probe.Yes{Saw: fmt.Sprintf("%s: %d/%d instances ready", c.Ref(), seen, want)}, nil
	}
	return probe.Yes{}, probe.NotYet(probe.Content, "%s: %s", c.Ref(), instancesMessage(c, ready, want, troubled))
}

func instancesMessage(c Cluster, ready, want int, troubled []string) string {
	message := fmt.Sprintf("%d/%d instances ready", ready, want)
	if len(troubled) > 0 {
		message += "; not ready: " + strings.Join(troubled, ", ")
	}
	if c.Ready() != ready {
		message += fmt.Sprintf("; the operator counts %d", c.Ready())
	}
	if missing := want - ready - len(troubled); missing > 0 {
		message += fmt.Sprintf("; %d not created yet", missing)
	}
	return message
}

// instanceTrouble is "" for a ready instance. A fence says more than the
// readiness that it takes away.
func instanceTrouble(c Cluster, pod *unstructured.Unstructured) string {
	trouble := kube.PodTrouble(pod)
	if c.isFenced(pod.GetName()) && trouble != "terminating" {
		return "fenced"
	}
	return trouble
}
