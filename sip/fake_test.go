package sip

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

func formatted(values ...any) string {
	var out strings.Builder
	text, json := slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))
	for _, v := range values {
		fmt.Fprintf(&out, "%v %+v %#v %s %d %x\n", v, v, v, v, v, v)
		text.Info("x", "v", v)
		json.Info("x", "v", v)
	}
	return out.String()
}

// fakeConference is an audio plane that plays nothing but notes everything. A
// clip takes 40 ms, and the phone hears the payload 0xAA while one plays and
// 0x55 otherwise.
type fakeConference struct {
	events chan string // what happened, in order

	mu    sync.Mutex // guards what follows
	lines []*fakeLine
	fail  error
	slow  time.Duration // Answer takes so long
	pace  time.Duration // a clip takes so long

	joining func(room string) // happens meanwhile
}

func newFakeConference() *fakeConference {
	return &fakeConference{events: make(chan string, 1000), pace: 40 * time.Millisecond}
}

func (f *fakeConference) Answer(ctx context.Context, ear audio.Ear) (audio.Line, error) {
	f.mu.Lock()
	slow := f.slow
	f.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	l := &fakeLine{conference: f, ear: ear, stop: make(chan struct{})}
	f.lines = append(f.lines, l)
	l.work.Go(l.tick)
	return l, nil
}

func (f *fakeConference) Join(_ context.Context, room string, participant uint32, _ audio.Line) error {
	f.mu.Lock()
	joining := f.joining
	f.mu.Unlock()
	if joining != nil {
		joining(room)
	}
	f.events <- fmt.Sprintf("join %s as %d", room, participant)
	return nil
}

// heard is how many packets reached the first line.
func (f *fakeConference) heard() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.lines) == 0 {
		return 0
	}
	return f.lines[0].packets()
}

func (f *fakeConference) Leave(audio.Line) { f.events <- "leave room" }

func (f *fakeConference) Sound(audio.Line, time.Duration) (quality.Stream, quality.Marks) {
	return quality.Stream{Level: -23, Buffer: 40 * time.Millisecond, Concealed: 0.01}, quality.Muted
}

func (f *fakeConference) Glance(audio.Line) (quality.Stream, quality.Marks) {
	return f.Sound(nil, 0)
}

type fakeLine struct {
	conference *fakeConference
	ear        audio.Ear
	stop       chan struct{}
	breaks     bool // panics when written to; guarded by the conference
	once       sync.Once
	work       sync.WaitGroup

	mu      sync.Mutex // guards what follows
	written int
	until   time.Time // the present phrase is heard until then
	heard   chan struct{}
}

// speaks at so much for a clip instead of 40 ms.
func (f *fakeConference) speaks(pace time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pace = pace
}

// quiet waits until nothing is played to anybody and the last frames of it have
// arrived.
func (f *fakeConference) quiet() {
	f.mu.Lock()
	lines := slices.Clone(f.lines)
	f.mu.Unlock()
	for _, l := range lines {
		for l.playing() {
			time.Sleep(5 * time.Millisecond)
		}
	}
	time.Sleep(3 * audio.FrameDuration)
}

func (l *fakeLine) playing() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.heard != nil
}

func (l *fakeLine) tick() {
	ticker := time.NewTicker(audio.FrameDuration)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			l.frame(now)
		case <-l.stop:
			return
		}
	}
}

func (l *fakeLine) frame(now time.Time) {
	l.mu.Lock()
	playing := l.heard != nil
	if playing && now.After(l.until) {
		close(l.heard)
		l.heard = nil
	}
	l.mu.Unlock()
	sound := byte(0x55)
	if playing {
		sound = 0xAA
	}
	var mix audio.Mix
	mix.Reset(&audio.Frame{}, func(audio.Codec) []byte { return bytes.Repeat([]byte{sound}, 160) })
	l.ear.Hear(&mix)
}

func (l *fakeLine) Write(audio.Packet) {
	l.conference.mu.Lock()
	breaks := l.breaks
	l.conference.mu.Unlock()
	if breaks {
		panic("a broken line")
	}
	l.mu.Lock()
	l.written++
	l.mu.Unlock()
}

func (l *fakeLine) Play(phrase audio.Phrase) <-chan struct{} {
	l.conference.mu.Lock()
	pace := l.conference.pace
	l.conference.mu.Unlock()
	l.mu.Lock()
	if l.heard != nil {
		close(l.heard)
		l.heard = nil
	}
	done := make(chan struct{})
	if len(phrase.Clips) > 0 {
		l.heard, l.until = done, time.Now().Add(time.Duration(len(phrase.Clips))*pace)
		if phrase.Loop {
			l.until = l.until.Add(time.Hour)
		}
	} else {
		close(done)
	}
	l.mu.Unlock()
	if len(phrase.Clips) > 0 {
		said := "play " + phrase.Language + ": " + strings.Join(phrase.Clips, " ")
		if len(phrase.Sound) > 0 {
			said += fmt.Sprintf(" and %d frames", len(phrase.Sound))
		}
		l.conference.events <- said
	}
	return done
}

// Capture hears half a second of speech at once.
func (l *fakeLine) Capture(limit time.Duration, done func([]audio.Frame)) {
	l.conference.events <- fmt.Sprintf("capture %v", limit)
	done(make([]audio.Frame, 25))
}

func (l *fakeLine) SetVolume(steps int) { l.conference.events <- fmt.Sprintf("volume %d", steps) }

func (l *fakeLine) Hold(held bool) { l.conference.events <- fmt.Sprintf("hold %v", held) }

func (l *fakeLine) Close() error {
	l.once.Do(func() { close(l.stop) })
	l.work.Wait()
	l.conference.events <- "line closed"
	return nil
}

func (l *fakeLine) packets() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.written
}

// fakeDirectory knows one meeting, 123456789, with host code 654321 and the
// invitee's code 111222.
type fakeDirectory struct {
	conference *fakeConference
	seat       *fakeSeat

	mu      sync.Mutex // guards what follows
	fail    error      // of Enter
	before  Return     // where callers were lately
	newSeat func() *fakeSeat
}

func (f *fakeDirectory) Returning(_ context.Context, caller Caller) (Return, bool) {
	f.conference.events <- fmt.Sprintf("returning %s %v", string(caller.From), caller.Vouched)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.before, f.before.Meeting.ID != ""
}

func (f *fakeDirectory) FindMeeting(_ context.Context, number Secret, caller Caller) (Meeting, error) {
	f.conference.events <- "find meeting for " + caller.Trunk
	switch {
	case number == "999999999":
		return Meeting{}, ErrTooManyGuesses
	case number == "888888888":
		return Meeting{}, ErrMeetingEnded
	case number == "666666666":
		return Meeting{}, &MeetingEnded{At: time.Now()}
	case number == "777777777":
		panic("a broken directory")
	case number != "123456789":
		return Meeting{}, ErrNoMeeting
	}
	return Meeting{ID: "m1"}, nil
}

func (f *fakeDirectory) Identify(_ context.Context, _ Meeting, code Secret, _ Caller) (Identity, error) {
	switch code {
	case "654321":
		return Identity{Host: true}, nil
	case "111222":
		return Identity{Invitee: "i1", Name: "Mei"}, nil
	}
	return Identity{}, ErrWrongCode
}

func (f *fakeDirectory) Enter(_ context.Context, meeting Meeting, identity Identity, caller Caller) (Seat, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return nil, f.fail
	}
	f.conference.events <- fmt.Sprintf("enter %s host=%v name=%q language=%s owner=%v", meeting.ID, identity.Host, identity.Name, caller.Language, identity.Owner)
	if f.newSeat != nil {
		return f.newSeat(), nil
	}
	return f.seat, nil
}

type fakeSeat struct {
	events  chan string
	notices chan Notice
	once    sync.Once

	mu      sync.Mutex // guards what follows
	arrival Arrival
	there   Attendance
	refuse  error  // of every act
	moved   string // to this room, as 9
	lingers bool   // what is done is not over before the call is
	left    bool
}

func (s *fakeSeat) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.left
}

// change changes what the seat tells of its meeting.
func (s *fakeSeat) change(how func(*fakeSeat)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	how(s)
}

func (s *fakeSeat) Place() (string, uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.moved != "" {
		return s.moved, 9
	}
	return "room1", 7
}
func (s *fakeSeat) Notices() <-chan Notice { return s.notices }

func (s *fakeSeat) Arrival() Arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.arrival
}

// did is how the tests call what a caller does.
var did = map[ActKind]string{
	Mute: "muted", Hand: "hand", Hold: "seat held", MuteAll: "mute all", Lock: "lock", Admit: "admit", End: "end",
	SetRecording: "record", CallHost: "call host", Object: "object", HeardNotice: "heard notice", SetName: "name",
}

func (s *fakeSeat) Do(ctx context.Context, act Act) error {
	s.mu.Lock()
	refuse, lingers := s.refuse, s.lingers
	s.mu.Unlock()
	if refuse != nil {
		return refuse
	}
	if lingers {
		defer func() { <-ctx.Done() }()
	}
	if act.Kind == SetName {
		s.events <- fmt.Sprintf("name of %d frames", len(act.Spoken))
		return nil
	}
	s.events <- fmt.Sprintf("%s %v", did[act.Kind], act.On)
	return nil
}

func (s *fakeSeat) Attendance(context.Context) (Attendance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.there, nil
}

func (s *fakeSeat) Leave(why Departure) {
	s.once.Do(func() {
		s.change(func(s *fakeSeat) { s.left = true })
		s.events <- fmt.Sprintf("seat left %d", why)
		close(s.notices)
	})
}

// fakeObserver keeps the records.
type fakeObserver struct {
	records chan Record
	traces  chan traced
	glances chan glanced // as many as there is room for

	mu       sync.Mutex // guards what follows
	digits   map[string]int
	prompted []time.Duration
	attempts []Attempt
	happened []quality.What
}

func newFakeObserver() *fakeObserver {
	return &fakeObserver{records: make(chan Record, 100), traces: make(chan traced, 100), glances: make(chan glanced, 100), digits: make(map[string]int)}
}

func (f *fakeObserver) CallStarted(Record)                   {}
func (f *fakeObserver) CallChanged(Record)                   {}
func (f *fakeObserver) CallEnded(r Record)                   { f.records <- r }
func (f *fakeObserver) Measured(quality.Key, quality.Sample) {}

// glanced is a glance at a call.
type glanced struct {
	at     quality.Key
	sample quality.Sample
}

func (f *fakeObserver) Glanced(at quality.Key, sample quality.Sample) {
	select {
	case f.glances <- glanced{at, sample}:
	default:
	}
}

func (f *fakeObserver) Attempted(a Attempt) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attempts = append(f.attempts, a)
}

func (f *fakeObserver) Happened(_ Record, e quality.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.happened = append(f.happened, e.What)
}

func (f *fakeObserver) Traced(r Record, t Trace) {
	select {
	case f.traces <- traced{r, t}:
	default: // of a test that looks at none
	}
}

// traced is what is kept of a call.
type traced struct {
	Record
	Trace
}

func (f *fakeObserver) Digit(method string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.digits[method]++
}

func (f *fakeObserver) Prompted(latency time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.prompted = append(f.prompted, latency)
}

func (f *fakeObserver) prompts() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.prompted)
}

func (f *fakeObserver) pressed(method string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.digits[method]
}

// record waits for a call's record.
func (f *fakeObserver) record(t *testing.T) Record {
	t.Helper()
	select {
	case r := <-f.records:
		return r
	case <-time.After(10 * time.Second):
		t.Fatal("no record of the call came")
		return Record{}
	}
}

// expect waits until events that begin so have all happened, in any order, and
// gives what happened beside them.
func expect(t *testing.T, events <-chan string, want ...string) (beside []string) {
	t.Helper()
	limit := time.After(30 * time.Second)
	for len(want) > 0 {
		select {
		case got := <-events:
			i := slices.IndexFunc(want, func(w string) bool { return strings.HasPrefix(got, w) })
			if i < 0 {
				beside = append(beside, got)
				continue
			}
			want = slices.Delete(want, i, i+1)
		case <-limit:
			t.Fatalf("%q did not happen; this did: %q", want, beside)
		}
	}
	return beside
}

// logged is a log that can be read while it is written.
type logged struct {
	mu  sync.Mutex // guards out
	out bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.out.String()
}
