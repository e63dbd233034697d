package feed_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/feed"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/wire"
)

// TestCards: a reminder pops up on each page of the person, and its sender
// knows whether there was one; an answer takes it away.
func TestCards(t *testing.T) {
	var f feed.Feed
	start := time.UnixMilli(1790000000000)
	m := notify.Message{
		Kind: reminder.KindReminder, Person: "ann", Title: "Sync starts in 1 min", Text: "09:00", Topic: "occurrence",
		Start: start, End: start.Add(time.Hour), Link: "https://meet.example.com/j/x", Actions: []notify.Action{{Act: "join"}, {Act: "late"}},
	}
	if sent, err := f.Cards().Send(t.Context(), m); err != nil || sent.ID != "" {
		t.Errorf("without a page: %+v, %v", sent, err)
	}
	var got []wire.Message
	f.Listen("ann", false, func(m wire.Message) { got = append(got, m) })
	f.Listen("bob", false, func(m wire.Message) { t.Errorf("bob was told %s", m.Kind()) })
	if sent, err := f.Cards().Send(t.Context(), m); err != nil || sent.ID == "" {
		t.Errorf("with a page: %+v, %v", sent, err)
	}
	if _, err := f.Cards().Send(t.Context(), notify.Message{Kind: reminder.KindSettled, Person: "ann", Topic: "occurrence"}); err != nil {
		t.Error(err)
	}
	want := []wire.Message{
		&wire.Reminded{Reminder: wire.Reminder{
			Subject: "occurrence", About: "reminder", Title: m.Title, Text: m.Text, Start: 1790000000000, End: 1790003600000,
			Link: m.Link, Acts: []string{"join", "late"},
		}},
		&wire.ReminderSettled{Subject: "occurrence"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}
