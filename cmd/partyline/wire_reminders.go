package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/auth"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/reminder"
	"partyline/signaling/wire"
)

// This file is where reminders meet telephones and rooms.

var (
	_ reminder.Phone = (*reminderCalls)(nil)
	_ reminder.Hosts = (*hosts)(nil)
)

// reminderCalls rings people at the cost of whoever reminds them, like any call
// that they had placed themselves.
type reminderCalls struct{ calls *dialout.Exchange }

// Call rings one phone, once, and gives what was pressed.
func (r *reminderCalls) Call(ctx context.Context, c reminder.PhoneCall) (reminder.Act, error) {
	placed, err := r.calls.Dial(ctx, wishOf(c))
	if errors.Is(err, dialout.ErrTooMany) || errors.Is(err, dialout.ErrShuttingDown) || errors.Is(err, dialout.ErrUnavailable) {
		return reminder.NoReply, fmt.Errorf("%w: %w", reminder.ErrNotPlaced, err)
	}
	if err != nil {
		return reminder.NoReply, fmt.Errorf("call a phone: %w", err)
	}
	batch := placed.Batch.Batch
	told := make(chan struct{}, 1)
	_, forget, ok := r.calls.Watch(batch, func(wire.Message) {
		select {
		case told <- struct{}{}:
		default: // it is looked at anyway
		}
	})
	if !ok {
		return reminder.NoReply, errForgotten
	}
	defer forget()
	for {
		snapshot, ok := r.calls.Batch(batch)
		if !ok || len(snapshot.Calls) == 0 {
			return reminder.NoReply, errForgotten
		}
		if act, err, over := repliedTo(snapshot.Calls[0]); over {
			return act, err
		}
		select {
		case <-told:
		case <-ctx.Done(): // answered elsewhere, or we stop
			_ = r.calls.Cancel(batch, func(string, string) bool { return true }) // it may be over by now
			return reminder.NoReply, nil
		}
	}
}

// errForgotten is a list of calls that is not known any more.
var errForgotten = errors.New("the call is not known any more")

// wishOf is what the exchange is asked for.
func wishOf(c reminder.PhoneCall) dialout.Wish {
	w := dialout.Wish{
		By:      dialout.Caller{Person: c.Organiser, Name: c.OrganiserName, Language: c.Who.Language},
		Meeting: c.Meeting, MeetingName: c.Title, Host: true,
		Dial: wire.Dial{Key: c.ID, Kind: wire.DialInto, To: []wire.Callee{{Name: c.Who.Name, Numbers: []string{c.Number}}}},
	}
	if c.Step == reminder.Dial {
		return w
	}
	w.Reminder = &dialout.Reminder{Occasion: dialout.OfMeeting, At: c.Start}
	switch c.Kind {
	case reminder.Todo:
		w.Reminder.Occasion = dialout.OfTodo
	case reminder.Broadcast:
		w.Reminder.Occasion = dialout.OfNews
	case reminder.Meeting:
	}
	if zone, err := time.LoadLocation(c.Who.Zone); err == nil {
		w.Reminder.At = c.Start.In(zone)
	}
	return w
}

// acts are the keys as answers.
var acts = map[wire.Reply]reminder.Act{
	wire.ReplyAgain: reminder.Later, wire.ReplyLate: reminder.Late, wire.ReplyCannot: reminder.Cannot, wire.ReplyHeard: reminder.Heard,
}

// repliedTo tells what somebody has answered, or that no answer comes any more.
func repliedTo(c wire.Call) (_ reminder.Act, _ error, over bool) {
	switch {
	case c.Reply != "":
		return acts[c.Reply], nil, true
	case c.State == wire.CallConfirmed || c.State == wire.CallJoined:
		return reminder.Join, nil, true
	case c.State != wire.CallEnded:
		return reminder.NoReply, nil, false
	case c.Cause == string(dialout.Refused), c.Cause == string(dialout.NoMoney), c.Cause == string(dialout.WrongNumber), c.Cause == string(dialout.TrunkDown):
		return reminder.NoReply, fmt.Errorf("the phone did not ring: %s %s", c.Cause, c.Rule), true
	default:
		return reminder.NoReply, nil, true
	}
}

// hosts tells those who lead a meeting what the others answer.
type hosts struct {
	people   *signaling.Server
	book     *meeting.Book
	accounts *auth.Accounts
	voices   voices
}

// voices are people's names in their own voice.
type voices interface {
	SpokenName(ctx context.Context, person string) ([]audio.Frame, error)
}

// Tell has it said to the hosts on the phone, and shown on the pages of those
// who have one. Who has not answered is shown there anyway.
func (h *hosts) Tell(ctx context.Context, id string, n reminder.Notice) error {
	notice := signaling.Notice{Kind: signaling.NotReplied, Count: len(n.Missing)}
	if len(n.Missing) == 0 {
		notice = signaling.Notice{Kind: signaling.IsAway}
		if n.Act == reminder.Late {
			notice = signaling.Notice{Kind: signaling.IsLate, Count: n.Minutes}
		}
		if err := h.show(ctx, id, n); err != nil {
			return err
		}
	}
	if n.Person != "" {
		name, err := h.voices.SpokenName(ctx, n.Person)
		if err != nil {
			return fmt.Errorf("whose name it is: %w", err)
		}
		notice.Spoken = name
	}
	h.people.TellHosts(id, notice)
	return nil
}

// answerShown is how long an answer stays on a page that nobody closes it on.
const answerShown = 10 * time.Minute

// show has an answer pop up on the pages of organiser and co-hosts, each in
// their language.
func (h *hosts) show(ctx context.Context, id string, n reminder.Notice) error {
	m, err := h.book.Get(ctx, id)
	if err != nil {
		return fmt.Errorf("whose meeting it is: %w", err)
	}
	leaders := []string{m.Organiser}
	for _, i := range m.Invitees {
		if i.CoHost && i.Person != "" && i.Person != m.Organiser {
			leaders = append(leaders, i.Person)
		}
	}
	for _, leader := range leaders {
		p, err := h.accounts.Person(ctx, leader)
		if err != nil {
			return fmt.Errorf("who leads it: %w", err)
		}
		h.people.Feed().Tell(&wire.Reminded{Reminder: wire.Reminder{
			Subject: n.Subject, About: "answer", Title: replyIn(p.Language, n), Text: n.Title, Start: n.Start.UnixMilli(),
			End: time.Now().Add(answerShown).UnixMilli(), Acts: []string{},
		}}, leader)
	}
	return nil
}

// replyIn is what somebody has answered, in a leader's language.
func replyIn(language string, n reminder.Notice) string {
	switch chinese := language == "zh-CN"; {
	case n.Act == reminder.Late && chinese:
		return fmt.Sprintf("%s会迟到 %d 分钟", n.Name, n.Minutes)
	case n.Act == reminder.Late:
		return fmt.Sprintf("%s will be %d minutes late", n.Name, n.Minutes)
	case chinese:
		return n.Name + "不能参加"
	default:
		return n.Name + " cannot come"
	}
}
