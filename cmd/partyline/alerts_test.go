package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"partyline/metrics/quality"
	"partyline/signaling/alert"
	"partyline/signaling/auth"
	"partyline/signaling/notify"
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
	told, ids := make(map[string]string), make(map[string]bool)
	announce := func(_ context.Context, sender reminder.Who, a reminder.Announcement, urgent string) (reminder.Announcement, error) {
		if _, err := uuid.Parse(a.ID); err != nil || ids[a.ID] {
			t.Errorf("the id %q: %v", a.ID, err)
		}
		ids[a.ID] = true
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
	}
	c := &criers{
		func(context.Context) ([]auth.Person, error) {
			return []auth.Person{
				{ID: "lea", Admin: true, Active: true, Language: "en"},
				{ID: "wei", Admin: true, Active: true, Language: "zh-CN"},
				{ID: "gone", Admin: true, Language: "en"},
				{ID: "tom", Active: true, Language: "en"},
			}, nil
		},
		func() crier { return announcing{announce} },
	}
	if err := c.Tell(t.Context(), alert.Alert{Kind: alert.TrunkDown, Of: "carrier"}); err == nil {
		t.Error("nobody says that some were not told")
	}
	if len(told) != 2 || told["lea"] != "Trunk carrier is down" || told["wei"] != "线路 carrier 已断开" {
		t.Errorf("told %v", told)
	}
}

// channelOf is a channel that takes nothing, or everything.
type channelOf struct {
	fails bool
	sent  []notify.Message
}

func (c *channelOf) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	if c.fails {
		return notify.Sent{}, errors.New("the server is away")
	}
	c.sent = append(c.sent, m)
	return notify.Sent{}, nil
}

// TestAdminsAreToldWithoutReminders: by every way that each has; what nobody got
// comes again, and what somebody got does not.
func TestAdminsAreToldWithoutReminders(t *testing.T) {
	mail, bot := &channelOf{fails: true}, &channelOf{fails: true}
	var log bytes.Buffer
	ways := map[string][]notify.Route{
		"lea": {{Channel: notify.Mail}, {Channel: notify.WeCom, Bot: "b1", Mention: []string{"lea1"}}},
		"tom": {{Channel: notify.Mail}},
	}
	s := straight{
		func(_ context.Context, person string) ([]notify.Route, error) { return ways[person], nil },
		func(c notify.Channel) (notify.Sender, bool) {
			if c == notify.Mail {
				return mail, true
			}
			return bot, true
		},
		"https://meet.example.com", slog.New(slog.NewTextHandler(&log, nil)),
	}
	admins := []reminder.Who{{Key: "lea", Person: "lea", Email: "lea@example.com"}, {Key: "tom", Person: "tom", Email: "tom@example.com"}}
	cry := func() error { return s.cry(t.Context(), "k", "en", "Trunk a is down", "See Trunks.", admins) }
	if err := cry(); err == nil {
		t.Error("nobody was told, and it does not come again")
	}
	bot.fails = false
	if err := cry(); err != nil || len(bot.sent) != 1 {
		t.Errorf("a bot got %d messages: %v", len(bot.sent), err)
	}
	want := notify.Message{
		Key: "k lea", Kind: "alert", Person: "lea", Address: "lea@example.com", Bot: "b1", Mention: []string{"lea1"}, Language: "en",
		Title: "Trunk a is down", Text: "See Trunks.", Link: "https://meet.example.com",
	}
	if diff := cmp.Diff(want, bot.sent[0]); diff != "" {
		t.Error(diff)
	}
	mail.fails = false
	if err := cry(); err != nil || len(mail.sent) != 2 || mail.sent[1].Address != "tom@example.com" {
		t.Errorf("mails %+v: %v", mail.sent, err)
	}
	log.Reset()
	clear(ways)
	if err := cry(); err != nil || !strings.Contains(log.String(), "nobody can be told") {
		t.Errorf("without any way: %v, log %q", err, &log)
	}
}
