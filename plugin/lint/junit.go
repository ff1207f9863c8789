package lint

import (
	"encoding/xml"
	"slices"
)

type junitSuites struct {
	XMLName  xml.Name     `xml:"testsuites"`
	Name     string       `xml:"name,attr"`
	Tests    int          `xml:"tests,attr"`
	Failures int          `xml:"failures,attr"`
	Suites   []junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name      string        `xml:"name,attr"`
	ClassName string        `xml:"classname,attr"`
	File      string        `xml:"file,attr,omitempty"`
	Line      int           `xml:"line,attr,omitempty"`
	Failure   *junitFailure `xml:"failure"`
	Output    string        `xml:"system-out,omitempty"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as JUnit's XML: a suite for each application, a test
// for each finding, and one that passed for an application without any. What
// fails the run is a failure; the rest passes and is told as output.
func (r Report) JUnit(t Threshold) ([]byte, error) {
	all := junitSuites{Name: "argocd-safesync lint"}
	for _, dir := range r.dirs() {
		suite := junitSuite{Name: dir}
		for _, f := range r.Findings {
			if slices.Contains(f.Apps, dir) {
				suite.add(f.junit(dir, t))
			}
		}
		if suite.Tests == 0 {
			suite.add(junitCase{Name: "lint", ClassName: dir})
		}
		all.Tests += suite.Tests
		all.Failures += suite.Failures
		all.Suites = append(all.Suites, suite)
	}
	out, err := xml.MarshalIndent(all, "", "  ")
	return slices.Concat([]byte(xml.Header), out, []byte("\n")), err
}

// dirs are the applications, and other directories with findings.
func (r Report) dirs() []string {
	out := slices.Clone(r.Apps)
	for _, f := range r.Findings {
		out = append(out, f.Apps...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (s *junitSuite) add(c junitCase) {
	s.Tests++
	if c.Failure != nil {
		s.Failures++
	}
	s.Cases = append(s.Cases, c)
}

func (f Finding) junit(dir string, t Threshold) junitCase {
	c := junitCase{Name: f.before() + f.Rule, ClassName: dir, File: f.File, Line: f.Line}
	text := f.before() + f.Severity.String() + ": " + f.withHint()
	if t.Fails(f.Severity) {
		c.Failure = &junitFailure{Message: f.whole(), Type: f.Rule, Text: text}
	} else {
		c.Output = text
	}
	return c
}
