package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/notify"
)

// channelsBody is by which ways a person can be told things.
type channelsBody struct {
	Mail     bool        `json:"mail" doc:"mails can be sent from here"`
	Push     bool        `json:"push" doc:"push messages can be sent from here"`
	Browsers int         `json:"browsers" doc:"of the person, that take push messages" example:"2"`
	Bots     []offerBody `json:"bots" nullable:"false"`
}

// offerBody is a bot that a person may choose.
type offerBody struct {
	ID      string         `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name    string         `json:"name" example:"Project chat"`
	Channel notify.Channel `json:"channel" enum:"wecom,dingtalk,feishu,slack,webhook"`
	Chosen  bool           `json:"chosen"`
	Mention string         `json:"mention" doc:"the person's user id at the bot's service, or E.164 number; empty: not called by name" example:"zhangsan"`
}

type channelsOutput struct {
	Body channelsBody
}

type chooseInput struct {
	Body struct {
		Bots []struct {
			ID      string `json:"id" maxLength:"100" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
			Mention string `json:"mention,omitempty" maxLength:"64" example:"zhangsan"`
		} `json:"bots" nullable:"false" maxItems:"200" doc:"those by which the person wants to be told"`
	}
}

func (a *API) channels() {
	desk := a.cfg.Channels
	show := func(ctx context.Context, v auth.Visitor) (*channelsOutput, error) {
		offers, err := desk.Offers(ctx, v.Person)
		if err != nil {
			return nil, err
		}
		browsers, err := desk.Browsers.Of(ctx, v)
		out := &channelsOutput{channelsBody{desk.Has(notify.Mail), desk.Has(notify.Push), len(browsers), make([]offerBody, len(offers))}}
		for i, o := range offers {
			out.Body.Bots[i] = offerBody{o.ID, o.Name, o.Channel, o.Chosen, o.Mention}
		}
		return out, err
	}
	register(a, operation{
		id: "get-channels", method: http.MethodGet, path: "/me/channels", access: signedIn, summary: "By which ways one can be told things",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*channelsOutput, error) { return show(ctx, v) })
	register(a, operation{
		id: "choose-channels", method: http.MethodPut, path: "/me/channels", access: signedIn, errors: []Code{NotFound, NoPerson},
		summary: "Choose the bots that one is told by",
	}, func(ctx context.Context, v auth.Visitor, in *chooseInput) (*channelsOutput, error) {
		all := make([]channel.Choice, len(in.Body.Bots))
		for i, b := range in.Body.Bots {
			all[i] = channel.Choice{Bot: b.ID, Mention: b.Mention}
		}
		if err := desk.Choose(ctx, v.Person, all); err != nil {
			return nil, err
		}
		return show(ctx, v)
	})
}

// browserBody is a browser that takes push messages.
type browserBody struct {
	ID        string    `json:"id" example:"0123456789abcdef0123456789abcdef"`
	UserAgent string    `json:"userAgent" example:"Mozilla/5.0"`
	CreatedAt time.Time `json:"createdAt"`
	Current   bool      `json:"current" doc:"it subscribed in the session that asks"`
}

type pushOutput struct {
	Body struct {
		Key      string        `json:"key" doc:"applicationServerKey for subscriptions, in base64url; empty: there are no push messages" example:""`
		Browsers []browserBody `json:"browsers" nullable:"false"`
	}
}

// subscribeInput is what PushSubscription.toJSON gives.
type subscribeInput struct {
	Body struct {
		Endpoint       notify.URL `json:"endpoint" maxLength:"2000" example:"https://push.example.com/1"`
		ExpirationTime *float64   `json:"expirationTime,omitempty" doc:"not needed: the push service tells" example:"0"`
		Keys           struct {
			P256DH notify.Secret `json:"p256dh" maxLength:"200"`
			Auth   notify.Secret `json:"auth" maxLength:"100"`
		} `json:"keys"`
	}
}

type subscribedOutput struct {
	Body struct {
		ID string `json:"id" example:"0123456789abcdef0123456789abcdef"`
	}
}

type pushTrialOutput struct {
	Body struct {
		Sent  bool   `json:"sent" doc:"a push service took it for one of the browsers"`
		Error string `json:"error" doc:"what went wrong and what to do; empty: nothing" example:""`
	}
}

func (a *API) push() {
	browsers := a.cfg.Channels.Browsers
	register(a, operation{
		id: "get-push", method: http.MethodGet, path: "/me/push", access: signedIn, summary: "The browsers that take one's push messages",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*pushOutput, error) {
		all, err := browsers.Of(ctx, v)
		out := &pushOutput{}
		out.Body.Key, out.Body.Browsers = browsers.Key(), make([]browserBody, len(all))
		for i, b := range all {
			out.Body.Browsers[i] = browserBody(b)
		}
		return out, err
	})
	register(a, operation{
		id: "subscribe-push", method: http.MethodPost, path: "/me/push", access: signedIn, errors: []Code{NotFound, NoPerson},
		summary: "Have a browser take one's push messages; again for the same one renews",
	}, func(ctx context.Context, v auth.Visitor, in *subscribeInput) (*subscribedOutput, error) {
		if browsers.Key() == "" {
			return nil, errNotFound
		}
		id, err := browsers.Subscribe(ctx, v, notify.Subscription{
			Endpoint: in.Body.Endpoint, P256DH: in.Body.Keys.P256DH, Auth: in.Body.Keys.Auth,
		})
		out := &subscribedOutput{}
		out.Body.ID = id
		return out, err
	})
	register(a, operation{
		id: "drop-push", method: http.MethodDelete, path: "/me/push/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "End the push messages to a browser",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		return nil, browsers.Drop(ctx, v.Person.ID, in.ID)
	})
	register(a, operation{
		id: "test-push", method: http.MethodPost, path: "/me/push/test", access: signedIn, errors: []Code{NotFound},
		summary: "Send a push message to one's own browsers now",
	}, a.testPush)
}

func (a *API) testPush(ctx context.Context, v auth.Visitor, _ *empty) (*pushTrialOutput, error) {
	err := a.cfg.Channels.TryPush(ctx, v.Person)
	out := &pushTrialOutput{}
	if r, ok := notify.AsRefused(err); ok {
		out.Body.Error = r.Say(v.Person.Language)
		return out, nil
	}
	out.Body.Sent = err == nil
	return out, err
}
