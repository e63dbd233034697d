package reminder

import (
	"time"

	"partyline/signaling/notify"
)

// Level is how full the bucket of one limit is: tokens at a time.
type Level struct {
	Tokens float64
	At     time.Time
}

// A full bucket that is emptied at once and filled meanwhile would let nearly
// twice the limit through in some stretch. So half of it is there at once, and
// half comes back in the time.
func burst(l notify.Limit) float64 { return max(1, float64(l.Messages)/2) }

// every is the time in which a token comes back.
func every(l notify.Limit) time.Duration {
	if l.Messages <= 1 {
		return l.Per
	}
	return time.Duration(float64(l.Per) / (float64(l.Messages) / 2))
}

// filled is the level at a later time. The zero value is a full bucket. A clock
// that was set back takes nothing away.
func filled(l notify.Limit, v Level, now time.Time) Level {
	if v.At.IsZero() {
		return Level{burst(l), now}
	}
	if passed := now.Sub(v.At); passed > 0 {
		v.Tokens = min(burst(l), v.Tokens+float64(passed)/float64(every(l)))
	}
	return Level{v.Tokens, now}
}

// Take takes up to want tokens of all buckets of a bot, and tells how many
// there were, and when the next one comes if there were too few.
func Take(limits []notify.Limit, levels []Level, now time.Time, want int) (after []Level, got int, next time.Time) {
	after = make([]Level, len(limits))
	got, next = want, now
	for i, l := range limits {
		if i < len(levels) {
			after[i] = levels[i]
		}
		after[i] = filled(l, after[i], now)
		got = min(got, int(after[i].Tokens))
	}
	for i, l := range limits {
		after[i].Tokens -= float64(got)
		if lacking := 1 - after[i].Tokens; got < want && lacking > 0 {
			if t := now.Add(time.Duration(lacking*float64(every(l))) + time.Millisecond); t.After(next) {
				next = t
			}
		}
	}
	return after, got, next
}
