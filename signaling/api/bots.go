package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
)

// botBody is a bot as admins see it.
type botBody struct {
	ID           string         `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name         string         `json:"name" example:"Project chat"`
	Channel      notify.Channel `json:"channel" enum:"wecom,dingtalk,feishu,slack,webhook"`
	Host         string         `json:"host" doc:"of its address; the rest is secret" example:"qyapi.weixin.qq.com"`
	HasSecret    bool           `json:"hasSecret"`
	AllowPrivate bool           `json:"allowPrivate" doc:"the address may be in a private network"`
	People       int            `json:"people" doc:"who chose it" example:"3"`
	Fault        string         `json:"fault" doc:"why it cannot send, in a sentence; empty: it can" example:""`
	ChangedAt    time.Time      `json:"changedAt"`
	ChangedBy    string         `json:"changedBy" example:"Ann"`
}

type botOutput struct {
	Body botBody
}

type botsOutput struct {
	Body []botBody `nullable:"false"`
}

// describedBot is a bot as an admin sends it. Of address and secret, what is
// absent stays.
type describedBot struct {
	Name         string         `json:"name" maxLength:"400" example:"Project chat"`
	Channel      notify.Channel `json:"channel" enum:"wecom,dingtalk,feishu,slack,webhook"`
	URL          *notify.URL    `json:"url,omitempty" nullable:"false" maxLength:"2000" doc:"absent: as it is" example:"https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=1"`
	Secret       *notify.Secret `json:"secret,omitempty" nullable:"false" maxLength:"1000" doc:"that signs; absent: as it is; empty: none" example:"SEC0123456789abcdef"`
	AllowPrivate bool           `json:"allowPrivate,omitempty"`
}

func (d describedBot) description() channel.Description {
	return channel.Description{Name: d.Name, Channel: d.Channel, URL: d.URL, Secret: d.Secret, AllowPrivate: d.AllowPrivate}
}

type addBotInput struct {
	Body describedBot
}

type changeBotInput struct {
	ByID
	Body describedBot
}

type trialOutput struct {
	Body struct {
		Sent   bool   `json:"sent"`
		Error  string `json:"error" doc:"what went wrong and what to do; empty: nothing" example:""`
		TookMS int64  `json:"tookMs" example:"120"`
	}
}

func (a *API) bots() {
	bots := a.cfg.Channels.Bots
	register(a, operation{
		id: "list-bots", method: http.MethodGet, path: "/bots", access: adminOnly, summary: "The bots and webhooks",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*botsOutput, error) {
		all, err := bots.All(ctx, v.Person)
		out := &botsOutput{make([]botBody, len(all))}
		for i, b := range all {
			out.Body[i] = botOf(v.Person.Language, b)
		}
		return out, err
	})
	register(a, operation{
		id: "add-bot", method: http.MethodPost, path: "/bots", access: adminOnly, status: http.StatusCreated, errors: []Code{TooMany},
		summary: "Set up a bot or webhook",
	}, func(ctx context.Context, v auth.Visitor, in *addBotInput) (*botOutput, error) {
		b, err := bots.Add(ctx, v.Person, in.Body.description())
		return &botOutput{botOf(v.Person.Language, b)}, err
	})
	register(a, operation{
		id: "change-bot", method: http.MethodPut, path: "/bots/{id}", access: adminOnly, errors: []Code{NotFound},
		summary: "Describe a bot anew",
	}, func(ctx context.Context, v auth.Visitor, in *changeBotInput) (*botOutput, error) {
		b, err := bots.Change(ctx, v.Person, in.ID, in.Body.description())
		return &botOutput{botOf(v.Person.Language, b)}, err
	})
	register(a, operation{
		id: "remove-bot", method: http.MethodDelete, path: "/bots/{id}", access: adminOnly, errors: []Code{NotFound},
		summary: "Take a bot away, also from those who chose it",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		return nil, bots.Remove(ctx, v.Person, in.ID)
	})
	register(a, operation{
		id: "test-bot", method: http.MethodPost, path: "/bots/{id}/test", access: adminOnly, errors: []Code{NotFound},
		summary: "Send a message by a bot now",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*trialOutput, error) {
		t, err := a.cfg.Channels.TryBot(ctx, v.Person, in.ID)
		if err != nil {
			return nil, err
		}
		out := &trialOutput{}
		out.Body.Sent, out.Body.TookMS = t.Refused == nil, t.Took.Milliseconds()
		if t.Refused != nil {
			out.Body.Error = t.Refused.Say(v.Person.Language)
		}
		return out, nil
	})
}

func botOf(language string, b channel.ListedBot) botBody {
	fault := ""
	switch {
	case errors.Is(b.Fault, seal.ErrWrongKey):
		fault = say(language, "Address and secret of this bot were stored with another key file. Put that back, or enter them again.")
	case b.Fault != nil:
		fault = say(language, "Address and secret of this bot are damaged. Enter them again.")
	}
	return botBody{
		b.ID, b.Name, b.Channel, b.Host, b.Secret, b.AllowPrivate, b.People, fault, b.ChangedAt, b.ChangedBy.Name,
	}
}
