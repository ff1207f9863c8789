package policy_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/golden"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
	"github.com/argocd-safesync/argocd-safesync/plugin/policy"
)

// TestPresetFiles holds what a preset's file becomes with the defaults of its
// inputs, or what is said about it. The namespace of the application is known
// only to the presets that get this far without it.
func TestPresetFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/preset/*.yaml")
	assert.NilError(t, err)
	assert.Assert(t, len(files) > 0)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			assert.NilError(t, err)
			got := instantiated(t, filepath.Base(file), text)
			golden.Assert(t, got, filepath.Join("preset", strings.TrimSuffix(filepath.Base(file), ".yaml")+".txt"))
		})
	}
}

func instantiated(t *testing.T, file string, text []byte) string {
	t.Helper()
	p, err := policy.ParsePreset(file, text)
	if err != nil {
		return err.Error() + "\n"
	}
	values := map[string]any{"app.name": "shop"}
	if file == "good.yaml" {
		values["app.namespace"] = "web"
	}
	for _, in := range p.Inputs {
		v, ok := in.Take(in.Default)
		assert.Assert(t, ok)
		values[in.Name] = v
	}
	out, warnings, err := p.Instantiate(values)
	if err != nil {
		return err.Error() + "\n"
	}
	return warned(warnings) + out.String()
}

func warned(warnings []diag.Problem) string {
	var b strings.Builder
	for _, w := range warnings {
		b.WriteString(w.Error() + "\n")
	}
	return b.String()
}

// TestPresetBounds holds that a preset cannot ask for any amount of work or
// memory.
func TestPresetBounds(t *testing.T) {
	head := "apiVersion: safesync/v1alpha1\nkind: Preset\ndescription: too much\ninputs:\n"
	_, err := policy.ParsePreset("many.yaml", []byte(head+strings.Repeat("- {name: a, description: b}\n", 65)))
	assert.ErrorContains(t, err, "many.yaml:5:1: inputs: want at most 64 inputs, got 65")

	hooks := "- {name: a, description: b, type: list}\njob: {tolerations: [" + strings.Repeat(`"${a}", `, 2000) + "]}\n"
	p, err := policy.ParsePreset("large.yaml", []byte(head+hooks))
	assert.NilError(t, err)
	_, _, err = p.Instantiate(map[string]any{"a": make([]any, 1000)})
	assert.ErrorContains(t, err, "want inputs that fill at most 1048576 bytes, got more")
	assert.Equal(t, len(diag.Problems(err)), 1)
}

// TestSubstitute holds what a text becomes.
func TestSubstitute(t *testing.T) {
	values := map[string]any{"port": int64(80), "name": "web", "on": true, "many": []any{1}}
	for _, tc := range []struct {
		text string
		want any
	}{
		{"", ""},
		{"plain", "plain"},
		{"${port}", int64(80)},
		{"${many}", []any{1}},
		{"${on}", true},
		{"x${port}", "x80"},
		{"${name}:${port}", "web:80"},
		{"${name}${name}", "webweb"},
		{"$${name}", "${name}"},
		{"$$${name}", "$${name}"},
		{"a $${name} ${name}$", "a ${name} web$"},
		{"$name {name} $", "$name {name} $"},
	} {
		got, err := policy.Substitute(tc.text, values)
		assert.NilError(t, err, "%q", tc.text)
		assert.DeepEqual(t, got, tc.want)
	}
}

// TestSubstituteProblems holds what is said about a text that cannot be.
func TestSubstituteProblems(t *testing.T) {
	values := map[string]any{"many": []any{1}, "long": strings.Repeat("x", 40<<10)}
	for text, want := range map[string]string{
		"${":                 `want the name of an input between ${ and }, got "${"`,
		"a ${} b":            `want the name of an input between ${ and }, got "${} b"`,
		"${A}":               `want the name of an input between ${ and }, got "${A}"`,
		"${app.name.x}":      `want the name of an input between ${ and }, got "${app.name.x}"`,
		"${gone}":            "no value for ${gone}",
		"x ${many}":          `want ${many} alone, because a list cannot stand inside text, got "x ${many}"`,
		"${long}${long}":     "want at most 65536 bytes after ${long}, got more",
		"${long} and ${gone": `want the name of an input between ${ and }, got "${gone"`,
	} {
		_, err := policy.Substitute(text, values)
		assert.Error(t, err, want)
	}
}

// FuzzSubstitute holds that a text without references stays what it is, that
// one made of literals gives them back, and that no text breaks the reader.
func FuzzSubstitute(f *testing.F) {
	for _, seed := range []string{"", "x", "${x}", "$${x}", "a${x}b${y}", "${", "$$${x}", "${x"} {
		f.Add(seed)
	}
	values := map[string]any{"x": "1", "y": int64(2)}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := policy.Substitute(text, values)
		refs, refsErr := policy.References(text)
		if refsErr != nil {
			assert.Error(t, err, refsErr.Error())
			return
		}
		if !strings.Contains(text, "${") {
			assert.Equal(t, got, any(text))
			assert.Equal(t, len(refs), 0)
		}
		escaped := strings.ReplaceAll(text, "${", "$${")
		again, err := policy.Substitute(escaped, nil)
		assert.NilError(t, err)
		assert.Equal(t, again, any(text))
	})
}

// FuzzParsePreset holds that no preset breaks the reader, and that one which is
// accepted becomes a policy or a problem.
func FuzzParsePreset(f *testing.F) {
	files, err := filepath.Glob("testdata/preset/*.yaml")
	assert.NilError(f, err)
	for _, file := range files {
		text, err := os.ReadFile(file)
		assert.NilError(f, err)
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := policy.ParsePreset("preset.yaml", text)
		values := map[string]any{"app.name": "shop", "app.namespace": "web"}
		if err == nil {
			for _, in := range p.Inputs {
				values[in.Name], _ = in.Take(in.Default)
			}
			_, _, err = p.Instantiate(values)
		}
		if err != nil {
			assert.Assert(t, len(diag.Problems(err)) > 0, "%v", err)
		}
	})
}
