package signaling

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"partyline/metrics/quality"
	"partyline/signaling/dialout"
	"partyline/signaling/feed"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// Meetings is what a Server needs of the book of meetings; *meeting.Book
// satisfies it.
type Meetings interface {
	// Get gives a meeting by its id. It returns meeting.ErrNotFound or
	// meeting.ErrEnded.
	Get(ctx context.Context, id string) (meeting.Meeting, error)
	// RoomOpened and RoomClosed note when the meeting ran.
	RoomOpened(ctx context.Context, id string) error
	RoomClosed(ctx context.Context, id string, endedByHost bool) error
}

// Server has the WebSocket sessions and the running meetings of this node. Its
// methods may be called from any goroutine.
type Server struct {
	cfg      Config
	meetings Meetings
	rooms    Rooms
	records  Records
	calls    *dialout.Exchange // nil: nobody can be called
	grace    grace
	feed     feed.Feed
	observer Observer
	visits   Visits // nil: nobody is told
	health   Health // nil: nobody knows
	watchers watchers
	log      *slog.Logger
	tickets  *Tickets
	memory   *memory
	moves    moves
	upgrader websocket.Upgrader

	mu       sync.Mutex // guards what follows
	sessions map[string]*session
	running  map[string]*room
	sockets  map[*socket]bool
	closing  bool

	work sync.WaitGroup // one for each room and each socket
}

var _ Listener = (*Server)(nil)

// New makes a server that nobody is connected to. Without records, which may
// be nil, nothing can be recorded, and without a dialer nobody called; nor need
// there be an observer. It fails when the configuration is wrong. Shutdown ends
// what it starts.
func New(
	cfg Config, meetings Meetings, rooms Rooms, records Records, dialer Dialer, observer Observer, log *slog.Logger,
) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("signaling configuration: %w", err)
	}
	if observer == nil {
		observer = silent{}
	}
	if records == nil {
		records = forgetful{}
	}
	s := &Server{
		cfg: cfg, meetings: meetings, rooms: rooms, records: records, observer: observer, log: log,
		tickets: newTickets(), memory: newMemory(), grace: grace{length: cfg.EmployeeGrace},
		sessions: make(map[string]*session), running: make(map[string]*room), sockets: make(map[*socket]bool),
	}
	s.upgrader = websocket.Upgrader{HandshakeTimeout: helloWithin, CheckOrigin: s.sameOrigin}
	if dialer == nil {
		return s, nil
	}
	var err error
	if s.calls, err = dialout.New(cfg.DialOut, dialer, teller{s}, log); err != nil {
		return nil, fmt.Errorf("calling people: %w", err)
	}
	return s, nil
}

// Tickets issues what clients say hello with.
func (s *Server) Tickets() *Tickets { return s.tickets }

// enter brings somebody into a meeting's room, which is opened if need be.
// Seated is called in the room's goroutine before anything else is told.
func (s *Server) enter(
	ctx context.Context, id string, who Entrant, out audience, seated func(*room, admission),
) (*room, admission, error) {
	for range 3 {
		r, err := s.open(ctx, id)
		if err != nil {
			return nil, admission{}, err
		}
		if in, number := s.predecessor(ctx, r.family, who); in != nil {
			r, who.instead = in, number
		}
		a, err := ask(ctx, r, func() (admission, error) { return r.enter(who, out, seated) })
		who.instead = 0
		if !errors.Is(err, errRoomGone) && !errors.Is(err, errMissed) {
			return r, a, err
		}
		// The meeting ended just then, or whose place was to be taken was gone.
		// The meeting may be over for good, which open finds out, or begin anew.
	}
	return nil, admission{}, errRoomGone
}

// predecessor finds the seat that a newcomer takes over, or none.
func (s *Server) predecessor(ctx context.Context, f *family, who Entrant) (*room, uint32) {
	switch {
	case who.replaces:
		return f.seatOf(ctx, who.Person, meeting.Browser)
	case who.Kind == meeting.Phone:
		return f.wished(who)
	case who.TakeOver && who.Person != "":
		return f.seatOf(ctx, who.Person, meeting.Phone)
	default:
		return nil, 0
	}
}

// open gives the running room of a meeting.
func (s *Server) open(ctx context.Context, id string) (*room, error) {
	if strings.Contains(id, "/") {
		return nil, meeting.ErrNotFound // into a break-out room one is moved
	}
	if r, err := s.find(id); r != nil || err != nil {
		return r, err
	}
	m, err := s.meetings.Get(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("enter meeting: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, ErrShuttingDown
	}
	if r := s.running[m.ID]; r != nil {
		return r, nil // somebody else was quicker
	}
	r := s.newRoom(m)
	s.running[m.ID] = r
	s.work.Go(func() { r.run(func() { s.forgetRoom(r) }) })
	return r, nil
}

// find gives a room that is running, or nil.
func (s *Server) find(id string) (*room, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return nil, ErrShuttingDown
	}
	return s.running[id], nil
}

func (s *Server) forgetRoom(r *room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.running[r.id] == r {
		delete(s.running, r.id)
	}
}

// room gives a running room, also while the server stops, or nil.
func (s *Server) room(id string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running[id]
}

// Occupancy tells of a meeting whether it runs, and how.
func (s *Server) Occupancy(meetingID string) (Occupancy, bool) {
	r := s.room(meetingID)
	if r == nil {
		return Occupancy{}, false
	}
	return r.occupancy(), true
}

// MeetingChanged reads a meeting again, if it runs, after its name or settings
// were changed.
func (s *Server) MeetingChanged(ctx context.Context, id string) error {
	r := s.room(id)
	if r == nil {
		return nil
	}
	m, err := s.meetings.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("read changed meeting: %w", err)
	}
	for _, r := range r.family.rooms() {
		r.mail.put(func() { r.change(m) })
	}
	return nil
}

// EndMeeting ends a meeting that was deleted, if it runs.
func (s *Server) EndMeeting(id string) {
	if r := s.room(id); r != nil {
		r.mail.put(func() { r.end(0) })
	}
}

// SignOut ends the sessions of somebody who may no longer be here: those that
// came by the given log-ins, or all without any.
func (s *Server) SignOut(person string, logins ...string) {
	s.mu.Lock()
	var theirs []*session
	for _, session := range s.sessions {
		who := session.identity
		if who.Person == person && person != "" && (len(logins) == 0 || slices.Contains(logins, who.Login)) {
			theirs = append(theirs, session)
		}
	}
	s.mu.Unlock()
	for _, session := range theirs {
		socket := session.current()
		session.end(wire.LeftDropped, false)
		if socket != nil {
			socket.refuse(errSessionGone)
		}
	}
}

// Speaking implements Listener.
func (s *Server) Speaking(room string, speakers []Speaker) {
	if r := s.room(room); r != nil {
		r.hear(slices.Clone(speakers))
	}
}

// LegChanged implements Listener.
func (s *Server) LegChanged(room string, participant uint32, leg string, state LegState) {
	if r := s.room(room); r != nil {
		r.mail.put(func() { r.legChanged(participant, leg, state) })
	}
}

// Measured implements Listener.
func (s *Server) Measured(room string, participant uint32, class quality.Class) {
	if r := s.room(room); r != nil {
		r.mail.put(func() { r.measured(participant, class) })
	}
}

// TalkingMuted implements Listener.
func (s *Server) TalkingMuted(room string, participant uint32) {
	if r := s.room(room); r != nil {
		r.mail.put(func() { r.talkingMuted(participant) })
	}
}

// Music implements Listener.
func (s *Server) Music(room string, participant uint32, playing bool) {
	if r := s.room(room); r != nil {
		r.mail.put(func() { r.music(participant, playing) })
	}
}

// RecordingEnded implements Listener.
func (s *Server) RecordingEnded(room string, err error) {
	if r := s.room(room); r != nil {
		r.mail.put(func() { r.tapeEnded(err) })
	}
}

// begin makes a session of an identity.
func (s *Server) begin(identity Identity) (*session, error) {
	session := newSession("s_"+rand.Text(), identity, s.cfg.KeepSeat)
	deaf := func() {}
	if identity.Person != "" {
		deaf = s.feed.Listen(identity.Person, identity.Admin, func(m wire.Message) { session.send(wire.Marshal(m)) })
	}
	session.forget = func() {
		deaf()
		s.watchers.drop(session)
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sessions, session.id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		deaf()
		return nil, ErrShuttingDown
	}
	s.sessions[session.id] = session
	return session, nil
}

// resume finds a session by its secret.
func (s *Server) resume(id string) (*session, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if found := s.sessions[id]; found != nil {
		return found, nil
	}
	return nil, errSessionGone
}

// retryAfter is when clients should come back to a server that stops.
const retryAfter = 5 * time.Second

// stopWithin is how long the last step of Shutdown may take.
const stopWithin = 10 * time.Second

// Shutdown refuses whoever is new, tells everybody that the server stops, and
// lets the meetings and the calls into them go on until they end or ctx is
// done. Then it ends all calls and rooms and closes all sockets. It returns an error when something does not
// stop.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	rooms := slices.Collect(maps.Values(s.running))
	sessions := slices.Collect(maps.Values(s.sessions))
	s.mu.Unlock()
	s.calls.Drain()
	notice := wire.Marshal(&wire.ShuttingDown{RetryAfter: int(retryAfter.Seconds())})
	for _, session := range sessions {
		session.send(notice)
	}
	for _, r := range rooms {
		r.mail.put(func() { r.cfg.EmptyAfter = 0 }) // nobody can come back
	}
	for _, r := range rooms {
		select {
		case <-r.gone:
		case <-ctx.Done():
			r.mail.put(func() { r.end(0) })
		}
	}
	s.calls.Shutdown(ctx)
	return s.stop()
}

// stop closes every socket and waits for all goroutines.
func (s *Server) stop() error {
	s.feed.Close()
	s.mu.Lock()
	sockets := slices.Collect(maps.Keys(s.sockets))
	sessions := slices.Collect(maps.Values(s.sessions))
	s.mu.Unlock()
	for _, socket := range sockets {
		socket.close(websocket.CloseServiceRestart, whyShutdown)
	}
	for _, session := range sessions {
		session.end(wire.LeftDropped, false)
	}
	stopped := make(chan struct{})
	go func() {
		s.work.Wait()
		close(stopped)
	}()
	timer := time.NewTimer(stopWithin)
	defer timer.Stop()
	select {
	case <-stopped:
		return nil
	case <-timer.C:
		return errors.New("signaling: some rooms or sockets did not stop in time")
	}
}

func (s *Server) sameOrigin(r *http.Request) bool {
	origin := r.Header.Get("Origin")
	if origin == "" || slices.Contains(s.cfg.Origins, origin) {
		return true // only browsers send it, and pages cannot leave it out
	}
	return origin == "http://"+r.Host || origin == "https://"+r.Host
}
