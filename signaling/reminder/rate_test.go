package reminder_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// TestBucketsKeepTheLimit: whoever asks when, in no stretch of time is more
// taken than a bot may say in it; and nobody waits for ever.
func TestBucketsKeepTheLimit(t *testing.T) {
	for _, channel := range []notify.Channel{notify.WeCom, notify.DingTalk, notify.Feishu, notify.Slack} {
		limits := notify.LimitsOf(channel)
		r := rand.New(rand.NewPCG(7, uint64(len(channel))))
		now := nine
		var levels []reminder.Level
		var taken []time.Time
		for range 2000 {
			want := 1 + r.IntN(30)
			var got int
			var next time.Time
			levels, got, next = reminder.Take(limits, levels, now, want)
			for range got {
				taken = append(taken, now)
			}
			if got < want && !next.After(now) {
				t.Fatalf("%s: %d of %d, and the next one at %v, not after %v", channel, got, want, next, now)
			}
			if got < want && r.IntN(2) == 0 {
				now = next
			} else {
				now = now.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
			}
		}
		for _, l := range limits {
			for i := range taken {
				if j := i + l.Messages; j < len(taken) && taken[j].Sub(taken[i]) < l.Per {
					t.Fatalf("%s: %d messages within %v", channel, l.Messages+1, taken[j].Sub(taken[i]))
				}
			}
		}
		if len(taken) < 500 {
			t.Errorf("%s: only %d taken", channel, len(taken))
		}
	}
}

// TestClockSetBackTakesNoTokens from a bucket.
func TestClockSetBackTakesNoTokens(t *testing.T) {
	limits := notify.LimitsOf(notify.WeCom)
	levels, _, _ := reminder.Take(limits, nil, nine, 4)
	if _, got, _ := reminder.Take(limits, levels, nine.Add(-time.Hour), 6); got != 6 {
		t.Errorf("%d of 6 that were left", got)
	}
}

// TestBurst: a hundred people in one chat are reminded of the same meeting. The
// bot says no more than it may, nobody is left out, and all of it is said
// before the meeting.
func TestBurst(t *testing.T) {
	for _, channel := range []notify.Channel{notify.WeCom, notify.DingTalk, notify.Feishu, notify.Slack} {
		synctest.Test(t, func(t *testing.T) {
			var people []reminder.Who
			for i := range 100 {
				people = append(people, colleague(fmt.Sprintf("person %d", i)))
			}
			w := begin(t, time.Hour, routes{{Channel: channel, Bot: "bot", Mention: []string{"x"}}}, meetingAt("sync", nine, people...))
			w.sleep(58 * time.Minute) // before the cards
			rows, err := w.book.RowsOf(t.Context(), "sync")
			must(t, err)
			for _, r := range rows {
				if r.Channel == channel && r.State != reminder.Sent {
					t.Errorf("%s: %s is %s", channel, r.Who, r.State)
				}
			}
			w.stop()
			for _, l := range notify.LimitsOf(channel) {
				for i := range w.post.sent {
					if j := i + l.Messages; j < len(w.post.sent) && w.post.sent[j].at.Sub(w.post.sent[i].at) < l.Per {
						t.Fatalf("%s: %d messages within %v", channel, l.Messages+1, w.post.sent[j].at.Sub(w.post.sent[i].at))
					}
				}
			}
			if first := w.post.sent[0].at; nine.Add(-10*time.Minute).Sub(first) > 90*time.Second {
				t.Errorf("%s: the first came at %v", channel, first)
			}
		})
	}
}

// TestThrottledBotIsLeftAlone for as long as it asked.
func TestThrottledBotIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nine.Add(-time.Hour), routes{{Channel: notify.DingTalk, Bot: "bot"}})
		var people []reminder.Who
		for i := range 8 {
			people = append(people, colleague(fmt.Sprintf("person %d", i)))
		}
		w.agenda.set(meetingAt("sync", nine, people...))
		var tried []time.Time
		w.post.fail = func(c notify.Channel, _ notify.Message) error {
			if c != notify.DingTalk {
				return nil
			}
			if tried = append(tried, w.now()); len(tried) == 1 {
				return &notify.Refused{Channel: c, Cause: notify.Throttled, RetryAfter: 4 * time.Minute}
			}
			return nil
		}
		w.run()
		w.sleep(59 * time.Minute)
		w.stop()
		rows, err := w.book.RowsOf(t.Context(), "sync")
		must(t, err)
		for _, r := range rows {
			if r.Channel == notify.DingTalk && r.State != reminder.Sent {
				t.Errorf("%s is %s", r.Who, r.State)
			}
		}
		if len(tried) < 2 || tried[1].Sub(tried[0]) < 4*time.Minute {
			t.Errorf("tried at %v", tried)
		}
	})
}
