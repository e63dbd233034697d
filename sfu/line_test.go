package sfu

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/opus"
)

// deaf is an Observer that does not care.
type deaf struct{}

func (deaf) Speaking(string, []Speaker)                  {}
func (deaf) LegChanged(string, uint32, string, LegState) {}
func (deaf) Measured(quality.Key, quality.Sample)        {}
func (deaf) Glanced(quality.Key, quality.Sample)         {}
func (deaf) Together(string, []quality.Together)         {}
func (deaf) TalkingMuted(string, uint32)                 {}
func (deaf) Music(string, uint32, bool)                  {}
func (deaf) RecordingEnded(string, Recording)            {}

// phoneHub is a hub without sockets: phones need none.
func phoneHub(t testing.TB, prompts Prompts) *Hub {
	cfg := DefaultConfig()
	cfg.LevelPhones = false
	h := &Hub{
		cfg: cfg, prompts: prompts, observer: deaf{}, log: slog.New(slog.DiscardHandler),
		traffic: new(traffic), rooms: make(map[string]*room), exchange: newExchange(prompts, slog.New(slog.DiscardHandler)),
	}
	t.Cleanup(func() {
		h.mu.Lock()
		h.closed = true
		for _, r := range h.rooms {
			r.post(r.end)
		}
		h.mu.Unlock()
		h.work.Wait()
		h.exchange.close()
	})
	return h
}

// handset is a phone: it says what its voice says and keeps what it hears.
type handset struct {
	line  audio.Line
	codec audio.Codec
	voice func(i int) int16 // sample i at the bus's rate

	mu       sync.Mutex // guards what is heard
	heard    []int16    // decoded, at the bus's rate
	payloads int
	calls    int

	seq   uint16
	said  int
	down  halfband.Down
	up    halfband.Up
	ssrc  uint32
	clock uint32 // added to the timestamps
	wide  struct {
		encoder g722.Encoder
		decoder g722.Decoder
	}
	encoder *opus.Encoder
	decoder *opus.Decoder
}

func newHandset(t testing.TB, h *Hub, codec audio.Codec, voice func(int) int16) *handset {
	t.Helper()
	p := &handset{codec: codec, voice: voice, ssrc: 77}
	var err error
	if p.encoder, err = opus.NewEncoder(); err != nil {
		t.Fatal(err)
	}
	if p.decoder, err = opus.NewDecoder(); err != nil {
		t.Fatal(err)
	}
	if p.line, err = h.Answer(context.Background(), p); err != nil {
		t.Fatal(err)
	}
	return p
}

// Hear implements audio.Ear: it decodes what a real phone would get.
func (p *handset) Hear(m *audio.Mix) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	payload := m.Payload(p.codec)
	if payload != nil {
		p.payloads++
	}
	var out audio.Frame
	if law := g711.ForCodec(p.codec); law != nil {
		if payload != nil {
			var narrow [160]int16
			law.Decode(narrow[:], payload)
			p.up.Process(out[:], narrow[:])
		}
	} else if p.codec == audio.G722 && payload != nil {
		p.wide.decoder.Decode(out[:], payload)
	} else if payload != nil {
		buf := make([]int16, opus.MaxSamples)
		if got, err := p.decoder.Decode(buf, payload); err == nil {
			copy(out[:], got)
		}
	}
	p.heard = append(p.heard, out[:]...)
}

// say sends 20 ms of the voice.
func (p *handset) say() {
	at := uint32(p.said * p.codec.ClockRate() / 50)
	p.line.Write(audio.Packet{
		Codec: p.codec, SSRC: p.ssrc, Sequence: p.seq, Arrival: time.Now(),
		Timestamp: at + p.clock, Payload: p.payload(),
	})
	p.seq++
}

// payload codes the next 20 ms of the voice.
func (p *handset) payload() []byte {
	var frame audio.Frame
	if p.voice != nil {
		for i := range frame {
			frame[i] = p.voice(p.said*audio.FrameSamples + i)
		}
	}
	p.said++
	if law := g711.ForCodec(p.codec); law != nil {
		var narrow [160]int16
		p.down.Process(narrow[:], frame[:])
		payload := make([]byte, 160)
		law.Encode(payload, narrow[:])
		return payload
	}
	if p.codec == audio.G722 {
		return p.wide.encoder.Encode(make([]byte, g722.FrameBytes), frame[:])
	}
	payload, _ := p.encoder.Encode(make([]byte, opus.MaxPayload), &frame)
	return payload
}

// count tells how often the phone was called, and how many payloads it got.
func (p *handset) count() (calls, payloads int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls, p.payloads
}

// level of a tone in the last half second heard, in dB re full scale.
func (p *handset) level(f float64) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.heard[max(len(p.heard)-audio.Rate/2, 0):]
	var c, s float64
	for i, x := range last {
		w := 2 * math.Pi * f * float64(i) / audio.Rate
		c += float64(x) * math.Cos(w)
		s += float64(x) * math.Sin(w)
	}
	amplitude := 2 * math.Hypot(c, s) / float64(max(len(last), 1))
	return 20 * math.Log10(math.Max(amplitude, 0.01)/32768)
}

// hum is a tone that swells and dies like syllables, so that it counts as a
// voice.
func hum(f float64) func(int) int16 {
	return func(i int) int16 {
		t := float64(i) / audio.Rate
		envelope := 0.5 + 0.5*math.Sin(2*math.Pi*4*t)
		return int16(9000 * envelope * math.Sin(2*math.Pi*f*t))
	}
}

// talk lets everybody speak for a while, and returns when what falls on its last
// instant has been done.
func talk(d time.Duration, phones ...*handset) {
	for range int(d / audio.FrameDuration) {
		for _, p := range phones {
			p.say()
		}
		time.Sleep(audio.FrameDuration)
	}
	synctest.Wait()
}

func join(t testing.TB, h *Hub, room string, phones ...*handset) {
	t.Helper()
	for i, p := range phones {
		if err := h.Join(context.Background(), room, uint32(i+1), p.line); err != nil {
			t.Fatal(err)
		}
	}
}

func hangUp(t testing.TB, phones ...*handset) {
	t.Helper()
	for _, p := range phones {
		if err := p.line.Close(); err != nil {
			t.Error(err)
		}
	}
}

const (
	audible   = -26.0 // a hum is about -17 dB
	inaudible = -58.0
)

func (p *handset) mustHear(t *testing.T, name string, tones ...float64) {
	t.Helper()
	for _, f := range tones {
		if got := p.level(f); got < audible {
			t.Errorf("%s hears %v Hz at %.1f dB only", name, f, got)
		}
	}
}

func (p *handset) mustNotHear(t *testing.T, name string, tones ...float64) {
	t.Helper()
	for _, f := range tones {
		if got := p.level(f); got > inaudible {
			t.Errorf("%s hears %v Hz at %.1f dB", name, f, got)
		}
	}
}

func TestPhonesHearEachOtherAndNeverThemselves(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.PCMA, audio.G722, audio.Opus} {
		t.Run(codec.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := phoneHub(t, nil)
				a, b, c := newHandset(t, h, codec, hum(450)), newHandset(t, h, codec, hum(1000)), newHandset(t, h, codec, hum(1700))
				d := newHandset(t, h, audio.PCMA, nil)
				join(t, h, "room", a, b, c, d)
				talk(1500*time.Millisecond, a, b, c, d)
				own := inaudible
				switch codec {
				case audio.Opus:
					own = -45 // the codec's own noise near a tone
				case audio.G722:
					own = -52
				}
				for _, w := range []struct {
					name  string
					p     *handset
					hears []float64
					not   float64
				}{{"a", a, []float64{1000, 1700}, 450}, {"b", b, []float64{450, 1700}, 1000}, {"c", c, []float64{450, 1000}, 1700}} {
					w.p.mustHear(t, w.name, w.hears...)
					if got := w.p.level(w.not); got > own {
						t.Errorf("%s hears itself at %.1f dB", w.name, got)
					}
				}
				d.mustHear(t, "d", 450, 1000, 1700)
				hangUp(t, a, b, c, d)
			})
		})
	}
}

func TestOnlyTheSlotsAreHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		var phones []*handset
		for i := range 5 {
			phones = append(phones, newHandset(t, h, audio.PCMU, hum(400+float64(i)*300)))
		}
		listener := newHandset(t, h, audio.PCMU, nil)
		join(t, h, "room", append(phones, listener)...)
		talk(time.Second, phones...)
		heard := 0
		for i := range 5 {
			if listener.level(400+float64(i)*300) > audible {
				heard++
			}
		}
		if heard != h.cfg.Slots {
			t.Errorf("%d of 5 who speak at once are heard, want %d", heard, h.cfg.Slots)
		}
		hangUp(t, append(phones, listener)...)
	})
}

func TestHoldAndMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a, b := newHandset(t, h, audio.PCMU, hum(500)), newHandset(t, h, audio.PCMA, hum(1200))
		join(t, h, "room", a, b)
		talk(time.Second, a, b)
		b.mustHear(t, "b", 500)

		h.SetMuted("room", 1, true)
		talk(time.Second, a, b)
		b.mustNotHear(t, "b", 500)
		a.mustHear(t, "a, muted,", 1200)

		h.SetMuted("room", 1, false)
		a.line.Hold(true)
		_, before := a.count()
		talk(time.Second, a, b)
		b.mustNotHear(t, "b", 500)
		a.mustNotHear(t, "a, held,", 1200)
		if _, after := a.count(); after > before+1 {
			t.Errorf("%d packets went to a held phone", after-before)
		}

		a.line.Hold(false)
		talk(time.Second, a, b)
		b.mustHear(t, "b", 500)
		a.mustHear(t, "a", 1200)
		hangUp(t, a, b)
	})
}

func TestNobodySpeakingIsAConstantPayload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a, b := newHandset(t, h, audio.PCMU, nil), newHandset(t, h, audio.Opus, nil)
		join(t, h, "room", a, b)
		time.Sleep(2*time.Second + time.Millisecond)
		if calls, payloads := a.count(); calls < 99 || payloads != calls {
			t.Errorf("PCMU: %d payloads in %d ticks", payloads, calls)
		}
		if calls, payloads := b.count(); calls < 99 || payloads < 4 || payloads > 8 {
			t.Errorf("Opus: %d payloads in %d ticks, want DTX", payloads, calls)
		}
		hangUp(t, a, b)
	})
}

// jukebox has one clip of a second: a tone of 800 Hz.
type jukebox struct{}

func (jukebox) Clip(language, name string) ([]audio.Frame, bool) {
	if language != "en" || name != "tone" {
		return nil, false
	}
	frames := make([]audio.Frame, 50)
	for i := range frames {
		for k := range frames[i] {
			frames[i][k] = int16(8000 * math.Sin(2*math.Pi*800*float64(i*audio.FrameSamples+k)/audio.Rate))
		}
	}
	return frames, true
}

func isDone(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestAPhraseIsPlayedInTheFoyer(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.G722, audio.Opus} {
		synctest.Test(t, func(t *testing.T) {
			h := phoneHub(t, jukebox{})
			a := newHandset(t, h, codec, nil)
			start := time.Now()
			done := a.line.Play(audio.Phrase{Language: "en", Clips: []string{"tone", "none", "tone"}})
			time.Sleep(time.Second)
			a.mustHear(t, codec.String(), 800)
			if isDone(done) {
				t.Error("done after half")
			}
			<-done
			if took := time.Since(start); took < 1990*time.Millisecond || took > 2050*time.Millisecond {
				t.Errorf("two seconds took %v", took)
			}
			time.Sleep(600 * time.Millisecond)
			a.mustNotHear(t, codec.String(), 800)
			if got := h.PhoneTraffic().ClipsMissing; got != 1 {
				t.Errorf("%d clips missing, want 1", got)
			}
			hangUp(t, a)
		})
	}
}

func TestDoneCloses(t *testing.T) {
	tone := audio.Phrase{Language: "en", Clips: []string{"tone"}}
	for name, end := range map[string]func(audio.Line){
		"when another phrase takes over": func(l audio.Line) { l.Play(tone) },
		"when it is stopped":             func(l audio.Line) { l.Play(audio.Phrase{}) },
		"when the line closes":           func(l audio.Line) { _ = l.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := phoneHub(t, jukebox{})
				a := newHandset(t, h, audio.PCMU, nil)
				done := a.line.Play(tone)
				time.Sleep(100 * time.Millisecond)
				if isDone(done) {
					t.Error("done too early")
				}
				end(a.line)
				if !isDone(done) {
					t.Error("not done")
				}
				hangUp(t, a)
			})
		})
	}
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, jukebox{})
		a := newHandset(t, h, audio.PCMU, nil)
		if !isDone(a.line.Play(audio.Phrase{Language: "en", Clips: []string{"none"}})) {
			t.Error("a phrase of unknown clips is not done at once")
		}
		hangUp(t, a)
	})
}

func TestAPhraseInARoomIsPrivateAndDucksTheRoom(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.G722, audio.Opus} {
		synctest.Test(t, func(t *testing.T) {
			h := phoneHub(t, jukebox{})
			a, b, c := newHandset(t, h, codec, hum(400)), newHandset(t, h, codec, nil), newHandset(t, h, codec, nil)
			join(t, h, "room", a, b, c)
			talk(time.Second, a, b, c)
			full := b.level(400)
			b.line.Play(audio.Phrase{Language: "en", Clips: []string{"tone"}})
			talk(800*time.Millisecond, a, b, c)
			b.mustHear(t, "b", 800)
			c.mustNotHear(t, "c", 800)
			c.mustHear(t, "c", 400)
			if got := full - b.level(400); got < 10 || got > 14 {
				t.Errorf("%v: the room is ducked by %.1f dB, want 12", codec, got)
			}
			talk(1200*time.Millisecond, a, b, c)
			if got := full - b.level(400); math.Abs(got) > 1 {
				t.Errorf("%v: the room stays %.1f dB softer after the phrase", codec, got)
			}
			hangUp(t, a, b, c)
		})
	}
}

func TestALineMovesBetweenRoomsAndFoyer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, jukebox{})
		a, b, c := newHandset(t, h, audio.PCMU, hum(400)), newHandset(t, h, audio.PCMU, hum(900)), newHandset(t, h, audio.PCMU, nil)
		join(t, h, "one", a)
		join(t, h, "two", b)
		if err := h.Join(context.Background(), "one", 9, c.line); err != nil {
			t.Fatal(err)
		}
		talk(time.Second, a, b, c)
		c.mustHear(t, "c in one", 400)
		c.mustNotHear(t, "c in one", 900)
		if err := h.Join(context.Background(), "two", 8, c.line); err != nil {
			t.Fatal(err)
		}
		talk(time.Second, a, b, c)
		c.mustHear(t, "c in two", 900)
		c.mustNotHear(t, "c in two", 400)
		h.Leave(c.line)
		talk(time.Second, a, b)
		c.mustNotHear(t, "c in the foyer", 400, 900)
		c.line.Play(audio.Phrase{Language: "en", Clips: []string{"tone"}})
		talk(700*time.Millisecond, a, b)
		c.mustHear(t, "c in the foyer", 800)

		h.Remove("one", 1)
		synctest.Wait()
		calls, _ := a.count()
		time.Sleep(200 * time.Millisecond)
		if later, _ := a.count(); later < calls+9 {
			t.Error("a removed line hears nothing more, not even silence")
		}
		hangUp(t, a, b, c)
	})
}

func TestAClosedLineIsNotCalled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a, b := newHandset(t, h, audio.PCMU, hum(400)), newHandset(t, h, audio.PCMU, hum(900))
		join(t, h, "room", a, b)
		talk(100*time.Millisecond, a, b)
		hangUp(t, a, a)
		calls, _ := a.count()
		talk(200*time.Millisecond, b)
		if later, _ := a.count(); later != calls {
			t.Error("an ear was called after Close")
		}
		if err := h.Join(context.Background(), "room", 5, a.line); !errors.Is(err, ErrClosed) {
			t.Errorf("joining after Close gives %v", err)
		}
		hangUp(t, b)
		if got := h.PhoneTraffic().Lines; got != 0 {
			t.Errorf("%d lines are left", got)
		}
	})
}

func TestAFullRoomRefusesAPhone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		h.cfg.MaxParticipants = 2
		a, b, c := newHandset(t, h, audio.PCMU, nil), newHandset(t, h, audio.PCMU, nil), newHandset(t, h, audio.PCMU, nil)
		join(t, h, "room", a, b)
		if err := h.Join(context.Background(), "room", 3, c.line); !errors.Is(err, ErrRoomFull) {
			t.Errorf("got %v", err)
		}
		hangUp(t, a, b, c)
	})
}

func TestPacketsOfAnyLengthAreHeardWhole(t *testing.T) {
	for _, ptime := range []int{10, 30, 40, 60} {
		t.Run(fmt.Sprint(ptime), func(t *testing.T) {
			in, err := newIntake(audio.PCMU)
			if err != nil {
				t.Fatal(err)
			}
			n := ptime * 8
			now := time.Unix(0, 0)
			sent, heard := 0, 0
			for tick := range 200 {
				now = now.Add(20 * time.Millisecond)
				for sent*ptime <= tick*20 {
					payload := make([]byte, n)
					fill(payload, byte(sent))
					in.put(audio.Packet{Codec: audio.PCMU, Sequence: uint16(sent), Timestamp: uint32(sent * n), Payload: payload, Arrival: now})
					sent++
				}
				in.pull(now)
				o := in.(*octetIntake)
				for from := 0; from < narrowFrame; {
					p, to := o.run(from)
					if p > coded {
						heard += to - from
					}
					from = to
				}
			}
			if lost := sent*n - heard; lost > 1600 {
				t.Errorf("%d of %d samples are missing", lost, sent*n)
			}
		})
	}
}

// FuzzIntake writes anything that could come by RTP, and pulls.
func FuzzIntake(f *testing.F) {
	f.Add([]byte{0, 1, 0, 1, 160, 2, 2, 80, 3, 5, 5, 255}, uint8(audio.PCMU))
	f.Add([]byte{0x48, 0, 1, 9, 9, 0x4B, 3, 200, 1, 0, 0}, uint8(audio.Opus))
	f.Add([]byte{10, 1, 0, 20, 0xFD, 0x20, 20, 0x42, 1, 1, 60, 20, 0x83, 9, 20, 9, 9}, uint8(audio.G722))
	f.Fuzz(func(t *testing.T, b []byte, codec uint8) {
		in, err := newIntake(audio.PCMU + audio.Codec(codec)%5)
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(0, 0)
		var frame audio.Frame
		for len(b) > 4 {
			n := min(int(b[3])*8, len(b)-4)
			if c := audio.PCMU + audio.Codec(b[1]>>5)%6; takes(in, c) {
				in.put(audio.Packet{
					Codec: c, SSRC: uint32(b[0] >> 6), Sequence: uint16(b[1] & 31), Timestamp: uint32(b[2]) * 160,
					Payload: b[4 : 4+n], Arrival: now,
				})
			}
			now = now.Add(time.Duration(b[0]&63) * time.Millisecond)
			in.pull(now)
			in.frame(&frame)
			b = b[4+n/2:]
		}
	})
}
