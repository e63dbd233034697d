package ical

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// product names the program that writes (PRODID).
const product = "-//Partyline//Partyline//EN"

// Write writes a calendar by RFC 5545, with a VTIMEZONE for each zone that its
// events name. It returns an error for a zone that does not exist.
func Write(w io.Writer, c Calendar) error {
	f := &folder{w: bufio.NewWriter(w)}
	f.line("BEGIN:VCALENDAR")
	f.line("VERSION:2.0")
	f.line("PRODID:" + product)
	f.line("CALSCALE:GREGORIAN")
	if c.Method != "" {
		f.line("METHOD:" + c.Method)
	}
	if c.Name != "" {
		f.line("X-WR-CALNAME:" + escape(c.Name))
	}
	if c.Zone != "" {
		f.line("X-WR-TIMEZONE:" + c.Zone)
	}
	var known Zones
	zones, err := zonesOf(c.Events, &known)
	if err != nil {
		return err
	}
	for _, z := range zones {
		z.write(f)
	}
	for _, e := range c.Events {
		if err := writeEvent(f, e, &known); err != nil {
			return err
		}
	}
	f.line("END:VCALENDAR")
	if f.err == nil {
		f.err = f.w.Flush()
	}
	return f.err
}

func writeEvent(f *folder, e Event, known *Zones) error {
	loc := time.UTC
	if e.Zone != "" {
		var err error
		if loc, err = known.Zone(e.Zone); err != nil {
			return err
		}
	}
	stamp := func(name string, w Wall) { f.line(name, e.wall(w)) }
	f.line("BEGIN:VEVENT")
	f.line("UID:" + escape(e.UID))
	f.line("DTSTAMP:" + WallOf(e.Stamp.UTC()).String() + "Z")
	f.line("SEQUENCE:" + strconv.Itoa(e.Sequence))
	if !e.Recurrence.IsZero() {
		stamp("RECURRENCE-ID", e.Recurrence)
	}
	stamp("DTSTART", e.Start)
	stamp("DTEND", e.end(loc))
	if e.Rule.Frequency != Once {
		rule := e.Rule
		if e.Zone != "" && !e.AllDay {
			rule = rule.InUTC(loc)
		}
		f.line("RRULE:" + rule.String())
	}
	for _, w := range e.Except {
		stamp("EXDATE", w)
	}
	for _, w := range e.Extra {
		stamp("RDATE", w)
	}
	for _, text := range []struct{ name, value string }{
		{"SUMMARY", e.Title}, {"DESCRIPTION", e.Text}, {"LOCATION", e.Place},
	} {
		if text.value != "" {
			f.line(text.name + ":" + escape(text.value))
		}
	}
	if e.Link != "" {
		f.line("URL:" + uri(e.Link))
	}
	if e.Status != "" {
		f.line("STATUS:" + e.Status)
	}
	writeParties(f, e)
	if e.Alarm > 0 {
		writeAlarm(f, e)
	}
	f.line("END:VEVENT")
	return nil
}

// wall is the parameters and value of a time of e.
func (e Event) wall(w Wall) string {
	switch {
	case e.AllDay:
		return ";VALUE=DATE:" + w.UTC().Format("20060102")
	case e.Zone == UTC:
		return ":" + w.String() + "Z"
	case e.Zone == "":
		return ":" + w.String()
	}
	return ";TZID=" + e.Zone + ":" + w.String()
}

// end is what the clocks show when e, or its first date, is over.
func (e Event) end(loc *time.Location) Wall {
	length := time.Duration(e.Minutes) * time.Minute
	if e.AllDay {
		return e.Start.Add(length)
	}
	start, _ := Resolve(e.Start, loc)
	return WallOf(start.Add(length).In(loc))
}

func writeParties(f *folder, e Event) {
	if e.Organiser.Email != "" {
		f.line("ORGANIZER", commonName(e.Organiser.Name), ":mailto:", uri(e.Organiser.Email))
	}
	for _, a := range e.Attendees {
		line := "ATTENDEE" + commonName(a.Name) + ";CUTYPE=INDIVIDUAL"
		if a.Role != "" {
			line += ";ROLE=" + a.Role
		}
		if a.Status != "" {
			line += ";PARTSTAT=" + a.Status
		}
		if a.RSVP {
			line += ";RSVP=TRUE"
		}
		f.line(line, ":mailto:", uri(a.Email))
	}
}

func commonName(name string) string {
	if name == "" {
		return ""
	}
	return ";CN=" + quote(name)
}

func writeAlarm(f *folder, e Event) {
	f.line("BEGIN:VALARM")
	f.line("ACTION:DISPLAY")
	f.line("DESCRIPTION:" + escape(e.Title))
	f.line(fmt.Sprintf("TRIGGER:-PT%dM", int(e.Alarm/time.Minute)))
	f.line("END:VALARM")
}

// uri leaves out what would end a line.
func uri(text string) string {
	b := []byte(text)
	return string(slices.DeleteFunc(b, func(c byte) bool { return c <= ' ' || c == 0x7f }))
}
