package probe

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what is printed in the place of a secret.
const redacted = "[redacted]"

// A Secret carries a value that no message and no log may show: every way of
// printing it gives [redacted]. The zero value is an empty secret.
type Secret struct{ value string }

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{value} }

// Reveal returns the value, for the request that needs it.
func (s Secret) Reveal() string { return s.value }

// String hides the value.
func (Secret) String() string { return redacted }

// Format hides the value from every verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue hides the value from log/slog.
func (Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText hides the value from encoders.
func (Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }
