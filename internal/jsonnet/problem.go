package jsonnet

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/go-jsonnet"
	"github.com/google/go-jsonnet/ast"
	"go.yaml.in/yaml/v3"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/internal/discreet"
	"github.com/argocd-safesync/argocd-safesync/internal/renderer"
)

// A formatter keeps the library's error: what the machine returns is text, with
// a stack in it.
type formatter struct {
	jsonnet.ErrorFormatter
	err error
}

// Format notes the error.
func (f *formatter) Format(err error) string {
	f.err = err
	return err.Error()
}

// located is an error of the library's parser.
type located interface {
	error
	Loc() ast.LocationRange
}

// problem is the library's reason, at the innermost place in a user's file. What
// was not the library's own error, such as a panic in it, has no place.
func (f *formatter) problem(file string, err error) diag.Problem {
	at := diag.Pos{File: file}
	if f.err != nil {
		err = f.err
	}
	reason := err.Error()
	if p, ok := errors.AsType[located](err); ok {
		loc := p.Loc()
		reason = strings.TrimSpace(strings.TrimPrefix(reason, loc.String()))
		at, _ = place(loc, file)
		return at.Problemf("%s", where(loc)+lowered(firstLines(reason)))
	}
	if p, ok := errors.AsType[jsonnet.RuntimeError](err); ok {
		reason = p.Msg
		for i := range p.StackTrace {
			loc := p.StackTrace[len(p.StackTrace)-1-i].Loc
			if found, ok := place(loc, file); ok {
				at = found
				break
			}
		}
	}
	if m := imported.FindStringSubmatch(reason); m != nil {
		at.File, reason = m[1], lowered(m[4])
		at.Line, _ = strconv.Atoi(m[2])
		at.Col, _ = strconv.Atoi(m[3])
	}
	return at.Problemf("%s", firstLines(reason))
}

// discreetly leaves out of a problem what looks secret in variables and arguments. Of
// code it knows what it says and what it comes to: a function comes to nothing.
func discreetly(vm *jsonnet.VM, spec renderer.Jsonnet, p diag.Problem) diag.Problem {
	var secrets discreet.Values
	for _, v := range slices.Concat(spec.ExtVars, spec.TLAs) {
		secrets.AddNamed(v.Name, v.Value)
		if !v.Code {
			continue
		}
		for _, text := range []string{v.Value, result(vm, v)} {
			var tree any
			if yaml.Unmarshal([]byte(text), &tree) == nil {
				secrets.AddNamed(v.Name, tree)
			}
		}
	}
	p.Msg = secrets.Hide(p.Msg)
	return p
}

// result is what code comes to, as JSON.
func result(vm *jsonnet.VM, v renderer.JsonnetVar) string {
	vm.TLAReset() // arguments are given to functions, and a variable may be one
	text, err := vm.EvaluateAnonymousSnippet(v.Name, v.Value)
	if err != nil {
		return ""
	}
	return text
}

// imported is the reason of a file that another one imports and that is no
// Jsonnet: the library writes its place into the text.
var imported = regexp.MustCompile(`(?s)^/(.+?):\(?(\d+):(\d+)\S* (.*)$`)

// place is where loc is in a file of the repository.
func place(loc ast.LocationRange, fallback string) (diag.Pos, bool) {
	file, ok := strings.CutPrefix(loc.FileName, "/")
	if !ok || !loc.IsSet() {
		return diag.Pos{File: fallback}, false
	}
	return diag.Pos{File: file, Line: loc.Begin.Line, Col: loc.Begin.Column}, true
}

// where names code that has no file: that of a variable or an argument.
func where(loc ast.LocationRange) string {
	if loc.FileName != "" || loc.File == nil {
		return ""
	}
	return loc.String() + ": "
}

// lowered begins a reason of the parser as ours begin.
func lowered(reason string) string {
	return strings.ToLower(reason[:min(1, len(reason))]) + reason[min(1, len(reason)):]
}

// firstLines makes a reason one line, without the stack of a crash.
func firstLines(reason string) string {
	reason, _, _ = strings.Cut(reason, "\ngoroutine ")
	return strings.TrimSuffix(strings.Join(strings.Fields(reason), " "), ".")
}
