package lint

import "slices"

// twoSources takes more than one directory; see Shared.
const twoSources = "two-sources"

// ofSources finds what two sources of one Application both emit. Argo CD puts the
// objects of all sources into one list, and of those with one identity it keeps the
// last. What two policies make is called after the Application, and so meets here.
func ofSources(all []Summary) []Finding {
	refs := func(s Summary) []emitted { return slices.Concat(s.refs, s.lost) }
	var out []Finding
	for _, p := range inCommon(all, refs, areSources) {
		first, second := all[p.first], all[p.second]
		app, _ := oneApplication(first, second)
		problem := p.what[0].at.
			Warningf("%s: want one source of an Application for an object, got %s and %s, both of %s: Argo CD applies only what the last of them says", named(p.what), first.Dir, second.Dir, app).
			WithHint("keep one policy for an Application, with the hooks of both; leave what else is there twice out of one of them")
		problem.Rule = twoSources
		out = append(out, Finding{Problem: problem, Apps: []string{second.Dir}})
	}
	return out
}

func areSources(a, b Summary) bool {
	_, same := oneApplication(a, b)
	return same
}

// oneApplication is the name of an Application that has the directories of both as
// its sources.
func oneApplication(a, b Summary) (name string, found bool) {
	for _, x := range a.To {
		for _, y := range b.To {
			if x.At == y.At && x.At.File != "" {
				return x.Name, true
			}
		}
	}
	return "", false
}
