package store

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// FuzzSummary reads damaged summaries; what can be read is the same once it was
// written again.
func FuzzSummary(f *testing.F) {
	full := quality.Summary{Samples: 3, Good: time.Minute, RoundTrip: quality.Mean{Value: 0.05, Least: 0.01, Most: 0.3, Over: time.Minute}}
	full.Said = quality.Course{Packets: 3000, Lost: 7, Wide: quality.Mean{Value: 4.3, Least: 2, Most: 4.4, Over: time.Minute}}
	f.Add(packSummary(&full))
	f.Add(packSummary(&quality.Summary{}))
	f.Add([]byte{summaryVersion, 2, 0, 255})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		once, err := unpackSummary(packed)
		if err != nil {
			return
		}
		again := packSummary(&once)
		twice, err := unpackSummary(again)
		if err != nil {
			t.Fatal(err)
		}
		third, err := unpackSummary(packSummary(&twice))
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(twice, third); d != "" {
			t.Error(d)
		}
	})
}

func FuzzSteps(f *testing.F) {
	f.Add("click:0 microphone:310")
	f.Add(":1 a:b")
	f.Add("")
	f.Fuzz(func(t *testing.T, packed string) {
		steps, err := unpackSteps(packed)
		if err != nil {
			return
		}
		if again, err := unpackSteps(packSteps(steps)); err != nil || len(again) != len(steps) {
			t.Errorf("%q: %v, then %v, %v", packed, steps, again, err)
		}
	})
}

func FuzzLadder(f *testing.F) {
	packed, err := packLadder([]quality.Message{{Line: "INVITE sip:x", At: time.Unix(1, 0).UTC()}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, packed []byte) {
		ladder, err := unpackLadder(packed)
		if err != nil {
			return
		}
		if _, err := packLadder(ladder); err != nil {
			t.Log(err) // times that JSON cannot have
		}
	})
}

// FuzzPack reads damaged packs of two legs.
func FuzzPack(f *testing.F) {
	p := newDayPack()
	for i, site := range []string{"Berlin", "上海"} {
		r := legRow{began: int64(i) * 7 * hourLength, class: quality.Poor, stars: 4, narrow: unknown, wide: 412, loss: 70, jitter: 5000, roundTrip: unknown}
		r.Leg.Site = site
		p.add(&r, 90_000)
	}
	parts := p.parts()
	f.Add(parts[partMarks], parts[string(health.BySite)], parts[partSums])
	f.Add([]byte{0, 3, 0}, []byte{255, 255, 255, 255, 127}, []byte{1})
	f.Add([]byte{96, 0, 0, 1}, []byte{1, 200, 1, 'x'}, []byte{})
	f.Fuzz(func(t *testing.T, marks, site, sums []byte) {
		q := packQuery{dimensions: []health.Dimension{health.BySite}, sums: true}
		d, err := readDay(20_000, map[string][]byte{partMarks: marks, string(health.BySite): site, partSums: sums}, q)
		if err != nil {
			return
		}
		for _, by := range []health.Dimension{health.BySite, allLegs} {
			c, legs := newCounted(by), int64(0)
			c.add(d, health.Filter{Zone: time.UTC})
			for _, all := range c.values {
				legs += all[0]
			}
			for _, all := range c.slots {
				legs += all[0]
			}
			if legs > int64(len(d.legs)) {
				t.Errorf("%d of %d legs by %q", legs, len(d.legs), by)
			}
		}
	})
}
