package channel

import (
	"context"
	"errors"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/notify"
)

// Trial is what came of a message that was sent to see whether it arrives.
type Trial struct {
	Took    time.Duration
	Refused *notify.Refused // nil: it was taken
}

// TryBot sends a message by a bot now. It returns auth.ErrNotAllowed or
// company.ErrNotFound.
func (d *Desk) TryBot(ctx context.Context, actor auth.Person, id string) (Trial, error) {
	if !actor.Admin {
		return Trial{}, auth.ErrNotAllowed
	}
	stored, err := d.Bots.store.Bot(ctx, id)
	if err != nil {
		return Trial{}, err
	}
	m := d.trial(actor)
	m.Bot = id
	began := d.now()
	_, err = d.tell(ctx, stored.Channel, m)
	t := Trial{Took: d.now().Sub(began)}
	if err != nil && !errors.As(err, &t.Refused) {
		return Trial{}, err
	}
	return t, nil
}

// TryPush sends a push message to a person's browsers now. It returns a
// *notify.Refused in the chain where none took it.
func (d *Desk) TryPush(ctx context.Context, person auth.Person) error {
	if d.pusher == nil {
		return &notify.Refused{Channel: notify.Push, Cause: notify.BadAddress, Permanent: true}
	}
	m := d.trial(person)
	m.Person = person.ID
	_, err := d.push(ctx, m)
	return err
}

// trial is the message, another one each time.
func (d *Desk) trial(p auth.Person) notify.Message {
	m := notify.Message{
		Key: "trial " + d.now().UTC().Format(time.RFC3339Nano), Kind: "trial", Language: p.Language, Title: "Test message from Partyline",
		Text: "If you can read this, it works. " + p.Name + " has just tried it.", TTL: time.Minute, Topic: "trial",
	}
	if p.Language == "zh-CN" {
		m.Title, m.Text = "Partyline 测试消息", "看到这条消息，说明一切正常。由"+p.Name+"刚刚发送。"
	}
	return m
}
