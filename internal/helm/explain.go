package helm

import (
	"path"
	"strings"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// explain turns an error of Helm's engine into a problem at the line of the
// template that it names. The innermost one is where the reason is; the hint says
// which template led there.
func (r *run) explain(err error) error {
	text := err.Error()
	for _, lead := range []string{"parse error at (", "parse error in (", "execution error at (", "execution error in ("} {
		if rest, found := strings.CutPrefix(text, lead); found {
			place, reason, _ := strings.Cut(rest, "): ")
			return r.template(place).Problemf("%s", r.short(reason))
		}
	}
	steps := traceOf(text)
	if len(steps) == 0 {
		return r.at(chartFile).Problemf("%s", r.short(text))
	}
	inner, outer := steps[len(steps)-1], steps[0]
	at := inner.place
	for i := len(steps) - 1; i > 0 && !strings.Contains(at, "/"); i-- {
		at = steps[i-1].place // a text that tpl was given is no file
	}
	problem := r.template(at).Problemf("%s", r.short(inner.message()))
	if at := r.template(outer.place); at.File != problem.File {
		return problem.WithHint("included by %s of the chart", strings.TrimPrefix(at.String(), r.app+"/"))
	}
	return problem
}

// A step is one template on the way to an error.
type step struct{ place, expression, reason string }

func (s step) message() string {
	reason := strings.TrimPrefix(s.reason, "error calling include: ")
	if s.expression == "" {
		return reason
	}
	return s.expression + ": " + reason
}

// traceOf reads the way to an error: as Helm prints it, a block of lines for each
// template, or else as text/template does, one after the other on one line. The
// text of a template that tpl was given is left out: values may be in it.
func traceOf(text string) (steps []step) {
	if !strings.Contains(text, "\n  executing ") {
		for part := range strings.SplitSeq(text, "template: ") {
			if place, rest, found := strings.Cut(part, ": executing "); found {
				steps = append(steps, stepOf(place, rest))
			}
		}
		if len(steps) == 0 {
			return nil
		}
		return withoutTemplates(steps)
	}
	var place string
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		rest, isStep := strings.CutPrefix(line, "  executing ")
		if !isStep || i == 0 {
			continue
		}
		place = lines[i-1]
		reason := ""
		for _, more := range lines[i+1:] {
			if !strings.HasPrefix(more, "    ") && reason != "" {
				break
			}
			reason += " " + more
		}
		steps = append(steps, stepOf(place, rest+reason))
	}
	if last := lines[len(lines)-1]; len(steps) > 0 && !strings.HasPrefix(last, " ") && strings.HasPrefix(last, "template: ") {
		steps[len(steps)-1].reason = strings.TrimPrefix(last, "template: ")
	}
	return withoutTemplates(steps)
}

// stepOf reads `"name" at <expression>: reason`.
func stepOf(place, rest string) step {
	s := step{place: strings.TrimSpace(place)}
	_, after, _ := strings.Cut(rest, " at <")
	expression, reason, found := strings.Cut(after, ">:")
	if !found {
		s.reason = rest
		return s
	}
	s.expression, s.reason = expression, strings.TrimSpace(reason)
	return s
}

// withoutTemplates drops the text that tpl could not parse or run.
func withoutTemplates(steps []step) []step {
	for i, s := range steps {
		for _, lead := range []string{"cannot parse template ", "error during tpl function execution for "} {
			if _, after, found := strings.Cut(s.reason, lead); found {
				_, reason, _ := lastCut(after, `": `)
				steps[i].reason = strings.TrimSuffix("the text is no template that can be used: "+reason, ": ")
			}
		}
	}
	return steps
}

func lastCut(text, sep string) (before, after string, found bool) {
	i := strings.LastIndex(text, sep)
	if i < 0 {
		return text, "", false
	}
	return text[:i], text[i+len(sep):], true
}

// template reads name:line:column, of which the numbers may be missing.
func (r *run) template(place string) diag.Pos {
	at := position(place)
	at.File = r.fileOf(at.File)
	return at
}

// fileOf is the path in the repository of a file that Helm names by the name of the
// chart. One of a chart in an archive has the path that it would have unpacked.
func (r *run) fileOf(name string) string {
	_, rest, found := strings.Cut(name, "/")
	if !found {
		return name
	}
	return path.Join(r.app, rest)
}

func position(place string) diag.Pos {
	at := diag.Pos{File: place}
	name, last, found := lastCut(place, ":")
	if !found || atoi(last) == 0 {
		return at
	}
	at.File, at.Line, at.Col = name, atoi(last), 1
	if name, line, found := lastCut(name, ":"); found && atoi(line) > 0 {
		// text/template counts columns from 0.
		at.File, at.Line, at.Col = name, atoi(line), atoi(last)+1
	}
	return at
}
