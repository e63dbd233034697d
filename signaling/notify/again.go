package notify

import (
	"context"
	"errors"
	"time"
)

const (
	firstPause = 5 * time.Second
	maxPause   = 5 * time.Minute
)

// Again tells whether a message whose attempt ended with an error is worth
// sending again, and how long to wait before that. Attempts are counted from
// 1. The pause doubles from 5 s to 5 min, and is never shorter than what the
// other side asked for. Spreading pauses is up to the caller.
func Again(attempt int, err error) (time.Duration, bool) {
	if err == nil || errors.Is(err, context.Canceled) {
		return 0, false
	}
	pause := maxPause
	if n := max(attempt, 1) - 1; n < 6 {
		pause = firstPause << n
	}
	if r, ok := AsRefused(err); ok {
		if r.Permanent {
			return 0, false
		}
		pause = max(pause, r.RetryAfter)
	}
	return pause, true
}
