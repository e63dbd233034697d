package channel

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"partyline/signaling/notify"
)

// ErrNotYours is a button that is for somebody else.
var ErrNotYours = errors.New("the button is for somebody else")

// Pressed reads what Slack posts for a bot when somebody presses a button. It
// returns company.ErrNotFound, or notify.ErrSignature where it was not Slack.
func (d *Desk) Pressed(ctx context.Context, bot, timestamp, signature string, body []byte) (notify.SlackPress, error) {
	stored, err := d.Bots.store.Bot(ctx, bot)
	if err != nil {
		return notify.SlackPress{}, fmt.Errorf("find a bot: %w", err)
	}
	k, err := d.Bots.open(stored)
	if err != nil {
		return notify.SlackPress{}, fmt.Errorf("open a bot: %w", err)
	}
	if stored.Channel != notify.Slack {
		return notify.SlackPress{}, notify.ErrSignature
	}
	if err := notify.VerifyV0(k.Secret, timestamp, signature, body, d.now()); err != nil {
		return notify.SlackPress{}, err
	}
	return notify.ParseSlackPress(body)
}

// MayPress tells whether a user of a bot's service may answer for a person:
// who wrote down another user there is another. It returns ErrNotYours.
func (d *Desk) MayPress(ctx context.Context, bot, person, user string) error {
	choices, err := d.choices.BotChoices(ctx, person)
	if err != nil {
		return fmt.Errorf("find a person's bots: %w", err)
	}
	i := slices.IndexFunc(choices, func(c Choice) bool { return c.Bot == bot })
	if i < 0 || choices[i].Mention != "" && choices[i].Mention != user {
		return ErrNotYours
	}
	return nil
}

// Reply says a word to whoever pressed a button.
func (d *Desk) Reply(ctx context.Context, p notify.SlackPress, text string) error {
	return d.guard.Reply(ctx, p, text)
}
