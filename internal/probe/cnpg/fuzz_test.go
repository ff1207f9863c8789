package cnpg

import (
	"encoding/json"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// FuzzState holds that no object makes a reader of clusters panic, and that only
// a healthy cluster comes without a reason to look at it.
func FuzzState(f *testing.F) {
	for _, text := range []string{
		`{"status":{"phase":"Cluster in healthy state","currentPrimary":"pg-1","targetPrimary":"pg-1"}}`,
		`{"metadata":{"annotations":{"cnpg.io/fencedInstances":"[]","cnpg.io/hibernation":"on"}}}`,
		`{"metadata":{"annotations":{"cnpg.io/fencedInstances":"null"}},"spec":{"instances":"x","plugins":[1,{"name":2}]}}`,
		`{"spec":{"plugins":[{"name":"p","enabled":"no","parameters":{"a":1}}],"backup":[]},"status":{"conditions":[{},7]}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		obj := &unstructured.Unstructured{}
		if json.Unmarshal(text, &obj.Object) != nil {
			return
		}
		c := Cluster{obj}
		state, why := c.State()
		if phase, _ := c.Phase(); state == Healthy && phase != PhaseHealthy || why == "" {
			t.Errorf("state %d, %q in phase %q", state, why, phase)
		}
		_, _, _, _, _ = c.ArchivingTrouble(), c.Archiver(), c.Replica(), c.Instances(), c.InstanceNames()
		_, _ = judgeInstances(c, []unstructured.Unstructured{*obj}, 0)
		_, _ = replicasOf(c, table(string(text)))
	})
}
