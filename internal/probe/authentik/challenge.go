package authentik

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	probehttp "github.com/argocd-safesync/argocd-safesync/internal/probe/http"
)

// The components of challenges that mean something to a login. What Authentik's
// page shows for each is called the same.
const (
	stageIdentification = "ak-stage-identification"
	stagePassword       = "ak-stage-password"
	stageUserLogin      = "ak-stage-user-login"
	stageMFA            = "ak-stage-authenticator-validate"
	stageDenied         = "ak-stage-access-denied"
	stageFlowError      = "ak-stage-flow-error"
	redirect            = "xak-flow-redirect"
)

// A challenge is what a flow asks or says, with the fields that a login relies
// on. Pointers tell what is missing from what is false.
type challenge struct {
	Component string `json:"component"`
	// Errors say what was wrong with the answer before, by its fields.
	Errors map[string][]struct {
		Text string `json:"string"`
		Code string `json:"code"`
	} `json:"response_errors"`

	// Of an identification stage.
	UserFields     []string `json:"user_fields"`
	PasswordFields *bool    `json:"password_fields"`
	Captcha        *struct {
		Key string `json:"site_key"`
	} `json:"captcha_stage"`

	To           string `json:"to"`            // of a redirect
	ErrorMessage string `json:"error_message"` // of a refusal
	RequestID    string `json:"request_id"`    // of an error in a stage
	Error        string `json:"error"`
}

// A response answers a challenge.
type response struct {
	Component  string  `json:"component"`
	UID        string  `json:"uid_field,omitempty"`
	Password   *string `json:"password,omitempty"`
	RememberMe *bool   `json:"remember_me,omitempty"`
}

// rejected is why the answer before was not good enough; "" if it was. The code
// comes first: it is the same in every language.
func (c *challenge) rejected() string {
	var out []string
	for _, field := range slices.Sorted(maps.Keys(c.Errors)) {
		for _, e := range c.Errors[field] {
			out = append(out, fmt.Sprintf("%s, %q", cmp.Or(probehttp.Line(e.Code), "no code"), probehttp.Line(e.Text)))
		}
	}
	return strings.Join(out[:min(len(out), 4)], "; ")
}

// words names a challenge that is not the wanted one.
func (c *challenge) words() string {
	text := probehttp.Line(c.Component)
	switch c.Component {
	case "":
		return "a challenge without a component"
	case redirect:
		return text + ": the flow has no stage, or none for this visitor"
	case stageDenied:
		return text + ": " + quote(c.ErrorMessage)
	case stageFlowError:
		return text + ", " + c.errorWords()
	}
	return text
}

// errorWords is what Authentik says about an error in a stage. Without a debug
// session that is only the number by which its log can be searched.
func (c *challenge) errorWords() string {
	text := "request " + probehttp.Line(c.RequestID)
	if c.Error != "" {
		text += ": " + quote(c.Error)
	}
	return text
}

// quote shows what somebody else wrote, on one line.
func quote(text string) string { return fmt.Sprintf("%q", probehttp.Line(text)) }
