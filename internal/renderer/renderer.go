// Package renderer is the contract between the front and the programs that
// render kustomizations and charts for it: how they report problems and origins,
// and how much memory they may take. Both sides import it, so it is small.
//
// A renderer gets its input as flags, and a standard input that stays open as
// long as the front lives. It prints a stream of YAML documents, each of which may
// begin with a comment that names its source, or one problem on standard error.
package renderer

import (
	"bytes"
	"encoding/json"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

// Exit codes of a renderer, as those of all our programs.
const (
	ExitOK      = 0
	ExitProblem = 1 // standard error holds a problem
	ExitUsage   = 2
	ExitFault   = 3
)

// problem is a diag.Problem on its way from one process to another.
type problem struct {
	File string `json:"file,omitempty"`
	Line int    `json:"line,omitempty"`
	Col  int    `json:"col,omitempty"`
	Path string `json:"path,omitempty"`
	Msg  string `json:"msg"`
	Hint string `json:"hint,omitempty"`
}

// FormatProblem writes a problem as one line for ParseProblem.
func FormatProblem(p diag.Problem) []byte {
	text, err := json.Marshal(problem{p.File, p.Line, p.Col, p.Path, p.Msg, p.Hint})
	if err != nil {
		return nil // texts and numbers always have a JSON form
	}
	return append(text, '\n')
}

// ParseNote reads the last problem that stands on a line of its own in what a
// program printed before it was stopped: why it may take long.
func ParseNote(stderr []byte) (p diag.Problem, ok bool) {
	for line := range bytes.Lines(stderr) {
		if found, isProblem := ParseProblem(line); isProblem {
			p, ok = found, true
		}
	}
	return p, ok
}

// ParseProblem reads a problem that FormatProblem wrote; it may stand on the last
// line of what a program has printed. Ok is false if there is none.
func ParseProblem(stderr []byte) (p diag.Problem, ok bool) {
	stderr = bytes.TrimSpace(stderr)
	last := stderr[bytes.LastIndexByte(stderr, '\n')+1:]
	var in problem
	if json.Unmarshal(last, &in) != nil || in.Msg == "" {
		return diag.Problem{}, false
	}
	return diag.Problem{
		Pos: diag.Pos{File: in.File, Line: in.Line, Col: in.Col, Path: in.Path},
		Msg: in.Msg, Hint: in.Hint,
	}, true
}
