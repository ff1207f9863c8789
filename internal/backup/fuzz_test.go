package backup

import (
	"encoding/json"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argocd-safesync/argocd-safesync/internal/hookspec"
	"github.com/argocd-safesync/argocd-safesync/internal/probe/cnpg"
)

// FuzzDecide holds that whatever the API says there is exactly one next move,
// and that a backup is made only for a healthy cluster and deleted only if it is
// ours.
func FuzzDecide(f *testing.F) {
	f.Add([]byte(`{"metadata":{"name":"pg"},"spec":{"plugins":[{"name":"p","isWALArchiver":true}]},"status":{"phase":"Cluster in healthy state","currentPrimary":"pg-1","targetPrimary":"pg-1"}}`), []byte(`{"spec":{"cluster":{"name":"pg"}}}`))
	f.Add([]byte(`{"metadata":{"name":"pg"}}`), []byte(`{"metadata":{"labels":{"safesync/backup":"presync","app.kubernetes.io/managed-by":"argocd-safesync"}},"spec":{"cluster":{"name":"pg"}},"status":{"phase":"pending"}}`))
	f.Fuzz(func(t *testing.T, cluster, backup []byte) {
		c, b := &unstructured.Unstructured{}, &unstructured.Unstructured{}
		if json.Unmarshal(cluster, &c.Object) != nil || json.Unmarshal(backup, &b.Object) != nil {
			return
		}
		age := hookspec.Duration(time.Minute)
		step := hookspec.CNPGBackup{Method: "plugin", PluginName: "p", MaxAge: &age}
		m := decide(view{step: step, cluster: cnpg.Cluster{Unstructured: c}, backups: []Backup{{b}}, now: time.Unix(1e9, 0)})
		moves := 0
		for _, is := range []bool{m.follow != "", m.sweep != nil, m.create != "", m.answer != nil} {
			if is {
				moves++
			}
		}
		state, _ := cnpg.Cluster{Unstructured: c}.State()
		if moves != 1 && b.GetName() != "" || m.create != "" && state != cnpg.Healthy || m.sweep != nil && !(Backup{b}).ours() {
			t.Errorf("%d moves in state %d: %+v", moves, state, m)
		}
		_, _ = restoreNote(cnpg.Cluster{Unstructured: c}, Backup{b}, step), (Backup{b}).whyFailed()
	})
}
