package main

import (
	"fmt"
	"path/filepath"
)

// cases are the rows of the table. The goals are those that the project set
// itself before it was written.
func cases(dir string, opts options) []bench {
	tool := func(name string) string { return filepath.Join(opts.peers, name) }
	generate := func(app ...string) command {
		at := filepath.Join(append([]string{dir}, app...)...)
		return command{dir: at, args: []string{filepath.Join(opts.ours, "argocd-safesync"), "generate", "--repo-root", at}}
	}
	kustomize := func(app ...string) command {
		return command{dir: filepath.Join(append([]string{dir}, app...)...), args: []string{tool("kustomize"), "build", "."}}
	}
	cat := func(app ...string) command {
		at := filepath.Join(append([]string{dir}, app...)...)
		files, _ := filepath.Glob(filepath.Join(at, "objects-*.yaml")) // the pattern is a good one
		return command{dir: at, args: append([]string{"cat"}, files...)}
	}
	var out []bench
	for _, size := range []struct{ name, plain string }{{"small", "1.5"}, {"medium", "2.5"}, {"large", "3"}} {
		out = append(out, bench{name: "1–3 plain directory, edits and hooks, " + size.name, ours: generate("plain", size.name), peer: cat("plain", size.name), peerName: "cat", goal: size.plain})
	}
	for _, size := range []struct{ name, native, edits, patches string }{{"small", "0.15", "0.06", "0.40"}, {"medium", "0.03", "0.02", "0.40"}} {
		out = append(
			out,
			bench{name: "6 kustomization of resources, " + size.name, ours: generate("kust", size.name), peer: kustomize("kust", size.name), peerName: "kustomize build", goal: size.native + " (stretch)"},
			bench{name: "7 strategy and retry on it, " + size.name, ours: generate("kustpolicy", size.name), peer: kustomize("kustpatch", size.name), peerName: "kustomize build with patches", goal: size.edits + " (stretch)"},
			bench{name: "8 kustomization with patches, " + size.name, ours: generate("kustpatch", size.name), peer: kustomize("kustpatch", size.name), peerName: "kustomize build", goal: size.patches},
		)
	}
	return append(
		out,
		bench{name: "9 definitions of 4 MB with a label", ours: generate("crds"), peer: kustomize("crds"), peerName: "kustomize build", goal: "0.05"},
		bench{name: "10 kustomization with patches, large", ours: generate("kustpatch", "large"), peer: kustomize("kustpatch", "large"), peerName: "kustomize build", goal: "0.03", long: true},
		bench{name: "11 chart", ours: generate("chart"), peer: command{dir: filepath.Join(dir, "chart"), args: []string{tool("helm"), "template", "bench", ".", "--include-crds", "--namespace", "shop"}}, peerName: "helm template", goal: "0.60"},
		bench{name: "13 generate --help", ours: command{dir: dir, args: []string{filepath.Join(opts.ours, "argocd-safesync"), "generate", "--help"}}, peer: command{dir: dir, args: []string{tool("empty")}}, peerName: "an empty Go program", goal: "+4 ms"},
		stream(dir, opts, 5000, 50000),
		bench{name: "16 JSON, with Argo CD's parsing", ours: parsed(generate("plain", "large"), tool("split"), "--output=json"), peer: parsed(generate("plain", "large"), tool("split")), peerName: "the same as YAML", goal: "0.45"},
	)
}

// stream compares an application with one of ten times the size.
func stream(dir string, opts options, few, many int) bench {
	from := func(objects int) command {
		at := filepath.Join(dir, "stream")
		return command{dir: at, stdin: filepath.Join(dir, fmt.Sprintf("stream-%d.yaml", objects)), args: []string{filepath.Join(opts.ours, "argocd-safesync"), "generate", "--repo-root", at, "-"}}
	}
	return bench{name: fmt.Sprintf("%d objects on standard input", many), ours: from(many), peer: from(few), peerName: fmt.Sprintf("%d objects", few), goal: "linear: 10"}
}

// parsed is a command whose output Argo CD's plugin server parses.
func parsed(c command, split string, more ...string) command {
	c.args = append(append([]string(nil), c.args...), more...)
	c.then = []string{split}
	return c
}
