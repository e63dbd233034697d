package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu"
	"partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/sip"
)

// TestNoticesAreNumberedAlike holds the two engines together: notices are
// passed on by number.
func TestNoticesAreNumberedAlike(t *testing.T) {
	pairs := []struct {
		told signaling.NoticeKind
		want sip.NoticeKind
	}{
		{signaling.Admitted, sip.Admitted},
		{signaling.Refused, sip.Refused},
		{signaling.MutedByHost, sip.MutedByHost},
		{signaling.UnmuteAsked, sip.UnmuteAsked},
		{signaling.HandLowered, sip.HandLowered},
		{signaling.Locked, sip.Locked},
		{signaling.Unlocked, sip.Unlocked},
		{signaling.Removed, sip.Removed},
		{signaling.Ended, sip.Ended},
		{signaling.PositionChanged, sip.PositionChanged},
		{signaling.HostArrived, sip.HostArrived},
		{signaling.Opened, sip.Opened},
		{signaling.Moving, sip.Moving},
		{signaling.MovedBack, sip.MovedBack},
		{signaling.RecordingNotice, sip.RecordingNotice},
		{signaling.RecordingStopped, sip.RecordingStopped},
		{signaling.TalkingMuted, sip.TalkingMuted},
		{signaling.CalledHost, sip.CalledHost},
		{signaling.MutedByGuard, sip.MutedByGuard},
		{signaling.UnmutedByGuard, sip.UnmutedByGuard},
		{signaling.SomebodyWaits, sip.SomebodyWaits},
		{signaling.HandedOver, sip.HandedOver},
		{signaling.MadeHost, sip.MadeHost},
		{signaling.IsLate, sip.IsLate},
		{signaling.IsAway, sip.IsAway},
		{signaling.NotReplied, sip.NotReplied},
	}
	heard := newNotices()
	for _, pair := range pairs {
		name := make([]audio.Frame, 2)
		heard.Notify(signaling.Notice{Kind: pair.told, Text: "where to", Count: 3, Spoken: name})
		want := sip.Notice{Kind: pair.want, Text: "where to", Count: 3, Spoken: name}
		if diff := cmp.Diff(want, <-heard.c); diff != "" {
			t.Errorf("signaling's notice %d reaches the phone differently (-want +got):\n%s", pair.told, diff)
		}
	}
}

// TestActsAndChimesAreNumberedAlike does the same for what is passed the other
// way.
func TestActsAndChimesAreNumberedAlike(t *testing.T) {
	for done, want := range map[sip.ActKind]signaling.ActKind{
		sip.Mute: signaling.Mute, sip.Hand: signaling.Hand, sip.Hold: signaling.Hold, sip.MuteAll: signaling.MuteAll,
		sip.Lock: signaling.Lock, sip.Admit: signaling.Admit, sip.End: signaling.End, sip.SetRecording: signaling.SetRecording,
		sip.CallHost: signaling.CallHost, sip.Object: signaling.Object, sip.HeardNotice: signaling.HeardNotice,
		sip.SetName: signaling.SetName,
	} {
		if signaling.ActKind(done) != want {
			t.Errorf("the gateway's act %d is signaling's %d", done, want)
		}
	}
	for rung, want := range map[signaling.Chime]sfu.Chime{
		signaling.ChimeJoined: sfu.Joined, signaling.ChimeLeft: sfu.Left, signaling.ChimeRecording: sfu.RecordingBeep,
	} {
		if sfu.Chime(rung) != want {
			t.Errorf("signaling's chime %d is the audio plane's %d", rung, want)
		}
	}
}

// TestNoticesEnd wants the channel of a seat that is gone closed, once, and
// nothing sent on it any more; and a caller who hears nothing to block nobody.
func TestNoticesEnd(t *testing.T) {
	heard := newNotices()
	for range noticesKept + 1 {
		heard.Notify(signaling.Notice{Kind: signaling.Locked})
	}
	heard.Gone()
	heard.Notify(signaling.Notice{Kind: signaling.Unlocked})
	heard.Gone()
	kept := 0
	for notice := range heard.c {
		if notice.Kind != sip.Locked {
			t.Errorf("notice %v after the seat was gone", notice)
		}
		kept++
	}
	if kept != noticesKept {
		t.Errorf("%d notices were kept, want %d", kept, noticesKept)
	}
}

func TestPhoneErrors(t *testing.T) {
	unknown := errors.New("the disk is full")
	for _, test := range []struct{ is, says error }{
		{meeting.ErrNotFound, sip.ErrNoMeeting},
		{meeting.ErrEnded, sip.ErrMeetingEnded},
		{&meeting.Over{At: time.Unix(1e9, 0)}, sip.ErrMeetingEnded},
		{meeting.ErrWrongCode, sip.ErrWrongCode},
		{meeting.ErrTooManyGuesses, sip.ErrTooManyGuesses},
		{signaling.ErrFull, sip.ErrMeetingFull},
		{signaling.ErrRemoved, sip.ErrNotAllowed},
		{unknown, unknown},
	} {
		got := phoneError(fmt.Errorf("entering: %w", test.is))
		if !errors.Is(got, test.says) || !errors.Is(got, test.is) {
			t.Errorf("%v becomes %v, want %v as well", test.is, got, test.says)
		}
	}
	var ended *sip.MeetingEnded
	if err := phoneError(&meeting.Over{At: time.Unix(1e9, 0)}); !errors.As(err, &ended) || ended.At.Unix() != 1e9 {
		t.Errorf("when it ended is told as %v", err)
	}
	for _, said := range []error{sip.ErrNoMeeting, sip.ErrMeetingEnded, sip.ErrWrongCode, sip.ErrTooManyGuesses, sip.ErrMeetingFull, sip.ErrNotAllowed} {
		if errors.Is(phoneError(unknown), said) {
			t.Errorf("a fault of ours is told as %v", said)
		}
	}
}

// TestWithoutANumber wants callers without a number to share no fate.
func TestWithoutANumber(t *testing.T) {
	for from, want := range map[sip.Number]bool{
		"+493012345678": true, "1234": true, "phone": true,
		"": false, "anonymous": false, "Anonymous": false, "unavailable": false,
	} {
		if got := hasNumber(sip.Caller{Trunk: "carrier", From: from}); got != want {
			t.Errorf("hasNumber(%q) = %v", string(from), got)
		}
	}
}
