package lint_test

import (
	"encoding/xml"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// odd is a report with everything that a form could trip over.
func odd() lint.Report {
	problem := func(rule, file string, p diag.Problem) diag.Problem {
		p.Rule, p.File = rule, file
		return p
	}
	at := diag.Pos{Line: 3, Col: 5, Path: "a[0].b"}
	shared := problem("image-tag", "base/über: 100%,\nx.yaml", at.Notef("100%% <of>\r\n::error::it & \"that\" \x1b[31m")).WithHint("two\nlines")
	return lint.NewReport([]string{"b", "a", "quiet & <calm>"}, []lint.Finding{
		{Problem: shared, Apps: []string{"b"}},
		{Problem: shared, Apps: []string{"a"}},
		{Problem: problem("generate", "", diag.Pos{}.Problemf("no place")), Apps: []string{"a"}},
		{Problem: problem("hook-ttl", "no-line.yaml", diag.Pos{}.Warningf("no line")), Apps: []string{"b"}},
		{Problem: problem("generate", "locked", diag.Pos{}.Problemf("want a readable directory")), Apps: []string{"not-judged"}},
	})
}

// TestForms holds each form of the same odd report. What is the same in two
// applications is told once, but for JUnit, which counts by application.
func TestForms(t *testing.T) {
	r := odd()
	golden.Assert(t, r.Text(false), "odd.text")
	golden.Assert(t, r.Text(true), "odd.colour")
	golden.Assert(t, r.GitHub(), "odd.github")
	text, err := r.SARIF()
	assert.NilError(t, err)
	golden.AssertBytes(t, text, "odd.sarif")
	text, err = r.JUnit(lint.OnWarning)
	assert.NilError(t, err)
	golden.AssertBytes(t, text, "odd.xml")
}

func TestGitHubReadsOneCommandForEachFinding(t *testing.T) {
	r := odd()
	lines := strings.Split(strings.TrimSuffix(r.GitHub(), "\n"), "\n")
	assert.Equal(t, len(lines), len(r.Findings))
	for _, line := range lines {
		assert.Assert(t, strings.HasPrefix(line, "::") && !strings.Contains(line, "\r"), "%q", line)
	}
}

func TestJUnitIsXML(t *testing.T) {
	text, err := odd().JUnit(lint.Never)
	assert.NilError(t, err)
	var suites struct {
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Name  string     `xml:"name,attr"`
			Cases []struct{} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	assert.NilError(t, xml.Unmarshal(text, &suites))
	assert.Equal(t, suites.Failures, 0)
	assert.Equal(t, len(suites.Suites), 4)
	assert.Equal(t, suites.Suites[3].Name, "quiet & <calm>")
	assert.Equal(t, len(suites.Suites[3].Cases), 1)
}

func TestThresholds(t *testing.T) {
	for _, c := range []struct {
		worst   diag.Severity
		fail    lint.Threshold
		failing bool
	}{
		{diag.Error, lint.OnError, true},
		{diag.Error, lint.OnWarning, true},
		{diag.Error, lint.Never, false},
		{diag.Warning, lint.OnError, false},
		{diag.Warning, lint.OnWarning, true},
		{diag.Note, lint.OnWarning, false},
	} {
		r := lint.NewReport(nil, []lint.Finding{{Problem: diag.Problem{Severity: c.worst}}})
		assert.Equal(t, r.Fail(c.fail), c.failing, "%s, %s", c.worst, c.fail)
	}
}
