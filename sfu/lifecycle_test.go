package sfu

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// tickAt lets a room's tick happen at a time of the test's choosing.
func tickAt(t *testing.T, h *Hub, id string, at time.Time) {
	t.Helper()
	must(t, h.ask(t.Context(), id, false, func(r *room) { r.tick(at) }))
}

func TestLegThatNeverComesIsClosed(t *testing.T) {
	h, w := newTestHub(t, nil)
	_, err := h.Connect(t.Context(), "room", 1, "a", newPeer(t, 3, true).offer())
	must(t, err)
	tickAt(t, h, "room", time.Now().Add(connectTimeout-time.Second))
	if n := h.Traffic().Legs; n != 1 {
		t.Errorf("%d legs before the time is up", n)
	}
	tickAt(t, h, "room", time.Now().Add(connectTimeout+time.Second))
	w.awaitLeg(t, "room", 1, "a", LegClosed)
	if n := h.Traffic(); n.Legs != 0 || n.Rooms != 1 {
		t.Errorf("%+v: the participant should be remembered for a while", n)
	}
	tickAt(t, h, "room", time.Now().Add(connectTimeout+2*afterlife))
	awaitNoRooms(t, h)
}

func awaitNoRooms(t *testing.T, h *Hub) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); h.Traffic().Rooms != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the room is still there")
		}
	}
}

func TestSilentTalkerIsBrokenAndComesBack(t *testing.T) {
	h, w := newTestHub(t, nil)
	p := newPeer(t, 1, false)
	p.join(h, w, "room", 1, "a")
	p.talk(0, 10, 10*time.Millisecond)
	w.awaitLeg(t, "room", 1, "a", LegBroken)
	p.talk(10, 100, 10*time.Millisecond)
	w.awaitLeg(t, "room", 1, "a", LegConnected)
	h.SetMuted("room", 1, true)
	p.talk(110, 100, 10*time.Millisecond) // so that what was before the mute is over
	states := func() []LegState {
		w.mu.Lock()
		defer w.mu.Unlock()
		return slices.Clone(w.legs[legKey("room", 1, "a")])
	}
	before := len(states())
	time.Sleep(silentTalker + 3*roomTick)
	if s := states(); slices.Contains(s[before:], LegBroken) {
		t.Errorf("a muted talker's silence is no break: %v", s)
	}
}

func TestSameLegAgainReplacesIt(t *testing.T) {
	h, w := newTestHub(t, nil)
	newPeer(t, 1, false).join(h, w, "room", 1, "a")
	if _, err := h.Connect(t.Context(), "room", 1, "a", newPeer(t, 1, false).offer()); err != nil {
		t.Fatal(err)
	}
	w.awaitLeg(t, "room", 1, "a", LegClosed)
	if n := h.Traffic().Legs; n != 1 {
		t.Errorf("%d legs", n)
	}
}

// tapped is a tap that remembers.
type tapped struct {
	heard []voice
	ended []uint32
}

func (t *tapped) Tap(_ uint32, v voice)    { t.heard = append(t.heard, v) }
func (t *tapped) Untap(participant uint32) { t.ended = append(t.ended, participant) }

// phones and browsers compete alike; the tap hears browsers only.
func TestStage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var told [][]Speaker
		counts := new(traffic)
		s := newStage(1, counts, func(list []Speaker) { told = append(told, list) }, func([]quality.Together) {})
		defer s.close()
		mix := &tapped{}
		s.audience.Store(&audience{tap: mix})
		browser := &source{participant: 1, stage: s}
		caller := &source{participant: 2, stage: s}
		onPhone := true // the caller, whom the mix has then
		play := func(src *source, seq, n int, payload []byte) {
			for i := range n {
				src.feed(voice{
					seq: uint16(seq + i), ts: uint32(seq+i) * 960, level: 30, arrival: time.Now(),
					payload: payload, mixed: src == caller && onPhone,
				})
				time.Sleep(20 * time.Millisecond)
				synctest.Wait()
			}
		}
		play(browser, 0, 10, speech(1))
		if !browser.heard() || len(mix.heard) != 10 || mix.heard[9].seq != 9 {
			t.Errorf("browser heard: %v, tapped %d", browser.heard(), len(mix.heard))
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if browser.heard() || len(mix.ended) != 1 {
			t.Error("the browser's spurt did not end")
		}
		play(caller, 0, 1, nil) // a bid
		if !caller.heard() || len(mix.heard) != 10 {
			t.Errorf("bid won: %v, tapped %d", caller.heard(), len(mix.heard))
		}
		caller.setHeld(true)
		synctest.Wait()
		if caller.heard() {
			t.Error("a held phone is heard")
		}
		play(caller, 1, 5, speech(1))
		if caller.heard() {
			t.Error("a held phone competes")
		}
		caller.setHeld(false)
		play(caller, 6, 5, speech(1))
		if !caller.heard() || len(mix.heard) != 10 {
			t.Errorf("on the phone heard: %v, tapped %d", caller.heard(), len(mix.heard)-10)
		}
		onPhone = false
		play(caller, 11, 5, speech(1))
		if !caller.heard() || len(mix.heard) != 15 {
			t.Errorf("in the browser since heard: %v, tapped %d", caller.heard(), len(mix.heard)-10)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(told) == 0 || len(told[0]) != 1 || told[0][0].Participant != 1 || len(told[len(told)-1]) != 0 {
			t.Errorf("told: %v", told)
		}
		if counts.DroppedBehind.Load() != 0 {
			t.Error("packets were dropped")
		}
	})
}

// TestLevelsAloneAreToldRarely has somebody talk up and down for three
// seconds, and another one join in and stop: who is heard is told within a
// tenth of a second, how loud only once a second.
func TestLevelsAloneAreToldRarely(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type telling struct {
			at   time.Duration
			list []Speaker
		}
		var told []telling
		start := time.Now()
		s := newStage(2, new(traffic), func(list []Speaker) { told = append(told, telling{time.Since(start), list}) }, func([]quality.Together) {})
		defer s.close()
		first, second := &source{participant: 1, stage: s}, &source{participant: 2, stage: s}
		const joins, stops, ends = 1500 * time.Millisecond, 2 * time.Second, 3500 * time.Millisecond
		for i := 0; time.Since(start) < ends; i++ {
			v := voice{seq: uint16(i), ts: uint32(i) * 960, level: audio.Level(20 + i%20), arrival: time.Now(), payload: speech(1)}
			first.feed(v)
			if at := time.Since(start); at >= joins && at < stops {
				v.level += 10
				second.feed(v)
			}
			time.Sleep(20 * time.Millisecond)
			synctest.Wait()
		}
		time.Sleep(time.Second)
		synctest.Wait()

		var people []int
		for i, now := range told {
			people = append(people, len(now.list))
			if i == 0 {
				continue
			}
			before := told[i-1]
			if apart := now.at - before.at; samePeople(now.list, before.list) && apart < levelInterval {
				t.Errorf("levels told %v after %v", now.at, before.at)
			}
		}
		if d := cmp.Diff([]int{1, 1, 2, 1, 1, 0}, people); d != "" {
			t.Errorf("how many were told of: %s\n%v", d, told)
		}
		late := func(i int, after time.Duration) {
			if i < len(told) && (told[i].at < after || told[i].at > after+speakingInterval+stageTick) {
				t.Errorf("told at %v of what came at %v", told[i].at, after)
			}
		}
		late(0, 0)
		late(2, joins)
	})
}
