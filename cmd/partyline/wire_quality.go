package main

import (
	"sync"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu"
	"partyline/signaling"
	"partyline/signaling/health"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/dialplan"
)

// This file is where what the engines measure comes to the collector: each knows
// legs by other names.

var (
	_ signaling.Visits   = (*gauges)(nil)
	_ sip.Observer       = gaugedCalls{}
	_ sfu.Observer       = gaugedRooms{}
	_ signaling.Observer = gaugedSessions{}
)

// gauges tell the collector of legs. A leg has the id of its record.
type gauges struct {
	collector *quality.Collector
	site      func(address string) (health.Subnet, bool)
	calls     *legs // ids of phones' records
	numbering dialplan.Numbering

	mu     sync.Mutex
	seats  map[quality.Key]string // names of phones in meetings
	phones map[string]quality.Key // where they sit, by visit
	broken map[quality.Key]bool   // browsers' legs that may come back
}

func newGauges(collector *quality.Collector, site func(string) (health.Subnet, bool), calls *legs, numbering dialplan.Numbering) *gauges {
	return &gauges{
		collector: collector, site: site, calls: calls, numbering: numbering,
		seats: make(map[quality.Key]string), phones: make(map[string]quality.Key), broken: make(map[quality.Key]bool),
	}
}

// Seated begins a browser's leg, or notes where somebody sits now.
func (g *gauges) Seated(v signaling.Visit) {
	at := quality.Key{Room: v.Room, Participant: v.Participant}
	if quality.Kind(v.Kind) == quality.Phone {
		g.seatPhone(v, at)
		return
	}
	moved := g.collector.Change(v.ID, func(l *quality.Leg) {
		l.Meeting, l.Room, l.Participant, l.Name = v.Meeting, v.Room, v.Participant, v.Name
	})
	if moved {
		g.collector.Event(v.ID, quality.Event{At: v.At, What: quality.EventMoved})
		return
	}
	leg := quality.Leg{
		ID: v.ID, Meeting: v.Meeting, Room: v.Room, Participant: v.Participant, Kind: quality.Browser, Person: v.Person, Name: v.Name,
		Codec: "opus", Wideband: true, Began: v.At,
	}
	g.locate(&leg, v.Address)
	g.collector.Begin(leg)
	g.collector.Event(v.ID, quality.Event{At: v.At, What: quality.EventJoined})
}

// seatPhone remembers what a phone is called, which the gateway does not know.
func (g *gauges) seatPhone(v signaling.Visit, at quality.Key) {
	g.mu.Lock()
	delete(g.seats, g.phones[v.ID])
	g.phones[v.ID], g.seats[at] = at, v.Name
	g.mu.Unlock()
	if id, ok := g.collector.At(at); ok {
		g.collector.Change(id, func(l *quality.Leg) { l.Name = v.Name })
	}
}

// Left ends a browser's leg.
func (g *gauges) Left(visit string, how signaling.Leaving) {
	g.mu.Lock()
	at, phone := g.phones[visit]
	delete(g.seats, at)
	delete(g.phones, visit)
	g.mu.Unlock()
	if phone {
		return // the gateway tells when the call is over
	}
	g.collector.Event(visit, quality.Event{At: how.At, What: quality.EventLeft, Note: string(how.Reason)})
	g.collector.End(visit, how.At, string(causes[how.Reason]), how.Reason == wire.LeftDropped)
}

// measured takes a sample of whoever is at a place.
func (g *gauges) measured(at quality.Key, sample quality.Sample) {
	if id, ok := g.collector.At(at); ok {
		g.collector.Add(id, sample)
	}
}

// glanced takes how whoever is at a place was a moment ago.
func (g *gauges) glanced(at quality.Key, sample quality.Sample) {
	if id, ok := g.collector.At(at); ok {
		g.collector.Glance(id, sample)
	}
}

// gaugedRooms tells of browsers' legs beside another observer of the rooms.
type gaugedRooms struct {
	sfu.Observer
	gauges *gauges
}

// Measured implements sfu.Observer.
func (o gaugedRooms) Measured(at quality.Key, sample quality.Sample) { o.gauges.measured(at, sample) }

// Glanced implements sfu.Observer.
func (o gaugedRooms) Glanced(at quality.Key, sample quality.Sample) { o.gauges.glanced(at, sample) }

// LegChanged notes when a leg breaks and comes back.
func (o gaugedRooms) LegChanged(room string, participant uint32, leg string, state sfu.LegState) {
	o.gauges.changed(quality.Key{Room: room, Participant: participant, Leg: leg}, state)
	o.Observer.LegChanged(room, participant, leg, state)
}

func (g *gauges) changed(at quality.Key, state sfu.LegState) {
	g.mu.Lock()
	was := g.broken[at]
	delete(g.broken, at)
	if state == sfu.LegBroken {
		g.broken[at] = true
	}
	g.mu.Unlock()
	what := quality.EventBroken
	switch {
	case state == sfu.LegConnected && was:
		what = quality.EventReconnected
	case state != sfu.LegBroken || was:
		return
	}
	if id, ok := g.collector.At(at); ok {
		g.collector.Event(id, quality.Event{At: time.Now(), What: what})
	}
}

// gaugedSessions tells of what browsers measure beside another observer of the
// sessions.
type gaugedSessions struct {
	sessionObserver
	gauges *gauges
}

// Reported implements signaling.Observer.
func (o gaugedSessions) Reported(at quality.Key, sample quality.Sample, facts *wire.Facts) {
	o.sessionObserver.Reported(at, sample, facts)
	id, ok := o.gauges.collector.At(at)
	if !ok {
		return
	}
	if facts != nil {
		o.gauges.collector.Change(id, func(l *quality.Leg) { learn(l, facts) })
	}
	o.gauges.collector.Reported(id, sample)
}

// learn notes what a browser tells of itself.
func learn(l *quality.Leg, facts *wire.Facts) {
	if facts.Codec != "" {
		l.Codec = facts.Codec
	}
	if l.Site == "" || l.Access == "" { // else the map of subnets knows better
		l.Access = quality.Access(facts.Access)
	}
	l.Agent, l.System, l.Device = facts.Agent, facts.System, facts.Device
	l.Transport, l.Candidate = facts.Transport, facts.Candidate
}

// Came takes how somebody came in.
func (o gaugedSessions) Came(join quality.Join) { o.gauges.collector.Joined(join) }

// gaugedCalls tells of phones' legs beside another observer of calls.
type gaugedCalls struct {
	callObserver
	gauges *gauges
}

// CallChanged begins the leg when the call has come into a meeting.
func (o gaugedCalls) CallChanged(r sip.Record) {
	o.callObserver.CallChanged(r)
	if !r.Entered.IsZero() {
		o.gauges.phone(&r)
	}
}

// phone begins a phone's leg, or notes what has become known of it.
func (g *gauges) phone(r *sip.Record) (id string) {
	id = g.calls.id(r)
	if id == "" || g.collector.Change(id, func(l *quality.Leg) { g.describe(l, r) }) {
		return id
	}
	leg := quality.Leg{ID: id, Began: r.Began}
	g.describe(&leg, r)
	g.collector.Begin(leg)
	if !r.Entered.IsZero() {
		g.collector.Event(id, quality.Event{At: r.Entered, What: quality.EventJoined})
	}
	return id
}

// describe puts what is known of a call into its leg.
func (g *gauges) describe(l *quality.Leg, r *sip.Record) {
	l.Kind, l.Outbound, l.CallID, l.Trunk, l.Agent = quality.Phone, r.Order != "", r.Call, r.Trunk, r.Agent
	l.Meeting, l.Room, l.Participant = r.Meeting, r.Place.Room, r.Place.Participant
	l.Codec, l.Wideband = r.Codec.String(), quality.CodecOf(r.Codec.String()).Wideband
	if l.Number = string(r.From); l.Outbound {
		l.Number = string(r.To)
	}
	if dialled, err := g.numbering.Classify(l.Number); err == nil {
		l.Number, l.Country = string(dialled.Number), dialled.Country
	}
	if r.Person != "" {
		l.Person, l.Name = r.Person, r.Name
	}
	g.mu.Lock()
	if name := g.seats[r.Place]; name != "" {
		l.Name = name
	}
	g.mu.Unlock()
	if address := r.Media.Addr(); address.IsValid() {
		l.Transport = "udp"
		g.locate(l, address.Unmap().String())
	}
}

// locate finds the company's subnet that a leg is in.
func (g *gauges) locate(l *quality.Leg, address string) {
	l.Address = address
	if subnet, ok := g.site(address); ok {
		l.Site, l.Access = subnet.Site, subnet.Access
		if l.Country == "" {
			l.Country = subnet.Country
		}
	}
}

// CallEnded ends the leg. A call that came over a trunk, or was placed, has one
// even if nobody ever heard it: its messages tell why.
func (o gaugedCalls) CallEnded(r sip.Record) {
	if r.Trunk != "" || !r.Entered.IsZero() {
		o.gauges.ended(&r)
	}
	o.callObserver.CallEnded(r)
}

func (g *gauges) ended(r *sip.Record) {
	id := g.phone(r)
	if id == "" {
		return
	}
	in := !r.Entered.IsZero()
	if in {
		g.collector.Event(id, quality.Event{At: r.Ended, What: quality.EventLeft, Note: r.Cause})
	}
	g.collector.Joined(joinOf(id, r))
	g.collector.End(id, r.Ended, r.Cause, in && r.Departure == sip.Dropped)
}

// joinOf is a call's way into its meeting. Who is busy, gives up or has a wrong
// code has not been failed by anybody: such a way has no cause.
func joinOf(id string, r *sip.Record) quality.Join {
	join := quality.Join{Leg: id, Kind: quality.Phone, Began: r.Began}
	reached := func(stage quality.Stage, at time.Time) {
		if !at.IsZero() {
			join.Steps = append(join.Steps, quality.Step{Stage: stage, After: max(0, at.Sub(r.Began))})
		}
	}
	reached(quality.StageSignalled, r.Answered)
	reached(quality.StageHeard, r.Entered)
	switch setup := quality.SetupOf(r.Status, r.Signalling.PDD > 0); {
	case !r.Entered.IsZero():
	case r.Answered.IsZero() && (setup == quality.SetupIneffective || setup == quality.SetupRefused):
		join.Failed, join.Cause = quality.StageSignalled, r.Cause
	case !r.Answered.IsZero() && r.Departure == sip.Dropped:
		join.Failed, join.Cause = quality.StageHeard, r.Cause
	}
	return join
}

// Measured implements sip.Observer.
func (o gaugedCalls) Measured(at quality.Key, sample quality.Sample) { o.gauges.measured(at, sample) }

// Glanced implements sip.Observer.
func (o gaugedCalls) Glanced(at quality.Key, sample quality.Sample) { o.gauges.glanced(at, sample) }

// Happened notes what befell a call.
func (o gaugedCalls) Happened(r sip.Record, e quality.Event) {
	o.callObserver.Happened(r, e)
	if id := o.gauges.calls.id(&r); id != "" && !r.Entered.IsZero() {
		o.gauges.collector.Event(id, e)
	}
}

// Traced keeps a call's messages and headers.
func (o gaugedCalls) Traced(r sip.Record, t sip.Trace) {
	if id := o.gauges.calls.id(&r); id != "" {
		o.gauges.collector.Call(quality.Call{Leg: id, Signalling: r.Signalling, Ladder: t.Messages, Capture: t.Evidence})
	}
	o.callObserver.Traced(r, t)
}

// audience is whom is told how legs fare: the people in the rooms.
type audience interface {
	Measured(room string, participant uint32, class quality.Class)
	TellFare(at quality.Key, fare wire.Fare)
	TellHint(at quality.Key, hint wire.Hint)
}

// fares tell rooms how their participants' legs fare, and participants the figures
// of their own and what others may hear of their microphones. The people are set
// before anybody is connected.
type fares struct {
	people audience

	mu   sync.Mutex
	last map[string]advised // by leg
}

// advised is what the hints of a leg are about.
type advised struct {
	before quality.Sample
	hint   quality.Hint
}

// hints are those that the server gives, in the words of the wire.
var hints = map[quality.Hint]wire.HintAbout{quality.HintSilent: wire.HintDead, quality.HintNoise: wire.HintNoise}

// scored tells the owner of a leg.
func (f *fares) scored(leg *quality.Leg, sample *quality.Sample, score *quality.Score) {
	if leg.Kind != quality.Browser || f.people == nil {
		return
	}
	at := quality.Key{Room: leg.Room, Participant: leg.Participant}
	f.people.TellFare(at, fareOf(sample, score))
	f.mu.Lock()
	was := f.last[leg.ID]
	now := quality.Advise([]quality.Sample{was.before, *sample})
	f.last[leg.ID] = advised{before: *sample, hint: now}
	f.mu.Unlock()
	if was.hint == now {
		return
	}
	if about, known := hints[was.hint]; known {
		f.people.TellHint(at, wire.Hint{About: about, Over: true})
	}
	if about, known := hints[now]; known {
		f.people.TellHint(at, wire.Hint{About: about})
	}
}

// classed shows a room how somebody's connection is.
func (f *fares) classed(leg *quality.Leg, class quality.Class) {
	if f.people != nil {
		f.people.Measured(leg.Room, leg.Participant, class)
	}
}

// forget is called when a leg is over.
func (f *fares) forget(leg string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.last, leg)
}

// fareOf is a sample by its worse direction.
func fareOf(s *quality.Sample, score *quality.Score) wire.Fare {
	way := health.Worse(s)
	stream, mos := &s.Said, score.Said
	if way == quality.WayHeard {
		stream, mos = &s.Heard, score.Heard
	}
	fare := wire.Fare{
		Class: wire.Class(score.Class.String()), Because: health.Reasons(score.Because), Side: string(way), Loss: stream.Loss,
		Jitter: health.Milliseconds(stream.Jitter), RTT: health.Milliseconds(s.RoundTrip), Concealed: stream.Concealed, MOS: mos,
	}
	if mos > 0 {
		fare.Band = health.Band(score.Wideband)
	}
	return fare
}

// neighbours are who was told that another microphone in the room hears the
// same.
type neighbours struct {
	mu   sync.Mutex
	told map[string]map[uint32]uint32 // with whom, by room and participant
}

// tell gives hints to those of whom it has become so, and takes them back.
func (n *neighbours) tell(people *signaling.Server, room string, pairs []quality.Together) {
	now := make(map[uint32]uint32, 2*len(pairs))
	for _, p := range pairs {
		now[p.A], now[p.B] = p.B, p.A
	}
	n.mu.Lock()
	was := n.told[room]
	if n.told == nil {
		n.told = make(map[string]map[uint32]uint32)
	}
	if n.told[room] = now; len(now) == 0 {
		delete(n.told, room)
	}
	n.mu.Unlock()
	for who := range was {
		if _, still := now[who]; !still {
			people.TellHint(quality.Key{Room: room, Participant: who}, wire.Hint{About: wire.HintEcho, Over: true})
		}
	}
	for who, with := range now {
		if was[who] != with {
			people.TellHint(quality.Key{Room: room, Participant: who}, wire.Hint{About: wire.HintEcho, With: with})
		}
	}
}
