package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/invite"
)

// Calendar is how meetings get into other calendars and out of them. Without
// feeds there is nothing of it.
type Calendar struct {
	Feeds    *invite.Feeds
	Importer *invite.Importer
	Answers  *invite.Answers // by the links in letters
}

type feedOutput struct {
	Body struct {
		URL       string     `json:"url" doc:"a secret that shows one's meetings to whoever has it; empty: there is none" example:"https://meet.example.com/calendar/Zk3v9Qm1Xr7Lw5Tn2Bp8Jc.ics"`
		CreatedAt *time.Time `json:"createdAt,omitempty"`
	}
}

func feedBody(ctx context.Context, f invite.Feed, path string) *feedOutput {
	var out feedOutput
	out.Body.URL, out.Body.CreatedAt = requestOf(ctx).base+path, &f.CreatedAt
	return &out
}

// feeds is the calendar that a person's other programs fetch.
func (a *API) feeds() {
	feeds := a.cfg.Calendar.Feeds
	register(a, operation{
		id: "get-feed", method: http.MethodGet, path: "/me/calendar", access: signedIn,
		summary: "The link by which calendar programs fetch one's meetings",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*feedOutput, error) {
		f, path, err := feeds.Of(ctx, v.Person.ID)
		switch {
		case errors.Is(err, invite.ErrNoFeed):
			return &feedOutput{}, nil
		case err != nil:
			return nil, err
		}
		return feedBody(ctx, f, path), nil
	})
	register(a, operation{
		id: "renew-feed", method: http.MethodPost, path: "/me/calendar", access: signedIn,
		summary: "Make that link, or another one in its place, which alone works from then on",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*feedOutput, error) {
		f, path, err := feeds.Renew(ctx, v.Person.ID)
		if err != nil {
			return nil, err
		}
		return feedBody(ctx, f, path), nil
	})
	register(a, operation{
		id: "remove-feed", method: http.MethodDelete, path: "/me/calendar", access: signedIn, summary: "Take that link back",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*struct{}, error) {
		return nil, feeds.Remove(ctx, v.Person.ID)
	})
}
