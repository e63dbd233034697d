package ical

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// What is read of a file at most.
const (
	MaxBytes  = 10 << 20
	MaxEvents = 10_000

	maxFaults     = 1000
	maxDepth      = 8    // components within each other
	maxProperties = 5000 // of an event; most are EXDATE and ATTENDEE
	maxZones      = 500
	maxDates      = 10_000 // EXDATE and RDATE of an event
)

// Read reads a calendar as the well-known programs write it, which is not
// always as RFC 5545 has it. What cannot be read is among the faults, and the
// rest is read all the same. Reading is bounded; it returns an error only if r
// does.
func Read(r io.Reader) (Calendar, []Fault, error) {
	limited := &io.LimitedReader{R: r, N: MaxBytes + 1}
	d := &reader{own: map[string]*zoneText{}, names: map[string]string{}}
	in := newLines(limited)
	for {
		text, number, ok := in.next()
		if !ok || d.full {
			break
		}
		if strings.TrimSpace(text) == "" {
			continue
		}
		p, ok := parseProperty(text, number)
		if !ok {
			d.fault(Fault{Line: number, Kind: Malformed, Detail: excerpt(text)})
			continue
		}
		d.take(p)
	}
	if in.err != nil && in.err != io.EOF {
		return Calendar{}, nil, fmt.Errorf("read calendar: %w", in.err)
	}
	if limited.N <= 0 {
		d.fault(Fault{Kind: TooLarge, Detail: strconv.Itoa(MaxBytes >> 20)})
	}
	if !d.begun {
		return Calendar{}, []Fault{{Kind: NotCalendar}}, nil
	}
	for i := range d.texts {
		if e, ok := d.event(&d.texts[i]); ok {
			d.calendar.Events = append(d.calendar.Events, e)
		}
	}
	return d.calendar, d.faults, nil
}

// reader gathers what lies between BEGIN and END. Zones may stand after the
// events that name them, so events are made at the end.
type reader struct {
	calendar Calendar
	faults   []Fault
	begun    bool
	full     bool
	path     []string // components that are open
	open     *eventText
	texts    []eventText
	zone     *zoneText
	own      map[string]*zoneText // the file's own zones by TZID
	zones    Zones
	names    map[string]string // IANA names by what the file calls them; "" is unknown
}

// eventText is a VEVENT as it stands in the file.
type eventText struct {
	line       int
	properties []property
}

// zoneText is a VTIMEZONE as it stands in the file.
type zoneText struct {
	id       string
	location string // X-LIC-LOCATION
	parts    [][]property
	guessed  bool // found has been looked for
	found    string
}

func (d *reader) fault(f Fault) {
	if len(d.faults) < maxFaults {
		d.faults = append(d.faults, f)
	}
}

// excerpt is as much of a file's text as a fault repeats.
func excerpt(text string) string {
	text = strings.ToValidUTF8(text, "�")
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:60]) + "…"
	}
	return text
}

func (d *reader) take(p property) {
	switch p.name {
	case "BEGIN":
		d.begin(strings.ToUpper(strings.TrimSpace(p.value)), p.line)
	case "END":
		d.end(strings.ToUpper(strings.TrimSpace(p.value)))
	default:
		d.property(p)
	}
}

func (d *reader) inside() string {
	if len(d.path) == 0 {
		return ""
	}
	return d.path[len(d.path)-1]
}

func (d *reader) begin(component string, line int) {
	if len(d.path) == maxDepth {
		d.fault(Fault{Line: line, Kind: Malformed, Detail: excerpt(component)})
		d.full = true
		return
	}
	d.path = append(d.path, component)
	switch component {
	case "VCALENDAR":
		d.begun = true
	case "VEVENT":
		if len(d.texts) == MaxEvents {
			d.fault(Fault{Line: line, Kind: TooLarge, Detail: strconv.Itoa(MaxEvents)})
			d.full = true
			return
		}
		d.open = &eventText{line: line}
	case "VTIMEZONE":
		if len(d.own) < maxZones {
			d.zone = &zoneText{}
		}
	case "STANDARD", "DAYLIGHT":
		if d.zone != nil && len(d.zone.parts) < maxParts {
			d.zone.parts = append(d.zone.parts, nil)
		}
	}
}

// end closes a component and what was left open within it.
func (d *reader) end(component string) {
	for i := len(d.path) - 1; i >= 0; i-- {
		if d.path[i] == component {
			d.path = d.path[:i]
			break
		}
	}
	switch component {
	case "VEVENT":
		if d.open != nil {
			d.texts = append(d.texts, *d.open)
			d.open = nil
		}
	case "VTIMEZONE":
		if d.zone != nil {
			d.own[d.zone.id] = d.zone
			d.zone = nil
		}
	}
}

func (d *reader) property(p property) {
	switch d.inside() {
	case "VCALENDAR":
		switch p.name {
		case "METHOD":
			d.calendar.Method = strings.ToUpper(strings.TrimSpace(p.value))
		case "PRODID":
			d.calendar.Product = p.value
		case "X-WR-CALNAME":
			d.calendar.Name = unescape(p.value)
		case "X-WR-TIMEZONE":
			d.calendar.Zone, _ = d.known(p.value)
		}
	case "VEVENT":
		if d.open != nil && len(d.open.properties) < maxProperties {
			d.open.properties = append(d.open.properties, p)
		}
	case "VTIMEZONE":
		if d.zone == nil {
			return
		}
		switch p.name {
		case "TZID":
			d.zone.id = p.value
		case "X-LIC-LOCATION":
			d.zone.location = p.value
		}
	case "STANDARD", "DAYLIGHT":
		if d.zone != nil && len(d.zone.parts) > 0 {
			last := &d.zone.parts[len(d.zone.parts)-1]
			*last = append(*last, p)
		}
	}
}

// get is the first property of a name.
func get(properties []property, name string) (property, bool) {
	for _, p := range properties {
		if p.name == name {
			return p, true
		}
	}
	return property{}, false
}

// event makes an event of its text; false, with a fault, if it cannot be.
func (d *reader) event(text *eventText) (Event, bool) {
	var e Event
	d.describe(&e, text)
	if d.calendar.Method == "REPLY" {
		d.reply(&e, text)
		return e, true
	}
	drop := func(line int, kind FaultKind, detail string) (Event, bool) {
		d.fault(Fault{Line: line, Title: e.Title, Kind: kind, Detail: excerpt(detail), Dropped: true})
		return Event{}, false
	}
	start, ok := get(text.properties, "DTSTART")
	if !ok {
		return drop(text.line, BadStart, "")
	}
	at, err := d.moment(start, "")
	if err != nil {
		return drop(start.line, err.kind, err.detail)
	}
	e.Start, e.Zone, e.AllDay = at.wall, at.zone, at.allDay
	if at.guessed {
		d.fault(Fault{Line: start.line, Title: e.Title, Kind: GuessedZone, Detail: at.zone})
	}
	if p, ok := get(text.properties, "X-MICROSOFT-CDO-ALLDAYEVENT"); ok && strings.EqualFold(p.value, "TRUE") {
		e.AllDay = true
	}
	if line, detail, ok := d.length(&e, text); !ok {
		return drop(line, BadEnd, detail)
	}
	for _, p := range text.properties {
		switch p.name {
		case "RRULE":
			if e.Rule.Frequency != Once {
				return drop(p.line, BadRule, p.value)
			}
			if e.Rule, ok = d.rule(e, p); !ok {
				return drop(p.line, BadRule, p.value)
			}
		case "EXRULE":
			return drop(p.line, BadRule, p.name)
		case "EXDATE", "RDATE", "RECURRENCE-ID":
			d.dates(&e, p)
		}
	}
	if !e.synchronise() {
		return drop(start.line, NoDates, e.Rule.String())
	}
	if e.Start != at.wall {
		d.fault(Fault{Line: start.line, Title: e.Title, Kind: StartMoved, Detail: e.Start.String()})
	}
	return e, true
}

// reply reads which date a reply is about. It need not say when it is, and if it
// does, the organiser knows better (RFC 5546 §3.2.3).
func (d *reader) reply(e *Event, text *eventText) {
	for _, name := range []string{"RECURRENCE-ID", "DTSTART"} {
		p, ok := get(text.properties, name)
		if !ok {
			continue
		}
		at, err := d.moment(p, e.Zone)
		if err != nil {
			d.fault(Fault{Line: p.line, Title: e.Title, Kind: err.kind, Detail: excerpt(err.detail)})
			continue
		}
		if e.Zone == "" {
			e.Zone, e.AllDay = at.zone, at.allDay
		}
		if name == "DTSTART" {
			e.Start = at.wall
		} else {
			e.Recurrence = at.wall
		}
	}
}

// describe reads all that has nothing to do with time.
func (d *reader) describe(e *Event, text *eventText) {
	for _, p := range text.properties {
		switch p.name {
		case "UID":
			e.UID = strings.TrimSpace(p.value)
		case "SEQUENCE":
			e.Sequence, _ = within(strings.TrimSpace(p.value), 0, 1<<31-1) // 0 if it is none
		case "DTSTAMP":
			if at, err := d.moment(p, ""); err == nil {
				e.Stamp = at.wall.UTC()
			}
		case "SUMMARY":
			e.Title = unescape(p.value)
		case "DESCRIPTION":
			e.Text = unescape(p.value)
		case "LOCATION":
			e.Place = unescape(p.value)
		case "URL":
			e.Link = p.value
		case "STATUS":
			e.Status = strings.ToUpper(strings.TrimSpace(p.value))
		case "ORGANIZER":
			e.Organiser = party(p)
		case "ATTENDEE":
			e.Attendees = append(e.Attendees, party(p))
		}
	}
}

func party(p property) Party {
	address := strings.TrimSpace(p.value)
	if len(address) >= 7 && strings.EqualFold(address[:7], "mailto:") {
		address = address[7:]
	}
	if mail := p.param["EMAIL"]; mail != "" && !strings.Contains(address, "@") {
		address = mail // Apple names contacts by their card and adds the address
	}
	return Party{
		Name: p.param["CN"], Email: address, Role: strings.ToUpper(p.param["ROLE"]),
		Status: strings.ToUpper(p.param["PARTSTAT"]), RSVP: strings.EqualFold(p.param["RSVP"], "TRUE"),
	}
}

// rule reads a recurrence and puts its end on the wall of the start.
func (d *reader) rule(e Event, p property) (Rule, bool) {
	rule, err := ParseRule(strings.TrimSpace(p.value))
	if err != nil {
		return Rule{}, false
	}
	loc := time.UTC
	if e.Zone != "" {
		if loc, err = d.zones.Zone(e.Zone); err != nil {
			return Rule{}, false
		}
	}
	if e.AllDay {
		rule.UntilUTC = false
	}
	return rule.In(loc), true
}

// synchronise moves the start to the first date of the rule; false if it has
// none.
func (e *Event) synchronise() bool {
	first, ok := e.Rule.First(e.Start)
	if !ok {
		return false
	}
	if first != e.Start && e.Rule.Count > 1 {
		e.Rule.Count-- // the start was counted (RFC 5545 §3.3.10)
	}
	e.Start = first
	return true
}

// dates reads exceptions and additional dates.
func (d *reader) dates(e *Event, p property) {
	if strings.EqualFold(p.param["RANGE"], "THISANDFUTURE") {
		d.fault(Fault{Line: p.line, Title: e.Title, Kind: FromHereOn})
	}
	for value := range strings.SplitSeq(p.value, ",") {
		one := p
		one.value = value
		at, err := d.moment(one, e.Zone)
		if err != nil {
			d.fault(Fault{Line: p.line, Title: e.Title, Kind: BadException, Detail: excerpt(value)})
			continue
		}
		if len(e.Except)+len(e.Extra) == maxDates {
			d.fault(Fault{Line: p.line, Title: e.Title, Kind: TooLarge, Detail: strconv.Itoa(maxDates)})
			return
		}
		if at.allDay && !e.AllDay { // the day of a date, as some write it
			at.wall = at.wall.Add(time.Duration(e.Start.seconds%daySeconds) * time.Second)
		}
		switch p.name {
		case "EXDATE":
			e.Except = append(e.Except, at.wall)
		case "RDATE":
			e.Extra = append(e.Extra, at.wall)
		default:
			e.Recurrence = at.wall
		}
	}
}
