package main

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"partyline/metrics"
	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/health"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
	"partyline/sip/dialplan"
)

// office4 is a subnet of the company with Wi-Fi.
func office4(address string) (health.Subnet, bool) {
	return health.Subnet{Site: "Berlin 4", Access: quality.WiFi}, address == "10.4.0.7"
}

func testGauges(t *testing.T) (*gauges, *legs) {
	home, err := dialplan.Home("DE")
	if err != nil {
		t.Fatal(err)
	}
	calls := newLegs(billing.NewJournal(ledgertest.NewMemory(), nil, nil), billing.NewDesk(billing.Config{}), billing.Currency{}, home)
	return newGauges(quality.NewCollector(nil, nil, nil), office4, calls, dialplan.Numbering{Home: home}), calls
}

// TestABrowserIsALeg follows somebody from their seat through another room to
// the end: one leg, that knows in which office it is, and takes every sample.
func TestABrowserIsALeg(t *testing.T) {
	g, _ := testGauges(t)
	v := signaling.Visit{ID: "visit-1", Kind: meeting.Browser, Meeting: "m-1", Name: "Ann", At: time.Now(), Room: "m-1", Participant: 3, Address: "10.4.0.7"}
	g.Seated(v)
	v.Room, v.Participant = "breakout", 1
	g.Seated(v)
	rooms := gaugedRooms{&shown{}, g}
	now := time.Now()
	at := quality.Key{Room: "breakout", Participant: 1, Leg: "a"}
	sessions := gaugedSessions{sessionObserver{metrics.New("test").Sessions, scores{}}, g}
	sessions.Reported(at, quality.Sample{At: now, Span: 5 * time.Second, Heard: quality.Stream{Packets: 250, Concealed: 0.1}}, &wire.Facts{Access: "wired", Agent: "Chrome 143"})
	rooms.Measured(at, quality.Sample{At: now, Span: 5 * time.Second, Said: quality.Stream{Packets: 250, Loss: 0.2, Level: -30}})

	live, _, ok := g.collector.Leg("visit-1")
	if !ok {
		t.Fatal("there is no leg")
	}
	if l := live.Leg; l.Room != "breakout" || l.Site != "Berlin 4" || l.Access != quality.WiFi || l.Agent != "Chrome 143" {
		t.Errorf("the leg is %+v", l)
	}
	if live.Sample.Said.Loss != 0.2 || live.Sample.Heard.Concealed != 0.1 {
		t.Errorf("the newest sample is %+v", live.Sample)
	}
	g.Left("visit-1", signaling.Leaving{At: time.Now(), Reason: wire.LeftByThemselves})
	if len(g.collector.Now()) != 0 {
		t.Error("the leg lives on")
	}
}

// TestAPhoneIsALeg: a call has one leg while it is in a meeting, by the name that
// the meeting gave it, with the number it called from.
func TestAPhoneIsALeg(t *testing.T) {
	g, calls := testGauges(t)
	o := gaugedCalls{callObserver{metrics.New("test"), calls, &stories{}, newLookout("")}, g}
	began := time.Now().Add(-time.Minute)
	r := sip.Record{Call: "call-1", Trunk: "carrier", From: "030901820", Began: began, Agent: "Asterisk"}
	o.CallStarted(r)
	if len(g.collector.Now()) != 0 {
		t.Error("a call that rings is in a meeting")
	}
	g.Seated(signaling.Visit{ID: "v", Kind: meeting.Phone, Meeting: "m-1", Name: "Caller 3", Room: "m-1", Participant: 3})
	r.Answered, r.Entered, r.Meeting = began.Add(time.Second), began.Add(9*time.Second), "m-1"
	r.Place = quality.Key{Room: "m-1", Participant: 3}
	r.Media = netip.MustParseAddrPort("203.0.113.5:4000")
	o.CallChanged(r)
	o.Measured(r.Place, quality.Sample{At: time.Now(), Span: 5 * time.Second, Said: quality.Stream{Packets: 250, Loss: 0.01, Level: quality.Unknown}})

	all := g.collector.Now()
	if len(all) != 1 {
		t.Fatalf("%d legs, want 1", len(all))
	}
	l := all[0].Leg
	if l.ID != calls.id(&r) || l.Name != "Caller 3" || l.Number != "+4930901820" || l.Country != "DE" || l.Trunk != "carrier" || l.Address != "203.0.113.5" || all[0].Sample.Said.Loss != 0.01 {
		t.Errorf("the leg is %+v with %+v", l, all[0].Sample)
	}
	r.Ended, r.Cause = time.Now(), "hung-up"
	o.CallEnded(r)
	if len(g.collector.Now()) != 0 {
		t.Error("the leg lives on")
	}
	if !g.collector.Call(quality.Call{Leg: l.ID}) {
		t.Error("its messages come too late")
	}
}

// TestARelayedBrowserIsJudgedSo: that a relay is on the way is known from the
// browser alone; its report marks what is measured here, and the detour is to
// blame for the delay.
func TestARelayedBrowserIsJudgedSo(t *testing.T) {
	for _, mark := range []quality.Marks{quality.Relayed, quality.OverTCP} {
		g, _ := testGauges(t)
		began := time.Now().Add(-50 * time.Second)
		g.Seated(signaling.Visit{ID: "visit-1", Kind: meeting.Browser, Meeting: "m-1", Name: "Ann", At: began, Room: "m-1", Participant: 3})
		at := quality.Key{Room: "m-1", Participant: 3, Leg: "a"}
		rooms, sessions := gaugedRooms{&shown{}, g}, gaugedSessions{sessionObserver{metrics.New("test").Sessions, scores{}}, g}
		for i := range 8 {
			sample := quality.Sample{At: began.Add(time.Duration(i+1) * 5 * time.Second), Span: 5 * time.Second, RoundTrip: 450 * time.Millisecond}
			sample.Said, sample.Heard.Level = quality.Stream{Packets: 250, Level: -30}, quality.Unknown
			report := sample
			report.Marks = mark
			sessions.Reported(at, report, nil)
			rooms.Measured(at, sample)
		}
		live, samples, _ := g.collector.Leg("visit-1")
		verdict := quality.Judge([]quality.Lane{{Leg: live.Leg, Samples: samples}})
		if !live.Sample.Marks.Has(mark) || len(verdict.Findings) != 1 || verdict.Findings[0].Fault != quality.Detour {
			t.Errorf("marked %b, judged %+v", live.Sample.Marks, verdict.Findings)
		}
	}
}

// lights is an audience that notes the classes which a room is shown.
type lights struct{ shown []quality.Class }

func (l *lights) Measured(room string, participant uint32, class quality.Class) {
	if room == "m-1" && participant == 3 {
		l.shown = append(l.shown, class)
	}
}

func (*lights) TellFare(quality.Key, wire.Fare) {}
func (*lights) TellHint(quality.Key, wire.Hint) {}

// TestTheRoomSeesTheScore: the light that a room shows of somebody is that of
// the MOS as well, turns within three bad seconds, and what is kept every five
// does not set it back.
func TestTheRoomSeesTheScore(t *testing.T) {
	g, calls := testGauges(t)
	people := &lights{}
	nobody := legObserver{metrics.New("test").Quality, &stories{}, newLookout("")}
	g.collector = quality.NewCollector(nil, scores{nobody, health.NewPulse(nil), &fares{people: people, last: make(map[string]advised)}}, nil)
	o := gaugedCalls{callObserver{metrics.New("test"), calls, &stories{}, newLookout("")}, g}
	began := time.Now().Add(-30 * time.Second)
	r := sip.Record{Call: "call-1", Trunk: "carrier", Began: began, Answered: began, Entered: began, Place: quality.Key{Room: "m-1", Participant: 3}, Codec: audio.PCMA}
	o.CallStarted(r)
	o.CallChanged(r)
	second := func(i, late int) {
		o.Glanced(r.Place, quality.Sample{At: began.Add(time.Duration(i) * time.Second), Span: time.Second, Said: quality.Stream{Packets: 100, Late: uint64(late), Level: quality.Unknown}})
	}
	want := []quality.Class{quality.Good, quality.Degraded, quality.Degraded}
	for i := range 5 {
		second(i+1, min(i/2, 1)*9) // no limit but the MOS is exceeded from the third on
	}
	o.Measured(r.Place, quality.Sample{At: began.Add(5 * time.Second), Span: 5 * time.Second, Said: quality.Stream{Packets: 250, Level: quality.Unknown}})
	if !slices.Equal(people.shown, want) {
		t.Errorf("the room was shown %v, want %v", people.shown, want)
	}
}

// TestWaysIn: nobody has failed whoever was busy or hung up.
func TestWaysIn(t *testing.T) {
	at := time.Now()
	for name, c := range map[string]struct {
		record sip.Record
		failed quality.Stage
	}{
		"in":                     {sip.Record{Answered: at, Entered: at, Status: 200}, ""},
		"busy":                   {sip.Record{Status: 486, Cause: "busy"}, ""},
		"the carrier is away":    {sip.Record{Status: 503, Cause: "unreachable"}, quality.StageSignalled},
		"hung up in the menu":    {sip.Record{Answered: at, Status: 200, Departure: sip.HungUp}, ""},
		"no sound came any more": {sip.Record{Answered: at, Status: 200, Departure: sip.Dropped, Cause: "media-timeout"}, quality.StageHeard},
	} {
		if got := joinOf("leg", &c.record); got.Failed != c.failed {
			t.Errorf("%s: failed at %q, want %q", name, got.Failed, c.failed)
		}
	}
}
