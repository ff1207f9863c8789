package runner

import (
	"log/slog"
	"time"
)

// heartbeat is how often an answer that does not change is told again, so that
// a person who follows the log sees that it lives.
const heartbeat = time.Minute

// A folder writes one line for each answer that is new, and folds the ones that
// repeat it.
type folder struct {
	log   *slog.Logger
	clean func(string) string

	attempt int // of the step
	last    string
	folded  int // how often last came again
	told    time.Time
}

// line notes the answer of one attempt.
func (f *folder) line(answer string) {
	f.attempt++
	answer = f.clean(answer)
	if answer == f.last && f.attempt > 1 {
		f.folded++
		if time.Since(f.told) >= heartbeat {
			f.flush()
		}
		return
	}
	f.flush()
	f.last, f.told = answer, time.Now()
	f.log.Info(answer, "attempt", f.attempt)
}

// flush tells how often the last answer was repeated.
func (f *folder) flush() {
	if f.folded > 0 {
		f.log.Info("same answer", "times", f.folded)
	}
	f.folded, f.told = 0, time.Now()
}
