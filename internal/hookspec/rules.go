package hookspec

import "slices"

// A Rule is one permission that a step needs, in one namespace. It names what
// Kubernetes' RBAC names, with one group, so that rules can be compared.
type Rule struct {
	Namespace string
	Group     string
	Resource  string // plural, with the subresource: pods/exec
	Verbs     []string
	// Names limits the rule to these objects; empty means all of the namespace.
	// Kubernetes cannot limit list by name, nor create unless the object is
	// applied.
	Names []string
}

// Rules returns what all steps of s together need in a hook whose namespace is
// ns: sorted, without repeats, with the names of one resource and the same
// verbs together.
func (s Spec) Rules(ns string) []Rule {
	var out []Rule
	if s.Changed != nil {
		out = s.Changed.Rules(ns)
	}
	for i := range s.Steps {
		if k, _ := s.Steps[i].Kind(); k != nil {
			out = append(out, k.Rules(ns)...)
		}
	}
	return MergeRules(out)
}

// MergeRules sorts rules and joins those that differ only in names. A rule for
// all names swallows the same verbs of named ones.
func MergeRules(rules []Rule) []Rule {
	for i := range rules {
		rules[i].Verbs = slices.Clone(rules[i].Verbs)
		slices.Sort(rules[i].Verbs)
	}
	slices.SortStableFunc(rules, compareRules)
	var out []Rule
	for _, r := range rules {
		if n := len(out); n > 0 && compareRules(out[n-1], r) == 0 {
			out[n-1].Names = joinNames(out[n-1].Names, r.Names)
			continue
		}
		r.Names = slices.Clone(r.Names)
		slices.Sort(r.Names)
		out = append(out, r)
	}
	return dropCovered(out)
}

// joinNames is the union of two lists of names, where none means all.
func joinNames(a, b []string) []string {
	if len(a) == 0 || len(b) == 0 {
		return nil
	}
	out := append(slices.Clone(a), b...)
	slices.Sort(out)
	return slices.Compact(out)
}

// dropCovered leaves out rules that another rule grants for all names.
func dropCovered(rules []Rule) []Rule {
	covered := func(r Rule) bool {
		return slices.ContainsFunc(rules, func(o Rule) bool {
			same := o.Namespace == r.Namespace && o.Group == r.Group && o.Resource == r.Resource
			wider := len(o.Names) == 0 && (len(r.Names) > 0 || len(o.Verbs) > len(r.Verbs))
			return same && wider && subset(r.Verbs, o.Verbs)
		})
	}
	return slices.DeleteFunc(slices.Clone(rules), covered)
}

func subset(small, large []string) bool {
	for _, v := range small {
		if !slices.Contains(large, v) {
			return false
		}
	}
	return true
}

func compareRules(a, b Rule) int {
	for _, c := range [][2]string{{a.Namespace, b.Namespace}, {a.Group, b.Group}, {a.Resource, b.Resource}} {
		if c[0] != c[1] {
			if c[0] < c[1] {
				return -1
			}
			return 1
		}
	}
	return slices.Compare(a.Verbs, b.Verbs)
}
