package invite

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
)

// Place is how people come to meetings of this installation.
type Place struct {
	PublicURL string   // such as https://meet.example.com; "" gives no links
	Numbers   []string // E.164, to be dialled before the number of the meeting
	// ReplyDomain is the domain whose mail [Replies] takes; "" if nobody takes
	// replies.
	ReplyDomain string
}

// alarm is how long before the start calendars remind.
const alarm = 10 * time.Minute

// link is the address of a meeting's page.
func (p Place) link(token string) string {
	if p.PublicURL == "" || token == "" {
		return ""
	}
	return strings.TrimSuffix(p.PublicURL, "/") + "/j/" + token
}

// tel is a link that dials, waits, and enters number and code (RFC 3966 has no
// pause; commas are what telephones take for one).
func tel(dial, number, code string) string {
	link := "tel:" + dial
	for _, digits := range []string{number, code} {
		if digits != "" {
			link += ",," + digits + url.QueryEscape("#")
		}
	}
	return link
}

// events are what a letter puts into a calendar: the series with the dates that
// are different, or the one date that it is about.
func events(m Mailing, to Recipient, p Place, organiser string) ([]ical.Event, error) {
	rule, err := ical.ParseRule(m.Rule)
	if err != nil {
		return nil, err
	}
	master := ical.Event{
		UID: m.UID, Sequence: m.Sequence, Stamp: m.At, Recurrence: m.Recurrence,
		Start: m.Start, Zone: m.Zone, Minutes: m.Minutes, Rule: rule,
		Title: m.Title, Link: p.link(m.Link), Place: p.link(m.Link), Status: "CONFIRMED",
		Organiser: ical.Party{Name: m.Organiser, Email: organiser},
		Attendees: []ical.Party{attendee(to, p)}, Alarm: alarm,
	}
	master.Text = description(m, to, p)
	if m.Method == Cancel {
		master.Status, master.Alarm = "CANCELLED", 0
		return []ical.Event{master}, nil
	}
	all := []ical.Event{master}
	for _, x := range m.Exceptions {
		if x.Cancelled {
			all[0].Except = append(all[0].Except, x.Recurrence)
			continue
		}
		all = append(all, different(master, m, x, to, p))
	}
	slices.SortFunc(all[0].Except, ical.Wall.Compare)
	return all, nil
}

// different is one date of a series that is not as the others are.
func different(master ical.Event, m Mailing, x Exception, to Recipient, p Place) ical.Event {
	e := master
	e.Rule, e.Except, e.Recurrence, e.Start = ical.Rule{}, nil, x.Recurrence, x.Recurrence
	if !x.Start.IsZero() {
		e.Start = x.Start
	}
	if x.Minutes != 0 {
		e.Minutes = x.Minutes
	}
	if x.Title != "" {
		e.Title = x.Title
	}
	if x.Agenda != "" {
		m.Agenda = x.Agenda
		e.Text = description(m, to, p)
	}
	return e
}

func attendee(to Recipient, p Place) ical.Party {
	a := ical.Party{Name: to.Name, Email: to.Email, Role: "REQ-PARTICIPANT", Status: "NEEDS-ACTION", RSVP: p.ReplyDomain != ""}
	if !to.Required {
		a.Role = "OPT-PARTICIPANT"
	}
	if to.Status != "" {
		a.Status = strings.ToUpper(to.Status)
	}
	return a
}
