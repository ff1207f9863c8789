package plan

import (
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// What Argo CD takes where a retry says nothing.
const (
	defaultDuration    = 5 * time.Second
	defaultFactor      = 2
	defaultMaxDuration = 3 * time.Minute
)

// shown bounds how many waits are told of a retry without end.
const shown = 10

// A Retry is when Argo CD tries a failed sync again. Each try starts with
// PreSync anew.
type Retry struct {
	// Limit is how many tries follow the first; negative means no end.
	Limit int64 `json:"limit"`
	// File has the Application that says so; "" means the policy.
	File string `json:"file,omitempty"`
	// Refresh takes the newest revision at each try.
	Refresh bool `json:"refresh"`
	// Documented are the waits that Argo CD's documentation promises, and Real
	// those that it keeps: it counts the try before it works out the wait, so
	// that the first documented wait never happens.
	Documented []Wait `json:"documented"`
	Real       []Wait `json:"real"`
}

// A Wait is a length of time.
type Wait time.Duration

// MarshalJSON writes the wait as people do, such as 40s.
func (w Wait) MarshalJSON() ([]byte, error) { return json.Marshal(w.String()) }

// String renders 3m rather than 3m0s.
func (w Wait) String() string {
	d := time.Duration(w)
	switch {
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%dm", d/time.Minute)
	case d >= time.Minute && d%time.Second == 0:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return d.String()
}

// A Backoff is what a retry says about its waits; zero means nothing.
type Backoff struct {
	Duration, MaxDuration time.Duration
	Factor                int64
}

// Retries works out when Argo CD tries again.
func Retries(limit int64, refresh bool, b Backoff) *Retry {
	if b.Duration == 0 {
		b.Duration = defaultDuration
	}
	if b.Factor == 0 {
		b.Factor = defaultFactor
	}
	if b.MaxDuration == 0 {
		b.MaxDuration = defaultMaxDuration
	}
	r := &Retry{Limit: limit, Refresh: refresh, Documented: []Wait{}, Real: []Wait{}}
	n := limit
	if n < 0 || n > shown {
		n = shown
	}
	for i := range n {
		r.Documented = append(r.Documented, b.wait(i))
		r.Real = append(r.Real, b.wait(i+1))
	}
	return r
}

// wait is duration × factor^n, at most the longest; a longest wait that is
// negative is none.
func (b Backoff) wait(n int64) Wait {
	d := b.Duration
	for range n {
		if (b.MaxDuration > 0 && d >= b.MaxDuration) || d > math.MaxInt64/time.Duration(b.Factor) {
			break
		}
		d *= time.Duration(b.Factor)
	}
	if b.MaxDuration > 0 && d > b.MaxDuration {
		d = b.MaxDuration
	}
	return Wait(d)
}
