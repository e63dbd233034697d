package reminder_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// TestLinks: whoever has the link of a message answers as its person, without
// signing in, until the meeting is over; and as nobody else.
func TestLinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		zoe := reminder.Who{Key: "invitation", Name: "Zoe", Email: "zoe@example.org", Language: "zh-CN", Zone: "Asia/Shanghai"}
		w := begin(t, time.Hour, pushed, meetingAt("sync", nine, zoe, colleague("ann")))
		w.sleep(55 * time.Minute)
		tokens := map[string]string{}
		for _, l := range w.post.sent {
			for _, a := range l.Actions {
				if a.Act == string(reminder.Late) {
					token, ok := strings.CutPrefix(a.Link, "https://meet.example.com/r/")
					token, query, _ := strings.Cut(token, "?")
					if !ok || query != "act=late" || strings.Contains(l.Acknowledge, "?") || !strings.HasSuffix(l.Acknowledge, "/api/v1/reminders/"+token) {
						t.Errorf("link %s, %s", a.Link, l.Acknowledge)
					}
					tokens[l.Address] = token
				}
			}
		}
		token := tokens["zoe@example.org"]
		i, err := w.service.Open(t.Context(), token)
		must(t, err)
		if i.Who.Name != "Zoe" || i.Subject.ID != "sync" || i.Answer.Act != reminder.NoReply {
			t.Errorf("it is about %+v", i)
		}
		i, err = w.service.Follow(t.Context(), token, reminder.Late, 10)
		must(t, err)
		if i.Answer.Act != reminder.Late || i.Answer.Minutes != 10 || i.Answer.Where != "link" {
			t.Errorf("answered %+v", i.Answer)
		}
		if _, err := w.service.Follow(t.Context(), token, "jump", 0); !errors.Is(err, reminder.ErrBadAct) {
			t.Errorf("nonsense: %v", err)
		}
		for n := range len(token) {
			forged := []byte(token)
			forged[n] ^= 1
			if _, err := w.service.Open(t.Context(), string(forged)); !errors.Is(err, reminder.ErrBadLink) {
				t.Errorf("forged at %d: %v", n, err)
			}
		}
		w.sleep(2 * time.Hour)
		if _, err := w.service.Open(t.Context(), token); !errors.Is(err, reminder.ErrOldLink) {
			t.Errorf("when it is over: %v", err)
		}
		w.stop()
		if got := w.post.titles(notify.Mail); len(got) != 1 {
			t.Errorf("mails: %q", got)
		}
	})
}

func FuzzLinks(f *testing.F) {
	clock := func() time.Time { return nine }
	w := &world{agenda: &agenda{}, counts: &counter{}, offset: 0}
	w.book, w.post = newBook(clock), &post{clock: clock}
	s, err := reminder.New(f.Context(), testConfig(), w.book, w.agenda, w.post.reach(nil), nil, clock, quietLog())
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "AAAA", strings.Repeat("A", 600), "AAAAAABppn2QAHN5bmMAYW5u", "-_-_"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		if _, err := s.Open(t.Context(), token); err == nil {
			t.Errorf("%q is taken", token)
		}
	})
}

func TestChecks(t *testing.T) {
	ladder := func(rungs ...reminder.Rung) reminder.Ladder { return reminder.Ladder{Rungs: rungs} }
	for _, test := range []struct {
		name string
		err  error
		want error
	}{
		{"default", reminder.DefaultLadder(reminder.Meeting).Check(), nil},
		{"none", ladder().Check(), nil},
		{"two days before", ladder(reminder.Rung{Step: reminder.Ask, Minutes: -2 * 24 * 60}).Check(), reminder.ErrBadLadder},
		{"call before", ladder(reminder.Rung{Step: reminder.Call, Minutes: -1}).Check(), reminder.ErrBadLadder},
		{"twice", ladder(reminder.Rung{Step: reminder.Ask}, reminder.Rung{Step: reminder.Ask, Minutes: -5}).Check(), reminder.ErrBadLadder},
		{"unknown", ladder(reminder.Rung{Step: "shout"}).Check(), reminder.ErrBadLadder},
		{"good choice", reminder.Choice{Channels: []notify.Channel{notify.Mail, notify.WeCom}, Lead: []int{60, 10, 0}}.Check(), nil},
		{"four times", reminder.Choice{Lead: []int{1, 2, 3, 4}}.Check(), reminder.ErrBadChoice},
		{"the same twice", reminder.Choice{Lead: []int{5, 5}}.Check(), reminder.ErrBadChoice},
		{"after the start", reminder.Choice{Lead: []int{-5}}.Check(), reminder.ErrBadChoice},
		{"a phone is no message", reminder.Choice{Channels: []notify.Channel{notify.Phone}}.Check(), reminder.ErrBadChoice},
		{"a short lease", func() error { c := testConfig(); c.Lease = time.Second; return c.Validate() }(), errAny},
		{"no zone", func() error { c := testConfig(); c.Zone = nil; return c.Validate() }(), errAny},
	} {
		if !errors.Is(test.err, test.want) && (test.want != errAny || test.err == nil) {
			t.Errorf("%s: %v, want %v", test.name, test.err, test.want)
		}
	}
}

var errAny = errors.New("any")
