package signaling

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// room is a running meeting. One goroutine, run, touches its state; everybody
// else leaves functions in its mailbox.
type room struct {
	id       string
	cfg      Config
	meetings Meetings
	audio    Rooms
	observer Observer
	visits   Visits // nil: nobody is told
	memory   *memory
	family   *family
	records  Records
	calls    *dialout.Exchange // nil: nobody can be called
	grace    *grace
	errands  sync.WaitGroup // one for each tape that is being closed
	breakout int            // its number; 0: the main room
	born     time.Time      // tells one running of a meeting from another
	log      *slog.Logger

	mail     *mailbox
	gone     chan struct{}             // closed when run is about to return
	speaking atomic.Pointer[[]Speaker] // the newest not yet told of
	heard    chan struct{}             // holds one token while speaking has something
	view     atomic.Pointer[Occupancy]
	// closingTape is set while a recording that was stopped is not closed yet.
	closingTape atomic.Bool

	// What follows belongs to run.
	meeting     meeting.Meeting
	startedAt   time.Time
	begun       bool // somebody has been in
	locked      bool
	last        uint32             // last number given
	members     map[uint32]*member // in the room
	door        map[uint32]*member // waiting to be admitted
	trips       map[uint32]*trip   // on their way to another room
	hostCame    bool               // since then nobody waits for the host
	opening     *time.Timer        // lets in who came too early
	tonedAt     time.Time          // last tone of coming or going
	taping      *taping            // the recording; nil while there is none
	notices     uint32             // last number given to a notice
	closing     bool               // a break-out room that takes nobody any more
	emptySince  time.Time          // zero while somebody is there
	over        bool
	endedByHost bool
}

// Occupancy is what can be told about a running meeting from outside.
type Occupancy struct {
	Participants int // of a meeting: those in break-out rooms included
	Locked       bool
	StartedAt    time.Time

	people     []wire.Visitor    // of a break-out room
	hosts      []string          // people who lead it
	browsers   map[string]uint32 // participants who are there by browser, by person
	attendance attendance
}

// newRoom makes the main room of a meeting.
func (s *Server) newRoom(m meeting.Meeting) *room {
	r := s.emptyRoom(m.ID, m)
	r.family = newFamily(r)
	r.watchOpening()
	r.publish()
	return r
}

func (s *Server) emptyRoom(id string, m meeting.Meeting) *room {
	now := time.Now()
	return &room{
		id: id, cfg: s.cfg, meetings: s.meetings, audio: s.rooms, observer: s.observer, visits: s.visits, memory: s.memory, records: s.records, calls: s.calls, grace: &s.grace, born: now,
		log:  s.log.With("meeting", id),
		mail: newMailbox(), gone: make(chan struct{}), heard: make(chan struct{}, 1),
		meeting: m, startedAt: now, emptySince: now,
		members: make(map[uint32]*member), door: make(map[uint32]*member), trips: make(map[uint32]*trip),
	}
}

// storeWithin is the deadline of a write to the store that only notes when a
// meeting ran.
const storeWithin = 5 * time.Second

// speakersEvery is the least time between two lists of speakers.
const speakersEvery = 100 * time.Millisecond

// run is the room's goroutine. It returns when the meeting is over; forget is
// called once the store and the audio plane know.
func (r *room) run(forget func()) {
	r.observer.RoomsChanged(1)
	r.noteMain("opened", func(ctx context.Context) error { return r.meetings.RoomOpened(ctx, r.id) })
	empty := time.NewTimer(r.cfg.EmptyAfter)
	defer empty.Stop()
	quiet := time.NewTimer(0) // fires when speakers may be told of again
	defer quiet.Stop()
	mayTell := false
	for !r.over {
		var heard <-chan struct{}
		if mayTell {
			heard = r.heard
		}
		select {
		case <-r.mail.wake:
			r.work()
			if !r.emptySince.IsZero() {
				empty.Reset(time.Until(r.emptySince.Add(r.cfg.EmptyAfter)))
			}
		case <-empty.C:
			r.endIfEmpty()
			if !r.emptySince.IsZero() {
				empty.Reset(max(r.cfg.EmptyAfter, time.Second))
			}
		case <-quiet.C:
			mayTell = true
		case <-heard:
			r.tellSpeakers()
			mayTell = false
			quiet.Reset(speakersEvery)
		}
	}
	if r.opening != nil {
		r.opening.Stop()
	}
	r.endBreakouts()
	r.stopTaping()
	r.errands.Wait()
	r.vacate()
	r.audio.CloseRoom(r.id)
	r.noteMain("closed", func(ctx context.Context) error { return r.meetings.RoomClosed(ctx, r.id, r.endedByHost) })
	r.observer.RoomsChanged(-1)
	forget()
	r.mail.close()
	close(r.gone)
}

// work runs what waits in the mailbox. Once the meeting is over the rest is
// not run: ask tells whoever waits for it.
func (r *room) work() {
	for _, fn := range r.mail.take() {
		if r.over {
			return
		}
		fn()
	}
}

// noteMain is note for what concerns the meeting as a whole.
func (r *room) noteMain(what string, write func(context.Context) error) {
	if r.breakout == 0 {
		r.note(what, write)
	}
}

// note tells the store something that the meeting can go on without.
func (r *room) note(what string, write func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.Background(), storeWithin)
	defer cancel()
	if err := write(ctx); err != nil {
		r.log.Error("store does not know that the room "+what, "err", err)
	}
}

// endIfEmpty ends a meeting in which nobody is, nor in its break-out rooms.
// Those last as long as the main room.
func (r *room) endIfEmpty() {
	switch {
	case r.breakout != 0 || r.emptySince.IsZero() || time.Since(r.emptySince) < r.cfg.EmptyAfter:
	case r.family.outside() > 0:
		r.emptySince = time.Now()
	default:
		r.end(0)
	}
}

// later runs fn in the room's goroutine after a while, unless the timer is
// stopped or the room gone before.
func (r *room) later(after time.Duration, fn func()) *time.Timer {
	return time.AfterFunc(after, func() { r.mail.put(fn) })
}

// end tells everybody that the meeting is over. By is the host who ended it,
// or 0.
func (r *room) end(by uint32) {
	if r.over {
		return
	}
	r.over, r.endedByHost = true, r.endedByHost || by != 0
	for _, m := range r.everybody() {
		r.tell(m, &wire.Ended{By: by}, Ended)
	}
	for _, m := range r.members {
		r.receipt(m)
	}
	if r.breakout == 0 {
		r.family.disband()
		r.calls.MeetingOver(r.id)
	}
	r.log.Info("meeting ended", "by", by, "ran", time.Since(r.startedAt).Round(time.Second))
}

// vacate takes everybody's seat.
func (r *room) vacate() {
	for _, m := range r.everybody() {
		if _, ok := r.members[m.number]; ok {
			r.observer.ParticipantsChanged(string(m.kind), -1)
			r.leaves(m, wire.LeftEnded)
		}
		m.out.gone()
	}
	clear(r.members)
	clear(r.door)
	r.publish()
}

// everyMember is the members by number.
func (r *room) everyMember() []*member { return byNumber(slices.Collect(maps.Values(r.members))) }

// everybody is members and those at the door, by number.
func (r *room) everybody() []*member {
	all := make([]*member, 0, len(r.members)+len(r.door))
	for _, m := range r.members {
		all = append(all, m)
	}
	for _, m := range r.door {
		all = append(all, m)
	}
	return byNumber(all)
}

func byNumber(members []*member) []*member {
	slices.SortFunc(members, func(a, b *member) int { return int(a.number) - int(b.number) })
	return members
}

// publish shows the outside how many there are, and notes since when nobody
// is. Whoever waits for the meeting to begin keeps it as those in it do.
func (r *room) publish() {
	view := &Occupancy{
		Participants: len(r.members), Locked: r.locked, StartedAt: r.startedAt,
		attendance: r.attendance(), browsers: make(map[string]uint32),
	}
	for _, m := range r.members {
		if m.kind == meeting.Browser && m.who.Person != "" {
			view.browsers[m.who.Person] = m.number
		}
		if m.role == meeting.Host && m.who.Person != "" {
			view.hosts = append(view.hosts, m.who.Person)
		}
	}
	if r.breakout != 0 {
		view.people = r.people()
	}
	before := r.view.Swap(view)
	if before != nil && before.attendance != view.attendance && !r.over {
		r.family.attend(r.grace.value())
	}
	switch {
	case len(r.members) > 0 || len(r.trips) > 0 || r.awaitsBeginning():
		r.emptySince = time.Time{}
	case r.emptySince.IsZero():
		r.emptySince = time.Now()
	}
}

// tell gives one member a message, which browsers read, and a notice, which
// phones hear of.
func (r *room) tell(m *member, message wire.Message, kind NoticeKind) {
	m.out.event(wire.Marshal(message))
	m.out.notice(Notice{Kind: kind})
}

// announce gives all members a message.
func (r *room) announce(message wire.Message) {
	body := wire.Marshal(message)
	for _, m := range r.members {
		m.out.event(body)
	}
}

// announceAbout gives all members but one a message about a participant, each
// as they may see it. It is encoded once per view.
func (r *room) announceAbout(about, but *member, message func(wire.Participant) wire.Message) {
	colleague := wire.Marshal(message(about.seenBy(meeting.Participant)))
	outsider := colleague
	if about.phoneNumber != "" {
		outsider = wire.Marshal(message(about.seenBy(meeting.Guest)))
	}
	for _, m := range r.members {
		switch {
		case m == but:
		case m.role == meeting.Guest:
			m.out.event(outsider)
		default:
			m.out.event(colleague)
		}
	}
}

// changed tells all members how a participant is now.
func (r *room) changed(m *member) {
	if _, ok := r.members[m.number]; !ok {
		return // at the door nobody sees it
	}
	r.announceAbout(m, nil, func(p wire.Participant) wire.Message { return &wire.ParticipantChanged{Participant: p} })
}

// change takes the meeting as its organiser has changed it.
func (r *room) change(m meeting.Meeting) {
	r.meeting = m
	if r.breakout == 0 {
		r.watchOpening()
		r.reconsider()
	}
	r.roomChanged()
}

func (r *room) roomChanged() {
	r.publish()
	r.announce(&wire.RoomChanged{Room: r.describe()})
}

func (r *room) describe() wire.Room {
	d := wire.Room{
		Meeting: r.meeting.ID, Name: r.meeting.Name, Number: string(r.meeting.Number), Locked: r.locked,
		MuteOnEntry: r.meeting.MuteOnEntry, StartedAt: r.startedAt.UnixMilli(), Slots: r.cfg.Slots,
		WaitForHost: r.meeting.WaitForHost, Tones: r.meeting.Tones, MaxParticipants: r.capacity(),
		Dial: r.calls != nil, HostsDial: r.meeting.HostsDial,
		Breakout: r.breakout, Breakouts: r.family.who(), Recording: r.recording(),
	}
	if r.meeting.Early(time.Now()) {
		d.OpensAt = r.meeting.OpensAt.UnixMilli()
	}
	return d
}

// capacity is how many the meeting takes, those at the door included.
func (r *room) capacity() int {
	if most := r.meeting.MaxParticipants; most > 0 {
		return min(most, r.cfg.MaxParticipants)
	}
	return r.cfg.MaxParticipants
}

// hear takes the newest list of speakers. It never blocks.
func (r *room) hear(speakers []Speaker) {
	r.speaking.Store(&speakers)
	select {
	case r.heard <- struct{}{}:
	default:
	}
}

func (r *room) tellSpeakers() {
	heard := r.speaking.Load()
	list := make([]wire.Speaker, 0, len(*heard))
	for _, s := range *heard {
		if _, ok := r.members[s.Participant]; ok {
			list = append(list, wire.Speaker(s))
		}
	}
	r.announce(&wire.Speakers{Speakers: list})
}

// measured takes a participant's quality and tells of it when it is another.
func (r *room) measured(number uint32, class quality.Class) {
	m, ok := r.members[number]
	if !ok || m.quality == class {
		return
	}
	m.quality, m.qualityAt = class, time.Now()
	r.announce(&wire.Quality{Participant: number, Class: wire.Class(class.String())})
}

// legStates are the states of a leg as clients hear of them.
var legStates = map[LegState]wire.LegState{
	LegConnected: wire.LegConnected,
	LegBroken:    wire.LegBroken,
	LegClosed:    wire.LegClosed,
}

func (r *room) legChanged(number uint32, leg string, state LegState) {
	if t := r.trips[number]; t != nil {
		t.late = append(t.late, func(to *room, as uint32) { to.legChanged(as, leg, state) })
		return
	}
	m, ok := r.members[number]
	if !ok || !m.legs[leg] {
		return
	}
	if state == LegClosed {
		delete(m.legs, leg)
	}
	m.out.event(wire.Marshal(&wire.Leg{Leg: leg, State: legStates[state]}))
}
