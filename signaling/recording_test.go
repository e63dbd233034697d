package signaling_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling"
	"partyline/signaling/wire"
)

// record has the room's host begin or stop a recording.
func (c *client) record(on bool) {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: wire.Record, Value: on})
	synctest.Wait()
}

func (c *client) heard(notice uint32) {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: wire.Heard, Value: notice})
	synctest.Wait()
}

// index tells when the audio plane was told something, or -1.
func (a *audio) index(what string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Index(a.told, what)
}

// TestRecording begins only when everybody has heard the notice.
func TestRecording(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		boss.record(true)
		began := w.records.begun
		if len(began) != 1 || began[0].Meeting != sync1 || began[0].Room != sync1 || began[0].Person != "boss" || began[0].Name != "李雷" || began[0].ID == "" {
			t.Errorf("noted: %+v", began)
		}
		if got := next[*wire.RecordingChanged](ann).Recording; got.State != wire.RecordingAnnounced || got.By != 1 || got.Name != "李雷" || got.Since != 0 {
			t.Errorf("announced: %+v", got)
		}
		notice := next[*wire.Notice](ann)
		if notice.About != wire.NoticeRecording {
			t.Errorf("notice %+v", notice)
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.RecordingNotice}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		boss.heard(notice.Notice)
		ann.heard(notice.Notice)
		ann.heard(notice.Notice + 7) // of nothing that there is
		time.Sleep(5 * time.Second)
		if w.audio.was("record sync true") {
			t.Error("recording before the phone heard of it")
		}
		if err := phone.do(signaling.HeardNotice, false); err != nil {
			t.Fatal(err)
		}
		for heard := 1; heard < 3; heard++ { // so that the host sees who is waited for
			if got := next[*wire.RecordingChanged](ann).Recording; got.State != wire.RecordingAnnounced || got.Heard != heard || got.Of != 3 {
				t.Errorf("after %d have heard: %+v", heard, got)
			}
		}
		got := next[*wire.RecordingChanged](ann).Recording
		if got.Heard != 0 || got.Of != 0 || got.State != wire.RecordingOn || got.Since != time.Now().UnixMilli() {
			t.Errorf("on: %+v", got)
		}
		for _, told := range []string{"record sync true", "recorded 1 true", "recorded 2 true", "recorded 3 true", "chime sync 3"} {
			if !w.audio.was(told) {
				t.Errorf("audio plane was not told %q: %v", told, w.audio.told)
			}
		}
		time.Sleep(45*time.Second + time.Millisecond)
		if n := w.audio.count("chime sync 3"); n != 4 {
			t.Errorf("%d beeps in 45 s, want 4", n)
		}

		// A newcomer is told first; a phone by what it arrives to.
		late := w.come(playing("zoe"))
		joined := late.join()
		if joined.Room.Recording == nil || joined.Room.Recording.State != wire.RecordingOn {
			t.Errorf("newcomer finds %+v", joined.Room.Recording)
		}
		n := next[*wire.Notice](late)
		if w.audio.was("recorded 4 true") {
			t.Error("recorded before they knew")
		}
		late.heard(n.Notice)
		if !w.audio.was("recorded 4 true") {
			t.Error("not recorded though they know")
		}
		dialled := w.phone() // 5
		if !dialled.seat.Arrival().Recording {
			t.Error("a caller is not told of the recording")
		}
		if w.audio.was("recorded 5 true") {
			t.Error("recorded before they knew")
		}
		if err := dialled.do(signaling.HeardNotice, false); err != nil || !w.audio.was("recorded 5 true") {
			t.Errorf("not recorded though they know: %v", err)
		}

		boss.record(false)
		if got := next[*wire.RecordingChanged](late).Recording; got.State != wire.RecordingOff {
			t.Errorf("off: %+v", got)
		}
		if !slices.Contains(phone.heard(), signaling.RecordingStopped) || !w.audio.was("stop sync") {
			t.Error("not stopped")
		}
		if diff := cmp.Diff([]string{began[0].ID}, w.records.ended); diff != "" {
			t.Errorf("noted as ended: %s", diff)
		}
		w.audio.forget()
		time.Sleep(time.Minute)
		if w.audio.was("chime sync 3") {
			t.Error("it beeps on")
		}
		// Another one needs another notice.
		boss.record(true)
		if w.audio.was("record sync true") || len(w.records.begun) != 2 {
			t.Error("recording before anybody heard of it")
		}
	})
}

func playing(person string) signaling.Identity {
	return signaling.Identity{Person: person, Name: person}
}

// TestRecordingWithoutThoseWhoDidNotHear goes ahead after 20 s, and leaves out
// whoever has not answered until they do.
func TestRecordingWithoutThoseWhoDidNotHear(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		boss.record(true)
		notice := next[*wire.Notice](boss).Notice
		boss.heard(notice)
		begun := time.Now()
		if late := next[*wire.NotRecorded](boss).Participants; !cmp.Equal(late, []uint32{2, 3}) {
			t.Errorf("not recorded: %v", late)
		}
		if passed := time.Since(begun); passed != 20*time.Second {
			t.Errorf("after %v", passed)
		}
		if w.audio.was("recorded 2 true") || w.audio.was("recorded 3 true") || !w.audio.was("recorded 1 true") {
			t.Errorf("recorded: %v", w.audio.told)
		}
		ann.heard(notice)
		if !w.audio.was("recorded 2 true") {
			t.Error("not recorded though she knows")
		}
		if err := phone.do(signaling.HeardNotice, false); err != nil || !w.audio.was("recorded 3 true") {
			t.Errorf("not recorded though they know: %v", err)
		}
	})
}

// TestObjection leaves a voice out, whenever it is said.
func TestObjection(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		if err := phone.do(signaling.Object, false); !errors.Is(err, signaling.ErrNotAllowed) {
			t.Errorf("object to nothing: %v", err)
		}
		boss.record(true)
		notice := next[*wire.Notice](boss).Notice
		if err := phone.do(signaling.Object, false); err != nil {
			t.Fatal(err)
		}
		if n := next[*wire.Objection](boss).Participant; n != 3 {
			t.Errorf("objection of %d", n)
		}
		for _, c := range []*client{boss, ann} {
			c.heard(notice)
		}
		if err := phone.do(signaling.HeardNotice, false); err != nil {
			t.Fatal(err)
		}
		if w.audio.was("recorded 3 true") || !w.audio.was("recorded 3 false") || !w.audio.was("recorded 2 true") {
			t.Errorf("recorded: %v", w.audio.told)
		}
		ann.does(wire.Object, 0)
		if !w.audio.was("recorded 2 false") {
			t.Error("recorded against her will")
		}
		var last wire.Recording
		for _, n := range []int{1, 1, 1, 1, 2} { // objected, two have heard, on, objected
			if last = next[*wire.RecordingChanged](boss).Recording; last.Objections != n {
				t.Errorf("%d object, want %d", last.Objections, n)
			}
		}
		// Those who are gone do not count; a new recording does not ask again.
		phone.seat.Leave(wire.LeftByThemselves)
		if got := next[*wire.RecordingChanged](boss).Recording; got.Objections != 1 {
			t.Errorf("%d object", got.Objections)
		}
		boss.record(false)
		w.audio.forget()
		boss.record(true)
		notice = next[*wire.Notice](boss).Notice
		boss.heard(notice)
		ann.heard(notice)
		if !w.audio.was("record sync true") || w.audio.was("recorded 2 true") {
			t.Errorf("recorded: %v", w.audio.told)
		}
	})
}

func TestRecordingByKey(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		guest := w.phone() // 1
		if err := guest.do(signaling.SetRecording, true); !errors.Is(err, signaling.ErrNotAllowed) {
			t.Errorf("a guest records: %v", err)
		}
		lead, err := w.call(signaling.Entrant{Role: "host", Name: "Lead"})
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // once is enough
			if err := lead.do(signaling.SetRecording, true); err != nil {
				t.Fatal(err)
			}
		}
		if began := w.records.begun; len(began) != 1 || began[0].Person != "" || began[0].Name != "Lead" {
			t.Errorf("noted: %+v", began)
		}
		for _, c := range []*caller{guest, lead} {
			if diff := cmp.Diff([]signaling.NoticeKind{signaling.RecordingNotice}, c.heard()); diff != "" {
				t.Errorf("phone heard: %s", diff)
			}
			if err := c.do(signaling.HeardNotice, true); err != nil {
				t.Fatal(err)
			}
		}
		if !w.audio.was("record sync true") {
			t.Error("not recorded")
		}
		// The end of the meeting is the end of the recording.
		if err := lead.do(signaling.End, true); err != nil {
			t.Fatal(err)
		}
		<-guest.gone
		if !w.audio.was("stop sync") || w.audio.index("stop sync") > w.audio.index("close "+sync1) || len(w.records.ended) != 1 {
			t.Errorf("not stopped: %v", w.audio.told)
		}
	})
}

func TestRecordingFails(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		begin := func() *wire.Act { return &wire.Act{ID: boss.id(), Action: wire.Record, Value: true} }
		w.records.fail = signaling.ErrUnavailable
		if code := boss.fails(begin()); code != wire.CodeUnavailable {
			t.Errorf("without a vault: %s", code)
		}
		w.records.fail = errors.New("disk on fire")
		if code := boss.fails(begin()); code != wire.CodeInternal {
			t.Errorf("with a broken one: %s", code)
		}
		w.records.fail = nil
		if kinds := boss.waiting(); len(kinds) > 0 {
			t.Errorf("told of it: %v", kinds)
		}
		// The audio plane cannot: it is off again, and noted as ended.
		w.audio.recording = func() error { return errors.New("no") }
		boss.record(true)
		boss.heard(next[*wire.Notice](boss).Notice)
		if got := next[*wire.RecordingChanged](boss).Recording; got.State != wire.RecordingOff {
			t.Errorf("%+v", got)
		}
		w.audio.recording = func() error { return nil }
		boss.waiting()
		// It breaks off later.
		boss.record(true)
		boss.heard(next[*wire.Notice](boss).Notice)
		next[*wire.RecordingChanged](boss)
		w.server.RecordingEnded(sync1, errors.New("disk full"))
		if got := next[*wire.RecordingChanged](boss).Recording; got.State != wire.RecordingOff {
			t.Errorf("%+v", got)
		}
		w.server.RecordingEnded(sync1, nil) // and what the audio plane says of that
		boss.waiting()
		if len(w.records.begun) != 2 || len(w.records.ended) != 2 {
			t.Errorf("begun %d, ended %d", len(w.records.begun), len(w.records.ended))
		}
	})
}
