package kustomize

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/strict"
)

// applied are translations of reasons that come from what a kustomization does with
// its objects. Without a place of their own they are at the culprit.
var applied = []translation{
	{regexp.MustCompile(`merging from generator .*Kind:"(\w+)".* Name:"([^"]*)".* exists; can not use behavior`), func(j *jail, m []string) diag.Problem {
		at := j.place()
		if j.culprit == nil {
			at = j.generatorEntry(m[2], "name")
		}
		return at.Problemf("want behavior: merge or replace, because there is a %s %q already, got %s", m[1], m[2], j.given("behavior"))
	}},
	{regexp.MustCompile(`error in (\w+) for path: '([^']*)': Unable to access invalid index: (-?\d+)`), func(j *jail, m []string) diag.Problem {
		return j.operationAt(m[2]).Problemf("want an index that the list has, got %q%s, where %s has no place %s for %s", m[2], j.patchFile(), j.targets(), m[3], article(m[1]))
	}},
	{regexp.MustCompile(`error in (?:\w+) for path: '([^']*)': value was not a proper array index: '([^']*)'`), func(j *jail, m []string) diag.Problem {
		return j.operationAt(m[1]).Problemf("want a number or - where %s has a list, got %q in %q%s", j.targets(), m[2], m[1], j.patchFile())
	}},
	{regexp.MustCompile(`error in (\w+) for path: '([^']*)'`), func(j *jail, m []string) diag.Problem {
		return j.nothingAt(m[2], m[1])
	}},
	{regexp.MustCompile(`(\w+) operation does not apply: doc is missing (?:from )?(?:path|key): (\S+?):`), func(j *jail, m []string) diag.Problem {
		return j.nothingAt(strings.Trim(m[2], `"`), m[1])
	}},
	{regexp.MustCompile(`(\w+) operation failed to decode path`), func(j *jail, m []string) diag.Problem {
		return j.operationAt("").Problemf("want a path in each operation, got %s without one%s", article(m[1]), j.patchFile())
	}},
	{regexp.MustCompile(`must specify a target for JSON patch`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want a target, which a JSON patch does not name, got none")
	}},
	{regexp.MustCompile("error parsing regexp: (.*?): `"), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want regular expressions in target: %s", m[1])
	}},
	{regexp.MustCompile(`multiple matches for Id (\S+?);`), func(j *jail, m []string) diag.Problem {
		return j.patch(func(*yaml.Node) bool { return false }).Problemf("want a patch of one object, got one of several that were called %s", objectOf(m[1])).
			WithHint("patch it in its base, or give the patch a target")
	}},
	{regexp.MustCompile(`no matches for Id (\S+?);`), (*jail).patchOfNothing},
	{regexp.MustCompile(`unknown patch strategy '([^']*)'`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want one of delete, merge, replace as $patch, got %q", m[1])
	}},
	{regexp.MustCompile("Multiple Strategic-Merge Patches in one `patches` entry"), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want one patch beside a target, got several")
	}},
	{regexp.MustCompile(`field '([^']*)' of object (\S+): wrong node kind: expected (\w+)Node but got (\w+)Node`), func(j *jail, m []string) diag.Problem {
		return j.inObject(m[2], m[1]).Problemf("want %s, got %s in %s", nodeKind(m[3]), nodeKind(m[4]), objectOf(m[2]))
	}},
	{regexp.MustCompile(`considering field '([^']*)' of object (\S+): (?:.*: )?expected sequence or mapping node`), func(j *jail, m []string) diag.Problem {
		return j.inObject(m[2], m[1]).Problemf("want a mapping or a list on the way, got a single value in %s", objectOf(m[2]))
	}},
	{regexp.MustCompile(`^wrong node kind: expected (\w+)Node but got (\w+)Node`), func(j *jail, m []string) diag.Problem {
		return j.patch(func(*yaml.Node) bool { return false }).Problemf("want a patch of the form of its object, got %s where there is %s%s", nodeKind(m[2]), nodeKind(m[1]), j.patchFile())
	}},
	{regexp.MustCompile(`unable to load builtin (\w+)`), func(j *jail, m []string) diag.Problem {
		p := j.place().Problemf("want a kind of plugin that kustomize has, got %q", m[1])
		if near := strict.Suggest(m[1], ownPlugins, ""); near != "" {
			p = p.WithHint("%s", near)
		}
		return p
	}},
	{regexp.MustCompile(`plugin (\w+)\S* not a (\w+)`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want a %s, got %s", m[2], m[1])
	}},
	{regexp.MustCompile(`plugin (\w+)\S* fails configuration: (.*)$`), func(j *jail, m []string) diag.Problem {
		if m[2] == "fieldSpecs is not expected to be nil" {
			m[2] = "want fieldSpecs, got none"
		}
		return j.place().Problemf("%s: %s", m[1], j.withoutContent(m[2]))
	}},
	{regexp.MustCompile(`external plugins disabled; unable to load external plugin '([^']*)'`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want a plugin that is a part of kustomize (apiVersion: builtin), got %q", m[1]).
			WithHint("nothing but kustomize itself is started here")
	}},
	{regexp.MustCompile(`var '([^']*)' already encountered`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want each var once, got %q again", m[1])
	}},
	{regexp.MustCompile(`var '\{(\S*) .*' cannot be mapped to a field`), func(j *jail, m []string) diag.Problem {
		at, object, _ := j.variable(m[1])
		return at.Problemf("want a var of one object that is there, got %s", object)
	}},
	{regexp.MustCompile(`field specified in var '\{(\S*) .*' not found`), func(j *jail, m []string) diag.Problem {
		at, object, field := j.variable(m[1])
		return at.Problemf("want a field of %s, got %q, which it does not have", object, field)
	}},
	{regexp.MustCompile(`nothing selected by ([^\s/]+/\S+?)(?::[^\s:]*)?(?:\s|$)`), func(j *jail, m []string) diag.Problem {
		return j.entry(nameOf(m[1]), "replacements", "[]", "source", "name").Problemf("want a source that is there, got %s%s", objectOf(m[1]), j.patchFile())
	}},
	{regexp.MustCompile(`multiple matches for selector`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want a source that selects one object, got several%s", j.patchFile())
	}},
	{regexp.MustCompile(`target must specify resources to select`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want select in each target, got one without%s", j.patchFile())
	}},
	{regexp.MustCompile(`replacements must specify a source and at least one target`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want a source and at least one target, got only one of them%s", j.patchFile())
	}},
	{regexp.MustCompile(`options.index (-?\d+) is out of bounds`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want an index of a part that the source's value has, got %s", m[1])
	}},
	{regexp.MustCompile(`delimiter option can only be used with scalar nodes`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want a single value where there is a delimiter, got a list or a mapping%s", j.patchFile())
	}},
	{regexp.MustCompile(`conflicting fieldspecs`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want each field once, got one again with another create: kustomize has its own list too")
	}},
	{regexp.MustCompile(`a configmap must have a name`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want a name, got none")
	}},
	{regexp.MustCompile(`missing (key name|file path) for (?:file path|key name) "([^"]*)" in source`), func(j *jail, m []string) diag.Problem {
		return j.place().Problemf("want a file or key=file in files, got one without a %s beside %q", strings.TrimSuffix(m[1], " name"), m[2])
	}},
	{regexp.MustCompile(`expected kind != 'Component' for path '([^']*)'`), func(j *jail, m []string) diag.Problem {
		at, entry := j.entryTo(m[1], "resources")
		return at.Problemf("want a kustomization, got %q, a component", entry).WithHint("list it in components")
	}},
	{regexp.MustCompile(`expected kind 'Component' for path '([^']*)'`), func(j *jail, m []string) diag.Problem {
		at, entry := j.entryTo(m[1], "components")
		return at.Problemf("want a component, got %q, a kustomization", entry).WithHint("list it in resources, or write kind: Component into it")
	}},
	{regexp.MustCompile(`missing (\S+) in object \{\{\S* (\S*?)\}`), func(j *jail, m []string) diag.Problem {
		at, from := j.place(), ""
		if charts := j.keyIn("helmCharts"); charts.Line > 0 {
			at, from = charts, " from a chart"
		}
		return at.Problemf("want objects with apiVersion, kind and metadata.name, got a %s without %s%s", m[2], m[1], from)
	}},
	{regexp.MustCompile(`already registered id: ([^\s']+)`), (*jail).again},
	{regexp.MustCompile(`new root cannot be empty`), func(j *jail, _ []string) diag.Problem {
		return j.place().Problemf("want a path, got none")
	}},
	{regexp.MustCompile(`cannot unmarshal (\w+) into Go value of type types.Kustomization`), func(j *jail, m []string) diag.Problem {
		return j.lastKustomization().Problemf("want a mapping, got %s", map[string]string{"array": "a list", "string": "text", "number": "a number", "bool": "true or false"}[m[1]])
	}},
	{regexp.MustCompile(`the specified OpenAPI version is not built in`), func(j *jail, _ []string) diag.Problem {
		return j.keyIn("openapi").Problemf("want a version that kustomize has, got another one")
	}},
	{regexp.MustCompile(`kustomization.yaml is empty`), func(j *jail, _ []string) diag.Problem {
		return j.lastKustomization().Problemf("want resources or anything else to do, got an empty kustomization")
	}},
}
