package proof_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/e2e/cluster/proof"
)

func TestRecordsAreReadInTheOrderOfTheScenarios(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "records")
	began := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	second := proof.Record{
		Name: "a", Claim: "it works", Seen: []string{"Synced"}, Began: began.Add(time.Minute), Took: 90 * time.Second,
		Parts:   []proof.Part{{Name: "Argo CD", Version: "v3", Form: "image"}},
		Machine: proof.Machine{Cores: 2, Memory: 4, Kernel: "6", System: "Debian"},
	}
	first := proof.Record{Name: "b", Began: began}
	assert.NilError(t, second.Write(dir))
	assert.NilError(t, first.Write(dir))
	got, err := proof.Read(dir)
	assert.NilError(t, err)
	assert.DeepEqual(t, got, []proof.Record{first, second})
}

func TestABrokenRecordIsNamed(t *testing.T) {
	dir := t.TempDir()
	assert.NilError(t, os.WriteFile(filepath.Join(dir, "x.json"), []byte("{"), 0o600))
	_, err := proof.Read(dir)
	assert.ErrorContains(t, err, "x.json: unexpected end")
}

func TestThisMachineHasACore(t *testing.T) {
	m, err := proof.ThisMachine()
	assert.NilError(t, err)
	assert.Assert(t, m.Cores > 0 && m.Kernel != "" && m.System != "", "%+v", m)
}
