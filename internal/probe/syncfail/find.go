package syncfail

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/kube"
)

var jobs = kube.Kind{APIVersion: "batch/v1", Name: "Job", Plural: "jobs"}

// jobName is the label that the Job controller gives the pods of a Job.
const jobName = "batch.kubernetes.io/job-name"

// A metadata is what matters here of an object's.
type metadata struct {
	Name              string
	UID               string
	CreationTimestamp time.Time
	OwnerReferences   []struct{ UID string }
}

// A run is a hook that Argo CD has started in this sync or in an earlier one.
type run struct {
	created time.Time
	failed  *failure // nil for one that has not
	unread  error    // why its reason is only what Kubernetes says; nil if it is not
}

// find looks at every hook and keeps the failures of this sync.
func (r *reporter) find(ctx context.Context) (finding, error) {
	known, err := r.known(ctx)
	if err != nil {
		return finding{}, err
	}
	runs, err := r.runs(ctx)
	if err != nil {
		return finding{}, err
	}
	out := finding{known: known}
	for _, one := range runs {
		if one.failed == nil {
			continue
		}
		out.failed = append(out.failed, one.failed.uid)
		if !old(*one.failed, known, runs) {
			out.failures = append(out.failures, *one.failed)
			out.unread = cmp.Or(out.unread, one.unread)
		}
	}
	slices.SortStableFunc(out.failures, func(a, b failure) int { return a.at.Compare(b.at) })
	return out, nil
}

// onePass is more than Argo CD takes to start the hooks of one wave, kind after
// kind: the first of them may have failed by then.
const onePass = 10 * time.Second

// old reports whether f belongs to an earlier sync, whose Jobs stay until their
// hook runs again: it was reported then, or a hook was started after it, which
// does not happen in a sync that has failed.
func old(f failure, known state, runs []run) bool {
	return slices.Contains(known.failed, f.uid) ||
		slices.ContainsFunc(runs, func(one run) bool { return one.created.After(f.at.Add(onePass)) })
}

// runs are those hooks that exist. One that does not has not run.
func (r *reporter) runs(ctx context.Context) ([]run, error) {
	var out []run
	for _, name := range r.Step.Jobs {
		obj, err := r.get(ctx, jobs.At(r.API.Namespace(), name))
		if err != nil {
			return nil, err
		}
		if obj == nil {
			continue
		}
		one, err := r.job(ctx, obj)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	for _, name := range r.Step.Pods {
		obj, err := r.get(ctx, kube.PodRef(r.API.Namespace(), name))
		if err != nil {
			return nil, err
		}
		if obj == nil {
			continue
		}
		var p pod
		if err := read(obj, &p); err != nil {
			return nil, err
		}
		out = append(out, run{created: p.Metadata.CreationTimestamp, failed: p.alone()})
	}
	return out, nil
}

// get is one object; nil if it does not exist.
func (r *reporter) get(ctx context.Context, ref kube.Ref) (*unstructured.Unstructured, error) {
	obj, err := r.API.Get(ctx, ref)
	if _, absent := kube.Absent(err); absent {
		return nil, nil //nolint:nilnil // absence is an answer
	}
	return obj, err
}

// job reads a Job, and the words of its pod where it has failed.
func (r *reporter) job(ctx context.Context, obj *unstructured.Unstructured) (run, error) {
	var j struct {
		Metadata metadata
		Status   struct{ Conditions []condition }
	}
	if err := read(obj, &j); err != nil {
		return run{}, err
	}
	out := run{created: j.Metadata.CreationTimestamp}
	i := slices.IndexFunc(j.Status.Conditions, func(c condition) bool { return c.Type == "Failed" && c.Status == "True" })
	if i < 0 {
		return out, nil
	}
	said := j.Status.Conditions[i]
	out.failed = &failure{name: j.Metadata.Name, uid: j.Metadata.UID, at: said.LastTransitionTime, reason: said.words()}
	pods, err := r.API.List(ctx, kube.PodRef(r.API.Namespace(), ""), jobName+"="+j.Metadata.Name)
	switch {
	case errors.Is(err, probe.ErrDenied):
		out.unread = fmt.Errorf("its own words cannot be read: %w; kubectl -n %s logs job/%s", err, r.API.Namespace(), j.Metadata.Name)
		return out, nil
	case err != nil:
		return run{}, err
	}
	return out, out.failed.explain(pods)
}

// A condition is one of a Job's.
type condition struct {
	Type, Status, Reason, Message string
	LastTransitionTime            time.Time
}

func (c condition) words() string {
	switch {
	case c.Message == "":
		return c.Reason
	case c.Reason == "":
		return line(c.Message)
	}
	return line(c.Message) + " (" + c.Reason + ")"
}

// read is the part of obj that v has fields for.
func read(obj *unstructured.Unstructured, v any) error {
	text, err := obj.MarshalJSON()
	if err == nil {
		err = json.Unmarshal(text, v)
	}
	if err != nil {
		return probe.No(probe.Content, "%s: want an object of Kubernetes' own, got another: %s", fmt.Sprintf("%s %s", obj.GetKind(), obj.GetName()), err)
	}
	return nil
}
