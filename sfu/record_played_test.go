package sfu

import (
	"bytes"
	"errors"
	"io"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/ogg"
	"partyline/sfu/opus"
)

// shelf is a Tape in memory.
type shelf struct {
	mu     sync.Mutex
	tracks map[string]*shelved
	room   int           // octets that fit on it
	stuck  chan struct{} // nil, or writing takes until it is closed
}

// errShelfFull is what a full shelf says.
var errShelfFull = errors.New("the shelf is full")

type shelved struct {
	shelf  *shelf
	bytes  []byte
	closed bool
}

func newShelf() *shelf { return &shelf{tracks: make(map[string]*shelved), room: math.MaxInt} }

func (s *shelf) Track(name string) (io.WriteCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tracks[name] = &shelved{shelf: s}
	return s.tracks[name], nil
}

func (w *shelved) Write(p []byte) (int, error) {
	w.shelf.mu.Lock()
	stuck := w.shelf.stuck
	w.shelf.mu.Unlock()
	if stuck != nil {
		<-stuck
	}
	w.shelf.mu.Lock()
	defer w.shelf.mu.Unlock()
	if w.shelf.room -= len(p); w.shelf.room < 0 {
		return 0, errShelfFull
	}
	w.bytes = append(w.bytes, p...)
	return len(p), nil
}

func (w *shelved) Close() error {
	w.shelf.mu.Lock()
	defer w.shelf.mu.Unlock()
	w.closed = true
	return nil
}

// stick has writing take until the channel is closed; nil: no longer.
func (s *shelf) stick(until chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stuck = until
}

// content is what is on a track now.
func (s *shelf) content(name string) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Clone(s.tracks[name].bytes)
}

// played is a track as a player plays it.
type played struct {
	samples  []int16 // at the bus's rate
	comments []string
	err      error // how it ended; nil: with its last page
}

// play plays a track, and makes sure that its positions are right.
func play(t testing.TB, b []byte) played {
	t.Helper()
	r, err := ogg.NewReader(bytes.NewReader(b))
	must(t, err)
	p := played{comments: r.Comments}
	decoder, err := opus.NewDecoder()
	must(t, err)
	var at int64
	silent := false // and so is what follows of silence
	for {
		packet, err := r.Next()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				p.err = err
			}
			break
		}
		var buffer [opus.MaxSamples]int16
		samples := buffer[:opus.Samples(packet)/ratio]
		if silence := len(packet) == 14 && bytes.Count(packet, []byte{0xff, 0xfe}) == 6; !silence || !silent {
			silent = silence
			samples, err = decoder.Decode(buffer[:], packet)
			must(t, err)
		}
		p.samples = append(p.samples, samples...)
		at += int64(opus.Samples(packet))
		if page, whole := r.At(); whole && page != at {
			t.Fatalf("a page ends at %d, its packets at %d", page, at)
		}
	}
	p.samples = p.samples[min(r.PreSkip/ratio, len(p.samples)):]
	return p
}

func (p *played) length() time.Duration {
	return time.Duration(len(p.samples)) * time.Second / audio.Rate
}

// loudness of a tone around a time, in dB re full scale, within 100 ms.
func (p *played) loudness(at time.Duration, f float64) float64 {
	from := max(int(at.Seconds()*audio.Rate)-audio.Rate/20, 0)
	window := p.samples[min(from, len(p.samples)):min(from+audio.Rate/10, len(p.samples))]
	return toneLevel(window, f)
}

func toneLevel(window []int16, f float64) float64 {
	if !slices.ContainsFunc(window, func(x int16) bool { return x != 0 }) {
		return -130
	}
	var c, s float64
	for i, x := range window {
		w := 2 * math.Pi * f * float64(i) / audio.Rate
		c += float64(x) * math.Cos(w)
		s += float64(x) * math.Sin(w)
	}
	amplitude := 2 * math.Hypot(c, s) / float64(max(len(window), 1))
	return 20 * math.Log10(math.Max(amplitude, 0.01)/32768)
}

// onsets lists when a tone begins: after at least 200 ms without it.
func (p *played) onsets(f float64) (list []time.Duration) {
	const step = audio.Rate / 200 // 5 ms
	quiet := 40
	for i := 0; i+2*step <= len(p.samples); i += step {
		if toneLevel(p.samples[i:i+2*step], f) < -35 {
			quiet++
			continue
		}
		if quiet >= 40 {
			list = append(list, time.Duration(i)*time.Second/audio.Rate)
		}
		quiet = 0
	}
	return list
}

// has tells whether a tone is anywhere on the track.
func (p *played) has(f float64) bool {
	for i := 0; i+audio.Rate/10 <= len(p.samples); i += audio.Rate / 20 {
		if toneLevel(p.samples[i:i+audio.Rate/10], f) > -45 {
			return true
		}
	}
	return false
}

// talker is a browser whose packets come without a network.
type talker struct {
	t       testing.TB
	source  *source
	encoder *opus.Encoder
	tone    float64
	seq     uint16
	ts      uint32
	said    int
}

// newTalker is a participant of a room who says a tone.
func newTalker(t testing.TB, h *Hub, roomID string, participant uint32, tone float64) *talker {
	t.Helper()
	encoder, err := opus.NewEncoder()
	must(t, err)
	p := &talker{t: t, encoder: encoder, tone: tone}
	must(t, h.ask(t.Context(), roomID, true, func(r *room) {
		m, err := r.member(participant)
		must(t, err)
		m.gone = time.Now().Add(24 * time.Hour) // it stays without a leg
		p.source = m.source
	}))
	return p
}

// next is 20 ms of the tone.
func (p *talker) next() voice {
	p.t.Helper()
	var frame audio.Frame
	for i := range frame {
		frame[i] = int16(9000 * math.Sin(2*math.Pi*p.tone*float64(p.said)/audio.Rate))
		p.said++
	}
	payload, err := p.encoder.Encode(make([]byte, opus.MaxPayload), &frame)
	must(p.t, err)
	p.seq++
	p.ts += 960
	return voice{stream: uint64(p.source.participant), seq: p.seq, ts: p.ts, level: 20, arrival: time.Now(), payload: payload}
}

// say has everybody talk for so long.
func say(d time.Duration, talkers ...*talker) {
	for range int(d / audio.FrameDuration) {
		for _, p := range talkers {
			p.source.feed(p.next())
		}
		time.Sleep(audio.FrameDuration)
	}
}

// pause has nobody talk for so long; sound cards go on.
func pause(d time.Duration, talkers ...*talker) {
	time.Sleep(d)
	for _, p := range talkers {
		p.ts += uint32(d * 48 / time.Millisecond)
	}
}
