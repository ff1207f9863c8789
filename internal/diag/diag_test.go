package diag_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/diag"
)

func TestAProblemSaysWhatIsKnownOfItsPlace(t *testing.T) {
	for _, c := range []struct {
		pos  diag.Pos
		want string
	}{
		{diag.Pos{}, "want x"},
		{diag.Pos{File: "a.yaml"}, "a.yaml: want x"},
		{diag.Pos{File: "a.yaml", Line: 3, Col: 7}, "a.yaml:3:7: want x"},
		{diag.Pos{File: "a.yaml", Line: 3, Col: 7, Path: "hooks[0].name"}, "a.yaml:3:7: hooks[0].name: want x"},
		{diag.Pos{Path: "hooks"}, "hooks: want x"},
	} {
		assert.Equal(t, c.pos.Problemf("want %s", "x").Error(), c.want)
	}
}

func TestHintsStandOnALineOfTheirOwn(t *testing.T) {
	p := diag.Pos{File: "a.yaml"}.Warningf("odd").WithHint("use %d", 5)
	assert.Equal(t, p.Error(), "a.yaml: warning: odd\n\thint: use 5")
}

func TestAListTellsEverythingInFileOrder(t *testing.T) {
	var l diag.List
	assert.NilError(t, l.Err())
	at := func(file string, line, col int) diag.Pos { return diag.Pos{File: file, Line: line, Col: col} }
	l.Add(
		at("b.yaml", 1, 1).Problemf("fifth"),
		at("a.yaml", 10, 1).Problemf("fourth"),
		at("a.yaml", 2, 9).Problemf("second"),
		at("a.yaml", 2, 9).Problemf("third"),
		at("a.yaml", 2, 3).Problemf("first"),
		at("a.yaml", 1, 1).Warningf("only odd"),
	)
	assert.Error(t, l.Err(), "a.yaml:2:3: first\na.yaml:2:9: second\na.yaml:2:9: third\na.yaml:10:1: fourth\nb.yaml:1:1: fifth")
	warnings := l.Warnings()
	assert.Equal(t, len(warnings), 1)
	assert.Equal(t, warnings[0].Error(), "a.yaml:1:1: warning: only odd")
}

func TestWarningsAloneDoNotStopARun(t *testing.T) {
	var l diag.List
	l.Add(diag.Pos{File: "a.yaml"}.Warningf("odd"))
	assert.NilError(t, l.Err())
}

func TestAListTakesProblemsOutOfErrors(t *testing.T) {
	first, second := diag.Pos{File: "a"}.Problemf("one"), diag.Pos{File: "b"}.Problemf("two")
	var inner, l diag.List
	inner.Add(first, second)
	assert.NilError(t, l.AddErr(nil))
	assert.NilError(t, l.AddErr(fmt.Errorf("read the policy: %w", inner.Err())))
	assert.NilError(t, l.AddErr(diag.Pos{File: "c"}.Problemf("three")))
	assert.ErrorIs(t, l.AddErr(io.ErrUnexpectedEOF), io.ErrUnexpectedEOF)
	assert.Error(t, l.Err(), "a: one\nb: two\nc: three")
}

func TestProblemsAreFoundInWrappedErrors(t *testing.T) {
	var l diag.List
	l.Add(diag.Pos{File: "a"}.Problemf("one"), diag.Pos{File: "b"}.Problemf("two"))
	wrapped := fmt.Errorf("build: %w", l.Err())
	assert.Equal(t, len(diag.Problems(wrapped)), 2)
	first, ok := errors.AsType[diag.Problem](wrapped)
	assert.Assert(t, ok)
	assert.Equal(t, first.Msg, "one")
	assert.Equal(t, len(diag.Problems(io.EOF)), 0)
	assert.Equal(t, len(diag.Problems(nil)), 0)
}

func TestAHopelessNumberOfProblemsIsCutShort(t *testing.T) {
	var l diag.List
	for i := range 103 {
		l.Add(diag.Pos{File: "a", Line: i + 1, Col: 1}.Problemf("bad"))
	}
	text := l.Err().Error()
	assert.Assert(t, strings.HasSuffix(text, "a:100:1: bad\n3 more problems are not shown"), text)
	assert.Equal(t, len(diag.Problems(l.Err())), 103)
}
