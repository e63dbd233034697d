package api_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/api"
	"partyline/signaling/internal/ical"
	"partyline/signaling/invite"
	"partyline/signaling/seal"
)

func testLinks(t *testing.T) *invite.Links {
	t.Helper()
	links, err := invite.NewLinks(seal.Key{1})
	if err != nil {
		t.Fatal(err)
	}
	return links
}

// TestAnswerByLink: a guest answers by the link of a letter without an account;
// the organiser sees it as any reply, and it ends when they are not invited any
// more.
func TestAnswerByLink(t *testing.T) {
	withCalendar(t, func(t *testing.T, w *world, _ func(url, etag string) (int, string, string)) {
		ann, zoe := w.ann(), w.client()
		var s scheduleBody
		ann.call("POST", "/schedule", weekly(m{"name": "Zoe", "email": "zoe@example.org", "timeZone": "Asia/Shanghai"})).want(201).into(&s)
		invitee, series := s.Meeting.Invitees[0].ID, s.Series[0].ID
		sign := func(recurrence ical.Wall) string {
			token, err := testLinks(t).Sign(invitee, series+"@partyline", recurrence)
			if err != nil {
				t.Fatal(err)
			}
			return "/answers/" + token
		}
		second := ical.NewWall(2040, 3, 26, 9, 0, 0)
		all, one := sign(ical.Wall{}), sign(second)
		var asked struct {
			Name, Organiser, Title, TimeZone, Status, Next, Code, Start string
			All                                                         bool
		}
		zoe.call("GET", all, nil).want(200).into(&asked)
		if asked.Name != "Zoe" || asked.Title != "Weekly" || asked.TimeZone != "Asia/Shanghai" || !asked.All || asked.Status != "needs-action" || len(asked.Code) != 6 {
			t.Errorf("it asks %+v", asked)
		}
		zoe.call("GET", one, nil).want(200).into(&asked)
		if asked.All || asked.Start != "2040-03-26T07:00:00Z" {
			t.Errorf("of one date it asks %+v", asked)
		}
		type reply struct{ Invitee, Occurrence, Status, Via string }
		said := func(want ...reply) {
			t.Helper()
			ann.call("GET", "/meetings/"+s.Meeting.ID+"/schedule", nil).want(200).into(&s)
			var got []reply
			for _, r := range s.Replies {
				got = append(got, reply(r))
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the organiser sees:\n%s", diff)
			}
		}
		said()
		zoe.call("POST", all, m{"status": "accepted"}).want(200).into(&asked)
		if asked.Status != "accepted" {
			t.Errorf("afterwards it is %+v", asked)
		}
		accepted := reply{invitee, "", "accepted", "link"}
		said(accepted)
		zoe.call("POST", one, m{"status": "declined"}).want(200)
		said(accepted, reply{invitee, series + "_" + second.String(), "declined", "link"})
		zoe.call("POST", all, m{"status": "maybe"}).problem(api.Invalid)

		zoe.call("GET", "/answers/abc", nil).problem(api.WrongToken)
		ann.call("DELETE", "/meetings/"+s.Meeting.ID+"/invitees/"+invitee, nil).want(200)
		zoe.call("GET", one, nil).problem(api.Expired)
		zoe.call("POST", all, m{"status": "accepted"}).problem(api.Expired)
	})
}
