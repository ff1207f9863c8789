package main

import (
	"fmt"
	"path/filepath"
	"strings"
)

// rows makes the cases of the applications in a directory.
type rows struct {
	dir  string
	opts options
}

// cases are the rows of the table. The goals are those that the project set
// itself before it was written.
func cases(dir string, opts options) []bench {
	r := rows{dir, opts}
	out := append(r.plain(), r.kustomizations()...)
	out = append(append(out, r.together()...), r.charts()...)
	help := bench{name: "13 generate --help", ours: command{dir: dir, args: []string{filepath.Join(opts.ours, "argocd-safesync"), "generate", "--help"}}, peer: command{dir: dir, args: []string{r.tool("empty")}}, peerName: "an empty Go program", goal: "+4 ms", most: 0.004}
	help.figure = func(ours, peer cost) (float64, string) {
		more := ours.seconds - peer.seconds
		return more, fmt.Sprintf("+%.1f ms", 1000*more)
	}
	return append(
		out, help, r.stream(5000, 50000),
		bench{name: "16 JSON, with Argo CD's parsing", ours: parsed(r.generate("plain", "large"), r.tool("split"), "--output=json"), peer: parsed(r.generate("plain", "large"), r.tool("split")), peerName: "the same as YAML", goal: "0.45", most: 0.45},
	)
}

func (r rows) tool(name string) string { return filepath.Join(r.opts.peers, name) }

// generate runs our program for an application.
func (r rows) generate(app ...string) command {
	return r.generateAt(filepath.Join(append([]string{r.dir}, app...)...))
}

func (r rows) generateAt(dir string) command {
	return command{dir: dir, args: []string{filepath.Join(r.opts.ours, "argocd-safesync"), "generate", "--repo-root", dir}}
}

func (r rows) kustomize(app ...string) command {
	return command{dir: filepath.Join(append([]string{r.dir}, app...)...), args: []string{r.tool("kustomize"), "build", "."}}
}

// lovely runs argocd-lovely-plugin, which starts kustomize and helm.
func (r rows) lovely(dir string) command {
	return command{dir: dir, path: r.opts.peers, args: []string{r.opts.lovely}}
}

func (r rows) cat(size string) command {
	at := filepath.Join(r.dir, "plain", size)
	files, _ := filepath.Glob(filepath.Join(at, "objects-*.yaml")) // the pattern is a good one
	return command{dir: at, args: append([]string{"cat"}, files...)}
}

// plain are the rows of plain directories.
func (r rows) plain() (out []bench) {
	const lovely = "argocd-lovely-plugin"
	sizes := []struct {
		row, name   string
		cat, lovely float64
	}{{"1", "small", 1.5, 0.4}, {"2", "medium", 2.5, 0.15}, {"3", "large", 3, 0.03}}
	for _, s := range sizes {
		out = append(out, bench{name: s.row + " plain directory, edits and hooks, " + s.name, ours: r.generate("plain", s.name), peer: r.cat(s.name), peerName: "cat", goal: fmt.Sprint(s.cat), most: s.cat})
	}
	memory := bench{name: "4 the same, large", ours: r.generate("plain", "large"), peer: r.cat("large"), peerName: "cat", goal: "24 MiB", most: 24}
	memory.figure = func(ours, _ cost) (float64, string) { return ours.mebi, fmt.Sprintf("%.0f MiB", ours.mebi) }
	out = append(out, memory)
	for _, s := range sizes {
		if r.opts.lovely != "" {
			out = append(out, bench{name: "5 the same, " + s.name, ours: r.generate("plain", s.name), peer: r.lovely(filepath.Join(r.dir, "plain", s.name)), peerName: lovely, goal: fmt.Sprint(s.lovely), most: s.lovely})
		}
	}
	return out
}

// kustomizations are the rows of kustomizations.
func (r rows) kustomizations() (out []bench) {
	for _, s := range []struct {
		name          string
		native, edits float64
	}{{"small", 0.15, 0.06}, {"medium", 0.03, 0.02}} {
		out = append(
			out,
			bench{name: "6 kustomization of resources, " + s.name, ours: r.generate("kust", s.name), peer: r.kustomize("kust", s.name), peerName: "kustomize build", goal: fmt.Sprintf("%v (stretch)", s.native), most: s.native},
			bench{name: "7 strategy and retry on it, " + s.name, ours: r.generate("kustpolicy", s.name), peer: r.kustomize("kustpatch", s.name), peerName: "kustomize build with patches", goal: fmt.Sprintf("%v (stretch)", s.edits), most: s.edits},
			bench{name: "8 kustomization with patches, " + s.name, ours: r.generate("kustpatch", s.name), peer: r.kustomize("kustpatch", s.name), peerName: "kustomize build", goal: "0.40", most: 0.4},
		)
	}
	return append(
		out,
		bench{name: "9 definitions of 4 MB with a label", ours: r.generate("crds"), peer: r.kustomize("crds"), peerName: "kustomize build", goal: "0.05", most: 0.05},
		bench{name: "6 kustomization of resources, large", ours: r.generate("kust", "large"), peer: r.kustomize("kust", "large"), peerName: "kustomize build", goal: "0.002 (stretch)", most: 0.002, long: true},
		bench{name: "10 kustomization with patches, large", ours: r.generate("kustpatch", "large"), peer: r.kustomize("kustpatch", "large"), peerName: "kustomize build", goal: "0.03", most: 0.03, long: true},
	)
}

// together are the rows of kustomizations whose objects cannot be built each on its
// own. The project set itself no goal for the first of them.
func (r rows) together() (out []bench) {
	const goal, most = "< 1", 1
	for _, size := range []string{"small", "medium"} {
		out = append(out, bench{name: "kustomization with a namespace, " + size, ours: r.generate("kustnamespace", size), peer: r.kustomize("kustnamespace", size), peerName: "kustomize build", goal: goal, most: most})
	}
	inflate := r.kustomize("inflated")
	inflate.args = append(inflate.args, "--enable-helm", "--helm-command", r.tool("helm"))
	return append(
		out,
		bench{name: "kustomization with a chart", ours: r.generate("inflated"), peer: inflate, peerName: "kustomize build", goal: goal, most: most},
		bench{name: "5000 objects with a namespace", ours: r.generate("kustnamespace", "large"), peer: r.generate("kustnamespace", "tenth"), peerName: "500 objects", goal: "linear: 10", most: 10},
	)
}

// charts are the rows of charts: one that is made here, and others if there are any.
func (r rows) charts() (out []bench) {
	at := map[string]string{"of fifty templates": filepath.Join(r.dir, "chart")}
	names := []string{"of fifty templates"}
	if r.opts.charts != "" {
		for _, name := range []string{"traefik", "kube-prometheus-stack"} {
			at[name] = filepath.Join(r.opts.charts, name)
			names = append(names, name)
		}
	}
	for _, name := range names {
		template := command{dir: at[name], args: strings.Fields(r.tool("helm") + " template bench . --include-crds --namespace shop")}
		out = append(out, bench{name: "11 chart " + name, ours: r.generateAt(at[name]), peer: template, peerName: "helm template", goal: "0.60", most: 0.6})
	}
	if r.opts.lovely != "" {
		// The chart of the others that has no dependencies, which it would download.
		name := names[min(1, len(names)-1)]
		out = append(out, bench{name: "12 chart " + name, ours: r.generateAt(at[name]), peer: r.lovely(at[name]), peerName: "argocd-lovely-plugin", goal: "0.45", most: 0.45})
	}
	return out
}

// stream compares an application with one of ten times the size.
func (r rows) stream(few, many int) bench {
	from := func(objects int) command {
		at := filepath.Join(r.dir, "stream")
		return command{dir: at, stdin: filepath.Join(r.dir, fmt.Sprintf("stream-%d.yaml", objects)), args: []string{filepath.Join(r.opts.ours, "argocd-safesync"), "generate", "--repo-root", at, "-"}}
	}
	return bench{name: fmt.Sprintf("%d objects on standard input", many), ours: from(many), peer: from(few), peerName: fmt.Sprintf("%d objects", few), goal: "linear: 10", most: 10}
}

// parsed is a command whose output Argo CD's plugin server parses.
func parsed(c command, split string, more ...string) command {
	c.args = append(append([]string(nil), c.args...), more...)
	c.then = []string{split}
	return c
}
