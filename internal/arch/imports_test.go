package arch_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestImportsFollowThePlan(t *testing.T) {
	tree := readModule(t)
	for _, complaint := range slices.Concat(
		outsidePlan(tree, mayImport),
		outsideLinks(tree, mayLink),
		outsideFront(tree, front, frontMayLink),
		impure(tree, pure, world),
	) {
		t.Error(complaint)
	}
}

// Each rule is shown a tree that breaks it, because a rule that cannot fail
// holds nothing.
func TestEachRuleFindsWhatBreaksIt(t *testing.T) {
	tree := imports{
		"cmd/front": {module + "/inject", "github.com/spf13/pflag"},
		"inject":    {module + "/render", module + "/policy", "os", "strings"},
		"render":    {"k8s.io/client-go/rest", "k8s.io/api-machinery"},
		"stray":     nil,
	}
	plan := map[string][]string{"cmd/front": {"inject"}, "inject": {"policy"}, "render": {}, "later": {}}

	assert.DeepEqual(t, outsidePlan(tree, plan), []string{
		"inject imports render; if that is right, say so in mayImport",
		"stray is not in mayImport; add it with the packages that it may import",
	})
	assert.DeepEqual(t, outsideLinks(tree, map[string][]string{"k8s.io/client-go": {"render"}, "k8s.io/api": {}}), []string{
		"cmd/front links k8s.io/client-go through inject, render; if that is right, say so in mayLink",
		"inject links k8s.io/client-go through render; if that is right, say so in mayLink",
	})
	assert.DeepEqual(t, outsideFront(tree, "cmd/front", []string{"github.com/spf13/pflag", "k8s.io/client-go"}), []string{
		"render imports k8s.io/api-machinery, which makes cmd/front larger and slower; if that is right, say so in frontMayLink",
	})
	assert.DeepEqual(t, impure(tree, []string{"inject", "later"}, []string{"os", "net"}), []string{
		"inject imports os; it decides, so hand it what it needs to know",
	})
}

// imports maps each package of the module, by its folder, to the import paths in
// its files that are not tests.
type imports map[string][]string

// outsidePlan reports imports within the module that plan does not list.
func outsidePlan(tree imports, plan map[string][]string) (complaints []string) {
	for _, pkg := range slices.Sorted(maps.Keys(tree)) {
		allowed, listed := plan[pkg]
		if !listed {
			complaints = append(complaints, pkg+" is not in mayImport; add it with the packages that it may import")
		}
		for _, other := range tree.ours(pkg) {
			if listed && !slices.Contains(allowed, other) {
				complaints = append(complaints, fmt.Sprintf("%s imports %s; if that is right, say so in mayImport", pkg, other))
			}
		}
	}
	return complaints
}

// outsideLinks reports packages that reach a library without being listed for
// it, and through which packages they reach it.
func outsideLinks(tree imports, links map[string][]string) (complaints []string) {
	for _, library := range slices.Sorted(maps.Keys(links)) {
		for _, pkg := range slices.Sorted(maps.Keys(tree)) {
			way := tree.wayTo(pkg, library)
			if way == nil || slices.Contains(links[library], pkg) {
				continue
			}
			through := ""
			if len(way) > 1 {
				through = " through " + strings.Join(way[1:], ", ")
			}
			complaints = append(complaints, fmt.Sprintf("%s links %s%s; if that is right, say so in mayLink", pkg, library, through))
		}
	}
	return complaints
}

// outsideFront reports libraries in the closure of program that are not allowed.
func outsideFront(tree imports, program string, allowed []string) (complaints []string) {
	for _, pkg := range tree.closure(program) {
		for _, path := range tree[pkg] {
			if !isLibrary(path) || slices.ContainsFunc(allowed, func(a string) bool { return within(path, a) }) {
				continue
			}
			complaints = append(complaints, fmt.Sprintf(
				"%s imports %s, which makes %s larger and slower; if that is right, say so in frontMayLink", pkg, path, program))
		}
	}
	return complaints
}

// impure reports imports of the outside world by packages that must not know it.
func impure(tree imports, pure, world []string) (complaints []string) {
	for _, pkg := range pure {
		for _, path := range tree[pkg] {
			if slices.Contains(world, path) {
				complaints = append(complaints, fmt.Sprintf("%s imports %s; it decides, so hand it what it needs to know", pkg, path))
			}
		}
	}
	return complaints
}
