package sfu

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu/audio"
	"partyline/sfu/ogg"
)

func recordHub(t testing.TB) (*Hub, *watcher) {
	h, w := phoneHub(t, nil), newWatcher()
	h.observer = w
	return h, w
}

// TestTracksAreAlignedInTime says something, waits for ten minutes, and says
// something else: on every track it is where it was said.
func TestTracksAreAlignedInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, w := recordHub(t)
		a, b := newTalker(t, h, "room", 1, 500), newTalker(t, h, "room", 2, 3000)
		h.SetRecorded("room", 1, true)
		h.SetRecorded("room", 2, true)
		tape := newShelf()
		must(t, h.Record("room", tape))
		began := time.Now()
		since := func() time.Duration { return time.Since(began) }

		want := map[float64][]time.Duration{}
		pause(3*time.Second, a, b)
		want[500] = append(want[500], since())
		say(time.Second, a)
		pause(10*time.Minute, a, b)
		want[500] = append(want[500], since())
		say(time.Second, a)
		want[3000] = append(want[3000], since())
		say(time.Second, a, b)
		pause(5*time.Second, a, b)
		want[500] = append(want[500], since())
		say(time.Second, a)
		must(t, h.StopRecording("room"))
		length := since()

		tracks := slices.Sorted(maps.Keys(tape.tracks))
		if d := cmp.Diff([]string{"mix", "slot-1", "slot-2", "slot-3", "talkers"}, tracks); d != "" {
			t.Error(d)
		}
		heard := map[float64]int{}
		for _, name := range tracks[:4] {
			p := play(t, tape.content(name))
			if p.err != nil || (p.length()-length).Abs() > 30*time.Millisecond {
				t.Errorf("%s lasts %v, the recording %v; %v", name, p.length(), length, p.err)
			}
			if !slices.Contains(p.comments, "TITLE="+name) || !slices.Contains(p.comments, "ALBUM=room") || !strings.HasPrefix(p.comments[2], "DATE=2000-01-01T00:00:0") {
				t.Errorf("%s: %q", name, p.comments)
			}
			for f, times := range want {
				got := p.onsets(f)
				if len(got) == 0 && name != "mix" {
					continue // it is in another slot
				}
				heard[f]++
				if len(got) != len(times) {
					t.Errorf("%s: %v Hz begins at %v, want %v", name, f, got, times)
					continue
				}
				for i := range got {
					if off := got[i] - times[i]; off.Abs() > 40*time.Millisecond {
						t.Errorf("%s: %v Hz begins at %v, want %v", name, f, got[i], times[i])
					}
				}
			}
		}
		if heard[500] != 2 || heard[3000] != 2 {
			t.Errorf("on how many tracks: %v", heard)
		}
		w.await(t, "the end", func() bool { return len(w.ended["room"]) == 1 })
		if how := w.ended["room"][0]; how.Err != nil || how.Dropped != 0 || (how.Length-length).Abs() > time.Millisecond {
			t.Errorf("%+v", how)
		}
	})
}

// TestOthersPlayIt has the programs of Xiph look at tracks and play them.
func TestOthersPlayIt(t *testing.T) {
	for _, program := range []string{"opusinfo", "opusdec"} {
		if _, err := exec.LookPath(program); err == nil {
			continue
		}
		if os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "" {
			t.Fatalf("no %s here", program)
		}
		t.Skipf("no %s here", program)
	}
	tape := newShelf()
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		a, b := newTalker(t, h, "room", 1, 500), newTalker(t, h, "room", 2, 3000)
		h.SetRecorded("room", 1, true)
		h.SetRecorded("room", 2, true)
		must(t, h.Record("room", tape))
		pause(2*time.Second, a, b)
		say(time.Second, a)
		pause(61*time.Second, a, b)
		say(time.Second, a, b)
		pause(time.Second, a, b)
		must(t, h.StopRecording("room"))
	})
	for _, name := range []string{"mix", "slot-1", "slot-3"} {
		file := filepath.Join(t.TempDir(), name+".opus")
		must(t, os.WriteFile(file, tape.content(name), 0o600))
		out, err := exec.Command("opusinfo", file).CombinedOutput()
		if err != nil || strings.Contains(string(out), "WARNING") || !strings.Contains(string(out), "Playback length: 1m:05.9") {
			t.Errorf("%v: %s", err, out)
		}
		pcm, err := exec.Command("opusdec", "--quiet", "--rate", "16000", "--force-wav", file, "-").Output()
		must(t, err)
		var p played
		for i := 44; i+1 < len(pcm); i += 2 {
			p.samples = append(p.samples, int16(binary.LittleEndian.Uint16(pcm[i:])))
		}
		got := p.onsets(500)
		want := []time.Duration{2 * time.Second, 64 * time.Second}
		if name == "slot-3" {
			want = nil
		}
		if len(got) != len(want) {
			t.Errorf("%s: begins at %v, want %v", name, got, want)
			continue
		}
		for i := range got {
			if off := got[i] - want[i]; off.Abs() > 40*time.Millisecond {
				t.Errorf("%s: begins at %v, want %v", name, got[i], want[i])
			}
		}
	}
}

// TestTalkersTrack says who was where.
func TestTalkersTrack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		h.cfg.Slots = 1
		a, b := newTalker(t, h, "room", 7, 500), newTalker(t, h, "room", 8, 1200)
		h.SetRecorded("room", 7, true)
		h.SetRecorded("room", 8, true)
		tape := newShelf()
		must(t, h.Record("room", tape))
		pause(time.Second, a, b)
		say(time.Second, a)
		pause(2*time.Second, a, b)
		say(time.Second, b)
		must(t, h.StopRecording("room"))
		var got []talkersLine
		for d := json.NewDecoder(bytes.NewReader(tape.content("talkers"))); d.More(); {
			var l talkersLine
			must(t, d.Decode(&l))
			got = append(got, l)
		}
		if d := cmp.Diff([]talkersLine{{At: 1000, Slot: 1, Participant: 7}, {At: 4000, Slot: 1, Participant: 8}}, got); d != "" {
			t.Error(d)
		}
	})
}

// TestOnlyWhoMayBeIsOnTape has everybody who must not be on a tape talk at
// once with somebody who may.
func TestOnlyWhoMayBeIsOnTape(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		h.cfg.Slots = 8
		const may, muted, held, newcomer, objector, elsewhere, leaver = 400, 700, 1000, 1300, 1600, 1900, 2200
		talkers := map[float64]*talker{}
		for i, f := range []float64{may, muted, held, newcomer, objector, leaver} {
			talkers[f] = newTalker(t, h, "room", uint32(i+1), f)
		}
		talkers[elsewhere] = newTalker(t, h, "other", 1, elsewhere)
		h.SetRecorded("other", 1, true)
		for i := range uint32(6) {
			h.SetRecorded("room", i+1, i != 3)
		}
		h.SetMuted("room", 2, true)
		talkers[held].source.setHeld(true)
		h.SetRecorded("room", 5, false)
		must(t, h.Move("room", 6, "other", 6)) // recorded there, not here
		must(t, h.Move("other", 6, "room", 6)) // and back, without a new notice
		must(t, h.ask(t.Context(), "room", false, func(r *room) { talkers[leaver].source = r.members[6].source }))
		tape := newShelf()
		must(t, h.Record("room", tape))
		all := slices.Collect(maps.Values(talkers))
		say(2*time.Second, all...)
		must(t, h.StopRecording("room"))
		say(time.Second, all...) // after the end

		for name := range tape.tracks {
			if name == "talkers" {
				continue
			}
			p := play(t, tape.content(name))
			for _, f := range []float64{muted, held, newcomer, objector, elsewhere, leaver} {
				if p.has(f) {
					t.Errorf("%v Hz is on %s", f, name)
				}
			}
			if p.length() > 2100*time.Millisecond {
				t.Errorf("%s goes on for %v", name, p.length())
			}
		}
		mix := play(t, tape.content("mix"))
		if !mix.has(may) {
			t.Error("nobody is on the tape")
		}

		// Nobody is recorded any more who was.
		again := newShelf()
		must(t, h.Record("room", again))
		say(time.Second, all...)
		must(t, h.StopRecording("room"))
		if p := play(t, again.content("mix")); p.has(may) {
			t.Error("recorded again without a new notice")
		}
	})
}

// TestObjectionTakesEffectAtOnce turns somebody off in the middle.
func TestObjectionTakesEffectAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		a := newTalker(t, h, "room", 1, 500)
		tape := newShelf()
		must(t, h.Record("room", tape))
		say(time.Second, a)
		h.SetRecorded("room", 1, true)
		say(time.Second, a)
		h.SetRecorded("room", 1, false)
		say(time.Second, a)
		must(t, h.StopRecording("room"))
		p := play(t, tape.content("mix"))
		for at, want := range map[time.Duration]bool{
			500 * time.Millisecond: false, 900 * time.Millisecond: false, 1200 * time.Millisecond: true,
			1900 * time.Millisecond: true, 2150 * time.Millisecond: false, 2500 * time.Millisecond: false,
		} {
			if got := p.loudness(at, 500) > -45; got != want {
				t.Errorf("at %v: %.1f dB", at, p.loudness(at, 500))
			}
		}
	})
}

// TestPhonesAreRecorded records phones that no browser listens to.
func TestPhonesAreRecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		a, b := newHandset(t, h, audio.PCMA, hum(500)), newHandset(t, h, audio.PCMU, hum(1200))
		join(t, h, "room", a, b)
		h.SetRecorded("room", 1, true)
		talk(time.Second, a, b)
		tape := newShelf()
		must(t, h.Record("room", tape))
		talk(2*time.Second, a, b)
		b.line.Hold(true)
		h.SetRecorded("room", 2, true)
		talk(time.Second, a, b)
		must(t, h.StopRecording("room"))
		mix := play(t, tape.content("mix"))
		if !mix.has(500) || mix.has(1200) {
			t.Errorf("the recorded one: %v, the one who is not: %v", mix.has(500), mix.has(1200))
		}
		hangUp(t, a, b)
	})
}

// TestTheTapeHoldsToTheWallClock has sound cards that are off by half a per
// mille, and a network that delays packets by up to 60 ms in any order, beginning
// with a late one: after ten minutes everything is still where it belongs.
func TestTheTapeHoldsToTheWallClock(t *testing.T) {
	for name, c := range map[string]struct {
		drift  float64
		jitter time.Duration
		most   time.Duration // that a packet may be off, once the clock has settled
	}{
		"right":         {most: 3 * time.Millisecond},
		"fast":          {drift: 500e-6, most: 40 * time.Millisecond},
		"slow":          {drift: -500e-6, most: 40 * time.Millisecond},
		"jitter":        {jitter: 60 * time.Millisecond, most: 60 * time.Millisecond},
		"jitter, fast":  {drift: 500e-6, jitter: 60 * time.Millisecond, most: 100 * time.Millisecond},
		"much too fast": {drift: 20e-3, most: 300 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			position := func(d time.Duration) int64 { return d.Microseconds() * 48 / 1000 }
			frame := time.Duration(float64(audio.FrameDuration) / (1 + c.drift))
			var (
				clock sourceClock
				off   time.Duration
				end   int64
				left  int
			)
			const packets = 10 * 60 * 50
			for i := range packets {
				said := time.Duration(i) * frame
				late := time.Duration((i*37+6)%7) * c.jitter / 6
				e := &excerpt{ts: uint32(i) * 960, takeover: i == 0, quiet: i/50%2 == 1}
				at, wanted := clock.place(e, position(said+late), 960)
				if !wanted {
					left++
					continue
				}
				if at < end {
					t.Fatalf("packet %d at %d overlaps the one before, which ends at %d", i, at, end)
				}
				end = at + 960
				if i > 2*compared {
					off = max(off, (time.Duration(at)*time.Second/ogg.Rate - said).Abs())
				}
			}
			if off > c.most {
				t.Errorf("up to %v off", off)
			}
			if share := float64(left) / packets; share > math.Max(c.drift, 0)*1.1+0.001 {
				t.Errorf("%d of %d packets left out", left, packets)
			}
		})
	}
}

// TestLatePacketsFindTheirPlace has packets that the network brought out of
// order, one of them after it could still be written.
func TestLatePacketsFindTheirPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, w := recordHub(t)
		a := newTalker(t, h, "room", 1, 500)
		h.SetRecorded("room", 1, true)
		tape := newShelf()
		must(t, h.Record("room", tape))
		began := time.Now()
		for i := range uint16(100) {
			payload := []byte{0xf8, 0xff, 0xfe, byte(i)}
			due := began.Add(time.Duration(i) * audio.FrameDuration)
			switch i {
			case 30:
				due = due.Add(70 * time.Millisecond)
			case 50:
				due = due.Add(900 * time.Millisecond)
			}
			time.AfterFunc(time.Until(due), func() {
				a.source.feed(voice{stream: 1, seq: i, ts: uint32(i) * 960, level: 20, arrival: due, payload: payload})
			})
		}
		time.Sleep(3 * time.Second)
		must(t, h.StopRecording("room"))
		r, err := ogg.NewReader(bytes.NewReader(tape.content("slot-1")))
		must(t, err)
		var got, want []byte
		for {
			p, err := r.Next()
			if err != nil {
				break
			}
			if len(p) == 4 {
				got = append(got, p[3])
			}
		}
		for i := range byte(100) {
			if i != 50 {
				want = append(want, i)
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
		w.await(t, "the end", func() bool { return len(w.ended["room"]) == 1 })
		if n := w.ended["room"][0].Dropped; n != 1 {
			t.Errorf("%d dropped", n)
		}
	})
}

// TestASlowTapeHoldsNobodyUp has a disk that takes nothing for a minute: the
// room goes on, and the tape knows what it misses.
func TestASlowTapeHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, w := recordHub(t)
		a := newTalker(t, h, "room", 1, 500)
		ear := newHandset(t, h, audio.PCMU, nil)
		must(t, h.Join(t.Context(), "room", 2, ear.line))
		h.SetRecorded("room", 1, true)
		tape := newShelf()
		must(t, h.Record("room", tape))
		say(5*time.Second, a)
		stuck := make(chan struct{})
		tape.stick(stuck)
		say(time.Minute, a)
		ear.mustHear(t, "a listener", 500)
		tape.stick(nil)
		close(stuck)
		say(5*time.Second, a)
		must(t, h.StopRecording("room"))
		w.await(t, "the end", func() bool { return len(w.ended["room"]) == 1 })
		how := w.ended["room"][0]
		if how.Err != nil || how.Dropped < 1000 || how.Dropped > 2000 {
			t.Errorf("%+v", how)
		}
		if text := string(tape.content("talkers")); !strings.Contains(text, `"dropped":`) {
			t.Errorf("the tape knows nothing of it: %s", text)
		}
		p := play(t, tape.content("slot-1"))
		if p.err != nil || (p.length()-70*time.Second).Abs() > 40*time.Millisecond || p.loudness(68*time.Second, 500) < -45 {
			t.Errorf("%v; %.1f dB at the end; %v", p.length(), p.loudness(68*time.Second, 500), p.err)
		}
		hangUp(t, ear)
	})
}

// TestAFullDiskEndsTheRecording and nothing else.
func TestAFullDiskEndsTheRecording(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, w := recordHub(t)
		a := newTalker(t, h, "room", 1, 500)
		h.SetRecorded("room", 1, true)
		tape := newShelf()
		tape.room = 20000
		must(t, h.Record("room", tape))
		say(10*time.Second, a)
		w.await(t, "the end", func() bool { return len(w.ended["room"]) == 1 })
		if how := w.ended["room"][0]; !errors.Is(how.Err, errShelfFull) {
			t.Errorf("%+v", how)
		}
		for name, track := range tape.tracks {
			if !track.closed {
				t.Errorf("%s is still open", name)
			}
		}
		if !a.source.heard() {
			t.Error("the room does not go on")
		}
		if err := h.StopRecording("room"); !errors.Is(err, ErrClosed) {
			t.Errorf("stopped what had ended: %v", err)
		}
		if a.source.recorded.Load() {
			t.Error("still recorded")
		}
		must(t, h.Record("room", newShelf()))
		must(t, h.StopRecording("room"))

		none := newShelf()
		none.room = 0
		if err := h.Record("room", none); !errors.Is(err, errShelfFull) {
			t.Errorf("begun on a full disk: %v", err)
		}
		for name, track := range none.tracks {
			if !track.closed {
				t.Errorf("%s is still open", name)
			}
		}
	})
}

// TestTheEndOfTheRoomEndsTheRecording closes all files as they should be.
func TestTheEndOfTheRoomEndsTheRecording(t *testing.T) {
	for name, end := range map[string]func(h *Hub){
		"closed":  func(h *Hub) { h.CloseRoom("room") },
		"removed": func(h *Hub) { h.Remove("room", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h, w := recordHub(t)
				a := newTalker(t, h, "room", 1, 500)
				h.SetRecorded("room", 1, true)
				tape := newShelf()
				must(t, h.Record("room", tape))
				say(2*time.Second, a)
				end(h)
				w.await(t, "the end", func() bool { return len(w.ended["room"]) == 1 })
				p := play(t, tape.content("mix"))
				if p.err != nil || !p.has(500) || (p.length()-2*time.Second).Abs() > 40*time.Millisecond {
					t.Errorf("%v, %v", p.length(), p.err)
				}
			})
		})
	}
}

// TestAKillCostsSeconds looks at what is on the disk while everything goes on.
func TestAKillCostsSeconds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		a := newTalker(t, h, "room", 1, 500)
		h.SetRecorded("room", 1, true)
		tape := newShelf()
		must(t, h.Record("room", tape))
		began := time.Now()
		pause(time.Minute, a)
		for range 5 {
			say(700*time.Millisecond, a)
			for _, name := range []string{"mix", "slot-1", "slot-2"} {
				p := play(t, tape.content(name))
				if !errors.Is(p.err, ogg.ErrTruncated) {
					t.Errorf("%s ends with %v", name, p.err)
				}
				if lost := time.Since(began) - p.length(); lost > 2*time.Second {
					t.Errorf("%s: the last %v are lost", name, lost)
				}
			}
		}
		must(t, h.StopRecording("room"))
	})
}

func TestRecordingIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, _ := recordHub(t)
		tape := newShelf()
		if err := h.Record("room", tape); !errors.Is(err, ErrClosed) || len(tape.tracks) > 0 {
			t.Errorf("no room: %v", err)
		}
		newTalker(t, h, "room", 1, 500)
		if err := h.StopRecording("room"); !errors.Is(err, ErrClosed) {
			t.Errorf("nothing to stop: %v", err)
		}
		must(t, h.Record("room", tape))
		second := newShelf()
		if err := h.Record("room", second); !errors.Is(err, ErrRecording) || len(second.tracks) > 0 {
			t.Errorf("recorded twice: %v", err)
		}
		must(t, h.StopRecording("room"))
	})
}
