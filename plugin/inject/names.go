package inject

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/argocd"
	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
)

// maxName is the limit of Kubernetes for names of objects.
const maxName = 253

// plainName is the name of an Application without the namespace that Argo CD
// puts before it, in characters that names of objects may have.
func plainName(app string) string {
	if _, name, found := strings.Cut(app, "_"); found {
		app = name
	}
	odd := func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '.' }
	return strings.Trim(strings.Join(strings.FieldsFunc(strings.ToLower(app), odd), "-"), "-.")
}

// ownName is the name of an object that belongs to the whole application.
func ownName(app, suffix string) string {
	return fit(strings.TrimPrefix(app+"-"+suffix, "-"))
}

// fit shortens a name that is too long for an object.
func fit(name string) string { return fitTo(maxName, name) }

// fitTo shortens a name that is longer than most. A digest of all of it keeps two
// long names apart.
func fitTo(most int, name string) string {
	if len(name) <= most {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	digest := hex.EncodeToString(sum[:4])
	return strings.TrimRight(name[:most-len(digest)-1], "-.") + "-" + digest
}

// An identity is what must be unique in an application: the version does not
// count.
type identity struct{ group, kind, namespace, name string }

func identityOf(o manifest.Object, env Env) identity {
	r := o.Ref()
	if r.Namespace == "" {
		r.Namespace = env.Namespace // Argo CD fills it in
	}
	return identity{r.Group, r.Kind, r.Namespace, r.Name}
}

// collisions finds added objects whose identity another object has. Argo CD
// would apply the last one and forget the other.
func collisions(objects, added []manifest.Object, env Env, said *diag.List) {
	wanted := map[identity]bool{} // there are many objects, and few are added
	for _, o := range added {
		wanted[identityOf(o, env)] = true
	}
	seen := map[identity]manifest.Object{}
	for _, o := range objects {
		if id := identityOf(o, env); wanted[id] {
			seen[id] = o
		}
	}
	for _, o := range added {
		id := identityOf(o, env)
		if other, ok := seen[id]; ok {
			said.Add(o.Origin().Problemf("this makes %s, which is there already%s: Argo CD would apply only one of the two",
				o.Ref(), from(other)).WithHint("%s", rename(o)))
		}
		seen[id] = o
	}
}

func from(o manifest.Object) string {
	if at := o.Origin().String(); at != "" {
		return fmt.Sprintf(" (%s)", at)
	}
	return ""
}

// rename says which key of the policy the name of an added object comes from.
func rename(o manifest.Object) string {
	switch o.Ref().Kind {
	case kindJob:
		return "give the hook another name"
	case kindPod:
		return "give the application's own Pod another name"
	case kindConfigMap:
		if argocd.RoleOf(o).IsHook {
			return "give the application's own ConfigMap another name"
		}
		return "write record: false to do without the record"
	default:
		return "give the hooks of one ServiceAccount a roleName of their own"
	}
}
