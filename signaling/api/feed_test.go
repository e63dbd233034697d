package api_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partyline/signaling/api"
	"partyline/signaling/internal/ical"
	"partyline/signaling/invite"
	"partyline/signaling/meeting"
	"partyline/signaling/seal"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// withCalendar runs a test with feeds and import, on every database. fetch gets
// a feed, unless the etag says that there is nothing new.
func withCalendar(t *testing.T, test func(t *testing.T, w *world, fetch func(url, etag string) (status int, text, newEtag string))) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		place := invite.Place{PublicURL: "https://meet.example.com", Numbers: []string{"+861012345678"}}
		feeds, err := invite.NewFeeds(place, seal.Key{1}, s, s, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		planner := meeting.NewPlanner(meeting.PlannerConfig{Log: slog.New(slog.DiscardHandler)}, s)
		w := on(t, s, func(c *api.Config) {
			c.PublicURL = "https://meet.example.com"
			c.Calendar = api.Calendar{
				Feeds: feeds, Importer: invite.NewImporter(planner, s),
				Answers: invite.NewAnswers(testLinks(t), s, planner, slog.New(slog.DiscardHandler)),
			}
		})
		test(t, w, func(url, etag string) (int, string, string) {
			r := httptest.NewRequest(http.MethodGet, strings.TrimPrefix(url, "https://meet.example.com"), nil)
			r.Header.Set("If-None-Match", etag)
			answer := httptest.NewRecorder()
			feeds.ServeHTTP(answer, r)
			text, err := io.ReadAll(answer.Result().Body)
			if err != nil {
				t.Fatal(err)
			}
			return answer.Code, string(text), answer.Header().Get("ETag")
		})
	})
}

// TestFeed: a person's calendar program gets their meetings by a secret link,
// without what they declined, until they take the link back.
func TestFeed(t *testing.T) {
	withCalendar(t, func(t *testing.T, w *world, fetch func(url, etag string) (int, string, string)) {
		ann := w.ann()
		bob := w.bob(ann)
		var s scheduleBody
		draft := weekly(m{"person": bob.me().ID}, m{"name": "Zoe", "email": "zoe@example.org"})
		first := ical.WallOf(time.Now()).AddDays(30) // feeds show the next two years
		draft["start"], draft["rule"] = first.UTC().Format("2006-01-02T15:04"), "FREQ=DAILY"
		second := first.AddDays(1).UTC().Format("20060102T1504") + "00"
		ann.call("POST", "/schedule", draft).want(201).into(&s)

		var feed struct{ URL string }
		bob.call("GET", "/me/calendar", nil).want(200).into(&feed)
		if feed.URL != "" {
			t.Errorf("a feed that nobody made: %q", feed.URL)
		}
		bob.call("POST", "/me/calendar", nil).want(200).into(&feed)
		old := feed.URL
		status, text, etag := fetch(old, "")
		calendar, faults, err := ical.Read(strings.NewReader(text))
		if status != 200 || err != nil || len(faults) != 0 || len(calendar.Events) != 1 || calendar.Events[0].Title != "Weekly" {
			t.Fatalf("%d %v %v\n%s", status, err, faults, text)
		}
		if !strings.Contains(calendar.Events[0].Text, "tel:+861012345678,,") || len(calendar.Events[0].Attendees) != 0 {
			t.Errorf("the event: %+v", calendar.Events[0])
		}
		if status, _, _ := fetch(old, etag); status != http.StatusNotModified {
			t.Errorf("nothing is new, and the answer %d", status)
		}

		occurrence := s.Series[0].ID + "_" + second
		bob.call("PUT", "/occurrences/"+occurrence+"/reply", m{"status": "declined", "scope": "one"}).want(204)
		status, text, _ = fetch(old, etag)
		if status != 200 || !strings.Contains(text, "EXDATE;TZID=Europe/Berlin:"+second) {
			t.Errorf("after declining one date: %d\n%s", status, text)
		}
		bob.call("PUT", "/occurrences/"+occurrence+"/reply", m{"status": "declined", "scope": "all"}).want(204)
		if _, text, _ = fetch(old, ""); strings.Contains(text, "VEVENT") {
			t.Errorf("after declining all:\n%s", text)
		}

		bob.call("POST", "/me/calendar", nil).want(200).into(&feed)
		if status, _, _ := fetch(old, ""); status != http.StatusNotFound || feed.URL == old {
			t.Errorf("the link before answers %d", status)
		}
		if status, _, _ := fetch(feed.URL, ""); status != http.StatusOK {
			t.Errorf("the new link answers %d", status)
		}
		bob.call("DELETE", "/me/calendar", nil).want(204)
		for _, url := range []string{feed.URL, "/calendar/", "/calendar/abc.ics", strings.Replace(feed.URL, ".ics", "A.ics", 1)} {
			if status, _, _ := fetch(url, ""); status != http.StatusNotFound {
				t.Errorf("%s answers %d", url, status)
			}
		}
	})
}

const aFile = `BEGIN:VCALENDAR
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VEVENT
UID:a
SUMMARY:Board
DTSTART;TZID=W. Europe Standard Time:20400102T090000
DTEND;TZID=W. Europe Standard Time:20400102T100000
RRULE:FREQ=WEEKLY
EXDATE;TZID=W. Europe Standard Time:20400109T090000
ATTENDEE:mailto:zoe@example.org
END:VEVENT
BEGIN:VEVENT
UID:a
RECURRENCE-ID:20400116T080000Z
DTSTART:20400116T100000Z
DTEND:20400116T103000Z
SUMMARY:Board, later
END:VEVENT
BEGIN:VEVENT
UID:b
SUMMARY:Ping
DTSTART:20400102T090000
RRULE:FREQ=SECONDLY
END:VEVENT
BEGIN:VEVENT
UID:c
SUMMARY:Once
DTSTART:20400103T090000Z
END:VEVENT
BEGIN:VEVENT
UID:d
SUMMARY:Long ago
DTSTART:20010105T090000Z
END:VEVENT
BEGIN:VEVENT
UID:e
SUMMARY:Holiday
DTSTART;VALUE=DATE:20400501
END:VEVENT
END:VCALENDAR
`

// TestImportCalendar: what another calendar has becomes meetings, once, and what
// cannot be one is told.
func TestImportCalendar(t *testing.T) {
	withCalendar(t, func(t *testing.T, w *world, _ func(url, etag string) (int, string, string)) {
		ann := w.ann()
		file := strings.ReplaceAll(aFile, "\n", "\r\n")
		var preview struct {
			Events []struct {
				N, Minutes, Exceptions, Invitees int
				Title, Start, TimeZone, Rule     string
				Known, Past                      bool
			}
			Faults []struct {
				Line        int
				Title, Text string
				Dropped     bool
			}
		}
		check := func(want ...string) {
			t.Helper()
			ann.call("POST", "/schedule/import/preview", m{"calendar": file}).want(200).into(&preview)
			var got []string
			for _, e := range preview.Events {
				got = append(got, strings.TrimSpace(fmt.Sprint(e.N, " ", e.Title, " ", e.Start, " ", e.TimeZone, " ", e.Minutes, " ", e.Exceptions, e.Invitees, e.Known, e.Past)))
			}
			if strings.Join(got, "\n") != strings.Join(want, "\n") {
				t.Errorf("events:\n%s", strings.Join(got, "\n"))
			}
		}
		check(
			"0 Board 2040-01-02T09:00 Europe/Berlin 60 2 1 false false",
			"1 Once 2040-01-03T10:00 Europe/Berlin 30 0 0 false false",
			"2 Long ago 2001-01-05T10:00 Europe/Berlin 30 0 0 false true",
		)
		dropped := ""
		for _, f := range preview.Faults {
			if f.Dropped && f.Text != "" {
				dropped += f.Title + ";"
			}
		}
		if dropped != "Ping;Holiday;" {
			t.Errorf("faults: %+v", preview.Faults)
		}

		var made struct {
			Made []struct {
				N       int
				Meeting string
			}
			Faults []struct {
				N    int
				Text string
			}
		}
		for range 2 { // again: nothing twice
			ann.call("POST", "/schedule/import", m{"calendar": file, "events": []int{0, 1, 2, 7}}).want(200).into(&made)
			if len(made.Made) != 2 || len(made.Faults) != 1 || made.Faults[0].N != 2 || made.Faults[0].Text == "" {
				t.Fatalf("made: %+v", made)
			}
		}
		check(
			"0 Board 2040-01-02T09:00 Europe/Berlin 60 2 1 true false",
			"1 Once 2040-01-03T10:00 Europe/Berlin 30 0 0 true false",
			"2 Long ago 2001-01-05T10:00 Europe/Berlin 30 0 0 false true",
		)
		got := walls(ann.occurrences("2040-01-01T00:00:00Z", "2040-01-24T00:00:00Z"))
		if want := "2040-01-02T09:00 Board;2040-01-03T10:00 Once;2040-01-16T11:00 Board, later;2040-01-23T09:00 Board;"; got != want {
			t.Errorf("dates: %s", got)
		}
		ann.call("POST", "/schedule/import/preview", m{"calendar": "hello"}).want(200).into(&preview)
		if len(preview.Events) != 0 || len(preview.Faults) != 1 {
			t.Errorf("no calendar: %+v", preview)
		}
		ann.call("POST", "/schedule/import/preview", m{"calendar": file, "timeZone": "Mars/Phobos"}).want(422)
	})
}
