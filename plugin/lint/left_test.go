package lint_test

import (
	"fmt"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

const application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: shop}\nspec: {source: {path: %q}}\n"

func added(file, text string) (out lint.Applications) {
	out.Add(file, []byte(text))
	return out
}

// TestADirectoryIsLeftOnlyWhereNoApplicationCanHaveIt: what only Argo CD can say may be an
// Application of it, unless it was there before.
func TestADirectoryIsLeftOnlyWhereNoApplicationCanHaveIt(t *testing.T) {
	set := func(extra, name string) string {
		return fmt.Sprintf(applicationSet, extra, name, "{{path}}", "shop")
	}
	had := added("a.yaml", fmt.Sprintf(application, "apps/shop"))
	unclear := added("b.yaml", set("templatePatch: x", "{{path.basename}}"))
	for name, c := range map[string]struct {
		before, now lint.Applications
		want        bool
	}{
		"the Application is gone":          {had, lint.Applications{}, true},
		"its path is another":              {had, added("a.yaml", fmt.Sprintf(application, "apps/other")), true},
		"it is still there":                {had, added("moved.yaml", fmt.Sprintf(application, "apps/shop")), false},
		"there was none":                   {lint.Applications{}, lint.Applications{}, false},
		"its path is a variable now":       {had, added("a.yaml", fmt.Sprintf(application, "{{.dir}}")), false},
		"its file cannot be read now":      {had, added("a.yaml", "kind: [\n# argoproj.io/v1alpha1\n"), false},
		"a set is patched now":             {had, unclear, false},
		"a set was patched before":         {lint.Join([]lint.Applications{had, unclear}), unclear, true},
		"a set's name is a variable now":   {had, added("b.yaml", set("", "{{values.name}}")), false},
		"a set has another generator, too": {had, added("b.yaml", set("", "{{path.basename}}")), false},
	} {
		assert.Equal(t, c.now.Left("apps/shop", c.before), c.want, name)
	}
}

// TestOnlyAnApplicationOfItsOwnOutlivesItsDirectory has a set, too, which makes no Application
// of a directory that is gone.
func TestOnlyAnApplicationOfItsOwnOutlivesItsDirectory(t *testing.T) {
	all := lint.Join([]lint.Applications{
		added("a.yaml", fmt.Sprintf(application, "apps/shop")),
		added("b.yaml", fmt.Sprintf(applicationSet, "", "{{path.basename}}", "{{path}}", "shop")),
	})
	assert.Equal(t, len(all.Of("apps/shop")), 2)
	assert.DeepEqual(t, all.PointedAtBy("apps/shop"), []string{"shop"})
	assert.Equal(t, len(all.PointedAtBy("apps/other")), 0)
}
