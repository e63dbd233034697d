package store

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// legRow is a row of the table leg.
type legRow struct {
	quality.Record
	began, ended, kept int64
	dropped            int64
	class              quality.Class
	because            quality.Because
	narrow, wide       int64 // hundredths of MOS
	loss               int64 // hundredths of a percent
	jitter, roundTrip  int64 // µs
	stars              int
	packed             []byte // the summary
}

// legColumn is a column of the table leg, between a row's value and where it
// is scanned to. What is derived is only written.
type legColumn struct {
	name    string
	field   func(*legRow) any // pointer to what it holds
	derived bool
}

// legColumns are all columns.
func legColumns() []legColumn {
	column := func(name string, field func(*legRow) any) legColumn { return legColumn{name: name, field: field} }
	derived := func(name string, field func(*legRow) any) legColumn { return legColumn{name, field, true} }
	return []legColumn{
		column("id", func(r *legRow) any { return &r.Leg.ID }),
		column("meeting_id", func(r *legRow) any { return &r.Leg.Meeting }),
		column("room_id", func(r *legRow) any { return &r.Leg.Room }),
		column("participant", func(r *legRow) any { return &r.Leg.Participant }),
		column("kind", func(r *legRow) any { return (*string)(&r.Leg.Kind) }),
		column("person_id", func(r *legRow) any { return &r.Leg.Person }),
		column("name", func(r *legRow) any { return &r.Leg.Name }),
		derived("name_key", func(r *legRow) any { key := strings.ToLower(r.Leg.Name); return &key }),
		column("number", func(r *legRow) any { return &r.Leg.Number }),
		column("call_id", func(r *legRow) any { return &r.Leg.CallID }),
		column("outbound", func(r *legRow) any { return &r.Leg.Outbound }),
		column("trunk", func(r *legRow) any { return &r.Leg.Trunk }),
		column("country", func(r *legRow) any { return &r.Leg.Country }),
		column("destination", func(r *legRow) any { return &r.Leg.Destination }),
		column("codec", func(r *legRow) any { return &r.Leg.Codec }),
		column("wideband", func(r *legRow) any { return &r.Leg.Wideband }),
		column("address", func(r *legRow) any { return &r.Leg.Address }),
		column("site", func(r *legRow) any { return &r.Leg.Site }),
		column("access", func(r *legRow) any { return (*string)(&r.Leg.Access) }),
		column("agent", func(r *legRow) any { return &r.Leg.Agent }),
		column("system", func(r *legRow) any { return &r.Leg.System }),
		column("device", func(r *legRow) any { return &r.Leg.Device }),
		column("transport", func(r *legRow) any { return &r.Leg.Transport }),
		column("candidate", func(r *legRow) any { return &r.Leg.Candidate }),
		column("began", func(r *legRow) any { return &r.began }),
		column("ended", func(r *legRow) any { return &r.ended }),
		derived("kept", func(r *legRow) any { return &r.kept }),
		column("cause", func(r *legRow) any { return &r.Leg.Cause }),
		column("dropped", func(r *legRow) any { return &r.dropped }),
		derived("class", func(r *legRow) any { class := int64(r.class); return &class }),
		derived("badness", func(r *legRow) any { badness := health.Badness(&r.Summary); return &badness }),
		derived("because", func(r *legRow) any { because := int64(r.because); return &because }),
		derived("narrow_mos", func(r *legRow) any { return &r.narrow }),
		derived("wide_mos", func(r *legRow) any { return &r.wide }),
		derived("loss", func(r *legRow) any { return &r.loss }),
		derived("jitter_us", func(r *legRow) any { return &r.jitter }),
		derived("rtt_us", func(r *legRow) any { return &r.roundTrip }),
		column("stars", func(r *legRow) any { return &r.stars }),
		column("summary", func(r *legRow) any { return &r.packed }),
	}
}

// legStatements are the statements on whole rows, put together once.
type legStatements struct {
	columns []legColumn
	names   []string
	update  string // of a row that is there already
	read    []legColumn
	fetch   string // the columns that are read
}

func newLegStatements() legStatements {
	st := legStatements{columns: legColumns()}
	var set, read []string
	for _, c := range st.columns {
		st.names = append(st.names, c.name)
		if c.name != "id" {
			set = append(set, c.name+` = excluded.`+c.name)
		}
		if !c.derived {
			st.read, read = append(st.read, c), append(read, c.name)
		}
	}
	st.update = ` ON CONFLICT (id) DO UPDATE SET ` + strings.Join(set, `, `)
	st.fetch = strings.Join(read, `, `)
	return st
}

// values are those of a row, in the order of the columns.
func (st *legStatements) values(r *legRow) []any {
	all := make([]any, len(st.columns))
	for i, c := range st.columns {
		switch field := c.field(r).(type) {
		case *string:
			all[i] = *field
		case *int64:
			all[i] = *field
		case *int:
			all[i] = *field
		case *uint32:
			all[i] = *field
		case *bool:
			all[i] = *field
		case *[]byte:
			all[i] = *field
		}
	}
	return all
}

// scan reads a row of the columns that are read.
func (st *legStatements) scan(row scanner) (health.Row, error) {
	var r legRow
	fields := make([]any, len(st.read))
	for i, c := range st.read {
		fields[i] = c.field(&r)
	}
	if err := row.Scan(fields...); err != nil {
		return health.Row{}, err
	}
	r.Leg.Began, r.Leg.Ended, r.Leg.Dropped = fromMS(r.began), fromMS(r.ended), r.dropped == 1
	summary, err := unpackSummary(r.packed)
	if err != nil {
		return health.Row{}, fmt.Errorf("summary of leg %s: %w", r.Leg.ID, err)
	}
	return health.Row{Leg: r.Leg, Summary: summary, Stars: r.stars}, nil
}

// becauseUnheard marks a leg that nobody heard: it counts in no sum.
const becauseUnheard quality.Because = 32

// unknown stands in columns of figures that nobody measured.
const unknown = -1

// newLegRow derives a row of what is known of a leg. Text that came from outside
// is made fit for every database, and short.
func newLegRow(record quality.Record, stars int, now time.Time) legRow {
	r := legRow{Record: record, stars: stars, kept: ms(now)}
	l, sum := &r.Leg, &r.Summary
	for _, text := range []*string{&l.ID, &l.Meeting, &l.Room, &l.Person, &l.Name, &l.Number, &l.CallID, &l.Address, &l.Cause} {
		*text = shortened(printable(*text), longestText)
	}
	for _, text := range []*string{
		(*string)(&l.Kind), &l.Trunk, &l.Country, &l.Destination, &l.Codec, &l.Site, (*string)(&l.Access), &l.Agent, &l.System,
		&l.Device, &l.Transport, &l.Candidate,
	} {
		*text = shortened(printable(*text), longestValue)
	}
	r.began, r.ended = ms(l.Began), ms(l.Ended)
	if l.Dropped {
		r.dropped = 1
	}
	if r.class, r.because = sum.Class(); !record.Heard() {
		r.because |= becauseUnheard
	}
	r.narrow = lesser(sum.Said.Narrow, sum.Heard.Narrow, 100)
	r.wide = lesser(sum.Said.Wide, sum.Heard.Wide, 100)
	r.loss = max(lossOf(&sum.Said), lossOf(&sum.Heard))
	r.jitter = max(scaled(sum.Said.Jitter, 1e6), scaled(sum.Heard.Jitter, 1e6))
	r.roundTrip = scaled(sum.RoundTrip, 1e6)
	r.packed = packSummary(sum)
	return r
}

// How many bytes of texts from outside are kept, and of values in a dimension: an
// index has all of those, and PostgreSQL takes rows of an index only up to 2704
// bytes.
const (
	longestText  = 200
	longestValue = 80
)

func shortened(text string, longest int) string {
	if len(text) <= longest {
		return text
	}
	for longest > 0 && !utf8.RuneStart(text[longest]) {
		longest--
	}
	return text[:longest]
}

func scaled(m quality.Mean, by float64) int64 {
	if m.Over == 0 {
		return unknown
	}
	return int64(m.Value*by + 0.5)
}

// lesser is the lesser of two means, of which one may be unknown.
func lesser(a, b quality.Mean, by float64) int64 {
	if a.Over == 0 || b.Over > 0 && b.Value < a.Value {
		a = b
	}
	return scaled(a, by)
}

func lossOf(c *quality.Course) int64 {
	if c.Packets == 0 {
		return unknown
	}
	return int64(float64(c.Lost)/float64(c.Packets)*1e4 + 0.5)
}

// value is the leg's in a dimension.
func (r *legRow) value(d health.Dimension) string {
	if field := r.field(d); field != nil {
		return *field
	}
	return ""
}

// field has the leg's value in a dimension; nil: it has none.
func (r *legRow) field(d health.Dimension) *string {
	l := &r.Leg
	switch d {
	case health.ByKind:
		return (*string)(&l.Kind)
	case health.BySite:
		return &l.Site
	case health.ByAccess:
		return (*string)(&l.Access)
	case health.ByAgent:
		return &l.Agent
	case health.BySystem:
		return &l.System
	case health.ByDevice:
		return &l.Device
	case health.ByCodec:
		return &l.Codec
	case health.ByTrunk:
		return &l.Trunk
	case health.ByCountry:
		return &l.Country
	case health.ByDestination:
		return &l.Destination
	case health.ByTransport:
		return &l.Transport
	case health.ByCandidate:
		return &l.Candidate
	case health.ByMeeting:
		return &l.Meeting
	default:
		return nil
	}
}
