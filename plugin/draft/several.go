package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/manifest"
	"github.com/argocd-safesync/argocd-safesync/plugin/preset"
)

// only are those of the Services in front of o that lead to no other workload.
func only(o manifest.Object, services, objects []manifest.Object, env preset.Env) []manifest.Object {
	return slices.DeleteFunc(slices.Clone(services), func(s manifest.Object) bool {
		return slices.ContainsFunc(others(o, objects), func(other manifest.Object) bool {
			return len(inFront(other, []manifest.Object{s}, env)) > 0
		})
	})
}

// others are the workloads beside o.
func others(o manifest.Object, objects []manifest.Object) []manifest.Object {
	return slices.DeleteFunc(slices.Clone(objects), func(other manifest.Object) bool {
		return other.Ref() == o.Ref() || other.Ref().Group != "apps"
	})
}

// unlessShared is f, unless its Service may lead to pods of another workload that
// would be asked otherwise: which of them answers is chance.
func unlessShared(f front, o manifest.Object, services, objects []manifest.Object, env preset.Env) front {
	asked := slices.DeleteFunc(slices.Clone(services), func(s manifest.Object) bool { return s.Ref().Name != f.service })
	for _, other := range others(o, objects) {
		shared := inFront(other, asked, env)
		if len(shared) == 0 {
			continue
		}
		if theirs := ask(shared, other, env); theirs.does != "" && theirs.step != f.step {
			return front{says: fmt.Sprintf("Service %s leads to %s as well, whose pods are asked something else", f.service, other.Ref())}
		}
	}
	return f
}

// connectAll connects to each Service, where nothing says which of them is the one
// that counts.
func connectAll(doors []door) front {
	for _, better := range []func(door) bool{func(d door) bool { return d.declared }, func(d door) bool { return !d.headless }} {
		if slices.ContainsFunc(doors, better) {
			doors = slices.DeleteFunc(slices.Clone(doors), func(d door) bool { return !better(d) })
		}
	}
	out := doors[0].connects()
	names, targets := []string{doors[0].service}, []string{doors[0].target}
	for _, d := range doors[1:] {
		if slices.Contains(names, d.service) || slices.Contains(targets, d.target) {
			continue
		}
		names, targets = append(names, d.service), append(targets, d.target)
		out.says = fmt.Sprintf("each of the Services %s takes connections", strings.Join(names, ", "))
		out.step += fmt.Sprintf("  - name: connects %d\n    for: 3\n%s", len(names), d.connects().step)
	}
	return out
}
