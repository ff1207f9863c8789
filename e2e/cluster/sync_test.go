package main_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// An app is what is read of an Application. The names are the API's.
type app struct {
	Metadata struct{ Annotations map[string]string }
	Spec     struct {
		SyncPolicy struct {
			SyncOptions []string
			Retry       json.RawMessage
		}
	}
	Operation json.RawMessage
	Status    status
}

type status struct {
	Sync           struct{ Status, Revision string }
	Health         struct{ Status string }
	Resources      []resource
	Conditions     []struct{ Type, Message string }
	OperationState *operation
}

// String tells what Argo CD sees: a line for the whole, and for each object and
// condition.
func (s status) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "sync: %s\nhealth: %s\n", s.Sync.Status, s.Health.Status)
	for _, r := range s.Resources {
		fmt.Fprintf(&out, "%s/%s: %s\n", r.Kind, r.Name, r.Status)
	}
	for _, condition := range s.Conditions {
		fmt.Fprintf(&out, "%s: %s\n", condition.Type, condition.Message)
	}
	return out.String()
}

type operation struct {
	Phase, Message, StartedAt, FinishedAt string
	RetryCount                            int
	Operation                             struct{ Sync struct{ Revision string } }
	SyncResult                            struct{ Resources []resource }
}

// A resource is an object, as a comparison or as a sync sees it.
type resource struct {
	Kind, Name, Status            string
	SyncPhase, HookPhase, Message string
	HookType                      string
}

// start asks Argo CD for a sync, as its own command line does without a server.
func (c *scenario) start(_ *testscript.TestScript, _ []string) error {
	a, err := c.get(c.name)
	if err != nil {
		return err
	}
	c.before = ""
	if a.Status.OperationState != nil {
		c.before = a.Status.OperationState.StartedAt
	}
	operation := map[string]any{
		"initiatedBy": map[string]any{"username": "scenario"},
		"sync": map[string]any{
			"revision": c.revision, "prune": true, "syncOptions": a.Spec.SyncPolicy.SyncOptions,
			"syncStrategy": map[string]any{"hook": map[string]any{}},
		},
	}
	if a.Spec.SyncPolicy.Retry != nil {
		operation["retry"] = a.Spec.SyncPolicy.Retry
	}
	patch, err := json.Marshal(map[string]any{"operation": operation})
	if err != nil {
		return err
	}
	_, err = c.applications().Patch(c.ctx, c.name, types.MergePatchType, patch, metav1.PatchOptions{})
	return err
}

// sync is a sync from its start to its end.
func (c *scenario) sync(ts *testscript.TestScript, args []string) error {
	if err := c.start(ts, nil); err != nil {
		return err
	}
	return c.finish(ts, args)
}

// finish waits until an operation is over, and wants its phase. Of another
// Application it is the first one, which nobody has asked for.
func (c *scenario) finish(ts *testscript.TestScript, args []string) error {
	if len(args) != 1 && len(args) != 2 {
		return errors.New("want the phase of the operation, such as Succeeded, and no more than an Application")
	}
	name, before := c.name, c.before
	if len(args) == 2 {
		name, before = args[1], ""
	}
	last, err := c.over(name, before)
	last.print(ts.Stdout())
	if name == c.name {
		c.before = last.StartedAt
	}
	if err == nil && last.Phase != args[0] {
		err = fmt.Errorf("want the sync %s, got %s: %s", args[0], last.Phase, last.Message)
	}
	return err
}

// over waits until a sync of the last commit is that began at another time than
// before, and measures its retries.
func (c *scenario) over(name, before string) (last operation, err error) {
	c.retries = retrial{}
	err = c.poll(patience, "the sync to end", func() (bool, error) {
		a, err := c.get(name)
		if err != nil || a.Status.OperationState == nil {
			return false, nil // the API may be away: some scenarios restart it
		}
		last = *a.Status.OperationState
		wanted := last.StartedAt != before && last.Operation.Sync.Revision == c.revision
		if wanted {
			c.retries.look(last, time.Now())
		}
		return wanted && a.Operation == nil && last.FinishedAt != "", nil
	})
	return last, err
}

// print tells an operation as the script's output.
func (o operation) print(out io.Writer) {
	fmt.Fprintf(out, "%s: %s\n", o.Phase, o.Message)
	if o.RetryCount > 0 {
		fmt.Fprintf(out, "retried: %d\n", o.RetryCount)
	}
	for _, r := range o.SyncResult.Resources {
		state := r.Status
		if r.HookType != "" {
			state = r.HookPhase
		}
		message := strings.ReplaceAll(r.Message, "\n", " ")
		fmt.Fprintf(out, "%s %s/%s %s: %s\n", r.SyncPhase, r.Kind, r.Name, state, message)
	}
}
