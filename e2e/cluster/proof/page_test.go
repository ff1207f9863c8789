package proof_test

import (
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

// two are the records of a run.
func two() []proof.Record {
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	machine := proof.Machine{Cores: 2, Memory: 7, Kernel: "6.1.0", System: "Debian GNU/Linux 12"}
	kubernetes := proof.Part{Name: "Kubernetes", Version: "v1.2.3", Form: "one node"}
	return []proof.Record{
		{
			Name: "install", Claim: "A first sync goes through,\nand `a | b` is asked.", Seen: []string{"operation: Succeeded", "hook: 0 failures"},
			Began: began, Took: 31 * time.Second, Machine: machine, Parts: []proof.Part{kubernetes},
		},
		{
			Name: "restore", Claim: "The row is there again.", Seen: []string{"1|before"},
			Began: began.Add(time.Minute), Took: 125 * time.Second, Machine: machine,
			Parts: []proof.Part{kubernetes, {Name: "CloudNative-PG", Version: "v1.30.0", Form: "its own program"}},
		},
	}
}

func TestThePage(t *testing.T) {
	page := proof.Page{Records: two(), Commit: "abc1234", Passes: []proof.Pass{{Took: 800 * time.Second}, {Took: 790 * time.Second}}, Start: 9800 * time.Millisecond, Memory: 740}
	var out strings.Builder
	assert.NilError(t, page.Write(&out, []string{"install", "restore"}))
	golden.Assert(t, out.String(), "page.md")
}

func TestAProofWithAHoleIsNone(t *testing.T) {
	tests := map[string]struct {
		change func(records []proof.Record) []proof.Record
		want   string
	}{
		"one that did not pass": {
			func(r []proof.Record) []proof.Record { return r[1:] },
			"scenario install: want a record, got none; it did not run or did not pass",
		},
		"one that is no more": {
			func(r []proof.Record) []proof.Record {
				return append(r, proof.Record{Name: "old", Machine: r[0].Machine})
			},
			"record of old: there is no such scenario",
		},
		"one that shows nothing": {
			func(r []proof.Record) []proof.Record { r[1].Seen = nil; return r },
			"record of restore: want lines that were seen, got none",
		},
		"one of another machine": {
			func(r []proof.Record) []proof.Record { r[1].Machine.Cores = 64; return r },
			"records of install and restore: want one machine, got two",
		},
		"one of another version": {
			func(r []proof.Record) []proof.Record { r[1].Parts[0].Version = "v9"; return r },
			"record of restore: want Kubernetes v1.2.3 as in the other ones, got v9",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := proof.Page{Records: tc.change(two())}.Write(&out, []string{"install", "restore"})
			assert.Error(t, err, tc.want)
			assert.Equal(t, out.String(), "")
		})
	}
}

func TestNoScenarioIsNoProof(t *testing.T) {
	assert.Error(t, proof.Page{}.Write(&strings.Builder{}, nil), "want scenarios, got none")
}
