package feed

import (
	"context"
	"strconv"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/wire"
)

// Cards shows reminders on the pages that somebody has open. It is the sender
// of the channel "websocket", and may be used from any goroutine.
type Cards struct{ feed *Feed }

var _ notify.Sender = Cards{}

// Cards gives the sender of reminders.
func (f *Feed) Cards() Cards { return Cards{f} }

// Send shows a message. Its id is empty where no page is open: then it waits
// among the person's reminders.
func (c Cards) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	if m.Kind == reminder.KindSettled {
		c.feed.Tell(&wire.ReminderSettled{Subject: m.Topic}, m.Person)
		return notify.Sent{}, nil
	}
	pages := len(c.feed.pages(false, []string{m.Person}))
	c.feed.Tell(&wire.Reminded{Reminder: card(m)}, m.Person)
	if pages == 0 {
		return notify.Sent{}, nil
	}
	return notify.Sent{ID: "pages " + strconv.Itoa(pages)}, nil
}

// card is a message in the protocol's words.
func card(m notify.Message) wire.Reminder {
	r := wire.Reminder{
		Subject: m.Topic, About: m.Kind, Title: m.Title, Text: m.Text,
		Start: m.Start.UnixMilli(), End: m.End.UnixMilli(), Link: m.Link, Acts: []string{},
	}
	for _, a := range m.Actions {
		r.Acts = append(r.Acts, a.Act)
	}
	return r
}
