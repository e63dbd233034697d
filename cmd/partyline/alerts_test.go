package main

import (
	"context"
	"errors"
	"slices"
	"testing"

	"partyline/metrics/quality"
	"partyline/signaling/alert"
	"partyline/signaling/auth"
	"partyline/signaling/reminder"
	"partyline/sip"
)

func TestLookoutTellsHowThingsAre(t *testing.T) {
	l := newLookout(t.TempDir())
	l.free = func() (uint64, error) { return 1 << 20, nil }
	l.phones = func() []sip.TrunkState {
		return []sip.TrunkState{{Trunk: "a", Health: "up"}, {Trunk: "b", Health: "down"}, {Trunk: "c", Health: "unknown"}}
	}
	for range 1000 {
		l.scored(quality.Good)
		l.scored(quality.Unclassified)
	}
	for range 250 {
		l.scored(quality.Poor)
	}
	for range 15 {
		l.entered(quality.Join{Kind: quality.Browser})
		l.entered(quality.Join{Kind: quality.Phone, Failed: quality.StageHeard}) // it is attempted
		l.attempted(sip.Attempt{Trunk: "a", Setup: quality.SetupBusy})
		l.attempted(sip.Attempt{Setup: quality.SetupRefused}) // a stranger
		l.ended("out-of-tries")
		l.ended("hung-up")
	}
	l.entered(quality.Join{Kind: quality.Browser, Failed: quality.StageICE})
	l.attempted(sip.Attempt{Trunk: "a", Setup: quality.SetupIneffective})
	l.attempted(sip.Attempt{Trunk: "a", Setup: quality.SetupRefused})
	want := []alert.Fact{
		{Kind: alert.PoorCalls, Standing: alert.Amiss, Figure: 0.2},
		{Kind: alert.SetUpFailures, Standing: alert.Amiss, Figure: 3.0 / 33},
		{Kind: alert.CodeGuessing, Standing: alert.Amiss, Figure: 15},
		{Kind: alert.DiskLow, Standing: alert.Amiss, Figure: 1 << 20},
		{Kind: alert.TrunkDown, Of: "a", Standing: alert.Fine},
		{Kind: alert.TrunkDown, Of: "b", Standing: alert.Amiss},
		{Kind: alert.TrunkDown, Of: "c"},
	}
	if got := l.Facts(t.Context()); !slices.Equal(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestAdminsAreToldInTheirLanguage(t *testing.T) {
	told := make(map[string]string)
	c := &criers{
		func(context.Context) ([]auth.Person, error) {
			return []auth.Person{
				{ID: "lea", Admin: true, Active: true, Language: "en"},
				{ID: "wei", Admin: true, Active: true, Language: "zh-CN"},
				{ID: "gone", Admin: true, Language: "en"},
				{ID: "tom", Active: true, Language: "en"},
			}, nil
		},
		func(_ context.Context, sender reminder.Who, a reminder.Announcement, urgent string) (reminder.Announcement, error) {
			for _, w := range a.People {
				told[w.Person] = a.Title
			}
			if urgent != "" || sender.Name != "Partyline" {
				t.Errorf("%q tells urgently (%q)", sender.Name, urgent)
			}
			if a.People[0].Language == "zh-CN" {
				return a, errors.New("the database is away")
			}
			return a, nil
		},
	}
	if err := c.Tell(t.Context(), alert.Alert{Kind: alert.TrunkDown, Of: "carrier"}); err == nil {
		t.Error("nobody says that some were not told")
	}
	if len(told) != 2 || told["lea"] != "Trunk carrier is down" || told["wei"] != "线路 carrier 已断开" {
		t.Errorf("told %v", told)
	}
}
