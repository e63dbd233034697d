package invite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
)

// What keeps an event of a file from being a meeting, beside the faults of the
// file itself.
const (
	AllDay     ical.FaultKind = "all-day"   // it lasts whole days
	TooLong    ical.FaultKind = "too-long"  // more than a day
	CalledOff  ical.FaultKind = "cancelled" // it does not take place
	ExtraDates ical.FaultKind = "rdate"     // dates beside its rule, which meetings do not have
	TooMany    ical.FaultKind = "too-many"  // more than can be imported at once, or exceptions than are taken over
)

// What is imported at most.
const (
	MostImported = 200 // events at once
	mostDiffer   = 300 // dates of one series that are different

	longestTitle  = 80   // characters, as meetings have it
	longestAgenda = 4000 // characters
	usualMinutes  = 30   // of events that do not say how long they last
)

// Scheduler makes meetings, as [meeting.Planner] does.
type Scheduler interface {
	Schedule(ctx context.Context, organiser string, d meeting.Draft) (meeting.Schedule, error)
	Change(ctx context.Context, person, occurrence string, scope meeting.Scope, e meeting.Edit) (meeting.Schedule, error)
	Cancel(ctx context.Context, person, occurrence string, scope meeting.Scope) (meeting.Schedule, error)
}

// Imported remembers what has become of the events of files.
type Imported interface {
	NoteImport(ctx context.Context, person, uid, meeting string) error
	// ImportsOf are the meetings that a person's imported events have become, by
	// UID, as far as they still are.
	ImportsOf(ctx context.Context, person string) (map[string]string, error)
}

// Importer makes meetings of the events of a calendar file. It may be used from
// any goroutine.
type Importer struct {
	scheduler Scheduler
	imported  Imported
	now       func() time.Time
}

// NewImporter makes an importer.
func NewImporter(scheduler Scheduler, imported Imported) *Importer {
	return &Importer{scheduler, imported, time.Now}
}

// Found is an event of a file as the meeting that it would be.
type Found struct {
	Draft    meeting.Draft
	Next     time.Time // date from now on; zero: all are over
	Invitees int       // whom the event has; they are not invited
	Differ   []Exception
	Known    string // the meeting that it has become already; "" is none

	uid string
}

// Preview tells which meetings a file has. Times that float are on the clocks of
// a zone, if the file does not name its own.
func (i *Importer) Preview(ctx context.Context, person, zone string, file io.Reader) ([]Found, []ical.Fault, error) {
	c, faults, err := ical.Read(file)
	if err != nil {
		return nil, nil, err
	}
	known, err := i.imported.ImportsOf(ctx, person)
	if err != nil {
		return nil, nil, fmt.Errorf("look for what was imported: %w", err)
	}
	if c.Zone != "" && c.Zone != ical.UTC {
		zone = c.Zone
	}
	home, err := ical.Zone(zone)
	if err != nil {
		return nil, nil, err
	}
	differ := map[string][]ical.Event{}
	for _, e := range c.Events {
		if !e.Recurrence.IsZero() {
			differ[e.UID] = append(differ[e.UID], e)
		}
	}
	var all []Found
	for _, e := range c.Events {
		if !e.Recurrence.IsZero() {
			continue
		}
		if fault, ok := impossible(e, len(all)); ok {
			faults = append(faults, fault)
			continue
		}
		f, err := i.found(e, home, zone)
		if err != nil {
			return nil, nil, err
		}
		if e.UID != "" {
			f.Known = known[e.UID]
			f.differ(e, differ[e.UID])
		}
		if len(e.Extra) > 0 {
			faults = append(faults, ical.Fault{Title: e.Title, Kind: ExtraDates})
		}
		if len(f.Differ) > mostDiffer {
			f.Differ = f.Differ[:mostDiffer]
			faults = append(faults, ical.Fault{Title: e.Title, Kind: TooMany, Detail: fmt.Sprint(mostDiffer)})
		}
		all = append(all, f)
	}
	return all, faults, nil
}

// impossible tells why an event cannot be a meeting.
func impossible(e ical.Event, before int) (ical.Fault, bool) {
	fault := ical.Fault{Title: e.Title, Dropped: true}
	switch {
	case e.Status == "CANCELLED":
		fault.Kind = CalledOff
	case e.AllDay:
		fault.Kind = AllDay
	case e.Minutes > 24*60:
		fault.Kind = TooLong
	case before == MostImported:
		fault.Kind, fault.Detail = TooMany, fmt.Sprint(MostImported)
	default:
		return ical.Fault{}, false
	}
	return fault, true
}

// found is the meeting of an event that is possible.
func (i *Importer) found(e ical.Event, home *time.Location, zone string) (Found, error) {
	d := meeting.Draft{
		Title: titleOf(e.Title), Agenda: agendaOf(e), Zone: e.Zone, Start: e.Start, Minutes: e.Minutes, Rule: e.Rule.String(),
	}
	if d.Minutes == 0 {
		d.Minutes = usualMinutes
	}
	switch {
	case d.Zone == "":
		d.Zone = zone
	case d.Zone == ical.UTC && d.Rule == "": // as programs write what is in no series
		d.Zone, d.Start = zone, ical.WallOf(d.Start.UTC().In(home))
	}
	loc, err := ical.Zone(d.Zone)
	if err != nil {
		return Found{}, err
	}
	f := Found{Draft: d, Invitees: len(e.Attendees), uid: e.UID}
	now := i.now()
	s := ical.Series{Start: d.Start, Rule: e.Rule}
	if d.Rule == "" {
		if at, _ := ical.Resolve(d.Start, loc); at.After(now) {
			f.Next = at
		}
		return f, nil
	}
	from := ical.WallOf(now.In(loc))
	if from.Before(s.Start) {
		from = s.Start
	}
	for w := range s.Rule.Expand(s.Start, from, from.AddDays(nextWithin)) {
		f.Next, _ = ical.Resolve(w, loc)
		break
	}
	return f, nil
}

// nextWithin is how many days ahead the next date is looked for.
const nextWithin = 8 * 366

// differ adds the dates that are different from the others of a series.
func (f *Found) differ(e ical.Event, others []ical.Event) {
	if f.Draft.Rule == "" {
		return
	}
	for _, w := range e.Except {
		f.Differ = append(f.Differ, Exception{Recurrence: w, Cancelled: true})
	}
	for _, o := range others {
		if o.Zone != e.Zone && o.Zone != "" {
			var err error
			if o, err = moved(o, e.Zone); err != nil {
				continue // read from the same file, so both zones are known
			}
		}
		f.Differ = append(f.Differ, Exception{
			Recurrence: o.Recurrence, Start: o.Start, Minutes: o.Minutes, Title: titleOf(o.Title), Agenda: agendaOf(o),
			Cancelled: o.Status == "CANCELLED",
		})
	}
	slices.SortFunc(f.Differ, func(a, b Exception) int { return a.Recurrence.Compare(b.Recurrence) })
	f.Differ = slices.CompactFunc(f.Differ, func(a, b Exception) bool { return a.Recurrence == b.Recurrence })
}

// moved is an event as clocks in another zone show it.
func moved(e ical.Event, zone string) (ical.Event, error) {
	from, err := ical.Zone(e.Zone)
	if err != nil {
		return e, err
	}
	to, err := ical.Zone(zone)
	if err != nil {
		return e, err
	}
	for _, w := range []*ical.Wall{&e.Start, &e.Recurrence} {
		at, _ := ical.Resolve(*w, from)
		*w = ical.WallOf(at.In(to))
	}
	e.Zone = zone
	return e, nil
}

// titleOf is a title as meetings can have it.
func titleOf(text string) string {
	text = plain(strings.Join(strings.Fields(text), " "), longestTitle)
	if text == "" {
		return "—"
	}
	return text
}

// agendaOf is what an event is about, and where.
func agendaOf(e ical.Event) string {
	text := strings.TrimSpace(e.Text)
	if e.Place != "" && !strings.Contains(text, e.Place) {
		text = strings.TrimSpace(e.Place + "\n" + text)
	}
	return plain(text, longestAgenda)
}

// plain leaves out what does not print, and what is too much.
func plain(text string, most int) string {
	n := 0
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && !unicode.IsGraphic(r) || r == unicode.ReplacementChar {
			return -1
		}
		if n++; n > most {
			return -1
		}
		return r
	}, text))
}

// Made is what has become of an event: a meeting, or the reason why not.
type Made struct {
	N       int // of those that Preview finds, from 0
	Meeting string
	Err     error
}

// Import makes meetings of those that are picked, by their places in what
// [Importer.Preview] finds. What is a meeting already stays as it is. It returns
// an error only if nothing can be imported at all.
func (i *Importer) Import(ctx context.Context, person, zone string, file io.Reader, pick []int) ([]Made, error) {
	all, _, err := i.Preview(ctx, person, zone, file)
	if err != nil {
		return nil, err
	}
	slices.Sort(pick)
	var made []Made
	for _, n := range slices.Compact(pick) {
		if n < 0 || n >= len(all) {
			continue
		}
		m := Made{N: n, Meeting: all[n].Known}
		if m.Meeting == "" {
			m.Meeting, m.Err = i.schedule(ctx, person, all[n])
		}
		made = append(made, m)
	}
	return made, nil
}

// schedule makes a meeting, and its dates different where they are.
func (i *Importer) schedule(ctx context.Context, person string, f Found) (string, error) {
	s, err := i.scheduler.Schedule(ctx, person, f.Draft)
	if err != nil {
		return "", err
	}
	if f.uid != "" {
		if err := i.imported.NoteImport(ctx, person, f.uid, s.ID); err != nil {
			return s.ID, fmt.Errorf("note an import: %w", err)
		}
	}
	loc, err := ical.Zone(f.Draft.Zone)
	if err != nil {
		return s.ID, err
	}
	for _, x := range f.Differ {
		if at, _ := ical.Resolve(x.Recurrence, loc); at.Before(i.now().AddDate(0, 0, -1)) {
			continue // nobody comes to it any more
		}
		if err := i.except(ctx, person, s.Series[0].ID, x); err != nil {
			return s.ID, err
		}
	}
	return s.ID, nil
}

func (i *Importer) except(ctx context.Context, person, series string, x Exception) error {
	id := meeting.OccurrenceID(series, x.Recurrence)
	var err error
	if x.Cancelled {
		_, err = i.scheduler.Cancel(ctx, person, id, meeting.One)
	} else {
		e := meeting.Edit{Start: &x.Start, Title: &x.Title, Agenda: &x.Agenda}
		if x.Minutes > 0 {
			e.Minutes = &x.Minutes
		}
		_, err = i.scheduler.Change(ctx, person, id, meeting.One, e)
	}
	if err != nil && !errors.Is(err, meeting.ErrNoOccurrence) { // a date that its rule does not have
		return fmt.Errorf("date %s: %w", x.Recurrence, err)
	}
	return nil
}
