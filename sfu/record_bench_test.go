package sfu

import (
	"io"
	"testing"
	"time"

	"partyline/sfu/audio"
)

// nowhere is a Tape that keeps nothing.
type nowhere struct{}

func (nowhere) Track(string) (io.WriteCloser, error) { return nowhere{}, nil }
func (nowhere) Write(p []byte) (int, error)          { return len(p), nil }
func (nowhere) Close() error                         { return nil }

// BenchmarkRecord is what a second of a room costs on tape, while nobody
// speaks, one or three.
func BenchmarkRecord(b *testing.B) {
	for _, talkers := range []int{0, 1, 3} {
		b.Run([]string{"silent", "one", "", "three"}[talkers], func(b *testing.B) {
			h := &Hub{cfg: DefaultConfig()}
			r, err := newRecorder(h, "room", nowhere{})
			must(b, err)
			said := inOpus(b, steady(500), 50)
			now := r.began
			ts := uint32(0)
			b.ReportAllocs()
			for b.Loop() {
				for i := range 50 {
					now, ts = now.Add(audio.FrameDuration), ts+960
					for slot := range talkers {
						e := excerpts.Get().(*excerpt)
						e.slot, e.participant, e.ts, e.takeover, e.arrival = slot, uint32(slot), ts, ts == 960, now
						e.payload = e.buffer[:copy(e.buffer[:], said[i])]
						r.place(e)
					}
					if i%10 == 9 {
						must(b, r.advance(now.Add(-latecomers), now))
					}
				}
			}
			if n := r.dropped.Load(); n > 0 {
				b.Errorf("%d dropped", n)
			}
		})
	}
}

// BenchmarkTake is what a packet costs the stage that is on its way to a tape.
func BenchmarkTake(b *testing.B) {
	r, err := newRecorder(&Hub{cfg: DefaultConfig()}, "room", nowhere{})
	must(b, err)
	v := &voice{payload: make([]byte, 80), arrival: time.Now()}
	b.ReportAllocs()
	for b.Loop() {
		r.take(0, 1, 960, false, v)
		excerpts.Put(<-r.in)
	}
}

// BenchmarkMove is what it costs to move somebody from one room of ten phones
// to another one.
func BenchmarkMove(b *testing.B) {
	h := phoneHub(b, nil)
	var lines []audio.Line
	defer func() {
		for _, l := range lines {
			must(b, l.Close())
		}
	}()
	for i := range uint32(20) {
		line, err := h.Answer(b.Context(), new(quietEar))
		must(b, err)
		must(b, h.Join(b.Context(), []string{"one", "two"}[i%2], i, line))
		lines = append(lines, line)
	}
	from, to := "one", "two"
	for b.Loop() {
		must(b, h.Move(from, 0, to, 0))
		from, to = to, from
	}
}
