package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/go-cmp/cmp"
)

// An outcome is how the two renderers agree about one application.
type outcome string

const (
	identical    outcome = "identical"
	differs      outcome = "differs"
	bothFail     outcome = "both fail"
	onlyArgoCD   outcome = "only Argo CD fails"
	onlySafesync outcome = "only safesync fails"
)

// outcomes are all of them, in the order in which they are shown.
var outcomes = []outcome{identical, differs, bothFail, onlyArgoCD, onlySafesync}

func (o outcome) isDifference() bool { return o != identical && o != bothFail }

// A result is an outcome with what is worth knowing about it: the type of the
// source, and the first difference or the reasons.
type result struct {
	outcome outcome
	kind    string
	note    string
}

// compare renders one application both ways. A policy in its directory counts
// for its source only. Dir is a directory for files of its own.
func compare(ctx context.Context, bin, repo, app, dir string) result {
	policy := filepath.Join(repo, app, policyName)
	source, options, err := sourceOf(policy)
	if err != nil {
		return result{outcome: bothFail, note: err.Error()}
	}
	ours, ourErr := safesync(ctx, bin, repo, app, options)
	if err := os.Remove(policy); err != nil && !os.IsNotExist(err) {
		return result{outcome: bothFail, note: err.Error()}
	}
	theirs, kind, theirErr := native(ctx, repo, app, source, dir)
	return judge(ours, ourErr, theirs, theirErr, kind)
}

// judge says how two renderings agree.
func judge(ours []object, ourErr error, theirs []object, theirErr error, kind string) result {
	r := result{kind: kind, outcome: identical}
	switch {
	case ourErr != nil && theirErr != nil:
		r.outcome, r.note = bothFail, fmt.Sprintf("Argo CD: %v; safesync: %v", theirErr, ourErr)
	case ourErr != nil:
		r.outcome, r.note = onlySafesync, ourErr.Error()
	case theirErr != nil:
		r.outcome, r.note = onlyArgoCD, theirErr.Error()
	default:
		if r.note = firstDifference(ours, theirs); r.note != "" {
			r.outcome = differs
		}
	}
	return r
}

// An object is a Kubernetes object as a JSON decoder reads it.
type object map[string]any

func (o object) String() string {
	meta, _ := o["metadata"].(map[string]any)
	return fmt.Sprintf("%v %v", o["kind"], meta["name"])
}

// firstDifference is the first object that is not the same on both sides; "" if
// there is none. The order counts: it decides which of two equal objects wins.
func firstDifference(ours, theirs []object) string {
	for i := range min(len(ours), len(theirs)) {
		if diff := cmp.Diff(theirs[i], ours[i]); diff != "" {
			return fmt.Sprintf("object %d, %s (-Argo CD +safesync): %s", i, theirs[i], diff)
		}
	}
	if len(ours) != len(theirs) {
		return fmt.Sprintf("%d objects, Argo CD has %d", len(ours), len(theirs))
	}
	return ""
}

// parse reads JSON texts as objects, numbers as they are written.
func parse(texts []string) ([]object, error) {
	out := make([]object, len(texts))
	for i, text := range texts {
		if err := json.Unmarshal([]byte(text), &out[i]); err != nil {
			return nil, err
		}
	}
	return out, nil
}
