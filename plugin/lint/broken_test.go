package lint_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp/cmpopts"
	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/plugin/lint"
)

// TestAMistakeInAFileDoesNotRemoveItsApplications tells of the file where it could be read
// before, and only of the directories that its Applications had.
func TestAMistakeInAFileDoesNotRemoveItsApplications(t *testing.T) {
	before := added("a.yaml", fmt.Sprintf(application, "apps/shop"))
	broken := added("a.yaml", "kind: [\n# argoproj.io/v1alpha1\n")
	now := broken.Keep(before)
	assert.DeepEqual(t, now.Of("apps/shop"), before.Of("apps/shop"), cmpopts.IgnoreUnexported(lint.Destination{}))
	told := now.Unread("apps/shop")
	assert.Equal(t, len(told), 1)
	assert.Equal(t, told[0].File, "a.yaml")
	assert.Equal(t, len(now.Unread("apps/other")), 0)
	assert.Equal(t, len(broken.Keep(lint.Join([]lint.Applications{before, broken})).Unread("apps/shop")), 0, "broken before, too")
	assert.Equal(t, len(lint.Applications{}.Keep(before).Of("apps/shop")), 0, "the file is gone")
}
