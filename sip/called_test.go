package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/outbound"
	"partyline/sip/internal/transport"
)

// fakeBilling prices every call, and keeps the tabs.
type fakeBilling struct {
	mu      sync.Mutex // guards what follows
	refuse  error
	longest time.Duration // of calls from now on
	tabs    []*fakeTab
}

func (f *fakeBilling) Price(dialplan.Number, string, time.Time) (billing.Micro, bool) {
	return 1000, true
}

func (f *fakeBilling) Open(_ context.Context, r billing.Request, routes []billing.Route) (Tab, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.refuse != nil {
		return nil, f.refuse
	}
	tab := &fakeTab{request: r, routes: routes, longest: f.longest, warnings: make(chan billing.Warning, 4)}
	f.tabs = append(f.tabs, tab)
	return tab, nil
}

// tab is the n-th that was opened.
func (f *fakeBilling) tab(t *testing.T, n int) *fakeTab {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.tabs) <= n {
		t.Fatalf("%d tabs were opened, want %d", len(f.tabs), n+1)
	}
	return f.tabs[n]
}

type fakeTab struct {
	request  billing.Request
	routes   []billing.Route
	warnings chan billing.Warning
	longest  time.Duration

	mu       sync.Mutex // guards what follows
	tried    []string
	invited  []string        // Call-IDs
	shown    dialplan.Number // by the last INVITE
	rang     time.Time
	answered time.Time
	closed   []billing.Result
}

func (f *fakeTab) Covers(trunk string) bool { return !strings.HasPrefix(trunk, "dear") }

func (f *fakeTab) Trying(trunk, why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tried = append(f.tried, trunk+": "+why)
}

func (f *fakeTab) Inviting(callID string, shown dialplan.Number) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.invited = append(f.invited, callID)
	f.shown = shown
}

func (f *fakeTab) Ringing(at time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rang = at
}

func (f *fakeTab) Answered(_ context.Context, at time.Time) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.closed) > 0 {
		panic("answered after it was settled")
	}
	f.answered = at
	return nil
}

func (f *fakeTab) Warnings() <-chan billing.Warning { return f.warnings }
func (f *fakeTab) Spent(time.Time) billing.Micro    { return 0 }
func (f *fakeTab) Left(time.Time) time.Duration     { return time.Hour }
func (f *fakeTab) Rate() billing.Rate               { return billing.Rate{} }
func (f *fakeTab) Longest() time.Duration           { return f.longest }

func (f *fakeTab) Close(_ context.Context, r billing.Result) (billing.CDR, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = append(f.closed, r)
	return billing.CDR{ID: f.request.Call, Cause: r.Cause, Answer: f.answered}, nil
}

// result is how the call was settled, once.
func (f *fakeTab) result(t *testing.T) billing.Result {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.closed) != 1 {
		t.Fatalf("settled %d times: %+v", len(f.closed), f.closed)
	}
	return f.closed[0]
}

// callee is a telephone that somebody calls; answer is what happens then, on a
// goroutine of the call's own.
func newCallee(t *testing.T, answer func(*phone, context.Context, *dialog.Dialog)) *phone {
	t.Helper()
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{t: t, rtp: socket, stop: make(chan struct{}), picked: make(chan struct{}, 4)}
	p.endpoint, err = dialog.Listen(dialog.Config{
		Transport: transport.Config{UDP: "127.0.0.1:0"}, T1: 50 * time.Millisecond, Observe: p.observe,
	}, func(ctx context.Context, d *dialog.Dialog) { answer(p, ctx, d) }, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.unacknowledged()
		p.close()
	})
	return p
}

// observe counts refusals that have no ACK yet.
func (p *phone) observe(m dialog.Message) {
	switch {
	case m.Sent && m.Summary[0] >= '3' && m.Summary[0] <= '6' && strings.HasSuffix(m.Summary, "(INVITE)"):
		p.refused.Add(1)
	case !m.Sent && m.Summary == "ACK":
		p.refused.Store(0)
	}
}

// unacknowledged waits for the ACK of a refusal.
func (p *phone) unacknowledged() {
	for begin := time.Now(); p.refused.Load() > 0 && time.Since(begin) < 10*time.Second; time.Sleep(2 * time.Millisecond) {
	}
	time.Sleep(20 * time.Millisecond)
}

// pickUp answers and talks until the call is over.
func (p *phone) pickUp(ctx context.Context, d *dialog.Dialog) {
	p.sending.Lock() // it may have been called before, and still talk
	p.remote = remoteOf(p.t, string(d.Offer()))
	p.sending.Unlock()
	d.Handle(dialog.Handlers{})
	if _, err := d.Accept(ctx, []byte(offerOf(p.port(), ""))); err != nil {
		return
	}
	p.dialog = d
	p.talking.Do(func() {
		p.work.Go(p.send)
		p.work.Go(p.receive)
	})
	p.picked <- struct{}{}
	<-ctx.Done()
}

// answers waits until somebody picked up.
func (p *phone) answers() {
	p.t.Helper()
	select {
	case <-p.picked:
	case <-time.After(30 * time.Second):
		p.t.Fatal("nobody was called")
	}
}

// up picks up after a ring.
func up(p *phone, ctx context.Context, d *dialog.Dialog) {
	d.Ring()
	p.pickUp(ctx, d)
}

// dialling is a house that can place calls.
type dialling struct {
	*house
	billing *fakeBilling
}

// trunkTo is a trunk that calls peers, the first first.
func trunkTo(name string, peers ...netip.AddrPort) dialplan.Trunk {
	trunk := dialplan.Trunk{Name: name, Outbound: dialplan.Outbound{
		Caller: dialplan.CallerID{Owned: []dialplan.Number{"+861065529988"}, Default: "+861065529988"},
	}}
	for i, peer := range peers {
		trunk.Outbound.Targets = append(trunk.Outbound.Targets, dialplan.Target{
			Host: peer.Addr().String(), Port: int(peer.Port()), Transport: "udp", Priority: uint16(i),
		})
	}
	return trunk
}

func openDialling(t *testing.T, change func(*Config), trunks ...dialplan.Trunk) *dialling {
	t.Helper()
	h := &dialling{house: open(t, change), billing: &fakeBilling{}}
	h.Pay(h.billing)
	if err := h.SetTrunks(append(trunks, DefaultConfig().Trunks...)); err != nil {
		t.Fatal(err)
	}
	return h
}

// found waits until the trunks have been asked how they are, so that nothing of
// that is on its way when a test is over.
func (h *house) found() {
	for begin := time.Now(); time.Since(begin) < 10*time.Second; time.Sleep(2 * time.Millisecond) {
		if !slices.ContainsFunc(h.Trunks(), func(s TrunkState) bool { return s.Health == outbound.Unknown }) {
			return
		}
	}
}

// theirs is the number that the tests call.
const theirs = dialplan.Number("+8613900139000")

// orderOf is an order to call it into meeting m1.
func orderOf(id string) Order {
	return Order{
		Bill:     billing.Request{Call: id, To: dialplan.Dialled{Number: theirs, Class: dialplan.Mobile, Country: "CN", Code: "86"}},
		Language: "en", Meeting: Meeting{ID: "m1"}, Identity: Identity{Name: "Mei"}, Ring: 20 * time.Second,
	}
}

// dialled is a call under way.
type dialled struct {
	t      *testing.T
	cancel context.CancelCauseFunc
	steps  chan Progress
	done   chan struct{}
	out    Outcome
	err    error
	told   []string
}

func (h *dialling) dial(t *testing.T, o Order) *dialled {
	t.Helper()
	h.found()
	return h.begin(t, o)
}

// begin places a call.
func (h *dialling) begin(t *testing.T, o Order) *dialled {
	t.Helper()
	ctx, cancel := context.WithCancelCause(context.Background())
	d := &dialled{t: t, cancel: cancel, steps: make(chan Progress, 100), done: make(chan struct{})}
	go func() {
		defer close(d.done)
		defer cancel(nil)
		d.out, d.err = h.Dial(ctx, o, func(p Progress) { d.steps <- p })
	}()
	t.Cleanup(func() {
		cancel(nil)
		<-d.done
	})
	return d
}

// until waits for a state and gives its step.
func (d *dialled) until(state State) Progress {
	d.t.Helper()
	limit := time.After(30 * time.Second)
	for {
		select {
		case p := <-d.steps:
			d.told = append(d.told, string(p.State))
			if p.State == state {
				return p
			}
		case <-limit:
			d.t.Fatalf("%s did not come, only %q", state, d.told)
		}
	}
}

// over waits until the call is.
func (d *dialled) over() Outcome {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(40 * time.Second):
		d.t.Fatalf("Dial does not return after %q", d.told)
	}
	if d.err != nil {
		d.t.Fatal(d.err)
	}
	for len(d.steps) > 0 {
		d.told = append(d.told, string((<-d.steps).State))
	}
	return d.out
}

// nothingLeft sees to it that a call has left nothing behind.
func (h *dialling) nothingLeft(t *testing.T) {
	t.Helper()
	for begin := time.Now(); h.Standing().Dialogs > 0 || h.Standing().RTPPorts > 0 || h.Calls() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 30*time.Second {
			t.Fatalf("left over: %+v, %d calls", h.Standing(), h.Calls())
		}
	}
}

// TestCalledIntoTheMeeting is the whole story: it rings, they answer, hear who
// calls, press 1, take part with all keys, and hang up.
func TestCalledIntoTheMeeting(t *testing.T) {
	t.Parallel()
	callee := newCallee(t, up)
	h := openDialling(t, nil, trunkTo("out", callee.endpoint.UDP()))
	call := h.dial(t, orderOf("call-1"))
	callee.answers()
	expect(t, h.conference.events, "play en: hello you-are-invited", "play en: to-join-press numbers/1 to-decline-press numbers/9")
	callee.press("1")
	beside := expect(t, h.conference.events, `enter m1 host=false name="Mei" language=en`, "join room1 as 7", "play en: there-are")
	for _, e := range beside {
		if strings.HasPrefix(e, "returning") || strings.HasPrefix(e, "find meeting") {
			t.Errorf("whom we called was asked like a caller: %q", beside)
		}
	}
	callee.press("*6")
	expect(t, h.conference.events, "muted true", "play en: muted")
	h.seat.notices <- Notice{Kind: RecordingNotice}
	expect(t, h.conference.events, "play en: recording-notice", "heard notice")
	callee.hangUp()
	expect(t, h.conference.events, "seat left 1")
	out := call.over()
	if out.Cause != billing.CauseHungUp || out.Status != 200 || out.Record.ID != "call-1" {
		t.Errorf("outcome = %+v", out)
	}
	if want := []string{"trying", "ringing", "answered", "confirmed", "joined", "ended"}; !slices.Equal(call.told, want) {
		t.Errorf("told %q, want %q", call.told, want)
	}
	tab := h.billing.tab(t, 0)
	result := tab.result(t)
	if tab.answered.IsZero() || tab.rang.IsZero() || tab.rang.After(tab.answered) || !strings.HasPrefix(tab.tried[0], "out: out (any number") {
		t.Errorf("rang %v, answered %v, tried %q", tab.rang, tab.answered, tab.tried)
	}
	if result.Side != billing.SideThem || result.Join != "confirm" || result.Keys != 3 || result.Notice.IsZero() || result.CallID == "" || result.Quality.Codec != "PCMA" {
		t.Errorf("result = %+v", result)
	}
	if r := h.observer.record(t); r.Order != "call-1" || r.Trunk != "out" || r.Cause != "hung-up" || r.Entered.IsZero() || r.Codec == 0 {
		t.Errorf("record = %+v", r)
	}
	h.nothingLeft(t)
}

// TestWhatRefusalsMean has each final answer mean the right thing.
func TestWhatRefusalsMean(t *testing.T) {
	t.Parallel()
	for status, want := range map[string]billing.Cause{
		"486": billing.CauseBusy, "600": billing.CauseBusy, "404": billing.CauseWrongNumber, "484": billing.CauseWrongNumber,
		"604": billing.CauseWrongNumber, "603": billing.CauseDeclined, "480": billing.CauseNoAnswer, "408": billing.CauseNoAnswer,
		"500": billing.CauseUnreachable, "403": billing.CauseUnreachable, "402": billing.CauseTrunkDown, "503": billing.CauseTrunkDown,
		"488": billing.CauseUnreachable, "480 1": billing.CauseWrongNumber, "503 17": billing.CauseBusy, "486 1": billing.CauseBusy,
		"302": billing.CauseUnreachable,
	} {
		t.Run(status, func(t *testing.T) {
			t.Parallel()
			var code, reason int
			_, _ = fmt.Sscan(status, &code, &reason)
			callee := newCallee(t, func(_ *phone, _ context.Context, d *dialog.Dialog) {
				cause := dialog.Cause{}
				if reason != 0 {
					cause = dialog.Cause{Protocol: "Q.850", Code: reason}
				}
				d.Reject(code, cause)
			})
			h := openDialling(t, nil, trunkTo("out", callee.endpoint.UDP()))
			out := h.dial(t, orderOf("call-1")).over()
			if out.Cause != want {
				t.Errorf("cause %s, want %s", out.Cause, want)
			}
			result := h.billing.tab(t, 0).result(t)
			if code != 503 && (out.Status != code || result.Status != code) || result.Cause != want || result.Q850 != reason {
				t.Errorf("outcome %+v of %+v", out, result)
			}
			if len(h.billing.tab(t, 0).invited) == 0 || h.billing.tab(t, 0).invited[0] == "" {
				t.Error("the INVITE's Call-ID is not noted")
			}
			if !h.billing.tab(t, 0).answered.IsZero() {
				t.Error("it is charged")
			}
			h.nothingLeft(t)
		})
	}
}

// TestRefusedByRule never sends an INVITE.
func TestRefusedByRule(t *testing.T) {
	t.Parallel()
	h := openDialling(t, nil, trunkTo("out", netip.MustParseAddrPort("127.0.0.1:9")))
	h.billing.refuse = &billing.Refusal{Rule: billing.Night}
	call := h.dial(t, orderOf("call-1"))
	if out := call.over(); out.Cause != billing.CauseRefused || out.Refusal.Rule != billing.Night || !slices.Equal(call.told, []string{"ended"}) {
		t.Errorf("%+v after %q", out, call.told)
	}
	h.billing.refuse = &billing.Refusal{Rule: billing.NoMoney}
	if out := h.dial(t, orderOf("call-2")).over(); out.Cause != billing.CauseNoMoney {
		t.Errorf("%+v", out)
	}
	h.billing.refuse = errors.New("the disk is full")
	if _, err := h.Dial(t.Context(), orderOf("call-3"), func(Progress) {}); err == nil {
		t.Error("a call without a record was placed")
	}
}
