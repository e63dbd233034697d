package main

import (
	"errors"
	"fmt"
	"testing"

	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/sip"
)

// TestNoticesAreNumberedAlike holds the two engines together: notices are
// passed on by number.
func TestNoticesAreNumberedAlike(t *testing.T) {
	pairs := []struct {
		told signaling.Notice
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
	}
	heard := newNotices()
	for _, pair := range pairs {
		heard.Notify(pair.told)
		if got := (<-heard.c).Kind; got != pair.want {
			t.Errorf("signaling's notice %d reaches the phone as %d, want %d", pair.told, got, pair.want)
		}
	}
}

// TestNoticesEnd wants the channel of a seat that is gone closed, once, and
// nothing sent on it any more; and a caller who hears nothing to block nobody.
func TestNoticesEnd(t *testing.T) {
	heard := newNotices()
	for range noticesKept + 1 {
		heard.Notify(signaling.Locked)
	}
	heard.Gone()
	heard.Notify(signaling.Unlocked)
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
