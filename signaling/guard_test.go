package signaling_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling"
	"partyline/signaling/wire"
)

func TestHoldGuard(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone := w.phone() // 2
		next[*wire.ParticipantJoined](boss)
		changed := func() wire.Participant { t.Helper(); return next[*wire.ParticipantChanged](boss).Participant }

		// Music mutes, its end unmutes.
		w.server.Music(sync1, 2, true)
		if p := changed(); !p.Guarded || !p.Muted || p.MutedByHost || !w.audio.was("muted 2 true") {
			t.Errorf("guarded: %+v", p)
		}
		w.server.Music(sync1, 2, true)
		w.server.Music(sync1, 2, false)
		if p := changed(); p.Guarded || p.Muted || !w.audio.was("muted 2 false") {
			t.Errorf("after the music: %+v", p)
		}
		want := []signaling.NoticeKind{signaling.MutedByGuard, signaling.UnmutedByGuard}
		if diff := cmp.Diff(want, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}

		// Who was muted meanwhile stays muted.
		w.server.Music(sync1, 2, true)
		changed()
		boss.does(wire.Mute, 2)
		changed()
		w.audio.forget()
		w.server.Music(sync1, 2, false)
		if p := changed(); p.Guarded || !p.Muted || !w.audio.was("muted 2 true") || w.audio.was("muted 2 false") {
			t.Errorf("muted by both: %+v, %v", p, w.audio.told)
		}
		// And music of somebody who is muted anyway is nobody's business.
		w.server.Music(sync1, 2, true)
		w.server.Music(sync1, 2, false)
		if err := phone.do(signaling.Mute, false); err != nil {
			t.Fatal(err)
		}
		if p := changed(); p.Guarded || p.Muted {
			t.Errorf("unmuted: %+v", p)
		}

		// A host undoes it, once and for all.
		w.server.Music(sync1, 2, true)
		changed()
		phone.heard()
		boss.does(wire.Unguard, 2)
		if p := changed(); p.Guarded || p.Muted {
			t.Errorf("unguarded: %+v", p)
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.UnmutedByGuard}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		boss.waiting()
		w.server.Music(sync1, 2, false)
		w.server.Music(sync1, 2, true)
		if kinds := boss.waiting(); len(kinds) > 0 {
			t.Errorf("guarded again: %v", kinds)
		}
		w.server.Music(sync1, 99, true)
		w.server.Music("no such room", 2, true)
	})
}

func TestOwnerEndsTheGuard(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone := w.phone()
		w.server.Music(sync1, 2, true)
		next[*wire.ParticipantChanged](boss)
		if err := phone.do(signaling.Mute, false); err != nil {
			t.Fatal(err)
		}
		if p := next[*wire.ParticipantChanged](boss).Participant; p.Guarded || p.Muted {
			t.Errorf("unmuted: %+v", p)
		}
		w.server.Music(sync1, 2, true)
		if kinds := boss.waiting(); len(kinds) > 0 {
			t.Errorf("guarded against their will: %v", kinds)
		}
	})
}

func TestTalkingMuted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		phone := w.phone()
		w.server.TalkingMuted(sync1, 1) // not muted after all
		if err := phone.do(signaling.Mute, true); err != nil {
			t.Fatal(err)
		}
		w.server.TalkingMuted(sync1, 1)
		w.server.TalkingMuted(sync1, 7)
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.TalkingMuted}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
	})
}

func TestCallHost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		phone := w.phone() // 1
		if err := phone.do(signaling.CallHost, false); err == nil {
			t.Error("a host was called who is not there")
		}
		boss, _ := w.host() // 2
		lead, err := w.call(signaling.Entrant{Role: "host", Key: "lead"})
		if err != nil {
			t.Fatal(err)
		}
		for range 3 {
			if err := phone.do(signaling.CallHost, false); err != nil {
				t.Fatal(err)
			}
		}
		if n := next[*wire.HostCalled](boss).Participant; n != 1 {
			t.Errorf("called by %d", n)
		}
		if diff := cmp.Diff([]signaling.Notice{{Kind: signaling.CalledHost, Count: 1}}, lead.told()); diff != "" {
			t.Errorf("the host's phone heard: %s", diff)
		}
		if kinds := boss.waiting(); len(kinds) > 0 {
			t.Errorf("called once, told of it again: %v", kinds)
		}
		time.Sleep(11 * time.Second)
		guest := w.guest("")
		guest.act(wire.CallHost, 0)
		if err := phone.do(signaling.CallHost, false); err != nil {
			t.Fatal(err)
		}
		for _, want := range []uint32{4, 1} {
			if n := next[*wire.HostCalled](boss).Participant; n != want {
				t.Errorf("called by %d, want %d", n, want)
			}
		}
	})
}
