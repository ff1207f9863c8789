package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	gocmp "github.com/google/go-cmp/cmp"
)

// An outcome is how the two renderers agree about one application.
type outcome string

const (
	identical    outcome = "identical"
	differs      outcome = "differs"
	bothFail     outcome = "both fail"
	onlyArgoCD   outcome = "only Argo CD fails"
	onlySafesync outcome = "only safesync fails"
	// Argo CD renders some object that the API server refuses whatever it is, such
	// as one without a name; safesync says so before the sync.
	noCluster outcome = "no cluster takes it"
)

// outcomes are all of them, in the order in which they are shown.
var outcomes = []outcome{identical, differs, bothFail, onlyArgoCD, onlySafesync, noCluster}

func (o outcome) isDifference() bool {
	return o != identical && o != bothFail && o != noCluster
}

// A result is an outcome with what is worth knowing about it: the type of the
// source, and the first difference or the reasons.
type result struct {
	outcome outcome
	kind    string
	note    string
}

// compare renders one application both ways. A policy in its directory counts
// for its source only. Dir is a directory for files of its own.
func compare(ctx context.Context, bin, repo string, app application, dir string) result {
	policy := filepath.Join(repo, app.path, policyName)
	source, options, err := sourceOf(policy)
	if err != nil {
		return result{outcome: bothFail, note: err.Error()}
	}
	ours, ourErr := safesync(ctx, bin, repo, app, options)
	if err := onlyNative(repo, app.path); err != nil {
		return result{outcome: bothFail, note: err.Error()}
	}
	theirs, kind, theirErr := native(ctx, repo, app, source, dir)
	return judge(ours, ourErr, theirs, theirErr, kind)
}

// onlyNative removes what Argo CD would see and the plugin does not: the policy,
// and the files that change a source before anything renders it.
func onlyNative(repo, path string) error {
	overrides, err := filepath.Glob(filepath.Join(repo, path, ".argocd-source*.yaml"))
	for _, file := range append(overrides, filepath.Join(repo, path, policyName)) {
		err = errors.Join(err, os.RemoveAll(file))
	}
	return err
}

// judge says how two renderings agree.
func judge(ours []object, ourErr error, theirs []object, theirErr error, kind string) result {
	r := result{kind: kind, outcome: identical}
	switch {
	case ourErr != nil && theirErr != nil:
		r.outcome, r.note = bothFail, fmt.Sprintf("Argo CD: %v; safesync: %v", theirErr, ourErr)
	case ourErr != nil:
		r.outcome, r.note = onlySafesync, ourErr.Error()
		if slices.ContainsFunc(theirs, object.isNone) {
			r.outcome = noCluster
		}
	case theirErr != nil:
		r.outcome, r.note = onlyArgoCD, theirErr.Error()
	default:
		if kind == "Helm" {
			byIdentity(ours)
			byIdentity(theirs)
		}
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

// isNone reports whether o lacks what each Kubernetes object has.
func (o object) isNone() bool {
	meta, _ := o["metadata"].(map[string]any)
	return text(o["apiVersion"]) == "" || text(o["kind"]) == "" || text(meta["name"]) == "" && text(meta["generateName"]) == ""
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

// byIdentity sorts the objects of a chart: safesync keeps them in the order of
// their files, Helm in that of their kinds, and Argo CD has an order of its own.
// Among equals the order stays, because it decides which one wins.
func byIdentity(objects []object) {
	key := func(o object) string {
		meta, _ := o["metadata"].(map[string]any)
		return fmt.Sprint(o["apiVersion"], " ", o["kind"], " ", meta["namespace"], " ", meta["name"])
	}
	slices.SortStableFunc(objects, func(a, b object) int { return cmp.Compare(key(a), key(b)) })
}

// firstDifference is the first object that is not the same on both sides; "" if
// there is none. The order counts: it decides which of two equal objects wins.
func firstDifference(ours, theirs []object) string {
	for i := range min(len(ours), len(theirs)) {
		if diff := gocmp.Diff(theirs[i], ours[i]); diff != "" {
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
