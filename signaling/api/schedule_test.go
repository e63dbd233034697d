package api_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"partyline/signaling/api"
	"partyline/sip/billing"
)

// scheduleBody, occurrenceBody and todoBody are what the tests read of answers.
type scheduleBody struct {
	Meeting struct {
		meetingBody
		Lobby    bool
		Invitees []struct {
			ID, Person, Name, Email, Phone, Language, TimeZone string
			Required, CoHost, Ring                             bool
		}
	}
	Series []struct {
		ID, Title, Start, Rule, Ends, TimeZone string
		Cancelled                              bool
	}
	Exceptions []struct {
		Recurrence, Start string
		Cancelled         bool
	}
	Replies []struct{ Invitee, Occurrence, Status, Via string }
	Next    *occurrenceBody
}

type occurrenceBody struct {
	ID, Meeting, Wall, TimeZone, Title, Status, Fit string
	Start, End                                      time.Time
	Moved, Recurring, Cancelled                     bool
}

type todoBody struct {
	ID, Meeting, Text, Due, TimeZone string
	Owner                            struct{ ID, Name string }
	DoneAt                           *time.Time
}

func between(from, to string) string {
	return "?" + url.Values{"from": {from}, "to": {to}}.Encode()
}

// weekly is a meeting of Ann's on Mondays in the future.
func weekly(invitees ...m) m {
	return m{
		"title": "Weekly", "agenda": "Numbers", "timeZone": "Europe/Berlin", "start": "2040-03-19T09:00", "minutes": 30,
		"rule": "FREQ=WEEKLY;BYDAY=MO;COUNT=4", "invitees": invitees,
	}
}

func (c *client) occurrences(from, to string) []occurrenceBody {
	c.t.Helper()
	var all []occurrenceBody
	c.call("GET", "/occurrences"+between(from, to), nil).want(200).into(&all)
	return all
}

// walls are the dates as text.
func walls(all []occurrenceBody) string {
	var b strings.Builder
	for _, o := range all {
		fmt.Fprintf(&b, "%s %s;", o.Wall, o.Title)
	}
	return b.String()
}

// TestScheduleMeeting walks a meeting from its making to its end, as its
// organiser and an invitee see it.
func TestScheduleMeeting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		const from, to = "2040-03-01T00:00:00Z", "2040-05-01T00:00:00Z"
		var s scheduleBody
		draft := weekly(m{"person": bob.me().ID, "coHost": true}, m{"name": "Zoe", "email": "zoe@example.org", "required": false})
		draft["lobby"] = true
		ann.call("POST", "/schedule", draft).want(201).into(&s)
		if s.Meeting.Kind != "scheduled" || !s.Meeting.Lobby || s.Meeting.Name != "Weekly" || len(s.Meeting.Invitees) != 2 {
			t.Fatalf("made: %+v", s.Meeting)
		}
		if zoe := s.Meeting.Invitees[1]; zoe.Language != "en" || zoe.TimeZone != "Europe/Berlin" || zoe.Required || zoe.Email == "" {
			t.Errorf("a guest: %+v", zoe)
		}
		if bob := s.Meeting.Invitees[0]; !bob.CoHost || !bob.Required || bob.TimeZone != "Asia/Shanghai" {
			t.Errorf("a colleague: %+v", bob)
		}

		all := bob.occurrences(from, to)
		if got, want := walls(all), "2040-03-19T09:00 Weekly;2040-03-26T09:00 Weekly;2040-04-02T09:00 Weekly;2040-04-09T09:00 Weekly;"; got != want {
			t.Fatalf("dates %s, want %s", got, want)
		}
		// Clocks change on the 25th: the wall time stays, the instant does not.
		if all[0].Start.Hour() != 8 || all[1].Start.Hour() != 7 || all[0].Status != "needs-action" {
			t.Errorf("dates %+v", all[:2])
		}
		bob.call("PUT", "/occurrences/"+all[0].ID+"/reply", m{"status": "accepted", "scope": "all"}).want(204)
		bob.call("PUT", "/occurrences/"+all[2].ID+"/reply", m{"status": "declined", "scope": "one"}).want(204)
		if all := bob.occurrences(from, to); all[1].Status != "accepted" || all[2].Status != "declined" {
			t.Errorf("answers %+v", all)
		}

		bob.call("PATCH", "/occurrences/"+all[1].ID, m{"scope": "one", "minutes": 45}).want(403).problem(api.NotAllowed)
		ann.call("PATCH", "/occurrences/"+all[1].ID, m{"scope": "one", "start": "2040-03-27T11:00", "title": "Weekly, late"}).want(200)
		ann.call("DELETE", "/occurrences/"+all[3].ID+"?scope=one", nil).want(204)
		ann.call("DELETE", "/occurrences/"+all[3].ID+"?scope=one", nil).want(404).problem(api.NotFound)
		if got, want := walls(bob.occurrences(from, to)), "2040-03-19T09:00 Weekly;2040-03-27T11:00 Weekly, late;2040-04-02T09:00 Weekly;"; got != want {
			t.Errorf("after changes %s, want %s", got, want)
		}
		ann.call("PATCH", "/occurrences/"+all[2].ID, m{"scope": "following", "start": "2040-04-02T10:00", "title": "Weekly!"}).want(200).into(&s)
		if got, want := walls(ann.occurrences(from, to)), "2040-03-19T09:00 Weekly;2040-03-27T11:00 Weekly, late;2040-04-02T10:00 Weekly!;"; got != want {
			t.Errorf("after a change from one date on %s, want %s", got, want)
		}
		if len(s.Series) != 2 || s.Series[0].Ends != "2040-03-26T09:00" || s.Next == nil || s.Next.Wall != "2040-03-19T09:00" || len(s.Replies) != 1 {
			t.Errorf("the schedule: %+v", s)
		}
		var got scheduleBody
		bob.call("GET", "/meetings/"+s.Meeting.ID+"/schedule", nil).want(200).into(&got)
		if len(got.Replies) != 1 || got.Meeting.Invitees[1].Email != "" || got.Meeting.HostCode != "" {
			t.Errorf("a co-host sees %+v", got)
		}
		ann.call("DELETE", "/meetings/"+s.Meeting.ID, nil).want(204)
		if all := ann.occurrences(from, to); len(all) != 0 {
			t.Errorf("dates of a meeting that has ended: %s", walls(all))
		}
	})
}

func TestScheduleRefuses(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	set := func(field string, value any) m {
		d := weekly()
		d[field] = value
		return d
	}
	crowd := make([]m, 10_000)
	for i := range crowd {
		crowd[i] = m{"name": fmt.Sprint("Guest ", i)}
	}
	for _, tt := range []struct {
		name  string
		draft m
		field string
	}{
		{"no title", set("title", " "), "title"},
		{"long title", set("title", strings.Repeat("x", 81)), "title"},
		{"long agenda", set("agenda", strings.Repeat("x", 4001)), "agenda"},
		{"impossible zone", set("timeZone", "Mars/Olympus"), "timeZone"},
		{"the server's zone", set("timeZone", "Local"), "timeZone"},
		{"no time", set("start", "soon"), "start"},
		{"past", m{"title": "x", "timeZone": "UTC", "start": "2020-01-01T09:00", "minutes": 30}, "start"},
		{"no length", set("minutes", 0), "minutes"},
		{"a week", set("minutes", 7*24*60), "minutes"},
		{"every second", set("rule", "FREQ=SECONDLY"), "rule"},
		{"no dates", set("rule", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "rule"},
		{"10,000 invitees", weekly(crowd...), "invitees"},
		{"a guest as host", weekly(m{"name": "Zoe", "coHost": true}), "invitees[0].coHost"},
		{"a guest's address", weekly(m{"name": "Al"}, m{"name": "Zoe", "email": "zoe"}), "invitees[1].email"},
		{"nobody to ring", weekly(m{"name": "Zoe", "ring": true}), "invitees[0].phone"},
	} {
		p := ann.call("POST", "/schedule", tt.draft).want(422).problem(api.Invalid)
		if len(p.Fields) != 1 || p.Fields[0].Field != tt.field {
			t.Errorf("%s: %+v, want the field %s", tt.name, p, tt.field)
		}
	}
	ann.call("POST", "/schedule", weekly(m{"person": "nobody"})).want(404).problem(api.NoPerson)
	ann.call("POST", "/schedule", weekly(m{"name": "A", "email": "z@example.org"}, m{"name": "B", "email": "Z@example.org"})).want(409).problem(api.Invited)
	ann.header.Set("Accept-Language", "zh-CN")
	ann.call("GET", "/occurrences"+between("2040-01-01T00:00:00Z", "2042-01-01T00:00:00Z"), nil).want(422).problem(api.Invalid)
	ann.call("GET", "/occurrences/nothing", nil).want(404).problem(api.NotFound)
	ann.call("PUT", "/occurrences/x_20400101T000000/reply", m{"status": "accepted", "scope": "one"}).want(404).problem(api.NotFound)
}

// TestPreview shows what scheduling would mean, without a word of what others do.
func TestPreview(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		secret := weekly()
		secret["title"], secret["start"], secret["rule"] = "Secret", "2040-03-26T09:10", ""
		bob.call("POST", "/schedule", secret).want(201)

		var preview struct {
			Dates []struct {
				Wall, Fit string
				Zones     []struct {
					TimeZone, Wall string
					Shifted        int
				}
				Busy, Quiet []struct{ ID, Name string }
			}
		}
		draft := weekly(m{"person": bob.me().ID})
		draft["title"] = ""
		a := ann.call("POST", "/schedule/preview", draft).want(200)
		a.into(&preview)
		if strings.Contains(string(a.body), "Secret") {
			t.Error("a preview tells titles")
		}
		if len(preview.Dates) != 4 || preview.Dates[0].Fit != "exact" {
			t.Fatalf("previewed: %s", a.body)
		}
		second := preview.Dates[1]
		if len(second.Busy) != 1 || second.Busy[0].Name != "Bob" || len(preview.Dates[0].Busy) != 0 {
			t.Errorf("collisions: %s", a.body)
		}
		if z := second.Zones[0]; z.TimeZone != "Asia/Shanghai" || z.Wall != "2040-03-26T15:00" || z.Shifted != -60 {
			t.Errorf("in Shanghai: %+v", second.Zones)
		}

		query := "?" + url.Values{"people": {bob.me().ID}, "from": {"2040-03-26T00:00:00Z"}, "to": {"2040-03-27T00:00:00Z"}}.Encode()
		a = ann.call("GET", "/freebusy"+query, nil).want(200)
		if text := string(a.body); strings.Contains(text, "Secret") || !strings.Contains(text, `"busy":[{"start":"2040-03-26T07:10:00Z","end":"2040-03-26T07:40:00Z"}]`) {
			t.Errorf("free/busy: %s", text)
		}
		var times struct {
			Times []struct {
				Start time.Time
				Late  []string
			}
		}
		ann.call("POST", "/schedule/suggest", m{
			"people": []string{bob.me().ID, ann.me().ID}, "minutes": 30, "from": "2040-03-26T07:00:00Z", "to": "2040-03-26T12:00:00Z",
		}).want(200).into(&times)
		if len(times.Times) != 5 || times.Times[0].Start.Format("15:04") != "08:00" || len(times.Times[0].Late) != 0 {
			t.Errorf("suggested: %+v", times.Times)
		}
		ann.call("POST", "/schedule/suggest", m{"people": []string{"nobody"}, "minutes": 30, "from": "2040-03-26T07:00:00Z", "to": "2040-03-26T12:00:00Z"}).
			want(404).problem(api.NoPerson)
	})
}

func TestTodos(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		var s scheduleBody
		ann.call("POST", "/schedule", weekly(m{"person": bob.me().ID})).want(201).into(&s)
		var todo todoBody
		bob.call("POST", "/todos", m{"text": "Numbers", "due": "2040-03-23T17:00", "meeting": s.Meeting.ID, "owner": ann.me().ID}).want(201).into(&todo)
		if todo.Owner.Name != "Ann" || todo.TimeZone != "Asia/Shanghai" || todo.Due != "2040-03-23T17:00" {
			t.Errorf("written down: %+v", todo)
		}
		bob.call("POST", "/todos", m{"text": "Some time"}).want(201)
		bob.call("POST", "/todos", m{"text": ""}).want(422).problem(api.Invalid)
		bob.call("POST", "/todos", m{"text": "x", "owner": "nobody"}).want(404).problem(api.NoPerson)
		bob.call("POST", "/todos", m{"text": "x", "due": "tomorrow"}).want(422).problem(api.Invalid)

		var all []todoBody
		bob.call("GET", "/todos", nil).want(200).into(&all)
		if len(all) != 2 || all[0].Text != "Numbers" {
			t.Errorf("Bob's: %+v", all)
		}
		ann.call("PATCH", "/todos/"+todo.ID, m{"done": true}).want(200).into(&todo)
		if todo.DoneAt == nil {
			t.Error("is not done")
		}
		ann.call("GET", "/todos?open=true", nil).want(200).into(&all)
		if len(all) != 0 {
			t.Errorf("Ann's open: %+v", all)
		}
		bob.call("GET", "/meetings/"+s.Meeting.ID+"/todos", nil).want(200).into(&all)
		if len(all) != 1 {
			t.Errorf("the meeting's: %+v", all)
		}
		var own []todoBody
		bob.call("GET", "/todos?open=true", nil).want(200).into(&own)
		ann.call("PATCH", "/todos/"+own[0].ID, m{"done": true}).want(404).problem(api.NotFound)
		ann.call("DELETE", "/todos/"+own[0].ID, nil).want(404).problem(api.NotFound)
		bob.call("DELETE", "/todos/"+own[0].ID, nil).want(204)
	})
}

func TestAttendance(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		var s scheduleBody
		ann.call("POST", "/schedule", weekly(m{"person": bob.me().ID})).want(201).into(&s)
		began := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
		stay := func(id, name string, kind billing.Kind, after time.Duration, length time.Duration) {
			c := billing.CDR{
				ID: id, Kind: kind, State: billing.Closed, Attempt: 1, Meeting: s.Meeting.ID, Name: name,
				Setup: began.Add(after), Answer: began.Add(after), Beat: began.Add(after), End: began.Add(after + length),
			}
			if err := w.store.AddRecords(t.Context(), []billing.CDR{c}); err != nil {
				t.Fatal(err)
			}
		}
		stay("1", "=Zoe", billing.PhoneIn, 2*time.Minute, 10*time.Minute)
		stay("2", "Bob", billing.Web, 0, 30*time.Minute)
		var list struct {
			People []struct {
				Name, Kind string
				Seconds    int
			}
		}
		ann.call("GET", "/meetings/"+s.Meeting.ID+"/attendance", nil).want(200).into(&list)
		if got, want := fmt.Sprint(list.People), "[{Bob browser 1800} {=Zoe phone 600}]"; got != want {
			t.Errorf("who came: %s, want %s", got, want)
		}
		a := ann.call("GET", "/meetings/"+s.Meeting.ID+"/attendance/export", nil).want(200)
		rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
		if err != nil || len(rows) != 3 || rows[2][0] != "'=Zoe" || rows[1][2] != "2026-03-02 10:00:00" || rows[1][4] != "30.0" {
			t.Errorf("as a file: %v %v", rows, err)
		}
		bob.call("GET", "/meetings/"+s.Meeting.ID+"/attendance", nil).want(403).problem(api.NotAllowed)
		bob.call("GET", "/meetings/nothing/attendance", nil).want(404).problem(api.NotFound)
	})
}
