package ical

import (
	"time"
)

// Calendar is an iCalendar object: a file, a feed or what a mail carries.
type Calendar struct {
	Product string // PRODID: the program that wrote it
	Method  string // REQUEST, REPLY, CANCEL (RFC 5546); "" in files and feeds
	Name    string // X-WR-CALNAME
	Zone    string // X-WR-TIMEZONE, an IANA name; "" is unknown
	Events  []Event
}

// UTC is the zone of an [Event] whose times are in UTC.
const UTC = "UTC"

// Event is a VEVENT. All its wall times are in its zone.
type Event struct {
	UID        string
	Sequence   int
	Stamp      time.Time // DTSTAMP
	Recurrence Wall      // RECURRENCE-ID: the one date it is about; zero: all

	Start   Wall
	Zone    string // IANA name or [UTC]; "" floats
	AllDay  bool
	Minutes int // whole; how long it lasts
	Rule    Rule
	Except  []Wall // EXDATE
	Extra   []Wall // RDATE

	Title     string
	Text      string
	Place     string
	Link      string // URL
	Status    string // CONFIRMED, TENTATIVE, CANCELLED; "" is not said
	Organiser Party
	Attendees []Party
	Alarm     time.Duration // how long before the start; 0: none
}

// Party is somebody who takes part.
type Party struct {
	Name   string
	Email  string
	Role   string // REQ-PARTICIPANT, OPT-PARTICIPANT …
	Status string // PARTSTAT: NEEDS-ACTION, ACCEPTED, TENTATIVE, DECLINED …
	RSVP   bool
}

// Fault is something about a file that was read which the reader of the file
// should know.
type Fault struct {
	Line    int    // where, from 1; 0: the whole file
	Title   string // of the event, if it is known
	Kind    FaultKind
	Detail  string // what exactly, in the file's own words
	Dropped bool   // the event is not among those read
}

// FaultKind is what is wrong.
type FaultKind string

// The kinds of faults.
const (
	NotCalendar  FaultKind = "not-calendar" // no VCALENDAR in it
	TooLarge     FaultKind = "too-large"    // more than is read
	Malformed    FaultKind = "malformed"    // a line that is none
	BadStart     FaultKind = "start"        // no start, or one that is none
	BadEnd       FaultKind = "end"          // an end before the start, or one that is none
	BadRule      FaultKind = "rule"         // a recurrence that meetings cannot have
	NoDates      FaultKind = "no-dates"     // a recurrence without any date
	StartMoved   FaultKind = "start-moved"  // the start did not obey the recurrence; the first date that does is taken
	UnknownZone  FaultKind = "zone"         // a zone that nobody knows
	GuessedZone  FaultKind = "zone-guessed" // a zone's own rules were in the file; Detail is one with the same
	BadException FaultKind = "exception"    // an EXDATE, RDATE or RECURRENCE-ID that is none
	FromHereOn   FaultKind = "from-here-on" // RANGE=THISANDFUTURE, which is taken for one date
)
