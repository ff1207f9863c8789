package review_test

import (
	"fmt"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/plugin/review"
)

const plan = "| phase | wave | object | |\n|---|---|---|---|\n"

// every is an application of each sort.
func every() []review.Application {
	many := make([]review.Object, 10)
	for i := range many {
		many[i] = review.Object{Name: fmt.Sprintf("Job shop/job-%d", i), What: "added"}
	}
	fields := []string{"spec.source.targetRevision", `metadata.annotations["argocd.argoproj.io/sync-options"]`, "a", "b", "c", "d", "e", "f", "g"}
	return []review.Application{
		{Dir: "added", What: review.Added, Plan: plan},
		{Dir: "application", What: review.Changed, Moved: true, Fields: fields[:1], Plan: plan},
		{Dir: "asked-for", What: review.Same, Plan: plan, Problems: "a.yaml:1:1: warning: beware\n"},
		{Dir: "broken", What: review.Changed, Problems: "a.yaml:1:1: want this\n\thint: do that\n"},
		{Dir: "changed", What: review.Changed, Plan: plan, Objects: []review.Object{{Name: "Role <b>*`[x", What: "changed"}}},
		{Dir: "fence", What: review.Changed, Problems: "a.yaml:1:1: got \"```\"\n"},
		{Dir: "many", What: review.Changed, Plan: plan, Objects: many},
		{Dir: "mended", What: review.Changed, Plan: plan, Before: "a.yaml:1:1: want this\n"},
		{Dir: "missing", What: review.Missing},
		{Dir: "moved", What: review.Changed, Moved: true, Fields: fields, Plan: plan, Objects: []review.Object{{Name: "Job wait", What: "changed"}}},
		{Dir: "moved-and-broken", What: review.Changed, Moved: true, Fields: fields[:2], Problems: "a.yaml:1:1: want this\n"},
		{Dir: "no\n*policy*", What: review.PolicyRemoved},
		{Dir: "nowhere-known", What: review.Changed, Problems: "a.yaml:1:1: want a namespace\n", Objects: []review.Object{{Name: "Job wait", What: "changed"}}},
		{Dir: "not-built", What: review.NotBuilt, Problems: "a.yaml:1:1: want this\n"},
		{Dir: "not-built-and-moved", What: review.NotBuilt, Moved: true, Fields: fields[:1], Problems: "a.yaml:1:1: want this\n", Before: "a.yaml:1:1: want that\n"},
		{Dir: "removed", What: review.Removed},
		{Dir: "removed-alone", What: review.Removed, PointedAtBy: []string{"a*b"}},
		{Dir: "removed-under-many", What: review.Removed, PointedAtBy: fields},
		{Dir: "unread", What: review.Changed, Plan: plan, Unread: "argo/a.yaml:9:1: want YAML: x\n"},
		{Dir: "undeployed", What: review.Undeployed},
	}
}

func TestMarkdown(t *testing.T) {
	got := review.Markdown(every())
	golden.Assert(t, got, "every.md")
	assert.Equal(t, review.Comment(every()), got)
	assert.Equal(t, review.Summary(every()), got)
	assert.Equal(t, review.Comment(nil)+review.Markdown(nil)+review.Text(nil), "")
}

func TestText(t *testing.T) {
	assert.Equal(t, review.Text(every()[11:]), "policy removed\tno\n*policy*\nchanged\tnowhere-known\ncannot be built\tnot-built\ncannot be built\tnot-built-and-moved\nremoved\tremoved\nremoved\tremoved-alone\nremoved\tremoved-under-many\nchanged\tunread\nno longer deployed\tundeployed\n")
}

// TestUnreadTellsEachLineOnce is for an ApplicationSet of many directories.
func TestUnreadTellsEachLineOnce(t *testing.T) {
	one, two := "a.yaml:9:1: want YAML: x\n", "b.yaml:1:1: want YAML: x\n"
	got := review.Unread([]review.Application{{Unread: one}, {}, {Unread: one + two}})
	assert.Equal(t, got, one+two)
}

// TestNotBuiltForTellsEachTextOnce is for a base of many applications.
func TestNotBuiltForTellsEachTextOnce(t *testing.T) {
	one, two := "a.yaml:1:1: want this\n", "b.yaml:1:1: want that\n"
	not := func(text string) review.Application { return review.Application{What: review.NotBuilt, Problems: text} }
	got := review.NotBuiltFor([]review.Application{not(one), not(two), not(one), {What: review.Changed, Problems: "c.yaml: want more\n"}})
	assert.Equal(t, got, one+two)
}

// TestOneThatIsTooLongLeavesRoomForTheOthers has one plan that fits into a
// summary alone.
func TestOneThatIsTooLongLeavesRoomForTheOthers(t *testing.T) {
	all := []review.Application{
		{Dir: "big", What: review.Changed, Plan: strings.Repeat("x", 100_000)},
		{Dir: "small", What: review.Added, Plan: plan},
	}
	assert.Equal(t, review.Comment(all), "### big\n\nToo long for a comment: see the summary of the job.\n\n### small\n\nThe application is new.\n\n"+plan+"\n")
	assert.Equal(t, review.Summary(all), review.Markdown(all))
}

// TestWhatHasNoRoomAtAllIsCounted has so many plans that neither a comment nor a
// summary has room for all, and the comment not even for their names.
func TestWhatHasNoRoomAtAllIsCounted(t *testing.T) {
	var all []review.Application
	for i := range 2000 {
		all = append(all, review.Application{Dir: fmt.Sprintf("apps/%04d", i), What: review.Changed, Plan: strings.Repeat("plan\n", 1000)})
	}
	comment, summary := review.Comment(all), review.Summary(all)
	assert.Assert(t, len(comment) <= 60_000 && len(comment) > 59_800, "%d bytes", len(comment))
	assert.Assert(t, strings.HasSuffix(comment, fmt.Sprintf("\n\n%d more: see the summary of the job.\n", 2000-strings.Count(comment, "### "))), comment[len(comment)-200:])
	assert.Assert(t, len(summary) <= 1<<20, "%d bytes", len(summary))
	assert.Assert(t, strings.Contains(summary, "\n\nToo long for a summary: see `argocd-safesync plan`.\n"))
	assert.Assert(t, strings.HasSuffix(summary, fmt.Sprintf("\n\n%d more than a summary takes: see `argocd-safesync review`.\n", 2000-strings.Count(summary, "### "))), summary[len(summary)-200:])
}
