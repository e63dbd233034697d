package sip

import (
	"context"
	"errors"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/dtmf"
)

// inMeeting calls somebody who comes.
func inMeeting(t *testing.T, h *dialling, callee *phone, o Order) *dialled {
	t.Helper()
	call := h.dial(t, o)
	callee.answers()
	expect(t, h.conference.events, "play en: to-join-press")
	callee.press("1")
	call.until(CallJoined)
	expect(t, h.conference.events, "play en: there-are")
	return call
}

// calling is a callee who picks up, and a house that calls them.
func calling(t *testing.T, change func(*Config)) (*dialling, *phone) {
	t.Helper()
	callee := newCallee(t, up)
	return openDialling(t, change, trunkTo("out", callee.endpoint.UDP())), callee
}

// TestNobodyPressesOne: whoever does not is asked twice, and never in the room.
func TestNobodyPressesOne(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	call := h.dial(t, orderOf("call-1"))
	callee.answers()
	expect(t, h.conference.events, "play en: to-join-press")
	h.conference.quiet()
	callee.press("5") // as good as a silence, and faster
	beside := expect(t, h.conference.events, "play en: to-join-press")
	h.conference.quiet()
	callee.press("5")
	beside = append(beside, expect(t, h.conference.events, "play en: goodbye")...)
	if out := call.over(); out.Cause != billing.CauseNotJoined || slices.Contains(call.told, "confirmed") {
		t.Errorf("%+v after %q, %q", out, call.told, beside)
	}
	for _, e := range beside {
		if strings.HasPrefix(e, "enter") || strings.HasPrefix(e, "join") {
			t.Errorf("in the room: %q", beside)
		}
	}
	if got := callee.hungUpOn(); got.How != dialog.PeerHungUp {
		t.Errorf("ended by %+v", got)
	}
	h.nothingLeft(t)
}

// TestMachinesAnswer: a fax and a voicemail are known by what they sound like.
func TestMachinesAnswer(t *testing.T) {
	t.Parallel()
	for want, tones := range map[billing.Cause][]float64{
		billing.CauseFax:       slices.Repeat([]float64{2100}, 60),
		billing.CauseVoicemail: slices.Concat(slices.Repeat([]float64{-1}, 40), slices.Repeat([]float64{1000}, 20), make([]float64, 40)),
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			h, callee := calling(t, nil)
			call := h.dial(t, orderOf("call-1"))
			callee.answers()
			callee.sound(tones)
			if out := call.over(); out.Cause != want {
				t.Errorf("%+v, want %s", out, want)
			}
			if result := h.billing.tab(t, 0).result(t); result.Side != billing.SideUs || result.Q850 != 16 {
				t.Errorf("result = %+v", result)
			}
			h.nothingLeft(t)
		})
	}
}

// sound plays a tone of so many Hz for each 20 ms; -1 is something like speech,
// 0 silence.
func (p *phone) sound(tones []float64) {
	p.sending.Lock()
	defer p.sending.Unlock()
	at := 0
	for _, hz := range tones {
		payload := make([]byte, 160)
		for i := range payload {
			at++
			x := 6000 * math.Sin(2*math.Pi*hz*float64(at)/8000)
			if hz < 0 {
				x = 2000 * (math.Sin(2*math.Pi*130*float64(at)/8000) + math.Sin(2*math.Pi*390*float64(at)/8000) + math.Sin(2*math.Pi*910*float64(at)/8000))
			}
			payload[i] = alaw(x)
		}
		p.stamp += 160
		p.packet(8, p.stamp, false, payload)
		time.Sleep(time.Millisecond)
	}
}

// alaw codes a sample.
func alaw(x float64) byte {
	best, least := byte(0), math.Inf(1)
	for b := range 256 {
		if v, _ := dtmf.Expand(audio.PCMA, byte(b)); math.Abs(float64(v)-x) < least {
			best, least = byte(b), math.Abs(float64(v)-x)
		}
	}
	return best
}

// TestMoneyIsOver: one minute before, and at the end, this leg alone is told.
func TestMoneyIsOver(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	other := joined(t, h.house)
	h.directory.newSeat = func() *fakeSeat { // else both would leave one
		return &fakeSeat{events: h.conference.events, notices: make(chan Notice, 10), arrival: Arrival{Others: 4}}
	}
	call := inMeeting(t, h, callee, orderOf("call-1"))
	tab := h.billing.tab(t, 0)
	tab.warnings <- billing.Warning{Kind: billing.OneMinuteLeft, Left: time.Minute}
	expect(t, h.conference.events, "play en: one-minute-left")
	if p := call.until(CallWarned); p.Warning.Kind != billing.OneMinuteLeft {
		t.Errorf("warned of %+v", p.Warning)
	}
	tab.warnings <- billing.Warning{Kind: billing.OutOfMoney, Left: 2 * time.Second, Rule: &billing.Refusal{Rule: billing.NoMoney}}
	expect(t, h.conference.events, "leave room", "play en: money-over", "seat left 3")
	out := call.over()
	if out.Cause != billing.CauseNoMoney || out.Refusal == nil || tab.result(t).Rule != billing.NoMoney {
		t.Errorf("%+v", out)
	}
	select {
	case <-other.dialog.Done():
		t.Error("the meeting has ended with it")
	case <-time.After(300 * time.Millisecond):
	}
	other.hangUp()
}

// TestMoneyIsOverAndNobodyHears: a call that cannot be told ends in time.
func TestMoneyIsOverAndNobodyHears(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	call := inMeeting(t, h, callee, orderOf("call-1"))
	h.conference.speaks(time.Hour)
	begin := time.Now()
	h.billing.tab(t, 0).warnings <- billing.Warning{Kind: billing.OutOfMoney, Left: 700 * time.Millisecond}
	if out := call.over(); out.Cause != billing.CauseNoMoney || time.Since(begin) > 5*time.Second {
		t.Errorf("%+v after %v", out, time.Since(begin))
	}
}

// TestLongestTime is warned of and then enforced.
func TestLongestTime(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	h.billing.longest = time.Minute + 300*time.Millisecond
	call := inMeeting(t, h, callee, orderOf("call-1"))
	if p := call.until(CallWarned); p.Warning.Kind != billing.MaxDuration || p.Warning.Left != time.Minute {
		t.Errorf("warned of %+v", p.Warning)
	}
	expect(t, h.conference.events, "play en: one-minute-left")
	h.billing.tab(t, 0).warnings <- billing.Warning{Kind: billing.MaxDuration}
	expect(t, h.conference.events, "play en: time-over", "seat left 3")
	if out := call.over(); out.Cause != billing.CauseMaxDuration {
		t.Errorf("%+v", out)
	}
}

// TestCalledOff ends a call for the reason that the order gives.
func TestCalledOff(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	call := inMeeting(t, h, callee, orderOf("call-1"))
	call.cancel(&Because{"last-employee"})
	if out := call.over(); out.Cause != "last-employee" || h.billing.tab(t, 0).result(t).Side != billing.SideUs {
		t.Errorf("%+v", out)
	}
	h.nothingLeft(t)
}

// TestCalledOffAtTheAnswer is the same while the conference has no line for the
// call yet: that is no fault of ours.
func TestCalledOffAtTheAnswer(t *testing.T) {
	t.Parallel()
	for want, off := range map[billing.Cause]func(*dialling, *dialled){
		billing.CauseCancelled: func(_ *dialling, d *dialled) { d.cancel(nil) },
		"last-employee":        func(_ *dialling, d *dialled) { d.cancel(&Because{"last-employee"}) },
		CauseShuttingDown:      func(h *dialling, _ *dialled) { _ = h.Close() },
	} {
		t.Run(string(want), func(t *testing.T) {
			t.Parallel()
			h, callee := calling(t, nil)
			h.conference.slow = time.Hour
			call := h.dial(t, orderOf("call-1"))
			callee.answers()
			call.until(CallAnswered)
			off(h, call)
			if out := call.over(); out.Cause != want {
				t.Errorf("%+v", out)
			}
		})
	}
}

// TestRingBack calls somebody again whom the network has dropped: they return as
// who they were.
func TestRingBack(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, func(c *Config) { c.MediaTimeout = 2 * time.Second })
	h.directory.before = Return{Meeting: Meeting{ID: "m1"}, Identity: Identity{Name: "Mei"}, Dropped: true}
	h.directory.newSeat = func() *fakeSeat {
		return &fakeSeat{events: h.conference.events, notices: make(chan Notice, 10), arrival: Arrival{Others: 3, Hand: true}}
	}
	o := orderOf("call-1")
	call := inMeeting(t, h, callee, o)
	callee.mute.Store(true)
	expect(t, h.conference.events, "seat left 2")
	if out := call.over(); out.Cause != CauseDropped {
		t.Errorf("%+v", out)
	}
	callee.mute.Store(false)
	o = orderOf("call-2")
	o.Back = true
	call = h.dial(t, o)
	callee.answers()
	expect(t, h.conference.events, "returning "+string(theirs), "play en: hello cut-off")
	callee.press("1")
	expect(t, h.conference.events, `enter m1 host=false name="Mei"`, "play en: there-are numbers/3 other-people just-begun hand-raised")
	callee.hangUp()
	if out := call.over(); out.Cause != billing.CauseHungUp || out.Record.ID != "call-2" {
		t.Errorf("%+v", out)
	}
}

// TestShutDownSettles ends calls that stand and calls that ring.
func TestShutDownSettles(t *testing.T) {
	t.Parallel()
	callee := newCallee(t, func(p *phone, ctx context.Context, d *dialog.Dialog) {
		if d.Invitation().Recipient.User == "+8613900139001" {
			d.Ring()
			<-ctx.Done()
			return
		}
		p.pickUp(ctx, d)
	})
	h := openDialling(t, nil, trunkTo("out", callee.endpoint.UDP()))
	stands := inMeeting(t, h, callee, orderOf("call-1"))
	o := orderOf("call-2")
	o.Bill.To.Number = "+8613900139001"
	rings := h.dial(t, o)
	rings.until(CallRinging)
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	for i, call := range []*dialled{stands, rings} {
		if out := call.over(); out.Cause != CauseShuttingDown || h.billing.tab(t, i).result(t).Cause != CauseShuttingDown {
			t.Errorf("%d: %+v", i, out)
		}
	}
	if _, err := h.Dial(t.Context(), orderOf("call-3"), func(Progress) {}); !errors.Is(err, ErrShuttingDown) {
		t.Errorf("after the end: %v", err)
	}
}

// TestPanicsSettle: whatever breaks, the call is ended and settled once.
func TestPanicsSettle(t *testing.T) {
	t.Parallel()
	for _, at := range []State{CallTrying, CallRinging, CallAnswered, CallConfirmed, CallJoined} {
		t.Run(string(at), func(t *testing.T) {
			t.Parallel()
			h, callee := calling(t, nil)
			h.found()
			callee.work.Go(func() { // which the callee's end waits for
				select {
				case <-callee.picked:
				case <-callee.stop:
					return
				}
				for range 10 {
					callee.press("1")
					time.Sleep(50 * time.Millisecond)
				}
			})
			out, err := h.Dial(t.Context(), orderOf("call-1"), func(p Progress) {
				if p.State == at {
					panic("a broken page")
				}
			})
			if err != nil || out.Cause != CauseFault {
				t.Errorf("%+v, %v", out, err)
			}
			h.billing.tab(t, 0).result(t)
			h.nothingLeft(t)
		})
	}
}

// TestTrunksChangeMeanwhile: a call that stands goes on, the next takes what is
// there then.
func TestTrunksChangeMeanwhile(t *testing.T) {
	t.Parallel()
	h, callee := calling(t, nil)
	call := inMeeting(t, h, callee, orderOf("call-1"))
	if err := h.SetTrunks([]dialplan.Trunk{{Name: "half"}}); err == nil {
		t.Error("a trunk without anything was taken")
	}
	if len(h.Routes(orderOf("x").Bill.To)) != 1 {
		t.Error("a refused change has changed something")
	}
	if err := h.SetTrunks(nil); err != nil {
		t.Fatal(err)
	}
	callee.press("*6")
	expect(t, h.conference.events, "muted true")
	none := h.dial(t, orderOf("call-2"))
	if out := none.over(); out.Cause != billing.CauseTrunkDown {
		t.Errorf("without a trunk: %+v", out)
	}
	callee.hangUp()
	if out := call.over(); out.Cause != billing.CauseHungUp {
		t.Errorf("%+v", out)
	}
}

// TestChannels: a trunk is called over no more often than it has lines.
func TestChannels(t *testing.T) {
	t.Parallel()
	callee := newCallee(t, up)
	trunk := trunkTo("out", callee.endpoint.UDP())
	trunk.Outbound.Channels = 1
	h := openDialling(t, nil, trunk)
	call := inMeeting(t, h, callee, orderOf("call-1"))
	if out := h.dial(t, orderOf("call-2")).over(); out.Cause != billing.CauseTrunkDown {
		t.Errorf("a second call: %+v", out)
	}
	callee.hangUp()
	call.over()
	h.nothingLeft(t)
	if len(h.Routes(orderOf("x").Bill.To)) != 1 {
		t.Error("the line was not given back")
	}
}

// TestDearerTrunkIsNotTried: only trunks that the call was opened for are.
func TestDearerTrunkIsNotTried(t *testing.T) {
	t.Parallel()
	nowhere := netip.MustParseAddrPort("127.0.0.1:9")
	h := openDialling(t, nil, trunkTo("dear", nowhere))
	if out := h.dial(t, orderOf("call-1")).over(); out.Cause != billing.CauseTrunkDown {
		t.Errorf("%+v", out)
	}
	if tried := h.billing.tab(t, 0).tried; len(tried) > 0 {
		t.Errorf("tried %q", tried)
	}
}
