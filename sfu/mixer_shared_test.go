package sfu

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu/audio"
)

// countedEar notes which payload it was given.
type countedEar struct {
	codec   audio.Codec
	payload []byte
}

func (e *countedEar) Hear(m *audio.Mix) { e.payload = m.Payload(e.codec) }

// TestListenersShareTheirEncodings has one phone talk to forty: what those
// hear is encoded once per codec and tick, and is the same octets for all.
func TestListenersShareTheirEncodings(t *testing.T) {
	kinds := []audio.Codec{audio.PCMU, audio.Opus, audio.PCMA, audio.G722}
	th := newTheatre(t, 41)
	shared, own := make(map[audio.Codec]int), make([]int, len(th.lines))
	inner := th.mixer.encoding
	th.mixer.encoding = func(c audio.Codec) []byte { shared[c]++; return inner(c) }
	ears := make([]*countedEar, len(th.lines))
	for i, l := range th.lines {
		ears[i] = &countedEar{codec: kinds[i%len(kinds)]}
		l.ear = ears[i]
		private := l.encoding
		l.encoding = func(c audio.Codec) []byte { own[i]++; return private(c) }
	}
	th.seize(t)
	clear(shared)
	clear(own)
	const ticks = 50
	for range ticks {
		th.tick(1)
		first := make(map[audio.Codec]*byte)
		for i, e := range ears[1:] {
			if len(e.payload) == 0 {
				t.Fatalf("listener %d (%v) hears nothing", i+1, e.codec)
			}
			if first[e.codec] == nil {
				first[e.codec] = &e.payload[0]
			}
			if first[e.codec] != &e.payload[0] {
				t.Fatalf("listener %d (%v) hears something of its own", i+1, e.codec)
			}
		}
	}
	if d := cmp.Diff(map[audio.Codec]int{audio.PCMU: ticks, audio.Opus: ticks, audio.PCMA: ticks, audio.G722: ticks}, shared); d != "" {
		t.Error("encodings for all listeners:", d)
	}
	want := make([]int, len(own))
	want[0] = ticks // the talker's, who does not hear itself
	if d := cmp.Diff(want, own); d != "" {
		t.Error("encodings for one phone alone:", d)
	}
}
