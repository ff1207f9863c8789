package main

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/testenv"
)

// TestActionKeepsOneComment runs the script against a stand-in for gh that keeps
// the comments of a pull request in a file and asks jq, as gh asks its own.
func TestActionKeepsOneComment(t *testing.T) {
	testenv.Need(t, "jq")
	job := newJob(t)
	writeFile(t, filepath.Join(job.temp, "comments"), `[{"id": 1, "body": "somebody else's"}]`)
	writeProgram(t, filepath.Join(job.temp, "bin", "gh"), commentsOfGitHub)
	file := filepath.Join(job.temp, "plan.md")
	comment := func(plan string) (said string) {
		writeFile(t, file, plan)
		out, err := step(t, job.temp, "Comment", job.env("FILE="+file, "REPO=repos/o/r/issues", "NUMBER=7",
			"COMMENTS="+filepath.Join(job.temp, "comments"), "PATH="+filepath.Join(job.temp, "bin")+":"+os.Getenv("PATH"))...).CombinedOutput()
		assert.NilError(t, err, "%s", out)
		return string(out)
	}
	const own = `[{"id":1,"body":"somebody else's"},{"id":2,"body":"<!-- argocd-safesync -->\n%s\n"}]` + "\n"
	for _, push := range []struct{ plan, comments string }{
		{"", `[{"id": 1, "body": "somebody else's"}]`},
		{"one\n", fmt.Sprintf(own, "one")},
		{"two\n", fmt.Sprintf(own, "two")},
		{"", fmt.Sprintf(own, "No application changes.")},
	} {
		assert.Equal(t, comment(push.plan), "")
		assert.Equal(t, job.read("comments"), push.comments)
	}

	assert.NilError(t, os.Remove(filepath.Join(job.temp, "comments")))
	assert.Equal(t, comment("three\n"), "::notice::The pull request has no new comment: gh: Resource not accessible 100%25 (HTTP 403) gh: and more; what is planned is in the summary of this job\n")
}

// commentsOfGitHub is gh as far as the action uses it. Without comments it fails,
// as for a token that may not read them, with what would end a command to GitHub.
const commentsOfGitHub = `#!/bin/bash
set -e
[ -e "$COMMENTS" ] || { printf 'gh: Resource not accessible 100%% (HTTP 403)\ngh: and more\n' >&2; exit 1; }
body() { file=${!#}; cat "${file#body=@}"; }
case "$*" in
"api --paginate repos/o/r/issues/7/comments --jq "*) jq -r "${!#}" "$COMMENTS"; exit ;;
"api --silent --method POST repos/o/r/issues/7/comments --field body=@"*) change='. + [{id: 2, body: $body}]' ;;
"api --silent --method PATCH repos/o/r/issues/comments/2 --field body=@"*) change='map(if .id == 2 then .body = $body else . end)' ;;
*) echo "gh $*" >&2; exit 2 ;;
esac
new=$(jq -c --rawfile body <(body "$@") "$change" "$COMMENTS")
echo "$new" > "$COMMENTS"
`
