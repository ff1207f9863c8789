package inject

import (
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestNamesOfApplications(t *testing.T) {
	for app, want := range map[string]string{
		"shop":           "shop",
		"argocd_shop":    "shop",
		"teams_Shop_two": "shop-two",
		"My App!":        "my-app",
		"":               "",
	} {
		assert.Equal(t, plainName(app), want, app)
	}
}

func TestLongNamesStayApart(t *testing.T) {
	long := strings.Repeat("a", 250)
	one, two := ownName(long+"-one", "safesync"), ownName(long+"-two", "safesync")
	assert.Assert(t, len(one) <= 253 && len(two) <= 253)
	assert.Assert(t, one != two)
	assert.Equal(t, one, ownName(long+"-one", "safesync"))
	assert.Equal(t, ownName("", "safesync"), "safesync")
}

// TestVerbatimTextSurvivesKubernetes holds verbatim against what the kubelet
// does to arguments: $(NAME) is a reference, $$ is one $, and everything else is
// itself.
func TestVerbatimTextSurvivesKubernetes(t *testing.T) {
	for text, want := range map[string]string{
		"^ok$":        "^ok$",
		"$HOME":       "$HOME",
		"$(HOME)":     "$$(HOME)",
		"$$":          "$$$$",
		"$$(HOME)":    "$$$$(HOME)",
		"$$$(HOME) $": "$$$$$$(HOME) $",
	} {
		assert.Equal(t, verbatim(text), want, text)
		assert.Equal(t, expand(verbatim(text)), text)
	}
}

// expand reads arguments as the kubelet does when no variable is known.
func expand(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '$' && i+1 < len(text) && text[i+1] == '$' {
			i++
		} else if text[i] == '$' && i+1 < len(text) && text[i+1] == '(' {
			return "a reference to a variable is left in " + text
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

func TestOneRepositoryHasManyURLs(t *testing.T) {
	for _, url := range []string{
		"https://git.example.org/team/gitops", "https://git.example.org/team/gitops.git", "https://git.example.org/team/gitops/",
		"https://user@Git.example.org/Team/gitops.git", "ssh://git@git.example.org/team/gitops", "git@git.example.org:team/gitops.git",
		" https://git.example.org/team/gitops ",
	} {
		assert.Equal(t, repository(url), "git.example.org/team/gitops", url)
	}
	for _, url := range []string{"https://git.example.org/team/gitops2", "https://example.org/team/gitops", "git.example.org", "", "://", "a@"} {
		assert.Assert(t, repository(url) != "git.example.org/team/gitops", url)
	}
}

func TestPatternsOfNames(t *testing.T) {
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"", "any", true},
		{"*", "any", true},
		{"a", "a", true},
		{"a", "ab", false},
		{"a*", "ab", true},
		{"a*", "ba", false},
		{"*a", "ba", true},
		{"*a", "ab", false},
		{"a*b*c", "a-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"a*a", "a", false},
		{"[a]", "a", false},
	} {
		assert.Equal(t, matchesName(c.pattern, c.name), c.want, "%s %s", c.pattern, c.name)
	}
}
