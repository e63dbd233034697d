package slot

import (
	"testing"
	"time"
)

var start = time.Unix(1000, 0)

func at(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }

func TestNumbering(t *testing.T) {
	type in struct {
		stream uint64
		seq    uint16
		ts     uint32
		at     int // ms
	}
	type out struct {
		seq    uint16
		ts     uint32
		marker bool
		ok     bool
	}
	for _, tt := range []struct {
		name  string
		steps []in
		want  []out
	}{
		{
			"a source's own gaps stay",
			[]in{{1, 65535, 5000, 0}, {1, 0, 5960, 20}, {1, 3, 8840, 80}},
			[]out{{1, 960, true, true}, {2, 1920, false, true}, {5, 4800, false, true}},
		},
		{
			"another source goes on without a gap, by the wall clock",
			[]in{{1, 10, 960, 0}, {1, 11, 1920, 20}, {2, 900, 7, 1021}, {2, 901, 967, 1040}},
			[]out{{1, 960, true, true}, {2, 1920, false, true}, {3, 1920 + 50*960, true, true}, {4, 1920 + 51*960, false, true}},
		},
		{
			"at once: one frame further",
			[]in{{1, 10, 960, 0}, {2, 900, 7, 1}},
			[]out{{1, 960, true, true}, {2, 1920, true, true}},
		},
		{
			"overtaken packets keep their place",
			[]in{{1, 10, 960, 0}, {1, 12, 2880, 20}, {1, 11, 1920, 21}, {1, 13, 3840, 40}},
			[]out{{1, 960, true, true}, {3, 2880, false, true}, {2, 1920, false, true}, {4, 3840, false, true}},
		},
		{
			"packets from before the takeover are not sent",
			[]in{{1, 10, 960, 0}, {2, 900, 96000, 20}, {2, 899, 95040, 21}},
			[]out{{1, 960, true, true}, {2, 1920, true, true}, {1, 960, false, false}},
		},
		{
			"a source that begins again is another source",
			[]in{{1, 10, 960, 0}, {1, 5000, 960, 20}, {1, 5001, 1 << 31, 40}},
			[]out{{1, 960, true, true}, {2, 1920, true, true}, {3, 2880, true, true}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var n Numbering
			for i, s := range tt.steps {
				var got out
				got.seq, got.ts, got.marker, got.ok = n.Next(s.stream, s.seq, s.ts, at(s.at))
				if got != tt.want[i] && (got.ok || tt.want[i].ok) {
					t.Errorf("step %d: %+v, want %+v", i, got, tt.want[i])
				}
			}
		})
	}
}

func TestEnd(t *testing.T) {
	var n Numbering
	if _, _, ok := n.End(); ok {
		t.Error("ended before it began")
	}
	n.Next(1, 10, 960, at(0))
	seq, ts, ok := n.End()
	if seq != 2 || ts != 1920 || !ok {
		t.Error(seq, ts, ok)
	}
	if _, _, ok := n.End(); ok {
		t.Error("ended twice")
	}
	// The clock ran on from the last packet, not from when its end was noticed.
	seq, ts, marker, ok := n.Next(1, 11, 1920, at(500))
	if seq != 3 || ts != 960+25*960 || !marker || !ok {
		t.Error(seq, ts, marker, ok)
	}
	if got := n.At(at(1000)); got != ts+24000 {
		t.Error("RTP time", got-ts)
	}
}

func FuzzNumbering(f *testing.F) {
	f.Add([]byte{1, 1, 1, 2, 200, 5, 1, 0, 0})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var n Numbering
		now, seq, ts := start, uint16(0), uint32(0)
		var newest uint16
		begun := false
		for len(steps) >= 3 {
			stream := uint64(steps[0] & 3)
			seq += uint16(int16(int8(steps[1])))
			ts += 960 * uint32(steps[1])
			now = now.Add(time.Duration(steps[2]) * time.Millisecond)
			steps = steps[3:]
			got, _, marker, ok := n.Next(stream, seq, ts, now)
			if !ok {
				continue
			}
			if begun && marker && got != newest+1 {
				t.Fatalf("a takeover leaves a gap: %d after %d", got, newest)
			}
			if !begun || int16(got-newest) > 0 {
				newest = got
			}
			begun = true
		}
	})
}
