package policy

import (
	"fmt"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// Parse reads the policy in data, which messages call file, with the plugin
// parameters put over it. Its error holds every mistake, in file order; beside a
// policy without one come the warnings about it.
func Parse(file string, data []byte, params []Parameter) (Policy, []diag.Problem, error) {
	doc, err := strict.Parse(file, data)
	if err != nil {
		return Policy{}, nil, err
	}
	var problems diag.List
	for _, p := range params {
		if err := problems.AddErr(p.put(doc)); err != nil {
			return Policy{}, nil, err
		}
	}
	var pol Policy
	if err := problems.AddErr(Decode(doc, &pol)); err != nil {
		return Policy{}, nil, err
	}
	problems.Add(pol.warnings()...)
	return pol, problems.Warnings(), problems.Err()
}

// String writes p as YAML that Parse reads: what was given, in one canonical
// form.
func (p Policy) String() string { return string(strict.Encode(p)) }

// Decode reads doc into pol and finds what needs the whole policy to be seen.
// Its error holds every mistake; what could be read is in pol.
func Decode(doc *strict.Document, pol *Policy) error {
	var problems diag.List
	if err := problems.AddErr(doc.Decode(pol)); err != nil {
		return err
	}
	problems.Add(sameNames(doc, *pol)...)
	placeInputs(doc, pol)
	return problems.Err()
}

// placeInputs notes where the inputs of presets stand. They are read as they
// are, and only the preset knows what they should be.
func placeInputs(doc *strict.Document, pol *Policy) {
	for i := range pol.Presets {
		use := &pol.Presets[i]
		use.WithAt = make(map[string]diag.Pos, len(use.With))
		for name := range use.With {
			use.WithAt[name] = doc.At(fmt.Sprintf("presets[%d].with.%s", i, name))
		}
	}
}

// sameNames reports hooks that share a name: they would be one Job, and Argo CD
// would apply only the last.
func sameNames(doc *strict.Document, pol Policy) []diag.Problem {
	var out []diag.Problem
	first := map[string]diag.Pos{}
	for i, h := range pol.Hooks {
		at := doc.At(fmt.Sprintf("hooks[%d].name", i))
		switch other, taken := first[h.Name]; {
		case h.Name == "":
		case taken:
			out = append(out, at.Problemf("want a name of its own, got %q again", h.Name).
				WithHint("%s in line %d has it", other.Path, other.Line))
		default:
			first[h.Name] = at
		}
	}
	return out
}

// warnings are what a policy may say but is seldom meant.
func (p Policy) warnings() []diag.Problem {
	out := p.Retry.warnings()
	for _, a := range p.Applications {
		out = append(out, a.Retry.warnings()...)
	}
	for i := range p.Hooks {
		out = append(out, p.Hooks[i].warnings()...)
	}
	return out
}

// RetryLimit is the rule of a retry that nothing ends, or that never begins.
const RetryLimit = "retry-limit"

// Unlimited warns about a retry that has no limit once all layers are merged: only
// an Application that has one of its own is tried again.
func (r *Retry) Unlimited() []diag.Problem {
	if r == nil || r.Limit != nil {
		return nil
	}
	p := r.At.Warningf("want a limit, got none: where the Application has none either, it is refused, because Argo CD would never try again").
		WithHint("write a limit, such as 5")
	p.Rule = RetryLimit
	return []diag.Problem{p}
}

func (r *Retry) warnings() []diag.Problem {
	if r == nil {
		return nil
	}
	var out []diag.Problem
	if r.Limit != nil && *r.Limit < 0 {
		p := r.LimitAt.Warningf("a sync that fails is tried again without end, and its hooks run each time").
			WithHint("give a number, such as 5")
		p.Rule = RetryLimit
		out = append(out, p)
	}
	if b := r.Backoff; b != nil && b.Duration != nil && b.MaxDuration != nil {
		first, err := b.Duration.Std()
		longest, errLongest := b.MaxDuration.Std()
		if err == nil && errLongest == nil && 0 < longest && longest < first {
			out = append(out, b.At.Warningf("maxDuration %s is shorter than duration %s, so each wait is %[1]s", *b.MaxDuration, *b.Duration))
		}
	}
	return out
}
