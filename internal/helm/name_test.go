package helm

import (
	"testing"

	"gotest.tools/v3/assert"
)

func TestANameIsTheSameWhereverItIsMade(t *testing.T) {
	t.Setenv("SECRET_OF_THE_SIDECAR", "hunter2")
	name, err := nameFrom(`{{ "Web" | lower }}-{{ add 1 2 }}`)
	assert.NilError(t, err)
	assert.Equal(t, name, "web-3")
	for _, text := range []string{`{{ env "SECRET_OF_THE_SIDECAR" }}`, `{{ expandenv "$SECRET_OF_THE_SIDECAR" }}`, `{{ getHostByName "example.org" }}`} {
		_, err := nameFrom(text)
		assert.ErrorContains(t, err, "not defined")
	}
}
