package probe_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/argocd-safesync/argocd-safesync/internal/probe"
)

func TestAnswersCarryTheirMeaningBesideTheText(t *testing.T) {
	for _, tc := range []struct {
		err   error
		kind  error
		cause probe.Cause
	}{
		{probe.NotYet(probe.Refused, "tcp %s: %w", "x", io.EOF), probe.ErrNotYet, probe.Refused},
		{probe.Refusal("tcp %s: %w", "x", io.EOF), probe.ErrDenied, probe.Denied},
		{probe.Skip("tcp %s: %w", "x", io.EOF), probe.ErrSkip, probe.Other},
		{probe.No("404", "tcp %s: %w", "x", io.EOF), nil, "404"},
	} {
		wrapped := fmt.Errorf("%w", tc.err)
		assert.Error(t, wrapped, "tcp x: EOF")
		assert.Assert(t, errors.Is(wrapped, io.EOF))
		assert.Equal(t, probe.CauseOf(wrapped), tc.cause)
		for _, kind := range []error{probe.ErrNotYet, probe.ErrDenied, probe.ErrSkip} {
			assert.Equal(t, errors.Is(wrapped, kind), errors.Is(tc.kind, kind))
		}
	}
	assert.Equal(t, probe.CauseOf(io.EOF), probe.Other)
}

func TestAnAnswerAboutAnAnswerHasItsOwnMeaning(t *testing.T) {
	err := probe.No("503", "complete, but %w", probe.NotYet(probe.Refused, "down"))
	assert.Error(t, err, "complete, but down")
	assert.Assert(t, !errors.Is(err, probe.ErrNotYet))
	assert.Equal(t, probe.CauseOf(err), probe.Cause("503"))
}

func TestSecretIsNeverPrinted(t *testing.T) {
	s := probe.NewSecret("hunter2")
	holder := struct{ S probe.Secret }{s}
	text, err := json.Marshal(holder)
	assert.NilError(t, err)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "secret", s, "holder", holder)
	all := fmt.Sprintf("%v %+v %#v %s %q %x %d %v %+v %#v", s, s, s, s, s, s, s, holder, holder, &holder) + string(text) + log.String()
	assert.Assert(t, !strings.Contains(all, "hunter2") && !strings.Contains(all, "68756e74657232"), "%s", all)
	assert.Equal(t, s.Reveal(), "hunter2")
}
