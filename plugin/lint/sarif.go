package lint

import (
	"encoding/json"
	"net/url"
	"slices"
)

// The parts of SARIF 2.1.0 that are used here, by the names of the standard.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID                   string       `json:"id"`
		ShortDescription     sarifMessage `json:"shortDescription"`
		HelpURI              string       `json:"helpUri"`
		DefaultConfiguration sarifConfig  `json:"defaultConfiguration"`
	}
	sarifConfig struct {
		Level string `json:"level"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		RuleIndex int             `json:"ruleIndex"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations,omitempty"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   sarifRegion   `json:"region"`
	}
	sarifArtifact struct {
		URI       string `json:"uri"`
		URIBaseID string `json:"uriBaseId"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
	}
)

const sarifSchema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

// SARIF writes the report as a SARIF 2.1.0 log, which code scanning reads. Files
// are relative to the repository's root. A place without a line is the file's
// first, because GitHub shows nothing else.
func (r Report) SARIF() ([]byte, error) {
	run := sarifRun{
		Tool: sarifTool{sarifDriver{
			Name:           "argocd-safesync",
			InformationURI: "https://github.com/argocd-safesync/argocd-safesync",
		}},
		ColumnKind: "unicodeCodePoints",
		Results:    []sarifResult{},
	}
	for _, rule := range rules {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{
			ID: rule.Name, ShortDescription: sarifMessage{rule.Title},
			HelpURI: rule.Page(), DefaultConfiguration: sarifConfig{rule.Severity.String()},
		})
	}
	for _, f := range r.Findings {
		run.Results = append(run.Results, f.sarif())
	}
	out, err := json.MarshalIndent(sarifLog{sarifSchema, "2.1.0", []sarifRun{run}}, "", "  ")
	return append(out, '\n'), err
}

func (f Finding) sarif() sarifResult {
	out := sarifResult{
		RuleID:    f.Rule,
		RuleIndex: slices.IndexFunc(rules, func(r Rule) bool { return r.Name == f.Rule }),
		Level:     f.Severity.String(),
		Message:   sarifMessage{f.withHint()},
	}
	if f.File != "" {
		uri := url.URL{Path: f.File}
		out.Locations = []sarifLocation{{sarifPhysical{
			Artifact: sarifArtifact{URI: uri.String(), URIBaseID: "%SRCROOT%"},
			Region:   sarifRegion{StartLine: max(f.Line, 1), StartColumn: f.Col},
		}}}
	}
	return out
}
