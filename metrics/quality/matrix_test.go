package quality

import (
	"math"
	"testing"
	"time"
)

// What one hears of another is the product of what passes the two ways, and
// the sum of what they take.
func TestMatrixIsTheClosedForm(t *testing.T) {
	const ms = time.Millisecond
	up := map[string]float64{"b1": 0.10, "b2": 0, "p1": 0.05}
	down := map[string]float64{"b1": 0.02, "b2": 0.20, "p1": 0}
	trip := map[string]time.Duration{"b1": 40 * ms, "b2": 200 * ms, "p1": 60 * ms}
	lane := func(id string, kind Kind) Lane {
		l := Lane{Leg: Leg{ID: id, Kind: kind, Codec: "opus", Wideband: true, Began: sceneBegan}}
		if kind == Phone {
			l.Leg.Codec, l.Leg.Wideband = "PCMA", false
		}
		for i := range 12 {
			l.Samples = append(l.Samples, Sample{
				At: sceneBegan.Add(time.Duration(i) * 5 * time.Second), Span: 5 * time.Second, RoundTrip: trip[id],
				Said:  Stream{Packets: 250, Loss: up[id], Burst: 1, Buffer: 30 * ms},
				Heard: Stream{Packets: 250, Loss: down[id], Burst: 1, Buffer: 50 * ms},
			})
		}
		return l
	}
	pairs := Between([]Lane{lane("b1", Browser), lane("b2", Browser), lane("p1", Phone)})
	if len(pairs) != 6 {
		t.Fatalf("%d pairs, want 6", len(pairs))
	}
	outside := map[string]time.Duration{"b1b2": 50 * ms, "b2b1": 50 * ms, "b1p1": 70 * ms, "b2p1": 70 * ms, "p1b1": 60 * ms, "p1b2": 60 * ms}
	for _, p := range pairs {
		own := down[p.Listener]
		if p.Speaker != "p1" && p.Listener != "p1" { // browsers report what never reached us as well
			own = max(0, (own-up[p.Speaker])/(1-up[p.Speaker]))
		}
		if want := 1 - (1-up[p.Speaker])*(1-own); math.Abs(p.Loss-want) > 1e-12 {
			t.Errorf("%s to %s loses %v, want %v", p.Speaker, p.Listener, p.Loss, want)
		}
		want := trip[p.Speaker]/2 + trip[p.Listener]/2 + 80*ms + outside[p.Speaker+p.Listener]
		if p.Delay != want {
			t.Errorf("%s to %s takes %v, want %v", p.Speaker, p.Listener, p.Delay, want)
		}
		if p.MOS < 1 || p.MOS > 4.5 || p.Loss > 0.15 && p.MOS > 3.6 {
			t.Errorf("%s to %s: MOS %.2f at a loss of %.0f %%", p.Speaker, p.Listener, p.MOS, 100*p.Loss)
		}
		if p.Wideband != (p.Speaker != "p1" && p.Listener != "p1") {
			t.Errorf("%s to %s: wideband %v", p.Speaker, p.Listener, p.Wideband)
		}
	}
}

// Who never spoke, or was there at another time, is in no pair.
func TestPairsMet(t *testing.T) {
	s := Sample{Said: Stream{Packets: 1}, Heard: Stream{Packets: 1}}
	early := Lane{Leg: Leg{ID: "early", Began: sceneBegan, Ended: sceneBegan.Add(time.Minute)}, Samples: []Sample{s}}
	late := Lane{Leg: Leg{ID: "late", Began: sceneBegan.Add(2 * time.Minute)}, Samples: []Sample{s}}
	mute := Lane{Leg: Leg{ID: "mute", Began: sceneBegan}, Samples: []Sample{{Heard: Stream{Packets: 1}}}}
	for _, p := range Between([]Lane{early, late, mute}) {
		if p.Speaker == "mute" || p.Listener != "mute" {
			t.Errorf("%s is heard by %s", p.Speaker, p.Listener)
		}
	}
}
