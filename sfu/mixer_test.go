package sfu

import (
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/opus"
)

// browserTalks feeds a source as a browser's leg does, for a while.
func browserTalks(t *testing.T, h *Hub, id string, participant uint32, voiceOf func(int) int16, frames int, lose func(int) bool) {
	t.Helper()
	var src *source
	h.tell(id, true, func(r *room) {
		m, err := r.member(participant)
		if err != nil {
			t.Error(err)
			return
		}
		src = m.source
	})
	synctest.Wait()
	encoder, err := opus.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	for i := range frames {
		var frame audio.Frame
		for k := range frame {
			frame[k] = voiceOf(i*audio.FrameSamples + k)
		}
		payload, err := encoder.Encode(make([]byte, opus.MaxPayload), &frame)
		if err != nil {
			t.Fatal(err)
		}
		if lose == nil || !lose(i) {
			src.feed(voice{stream: 1, seq: uint16(i), ts: uint32(i * 960), level: frame.Level(), arrival: time.Now(), payload: payload})
		}
		time.Sleep(audio.FrameDuration)
	}
}

func TestPhonesHearBrowsers(t *testing.T) {
	for name, lose := range map[string]func(int) bool{"clean": nil, "with losses": func(i int) bool { return i%8 == 7 }} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := phoneHub(t, nil)
				a, b := newHandset(t, h, audio.PCMU, nil), newHandset(t, h, audio.Opus, nil)
				join(t, h, "room", a, b)
				browserTalks(t, h, "room", 7, hum(600), 75, lose)
				a.mustHear(t, "PCMU", 600)
				b.mustHear(t, "Opus", 600)
				h.SetMuted("room", 7, true)
				time.Sleep(time.Second)
				a.mustNotHear(t, "PCMU, after mute,", 600)
				hangUp(t, a, b)
			})
		})
	}
}

func TestTheBeatCatchesUpAndGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ticks int
		counts := new(phoneCounts)
		b := newBeat(slog.New(slog.DiscardHandler), counts, func(time.Time) { ticks++ }, func() bool { return false })
		now := time.Now()
		for _, c := range []struct {
			late         time.Duration
			ticks        int
			late2, reset uint64
			next         time.Duration
		}{
			{-5 * time.Millisecond, 0, 0, 0, 5 * time.Millisecond},
			{0, 1, 0, 0, 20 * time.Millisecond},
			{25 * time.Millisecond, 2, 1, 0, 15 * time.Millisecond},
			{60 * time.Millisecond, 4, 3, 0, 20 * time.Millisecond},
			{time.Second, 4, 3, 1, 20 * time.Millisecond},
		} {
			ticks = 0
			counts.late.Store(0)
			counts.resets.Store(0)
			next := b.keepTime(now.Add(-c.late))
			if ticks != c.ticks || counts.late.Load() != c.late2 || counts.resets.Load() != c.reset || next.Sub(now) != c.next {
				t.Errorf("%v late: %d ticks, %d made up for, %d resets, next in %v; want %+v",
					c.late, ticks, counts.late.Load(), counts.resets.Load(), next.Sub(now), c)
			}
		}
	})
}

// quietEar takes the payload as a leg does, without its socket.
type quietEar struct{ buffer [200]byte }

func (e *quietEar) Hear(m *audio.Mix) { copy(e.buffer[12:], m.Payload(audio.PCMU)) }

// theatre is a room of n G.711 phones on a mixer that the test ticks by hand.
type theatre struct {
	hub     *Hub
	mixer   *mixer
	lines   []*line
	packets [][]byte
	now     time.Time
	seq     uint16
}

func newTheatre(t testing.TB, n int) *theatre {
	h := phoneHub(t, nil)
	h.cfg.MaxParticipants = n + 1
	th := &theatre{hub: h, now: time.Now()}
	r := newRoom(h, "room")
	h.rooms["room"] = r
	th.mixer = newMixer(r)
	th.mixer.close() // ticked by hand
	for i := range n {
		l := &line{hub: h, ear: new(quietEar), stream: uint64(i), factor: 1}
		l.encoding, l.speak = l.encode, l.sound
		s := &source{participant: uint32(i + 1), stage: r.stage}
		l.source.Store(s)
		l.sit(th.mixer, &th.mixer.encoders)
		th.mixer.lines = append(th.mixer.lines, l)
		th.lines = append(th.lines, l)
	}
	h.tell("room", false, func(r *room) { _, _ = r.member(1) }) // keeps the room
	voice := hum(440)
	p := &handset{codec: audio.PCMU, voice: voice}
	for range 50 {
		th.packets = append(th.packets, p.payload())
	}
	return th
}

// tick lets the first so many speak for 20 ms, the others send silence. No
// packet is older than the stage thinks, which has a clock of its own and takes
// the slot of whoever has not been heard lately.
func (th *theatre) tick(talkers int) {
	th.now = th.now.Add(audio.FrameDuration)
	if now := time.Now(); now.After(th.now) {
		th.now = now
	}
	th.seq++
	for i, l := range th.lines {
		payload := silentPayload[:]
		if i < talkers {
			payload = th.packets[(int(th.seq)+i*7)%len(th.packets)]
		}
		l.Write(audio.Packet{
			Codec: audio.PCMU, SSRC: 1, Sequence: th.seq, Timestamp: uint32(th.seq) * 160,
			Payload: payload, Arrival: th.now,
		})
	}
	th.mixer.mix(th.now)
}

// seize has the first phone speak until it is heard, and lets the stage take its
// slot away no more.
func (th *theatre) seize(t *testing.T) {
	t.Helper()
	for range 1000 {
		if th.tick(1); !th.lines[0].voice.in {
			continue
		}
		held, free := make(chan struct{}), make(chan struct{})
		go th.mixer.room.stage.do(func() {
			close(held)
			<-free
		})
		<-held
		if th.lines[0].source.Load().heard() {
			t.Cleanup(func() { close(free) })
			return
		}
		close(free)
	}
	t.Fatal("nobody is heard")
}

var silentPayload = func() (p [160]byte) { fill(p[:], 0xFF); return p }()

func TestATickAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool forgets on purpose under the race detector")
	}
	for _, talkers := range []int{0, 1, 20} {
		th := newTheatre(t, 20)
		for range 200 {
			th.tick(talkers)
		}
		// The stage's goroutine beside may fill its pool, which a collection
		// empties: the least of some runs tells.
		allocs := math.Inf(1)
		for range 5 {
			allocs = min(allocs, testing.AllocsPerRun(200, func() { th.tick(talkers) }))
		}
		if allocs >= 1 {
			t.Errorf("%d talkers: %.1f allocations a tick", talkers, allocs)
		}
		// The stage gives out slots on a goroutine of its own, which these
		// ticks, far faster than sound, may have left behind.
		for deadline := time.Now().Add(5 * time.Second); talkers > 0 && th.mixer.quiet; th.tick(talkers) {
			if time.Now().After(deadline) {
				t.Fatalf("%d talkers: nobody is heard", talkers)
			}
			runtime.Gosched()
		}
	}
}

// BenchmarkTick is 20 ms of a room of 100 G.711 phones, from the packets'
// arrival to the payloads handed over, without the sockets. cpu-ms/s/leg is
// the CPU time of one phone per second of the call.
func BenchmarkTick(b *testing.B) {
	for _, talkers := range []int{0, 1, 100} {
		b.Run(fmt.Sprintf("talking=%d", talkers), func(b *testing.B) {
			th := newTheatre(b, 100)
			for range 100 {
				th.tick(talkers)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime(b)
			for b.Loop() {
				th.tick(talkers)
			}
			used := cpuTime(b) - before
			perTick := float64(used) / float64(b.N)
			b.ReportMetric(perTick/1000, "cpu-µs/tick")
			b.ReportMetric(perTick*50/100/1e6, "cpu-ms/s/leg")
		})
	}
}

// cpuTime is what the process has used.
func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestTheLevelerWorksOnLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		h.cfg.LevelPhones = true
		soft := func(i int) int16 { return hum(500)(i) / 6 }
		a, b := newHandset(t, h, audio.PCMU, soft), newHandset(t, h, audio.PCMU, nil)
		join(t, h, "room", a, b)
		talk(time.Second, a, b)
		before := b.level(500)
		talk(6*time.Second, a, b)
		if got := b.level(500) - before; got < 6 || math.IsNaN(got) {
			t.Errorf("a soft phone became %.1f dB louder", got)
		}
		hangUp(t, a, b)
	})
}
