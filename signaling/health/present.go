package health

import (
	"cmp"
	"context"
	"slices"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/wire"
)

// Around is what the picture of this moment shows beside legs. Its functions may
// be nil, and are called from any goroutine.
type Around struct {
	// Organiser is the name of who organises a meeting; empty: not known.
	Organiser func(ctx context.Context, meeting string) string
	Trunks    func() []wire.PresentTrunk
	Spend     func() *wire.PresentSpend
	Reminders func(ctx context.Context) *wire.PresentDue
}

// mostPresent is how many meetings and bad legs the picture shows.
const mostPresent = 100

// Present is how everything fares at this moment, for admins.
func (d *Desk) Present(ctx context.Context) wire.Present {
	minute := d.pulse.last(time.Minute)
	p := wire.Present{
		At: d.now().UnixMilli(), Meetings: []wire.PresentMeeting{}, Worst: []wire.PresentLeg{}, Trunks: []wire.PresentTrunk{},
		JoinsPerMinute: minute.joins, CallsPerMinute: minute.calls, FailedJoins: d.pulse.last(15 * time.Minute).failed,
		Refused: minute.refused, Missing: minute.forgotten > 0,
	}
	meetings := map[string]*wire.PresentMeeting{}
	for _, l := range d.live.Now() {
		add(&p, meetings, &l)
		if bad(l.Class) && len(p.Worst) < mostPresent {
			p.Worst = append(p.Worst, presentLeg(&l))
		}
	}
	p.MeetingsAll = len(meetings)
	for _, m := range meetings {
		p.Meetings = append(p.Meetings, *m)
	}
	slices.SortFunc(p.Meetings, func(a, b wire.PresentMeeting) int {
		return cmp.Or(b.Poor-a.Poor, b.Degraded-a.Degraded, b.People-a.People, cmp.Compare(a.Meeting, b.Meeting))
	})
	p.Meetings = p.Meetings[:min(len(p.Meetings), mostPresent)]
	d.surround(ctx, &p)
	return p
}

// surround adds what others know.
func (d *Desk) surround(ctx context.Context, p *wire.Present) {
	if d.around.Organiser != nil {
		for i := range p.Meetings {
			p.Meetings[i].Organiser = d.around.Organiser(ctx, p.Meetings[i].Meeting)
		}
	}
	if d.around.Trunks != nil {
		p.Trunks = append(p.Trunks, d.around.Trunks()...)
	}
	if d.around.Spend != nil {
		p.Spend = d.around.Spend()
	}
	if d.around.Reminders != nil {
		p.Reminders = d.around.Reminders(ctx)
	}
}

func bad(c quality.Class) bool { return c == quality.Poor || c == quality.Degraded }

// add counts a leg.
func add(p *wire.Present, meetings map[string]*wire.PresentMeeting, l *quality.Live) {
	m := meetings[l.Leg.Meeting]
	began := l.Leg.Began.UnixMilli()
	if m == nil {
		m = &wire.PresentMeeting{Meeting: l.Leg.Meeting, Since: began}
		meetings[l.Leg.Meeting] = m
	}
	m.Since = min(m.Since, began)
	m.People++
	if l.Leg.Kind == quality.Phone {
		m.Phones++
		p.Legs.Phone++
	} else {
		p.Legs.Browser++
	}
	switch l.Class {
	case quality.Good:
		p.Classes.Good++
	case quality.Degraded:
		p.Classes.Degraded++
		m.Degraded++
	case quality.Poor:
		p.Classes.Poor++
		m.Poor++
	default:
		p.Classes.Unclassified++
	}
}

// presentLeg is a leg that fares badly, with the figures of its worse direction.
func presentLeg(l *quality.Live) wire.PresentLeg {
	leg, s := &l.Leg, &l.Sample
	way := Worse(s)
	stream, mos := &s.Said, l.Score.Said
	if way == quality.WayHeard {
		stream, mos = &s.Heard, l.Score.Heard
	}
	b := wire.PresentLeg{
		Leg: leg.ID, Meeting: leg.Meeting, Participant: leg.Participant, Name: leg.Name, Via: wire.Via(leg.Kind), Number: masked(leg.Number),
		Class: wire.Class(l.Class.String()), Because: Reasons(l.Score.Because), Side: string(way), Since: l.Since.UnixMilli(),
		Loss: stream.Loss, Jitter: Milliseconds(stream.Jitter), RoundTrip: Milliseconds(s.RoundTrip), Concealed: stream.Concealed, MOS: mos,
		Site: leg.Site, Access: string(leg.Access), Agent: leg.Agent, Codec: leg.Codec, Trunk: leg.Trunk,
		Relayed: s.Marks.Has(quality.Relayed), TCP: s.Marks.Has(quality.OverTCP), At: s.At.UnixMilli(),
	}
	if mos > 0 {
		b.Band = Band(l.Score.Wideband)
	}
	return b
}

// Band is the name of the scale that a MOS is on.
func Band(wideband bool) string {
	if wideband {
		return "wb"
	}
	return "nb"
}

// reasons are the names of the limits that can be exceeded.
var reasons = []struct {
	because quality.Because
	name    string
}{
	{quality.BecauseLoss, "loss"},
	{quality.BecauseConcealed, "concealed"},
	{quality.BecauseJitter, "jitter"},
	{quality.BecauseRoundTrip, "round-trip"},
	{quality.BecauseMOS, "mos"},
}

// Reasons are the names of the limits that were exceeded.
func Reasons(b quality.Because) []string {
	names := []string{}
	for _, r := range reasons {
		if b.Has(r.because) {
			names = append(names, r.name)
		}
	}
	return names
}

// Milliseconds is a time as pages show it, to a tenth.
func Milliseconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Millisecond)
}

// Lights are how the trunks are now.
func (d *Desk) Lights() []wire.PresentTrunk {
	if d.around.Trunks == nil {
		return nil
	}
	return d.around.Trunks()
}
