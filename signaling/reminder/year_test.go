package reminder_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/internal/ical"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// weekly is a series of the simulated year.
type weekly struct {
	id     string
	zone   *time.Location
	start  ical.Wall
	series ical.Series
	daily  bool
	people []reminder.Who
}

// company is 500 people in five zones, in 70 series; some at times that the
// clocks leave out or have twice.
func company(t *testing.T) []weekly {
	t.Helper()
	zones := []string{"America/New_York", "Europe/Berlin", "Asia/Shanghai", "Australia/Lord_Howe", "America/Santiago"}
	clocks := []string{"T023000", "T090000", "T013000", "T021500", "T003000"}
	var all []weekly
	for n := range 70 {
		name := zones[n%len(zones)]
		zone, err := ical.Zone(name)
		if err != nil {
			t.Fatal(err)
		}
		clock := clocks[n%len(clocks)]
		if n >= 35 {
			clock = fmt.Sprintf("T%02d%02d00", 8+n%10, n%4*15)
		}
		start, err := ical.ParseWall("20260104" + clock) // a Sunday, on which clocks change
		if err != nil {
			t.Fatal(err)
		}
		w := weekly{id: fmt.Sprintf("series-%d", n), zone: zone, start: start, daily: n%14 == 0}
		text := "FREQ=WEEKLY;BYDAY=SU"
		if w.daily {
			text = "FREQ=DAILY"
		}
		rule, err := ical.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		w.series = ical.Series{Start: start, Rule: rule}
		for i := range 14 {
			p := colleague(fmt.Sprintf("person-%d", (n*7+i)%500))
			p.Zone, p.Required = name, i%2 == 0
			w.people = append(w.people, p)
		}
		all = append(all, w)
	}
	return all
}

// dates are the starts in the year, by an oracle of its own: RFC 5545 §3.3.5
// says to take a time in a gap with the offset before it, and the first of two.
func (w weekly) dates(from, to time.Time) map[string]time.Time {
	step := 7
	if w.daily {
		step = 1
	}
	all := make(map[string]time.Time)
	for wall := w.start; ; wall = wall.AddDays(step) {
		_, before := wall.UTC().Add(-26 * time.Hour).In(w.zone).Zone()
		t := wall.UTC().Add(-time.Duration(before) * time.Second)
		if ical.WallOf(t.In(w.zone)) != wall { // not before the change, nor in a gap: after it
			_, after := wall.UTC().Add(26 * time.Hour).In(w.zone).Zone()
			if later := wall.UTC().Add(-time.Duration(after) * time.Second); ical.WallOf(later.In(w.zone)) == wall {
				t = later
			}
		}
		if !t.Before(to) {
			return all
		}
		if !t.Before(from) {
			all[w.id+"_"+wall.String()] = t
		}
	}
}

// calendar is the agenda of the company, by the calendar that the program uses.
type calendar []weekly

func (c calendar) Upcoming(_ context.Context, from, to time.Time) ([]reminder.Subject, error) {
	var all []reminder.Subject
	for _, w := range c {
		for _, d := range w.series.Between(w.zone, from, to) {
			s := meetingAt(w.id+"_"+d.Recurrence.String(), d.Start, w.people...)
			s.Organiser = w.people[0].Person
			all = append(all, s)
		}
	}
	return all, nil
}

// answers tells whether somebody answers the first message about a subject.
func answers(subject, who string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(subject + who))
	return h.Sum32()%3 == 0
}

// TestYear simulates a year of 500 people in five time zones, with all changes
// of their clocks: every reminder comes exactly once, at its time, and nobody
// who has answered is reminded on.
func TestYear(t *testing.T) {
	begin := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	end := begin.AddDate(1, 0, 0)
	synctest.Test(t, func(t *testing.T) {
		all := calendar(company(t))
		w := newWorld(t, begin, routes{{Channel: notify.Push}})
		cfg := testConfig()
		cfg.Poll, cfg.Plan, cfg.Batch = time.Hour, 8*time.Hour, 1000
		var err error
		w.service, err = reminder.New(t.Context(), cfg, w.book, all, w.post.reach(routes{{Channel: notify.Push}}), w.counts, w.now, quietLog())
		if err != nil {
			t.Fatal(err)
		}
		w.post.fail = func(c notify.Channel, m notify.Message) error {
			if c == notify.Push && answers(m.Topic, m.Person) {
				// Pressed a while later, by another goroutine as it would be.
				go func() {
					time.Sleep(time.Minute)
					a := reminder.Answer{Subject: m.Topic, Who: m.Person, Act: reminder.Coming, Where: "link"}
					if err := w.service.Acknowledge(context.Background(), a); err != nil {
						t.Errorf("answer: %v", err)
					}
				}()
			}
			return nil
		}
		w.run()
		for range 365 { // no timer for a year: the wall clock's offset is not monotonic time
			time.Sleep(24 * time.Hour)
		}
		w.stop()
		checkYear(t, w, all, begin, end.Add(-time.Hour))
	})
}

func checkYear(t *testing.T, w *world, all calendar, begin, end time.Time) {
	t.Helper()
	got := make(map[string]time.Time)
	note := func(key string, at time.Time) {
		if _, twice := got[key]; twice {
			t.Errorf("%s came twice", key)
		}
		got[key] = at
	}
	for _, l := range w.post.sent {
		note(fmt.Sprintf("%s %s %s %s", l.Topic, l.Person, l.channel, l.Kind), l.at)
	}
	w.post.mu.Lock()
	for _, c := range w.post.calls {
		note(fmt.Sprintf("%s %s phone call", c.Subject, c.Who.Key), c.Start.Add(time.Minute))
	}
	w.post.mu.Unlock()
	want := make(map[string]time.Time)
	for _, s := range all {
		for id, start := range s.dates(begin.Add(time.Hour), end) {
			expect(want, s, id, start)
		}
	}
	wrong := 0
	for key, at := range want {
		if came, ok := got[key]; !ok || came.Before(at) || came.Sub(at) > time.Second {
			if wrong++; wrong < 10 {
				t.Errorf("%s: came at %v, want %v", key, came, at)
			}
		}
		delete(got, key)
	}
	for key, at := range got {
		if at.Before(begin.Add(time.Hour)) || !at.Before(end.Add(-time.Hour)) {
			continue // at the edges of the year
		}
		if wrong++; wrong < 20 {
			t.Errorf("%s came at %v, and should not have", key, at)
		}
	}
	t.Logf("%d reminders expected, %d wrong", len(want), wrong)
	if len(want) < 100_000 {
		t.Errorf("only %d reminders were expected", len(want))
	}
}

// expect notes what one date should bring.
func expect(want map[string]time.Time, s weekly, id string, start time.Time) {
	missing := false
	organiser := s.people[0].Person
	for _, p := range s.people {
		want[id+" "+p.Person+" push reminder"] = start.Add(-10 * time.Minute)
		if answers(id, p.Person) {
			continue
		}
		want[id+" "+p.Person+" websocket reminder"] = start.Add(-time.Minute)
		if p.Required && p.Person != organiser {
			want[id+" "+p.Person+" phone call"] = start.Add(time.Minute)
			missing = true
		}
	}
	if missing {
		want[id+" "+organiser+" websocket missing"] = start.Add(3 * time.Minute)
		want[id+" "+organiser+" push missing"] = start.Add(3 * time.Minute)
	}
}
