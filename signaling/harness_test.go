package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"go.uber.org/goleak"

	"partyline/metrics/quality"
	sound "partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	sync1 = "01980c1e-7a52-7c3e-9b1d-2f6a54c0d1e2" // the meeting of most tests
	other = "01980c1e-8000-7c3e-9b1d-2f6a54c0d1e2"
)

// world is a server on a network of its own, in a bubble of synctest: time
// passes only when nobody has anything to do.
type world struct {
	t        testing.TB
	server   *signaling.Server
	audio    *audio
	meetings *meetings
	records  *records
	counted  *counts
	dial     func() (net.Conn, error)
}

// inWorld runs a test in a new world. That it returns shows that the server
// leaves no goroutine behind: a bubble ends only when all in it have.
func inWorld(t *testing.T, test func(t *testing.T, w *world), changes ...func(*signaling.Config)) {
	t.Helper()
	inWorldWith(t, nil, test, changes...)
}

// inWorldWith is inWorld with somebody who places calls.
func inWorldWith(t *testing.T, dialer signaling.Dialer, test func(t *testing.T, w *world), changes ...func(*signaling.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		pipe := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
		w := newWorld(t, dialer, changes...)
		w.dial = pipe.dial
		web := &http.Server{Handler: w.server, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
		go web.Serve(pipe)
		test(t, w)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := w.server.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		web.Close()
	})
}

func newWorld(t testing.TB, dialer signaling.Dialer, changes ...func(*signaling.Config)) *world {
	t.Helper()
	cfg := signaling.DefaultConfig()
	for _, change := range changes {
		change(&cfg)
	}
	w := &world{t: t, audio: newAudio(), meetings: newMeetings(), records: &records{}, counted: &counts{n: map[string]int{}}}
	server, err := signaling.New(cfg, w.meetings, w.audio, w.records, dialer, w.counted, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	w.server = server
	return w
}

// pipes is a network in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) dial() (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// client is a browser as the server sees it.
type client struct {
	t       testing.TB
	conn    *websocket.Conn
	in      chan received
	last    uint32 // request
	seq     uint64 // last seen
	session string
	silent  bool // does not answer ping

	writing sync.Mutex // guards the writing half of conn
}

type received struct {
	message wire.Message
	seq     uint64
	err     error
}

func (w *world) connect(header http.Header) (*client, *http.Response, error) {
	dialer := websocket.Dialer{NetDialContext: func(context.Context, string, string) (net.Conn, error) { return w.dial() }}
	conn, response, err := dialer.Dial("ws://partyline.example/ws", header)
	if err != nil {
		return nil, response, err
	}
	c := &client{t: w.t, conn: conn, in: make(chan received, 5000)}
	w.t.Cleanup(func() { conn.Close() })
	return c, response, nil
}

// open connects and reads in the background.
func (w *world) open() *client {
	w.t.Helper()
	c, response, err := w.connect(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	response.Body.Close()
	go c.read()
	return c
}

func (c *client) read() {
	for {
		_, data, err := c.conn.ReadMessage()
		if err != nil {
			c.in <- received{err: err}
			return
		}
		message, seq, err := wire.DecodeServer(data)
		if _, ping := message.(*wire.Ping); ping {
			if !c.silent {
				c.write(string(wire.Encode(&wire.Pong{})))
			}
			continue
		}
		c.in <- received{message, seq, err}
		if err != nil {
			return
		}
	}
}

// come opens a session for an identity.
func (w *world) come(identity signaling.Identity) *client {
	w.t.Helper()
	ticket, _, err := w.server.Tickets().Issue(identity)
	if err != nil {
		w.t.Fatal(err)
	}
	c := w.open()
	c.send(&wire.Hello{Protocol: wire.Version, Client: "test/1", Ticket: ticket})
	c.session = next[*wire.Welcome](c).Session
	return c
}

// resume connects anew with the session of a client.
func (w *world) resume(old *client) *client {
	w.t.Helper()
	c := w.open()
	c.last, c.seq, c.session = old.last, old.seq, old.session
	c.send(&wire.Hello{Protocol: wire.Version, Client: "test/1", Session: old.session, After: old.seq})
	return c
}

// host, colleague and guest come and sit down in the meeting.
func (w *world) host() (*client, *wire.Joined) { w.t.Helper(); return w.join("boss", "李雷") }

func (w *world) colleague(person string) *client {
	w.t.Helper()
	c, _ := w.join(person, person)
	return c
}

func (w *world) join(person, name string) (*client, *wire.Joined) {
	w.t.Helper()
	c := w.come(signaling.Identity{Person: person, Name: name})
	return c, c.join()
}

func (w *world) guest(key signaling.Key) *client {
	w.t.Helper()
	c := w.come(signaling.Identity{Meeting: sync1, Key: key})
	c.join()
	return c
}

func (c *client) join() *wire.Joined {
	c.t.Helper()
	c.send(&wire.Join{ID: c.id(), Meeting: sync1})
	return next[*wire.Joined](c)
}

func (c *client) id() uint32 { c.last++; return c.last }

func (c *client) send(m wire.Message) {
	c.t.Helper()
	c.raw(string(wire.Encode(m)))
}

func (c *client) raw(text string) {
	c.t.Helper()
	if err := c.write(text); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) write(text string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	return c.conn.WriteMessage(websocket.TextMessage, []byte(text))
}

// act does something and waits until it is done.
func (c *client) act(action wire.Action, on uint32) {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: action, Participant: on})
	if done := next[*wire.Done](c); done.Re != c.last {
		c.t.Fatalf("done %d, want %d", done.Re, c.last)
	}
}

// does does something and waits for nothing.
func (c *client) does(action wire.Action, on uint32) {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: action, Participant: on})
}

// fails does something and returns the code it is refused with.
func (c *client) fails(m wire.Message) wire.Code {
	c.t.Helper()
	c.send(m)
	e := next[*wire.Error](c)
	if e.Re != c.last {
		c.t.Fatalf("error about %d, want %d: %+v", e.Re, c.last, e)
	}
	return e.Code
}

// any waits for whatever comes next.
func (c *client) any() received {
	c.t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case r := <-c.in:
		if r.seq != 0 {
			if r.seq != c.seq+1 {
				c.t.Fatalf("%s has seq %d after %d", r.message.Kind(), r.seq, c.seq)
			}
			c.seq = r.seq
		}
		return r
	case <-timer.C:
		c.t.Fatal("nothing came for a minute")
		return received{}
	}
}

// next waits for a message of one type, passing over others.
func next[M wire.Message](c *client) M {
	c.t.Helper()
	for range 5000 { // a burn meter would run for ever
		r := c.any()
		if r.err != nil {
			var m M
			c.t.Fatalf("waiting for %T: %v", m, r.err)
		}
		if m, ok := r.message.(M); ok {
			return m
		}
	}
	var m M
	c.t.Fatalf("no %T among 5000 messages", m)
	return m
}

// waiting returns the types of what has come already.
func (c *client) waiting() []string {
	synctest.Wait()
	kinds := []string{}
	for {
		select {
		case r := <-c.in:
			if r.err != nil {
				return append(kinds, r.err.Error())
			}
			if r.seq != 0 {
				c.seq = r.seq
			}
			kinds = append(kinds, r.message.Kind())
		default:
			return kinds
		}
	}
}

// closedWith waits for the end of the connection, and returns the code of the
// refusal before it, if one came.
func (c *client) closedWith() (code int, refused wire.Code) {
	c.t.Helper()
	for {
		r := c.any()
		if r.err != nil {
			var closed *websocket.CloseError
			if errors.As(r.err, &closed) {
				code = closed.Code
			}
			return code, refused
		}
		if m, ok := r.message.(*wire.Refused); ok {
			refused = m.Code
		}
	}
}

// cut breaks the connection without a word.
func (c *client) cut() {
	c.conn.NetConn().Close()
	for r := range c.in {
		if r.err != nil {
			return
		}
		if r.seq != 0 {
			c.seq = r.seq
		}
	}
}

// caller is a phone in the room.
type caller struct {
	seat    *signaling.Seat
	notices chan signaling.Notice
	gone    chan struct{}
}

func (c *caller) Notify(n signaling.Notice) { c.notices <- n }
func (c *caller) Gone()                     { close(c.gone) }

func (w *world) call(who signaling.Entrant) (*caller, error) {
	who.Kind = meeting.Phone
	c := &caller{notices: make(chan signaling.Notice, 100), gone: make(chan struct{})}
	seat, err := w.server.Enter(context.Background(), sync1, who, c)
	c.seat = seat
	return c, err
}

func (w *world) phone() *caller {
	w.t.Helper()
	c, err := w.call(signaling.Entrant{Role: meeting.Guest, Number: "•••678", Key: "trunk 5551678"})
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}

// heard returns the kinds of what the caller was told since.
func (c *caller) heard() []signaling.NoticeKind {
	var kinds []signaling.NoticeKind
	for _, n := range c.told() {
		kinds = append(kinds, n.Kind)
	}
	return kinds
}

func (c *caller) do(kind signaling.ActKind, on bool) error {
	return c.seat.Do(context.Background(), signaling.Act{Kind: kind, On: on})
}

func (c *caller) told() []signaling.Notice {
	synctest.Wait()
	var all []signaling.Notice
	for {
		select {
		case n := <-c.notices:
			all = append(all, n)
		default:
			return all
		}
	}
}

// audio is an audio plane that notes what it is told.
type audio struct {
	mu      sync.Mutex
	told    []string
	connect func(ctx context.Context, leg, offer string) (string, error)
	muting  func() // called by SetMuted

	moving, recording func() error // called by Move and Record
}

func newAudio() *audio {
	return &audio{
		connect: func(_ context.Context, leg, _ string) (string, error) { return "answer to " + leg, nil },
		muting:  func() {},
		moving:  func() error { return nil }, recording: func() error { return nil },
	}
}

func (a *audio) note(format string, args ...any) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = append(a.told, fmt.Sprintf(format, args...))
}

func (a *audio) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.told = nil
}

func (a *audio) was(what string) bool {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Contains(a.told, what)
}

func (a *audio) Connect(ctx context.Context, _ string, participant uint32, leg, offer string) (string, error) {
	a.note("connect %d %s", participant, leg)
	return a.connect(ctx, leg, offer)
}

func (a *audio) Disconnect(_ string, participant uint32, leg string) {
	a.note("disconnect %d %s", participant, leg)
}

func (a *audio) SetMuted(_ string, participant uint32, muted bool) {
	a.note("muted %d %v", participant, muted)
	a.muting()
}
func (a *audio) Remove(_ string, participant uint32) { a.note("remove %d", participant) }
func (a *audio) CloseRoom(room string)               { a.note("close %s", room) }

func (a *audio) Move(from string, participant uint32, to string, as uint32) error {
	a.note("move %s %d to %s %d", short(from), participant, short(to), as)
	return a.moving()
}

func (a *audio) Chime(room string, chime signaling.Chime) { a.note("chime %s %d", short(room), chime) }

func (a *audio) Record(room string, tape signaling.Tape) error {
	a.note("record %s %v", short(room), tape != nil)
	return a.recording()
}

func (a *audio) StopRecording(room string) error {
	a.note("stop %s", short(room))
	return nil
}

func (a *audio) SetRecorded(_ string, participant uint32, recorded bool) {
	a.note("recorded %d %v", participant, recorded)
}

// count tells how often the audio plane was told something.
func (a *audio) count(what string) (n int) {
	synctest.Wait()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, told := range a.told {
		if told == what {
			n++
		}
	}
	return n
}

// short names the meetings of the tests as people would.
func short(room string) string {
	return strings.NewReplacer(sync1, "sync", other, "retro").Replace(room)
}

// records keeps recordings and spoken names in memory.
type records struct {
	mu     sync.Mutex
	begun  []signaling.Recording
	ended  []string
	spoken map[string][]sound.Frame
	fail   error
}

func (r *records) Begin(_ context.Context, what signaling.Recording) (signaling.Tape, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.fail != nil {
		return nil, r.fail
	}
	r.begun = append(r.begun, what)
	return tape{}, nil
}

func (r *records) End(_ context.Context, id string, _ time.Time) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ended = append(r.ended, id)
	return nil
}

func (r *records) SpokenName(_ context.Context, person string) ([]sound.Frame, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.spoken[person], r.fail
}

func (r *records) KeepSpokenName(_ context.Context, person string, spoken []sound.Frame) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spoken == nil {
		r.spoken = map[string][]sound.Frame{}
	}
	r.spoken[person] = spoken
	return r.fail
}

type tape struct{}

func (tape) Track(string) (io.WriteCloser, error) { return nil, errors.New("nobody writes here") }

// meetings is the book of meetings.
type meetings struct {
	mu   sync.Mutex
	book map[string]meeting.Meeting
	told []string
}

func newMeetings() *meetings {
	return &meetings{book: map[string]meeting.Meeting{
		sync1: {ID: sync1, Name: "Weekly sync", Number: "482915306", Organiser: "boss", Occasion: meeting.Now},
		other: {ID: other, Name: "Retrospective", Number: "771204563", Organiser: "ann", Occasion: meeting.Named},
	}}
}

func (m *meetings) Get(_ context.Context, id string) (meeting.Meeting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.book[id]
	if !ok {
		return meeting.Meeting{}, meeting.ErrNotFound
	}
	if !found.EndedAt.IsZero() {
		return found, &meeting.Over{At: found.EndedAt}
	}
	return found, nil
}

func (m *meetings) change(change func(*meeting.Meeting)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.book[sync1]
	change(&found)
	m.book[sync1] = found
}

func (m *meetings) RoomOpened(context.Context, string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, "opened")
	return nil
}

func (m *meetings) RoomClosed(_ context.Context, id string, endedByHost bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told = append(m.told, fmt.Sprintf("closed, by host %v", endedByHost))
	found := m.book[id]
	if endedByHost {
		found.EndedAt = time.Now()
	}
	m.book[id] = found
	return nil
}

func (m *meetings) heard() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.told)
}

// counts is an Observer.
type counts struct {
	mu sync.Mutex
	n  map[string]int

	reports []report
	joins   []quality.Join
}

func (c *counts) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n[what] += n
}

func (c *counts) of(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.n[what]
}

func (c *counts) SocketOpened()                          { c.add("sockets", 1) }
func (c *counts) SocketClosed(why string)                { c.add("sockets", -1); c.add("closed "+why, 1) }
func (c *counts) Received(kind string)                   { c.add("received "+kind, 1) }
func (c *counts) RoomsChanged(by int)                    { c.add("rooms", by) }
func (c *counts) ParticipantsChanged(kind string, n int) { c.add(kind, n) }
func (c *counts) Refused(why string)                     { c.add("refused "+why, 1) }

func (c *counts) Reported(at quality.Key, sample quality.Sample, facts *wire.Facts) {
	c.add("reported", 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reports = append(c.reports, report{at, sample, facts})
}

func (c *counts) Came(join quality.Join) {
	c.add("came", 1)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.joins = append(c.joins, join)
}

// report is what was passed on of a browser's.
type report struct {
	at     quality.Key
	sample quality.Sample
	facts  *wire.Facts
}
