package kustomize

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/discreet"
)

// A translation puts one of kustomize's reasons, which repeat what is in files and
// have no line, into our words at the entry that it is about.
type translation struct {
	of *regexp.Regexp
	to func(j *jail, m []string) diag.Problem
}

// translations are tried in this order.
var translations = []translation{
	// This one comes first because whole objects follow it.
	{regexp.MustCompile(`updating name reference in '([^']*)' field of '([^']*)':.* found multiple possible referrals: (.*?) \*{4} Too many`), func(j *jail, m []string) diag.Problem {
		fits := strings.Split(m[3], ", ")
		for i, id := range fits {
			fits[i] = objectOf(id)
		}
		return j.place().Problemf("want references that fit one object each, got %s of %s, which fits %s",
			strings.ReplaceAll(m[1], "/", "."), objectOf(m[2]), strings.Join(fits, " and "))
	}},
	{regexp.MustCompile(`updating name reference in '([^']*)' field of '([^']*)':.* no 'name' field in node`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want a name in %s of %s, got none", strings.ReplaceAll(m[1], "/", "."), objectOf(m[2]))
	}},
	{regexp.MustCompile(`no resource matches strategic merge patch "([^"]*)": no matches`), (*jail).patchOfNothing},
	{regexp.MustCompile(`unable to parse SM or JSON patch from`), (*jail).noPatch},
	{regexp.MustCompile(`patch and path can't be set at the same time`), func(j *jail, _ []string) diag.Problem {
		return j.patchWith(2).Problemf("want either path or patch, got both")
	}},
	{regexp.MustCompile(`must specify one of patch and path`), func(j *jail, _ []string) diag.Problem {
		return j.patchWith(0).Problemf("want either path or patch, got neither")
	}},
	{regexp.MustCompile(`^Unexpected kind: (\S+)`), func(j *jail, m []string) diag.Problem {
		return j.operation(func(op operation) bool { return op.Op == m[1] }).Problemf("want one of add, copy, move, remove, replace, test as op, got %q%s", m[1], j.patchFile())
	}},
	{regexp.MustCompile(`testing value (\S+) failed`), func(j *jail, m []string) diag.Problem {
		return j.operation(func(op operation) bool { return op.Path == m[1] }).Problemf("want the value that the patch tests for at %q%s, got another one in %s", m[1], j.patchFile(), j.targets())
	}},
	{regexp.MustCompile(`MalformedYAMLError: yaml: (?:line (\d+): )?(.*?) in File: (\S+)`), func(j *jail, m []string) diag.Problem {
		return j.file(j.entry(m[3], "resources", "[]"), m[3]).notYAML(m[1], m[2])
	}},
	{regexp.MustCompile(`accumulating resources from '([^']*)': missing (?:metadata|Resource metadata|kind|apiVersion)`), func(j *jail, m []string) diag.Problem {
		return j.file(j.entry(m[1], "resources", "[]"), m[1]).noObject(j)
	}},
	{regexp.MustCompile(`invalid Kustomization: (?:\w+ )*yaml: (?:line (\d+): )?([^"]*)$`), func(j *jail, m []string) diag.Problem {
		return at{j.lastKustomization()}.notYAML(m[1], m[2])
	}},
	{regexp.MustCompile(`cannot unmarshal (\w+) into Go struct field \S*?(\w+) of type (\S+)`), (*jail).otherKind},
	{regexp.MustCompile(`invalid literal source`), (*jail).noLiteral},
	{regexp.MustCompile(`env source files: \[([^\]\s]*).*has invalid utf8 bytes`), func(j *jail, m []string) diag.Problem {
		return j.generatorEntry(m[1], "envs", "[]").Problemf("want a file in UTF-8, got %q", m[1])
	}},
	{regexp.MustCompile(`namespace transformation produces ID conflict`), func(j *jail, _ []string) diag.Problem {
		return diag.Pos{File: j.kustomization()}.Problemf("want objects that stay apart where namespace is set, got two of one kind and name")
	}},
	{regexp.MustCompile(`invalid document separator`), func(j *jail, _ []string) diag.Problem {
		file := "one of its files"
		if j.culprit != nil && j.culprit.node.Kind == yaml.ScalarNode {
			file = j.culprit.node.Value
		}
		return j.place().Problemf("want nothing but a comment behind a --- between objects, got something else in %s", file)
	}},
	{regexp.MustCompile(`resource with name (\S+) does not match a config`), func(j *jail, m []string) diag.Problem {
		return j.entry(m[1], "replicas", "[]", "name").
			Problemf("want the name of a Deployment, StatefulSet, ReplicaSet or ReplicationController that is there, got %q", m[1])
	}},
	{regexp.MustCompile("(?:configmap|secret) (\\S+) illegally repeats the key `([^`]*)`"), func(j *jail, m []string) diag.Problem {
		return j.generatorEntry(m[1], "name").Problemf("want each key once, got %q twice", m[2])
	}},
	{regexp.MustCompile(`merging from generator .*Kind:"(\w+)".* Name:"([^"]*)".* does not exist`), func(j *jail, m []string) diag.Problem {
		return j.generatorEntry(m[2], "name").Problemf("want a %s of this name to merge with or to replace, got none", m[1])
	}},
	{regexp.MustCompile("fieldPath `([^`]*)` is missing for replacement source (\\S+)"), func(j *jail, m []string) diag.Problem {
		return j.entry(m[1], "replacements", "[]", "source", "fieldPath").Problemf("want a field of %s, got %q, which it does not have", objectOf(m[2]), m[1])
	}},
	{regexp.MustCompile(`unable to find field "([^"]*)" in replacement target`), func(j *jail, m []string) diag.Problem {
		return j.entry(m[1], "replacements", "[]", "targets", "[]", "fieldPaths", "[]").Problemf("want a field of each target, got %q, which one does not have", m[1])
	}},
	{regexp.MustCompile(`(apiVersion|kind)(?: for Kustomization| for Component)? should be (.+)$`), func(j *jail, m []string) diag.Problem {
		return j.keyIn(m[1]).Problemf("want %s", m[2])
	}},
}

// translated is the reason in our words.
func (j *jail) translated(err error) (p diag.Problem, ok bool) {
	reason := strings.Join(strings.Fields(err.Error()), " ")
	for _, t := range slices.Concat(translations, applied) {
		if m := t.of.FindStringSubmatch(reason); m != nil {
			return t.to(j, m), true
		}
	}
	return p, false
}

// content is what kustomize repeats of files where one of its parts does not work;
// patches, literals and objects may hold secrets.
var content = regexp.MustCompile("(?s)trouble configuring builtin \\w+ with config: ?`.*?`: |: node contents: .*| \\*{4} Too many possible referral targets to referrer: .*|'?: must build at directory: '[^']*': file is not directory$")

// withoutContent leaves that out, and what looks secret in kustomizations.
func (j *jail) withoutContent(reason string) string {
	reason = content.ReplaceAllString(reason, "")
	var secrets discreet.Values
	for _, f := range j.seen {
		var k struct {
			All             map[string]any `yaml:",inline"`
			SecretGenerator []struct {
				Literals []string `yaml:"literals"`
			} `yaml:"secretGenerator"`
		}
		if yaml.Unmarshal(f.data, &k) != nil {
			continue
		}
		secrets.Add(k.All)
		for _, generator := range k.SecretGenerator {
			for _, literal := range generator.Literals {
				_, value, _ := strings.Cut(literal, "=")
				secrets.AddSecret(value)
			}
		}
	}
	return secrets.Hide(reason)
}

// objectOf writes an object that kustomize calls Kind.version.group/name.namespace.
func objectOf(id string) string {
	kind, _, _ := strings.Cut(id, ".")
	return fmt.Sprintf("%s %q", kind, nameOf(id))
}

func nameOf(id string) string {
	_, name, _ := strings.Cut(id, "/")
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[:i]
	}
	return name
}

// nodeKind is a word for a kind of node, as kustomize calls it.
func nodeKind(name string) string {
	switch name {
	case "Mapping":
		return "a mapping"
	case "Sequence":
		return "a list"
	default:
		return "a single value"
	}
}
