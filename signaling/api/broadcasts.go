package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/reminder"
)

// broadcastBody is an announcement to many.
type broadcastBody struct {
	ID     string    `json:"id"`
	Title  string    `json:"title" example:"The office is closed on Friday"`
	Text   string    `json:"text"`
	By     string    `json:"by" doc:"name" example:"Ann"`
	At     time.Time `json:"at"`
	People int       `json:"people" doc:"how many are told"`
	Phone  bool      `json:"phone" doc:"phones ring too"`
}

type broadcastsOutput struct {
	Body []broadcastBody `nullable:"false"`
}

type broadcastOutput struct {
	Body broadcastBody
}

type broadcastInput struct {
	Body struct {
		Title  string   `json:"title" maxLength:"200" example:"The office is closed on Friday"`
		Text   string   `json:"text,omitempty" maxLength:"4000"`
		People []string `json:"people,omitempty" nullable:"false" maxItems:"5000" doc:"ids; none: everybody"`
		Phone  bool     `json:"phone,omitempty" doc:"ring phones too: pressing 1 says that it was heard"`
		Urgent string   `json:"urgent,omitempty" maxLength:"400" doc:"why it disturbs quiet hours; empty: it does not"`
	}
}

func (a *API) broadcasts() {
	register(a, operation{
		id: "announce", method: http.MethodPost, path: "/broadcasts", access: adminOnly, status: http.StatusCreated, maxBody: 512 << 10,
		summary: "Tell many people something", errors: []Code{Quota},
	}, a.announce)
	register(a, operation{
		id: "list-broadcasts", method: http.MethodGet, path: "/broadcasts", access: adminOnly,
		summary: "What was announced in the last three months, the newest first",
	}, a.listBroadcasts)
}

func toBroadcast(b reminder.Announcement) broadcastBody {
	return broadcastBody{b.ID, b.Title, b.Text, b.ByName, b.At.UTC(), len(b.People), b.Phone}
}

func (a *API) announce(ctx context.Context, v auth.Visitor, in *broadcastInput) (*broadcastOutput, error) {
	people, err := a.audience(ctx, v, in.Body.People)
	if err != nil {
		return nil, err
	}
	b, err := a.cfg.Reminders.Announce(ctx, whoIs(v.Person), reminder.Announcement{
		Title: in.Body.Title, Text: in.Body.Text, Phone: in.Body.Phone, People: people,
	}, in.Body.Urgent)
	if errors.Is(err, reminder.ErrBadAnnouncement) {
		return nil, invalid("text", "An announcement has a title of at most 80 characters, a text of at most 1,000, and 1 to 5,000 people.")
	}
	if err != nil {
		return nil, wordReason("urgent", err)
	}
	return &broadcastOutput{toBroadcast(b)}, nil
}

// audience are the people with these ids, or everybody.
func (a *API) audience(ctx context.Context, v auth.Visitor, ids []string) ([]reminder.Who, error) {
	everybody, err := a.accounts.Everybody(ctx, v.Person)
	if err != nil {
		return nil, err
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	var people []reminder.Who
	for _, p := range everybody {
		_, asked := slices.BinarySearch(ids, p.ID)
		if p.Active && (asked || len(ids) == 0) {
			people = append(people, whoIs(p))
		}
	}
	if len(ids) > 0 && len(people) < len(ids) {
		return nil, invalid("people", "Some of these people have no active account.")
	}
	return people, nil
}

// announcedFor is how far back announcements are listed.
const announcedFor = 92 * 24 * time.Hour

func (a *API) listBroadcasts(ctx context.Context, _ auth.Visitor, _ *empty) (*broadcastsOutput, error) {
	all, err := a.cfg.Reminders.Announced(ctx, time.Now().Add(-announcedFor))
	if err != nil {
		return nil, err
	}
	out := &broadcastsOutput{make([]broadcastBody, len(all))}
	for i, b := range all {
		out.Body[i] = toBroadcast(b)
	}
	return out, nil
}
