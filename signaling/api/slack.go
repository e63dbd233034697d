package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// slackType is how Slack sends what happens to buttons.
const slackType = "application/x-www-form-urlencoded"

const maxSlackPress = 64 << 10

// pressInput is what Slack sends.
type pressInput struct {
	ByID
	Timestamp string `header:"X-Slack-Request-Timestamp" maxLength:"20" example:"1531420618"`
	Signature string `header:"X-Slack-Signature" maxLength:"100" example:"v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"`
}

// pressOutput is empty: Slack wants a 200.
type pressOutput struct {
	Body struct{}
}

// answers are reminders as somebody answers them by a signed link.
type answers interface {
	Open(ctx context.Context, token string) (reminder.Invitation, error)
	Follow(ctx context.Context, token string, act reminder.Act, minutes int) (reminder.Invitation, error)
}

// slack takes the buttons that people press in Slack.
func (a *API) slack() {
	if a.cfg.Reminders == nil {
		return
	}
	register(a, operation{
		id: "press-slack-button", method: http.MethodPost, path: "/slack/{id}", accepts: slackType, errors: []Code{NotFound, WrongToken},
		summary: "A button of a bot was pressed in Slack, which signs this by the bot's secret",
	}, func(ctx context.Context, _ auth.Visitor, in *pressInput) (*pressOutput, error) {
		body, err := io.ReadAll(io.LimitReader(requestOf(ctx).Body, maxSlackPress))
		if err != nil {
			return nil, errTooLarge
		}
		press, err := a.cfg.Channels.Pressed(ctx, in.ID, in.Timestamp, in.Signature, body)
		if err != nil {
			return nil, err
		}
		word := a.pressed(ctx, a.cfg.Reminders, in.ID, press)
		if word == "" {
			return &pressOutput{}, nil
		}
		replying, cancel := context.WithTimeout(ctx, replyWithin)
		defer cancel()
		if err := a.cfg.Channels.Reply(replying, press, word); err != nil {
			a.log.WarnContext(ctx, "whoever pressed a button in Slack was not told what came of it", "err", err)
		}
		return &pressOutput{}, nil
	})
}

// replyWithin leaves Slack, which waits for three seconds, its answer.
const replyWithin = 2 * time.Second

// pressed answers a reminder, and gives what whoever pressed the button is
// told; empty: nothing, since the button leads somewhere.
func (a *API) pressed(ctx context.Context, reminders answers, bot string, p notify.SlackPress) string {
	if p.Token == "" {
		return ""
	}
	about, err := reminders.Open(ctx, p.Token)
	language := about.Who.Language
	if err == nil {
		err = a.cfg.Channels.MayPress(ctx, bot, about.Who.Person, p.User)
	}
	if errors.Is(err, channel.ErrNotYours) {
		return say(language, "This reminder is for somebody else.")
	}
	if err == nil {
		_, err = reminders.Follow(ctx, p.Token, reminder.Act(p.Act), 0)
	}
	if err != nil {
		problem := explain(wordAnswer(err), language)
		a.log.InfoContext(ctx, "button in Slack did not count", "code", string(problem.Code), "person", about.Who.Person, "err", err)
		return problem.Detail
	}
	return say(language, "Noted, thank you.")
}
