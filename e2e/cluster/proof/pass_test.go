package proof_test

import (
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

func TestPassesInARow(t *testing.T) {
	dir := t.TempDir()
	first, second, third := filepath.Join(dir, "1"), filepath.Join(dir, "2"), filepath.Join(dir, "3")
	one := proof.Pass{Commit: "a", Began: time.Unix(0, 0).UTC(), Took: time.Minute}
	two := proof.Pass{Commit: "a", Began: time.Unix(100, 0).UTC(), Took: time.Second}
	other := proof.Pass{Commit: "b", Began: time.Unix(200, 0).UTC(), Took: time.Hour}
	for _, step := range []struct {
		pass         proof.Pass
		before, file string
		want         []proof.Pass
	}{
		{one, filepath.Join(dir, "0"), first, []proof.Pass{one}},
		{two, first, second, []proof.Pass{one, two}},
		{other, second, third, []proof.Pass{other}},
	} {
		got, err := step.pass.Add(step.before, step.file)
		assert.NilError(t, err)
		assert.DeepEqual(t, got, step.want)
	}
}
