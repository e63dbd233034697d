package api

import (
	"context"
	"errors"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// cardBody is something that somebody was reminded of and has not answered.
type cardBody struct {
	Subject   string        `json:"subject" doc:"id of the occurrence, to-do or announcement"`
	Kind      reminder.Kind `json:"kind" enum:"meeting,todo,broadcast" example:"meeting"`
	Meeting   string        `json:"meeting" doc:"id; empty: none"`
	Title     string        `json:"title" example:"Weekly sync"`
	Text      string        `json:"text" doc:"of an announcement"`
	Start     time.Time     `json:"start"`
	End       time.Time     `json:"end"`
	Organiser string        `json:"organiser" doc:"name" example:"Ann"`
	Link      string        `json:"link" doc:"leads there; empty: nowhere"`
	Urgent    string        `json:"urgent" doc:"who disturbs quiet hours, and why; empty: nobody"`
	Reminded  *time.Time    `json:"reminded" nullable:"true" doc:"last; null: kept silent"`
	Snoozed   bool          `json:"snoozed" doc:"will be reminded again"`
}

type cardsOutput struct {
	Body []cardBody `nullable:"false"`
}

// answerBody is what somebody answers.
type answerBody struct {
	Act     reminder.Act `json:"act" enum:"join,coming,late,cannot,snooze,heard" example:"late"`
	Minutes int          `json:"minutes,omitempty" minimum:"0" maximum:"60" doc:"of late and snooze; 0: five" example:"5"`
}

type answerInput struct {
	Subject string `path:"subject" maxLength:"128" doc:"id of the occurrence, to-do or announcement"`
	Body    answerBody
}

type linkInput struct {
	Token string `path:"token" maxLength:"600"`
}

type answerLinkInput struct {
	Token string `path:"token" maxLength:"600"`
	Body  answerBody
}

// linkBody is what a signed link is about.
type linkBody struct {
	Kind      reminder.Kind `json:"kind" enum:"meeting,todo,broadcast" example:"meeting"`
	Title     string        `json:"title" example:"Weekly sync"`
	Text      string        `json:"text"`
	Start     time.Time     `json:"start"`
	End       time.Time     `json:"end"`
	Zone      string        `json:"zone" doc:"IANA name, the person's" example:"Asia/Shanghai"`
	Organiser string        `json:"organiser" example:"Ann"`
	Name      string        `json:"name" doc:"of the person" example:"Bob"`
	Link      string        `json:"link"`
	Number    string        `json:"number" doc:"of the meeting, for phones"`
	Code      string        `json:"code" doc:"the person's own, for phones"`
	Answer    reminder.Act  `json:"answer" doc:"the last one; empty: none"`
	Minutes   int           `json:"minutes"`
}

type linkOutput struct {
	Body linkBody
}

// choiceBody is how a person wants to be reminded.
type choiceBody struct {
	Channels []notify.Channel `json:"channels" nullable:"true" doc:"of messages: push, mail, wecom, dingtalk, feishu, slack, webhook; null: as usual"`
	Lead     []int            `json:"lead" nullable:"false" doc:"minutes before the start; none: as the meeting says"`
	NoRing   bool             `json:"noRing" doc:"no card with a sound"`
	NoCall   bool             `json:"noCall" doc:"no phone call"`
}

type choiceOutput struct {
	Body choiceBody
}

type choiceInput struct {
	Body choiceBody
}

// ladderBody is how people are reminded of a meeting.
type ladderBody struct {
	Rungs []reminder.Rung `json:"rungs" nullable:"false" doc:"ask, ring, call and host, with minutes after the start; a step without a rung is not taken"`
	Own   bool            `json:"own" doc:"the organiser chose it"`
}

type ladderOutput struct {
	Body ladderBody
}

type ladderInput struct {
	ByID
	Body struct {
		Rungs []reminder.Rung `json:"rungs" nullable:"false" maxItems:"8"`
	}
}

// reminders registers what reminds people.
func (a *API) reminders() {
	if a.cfg.Reminders == nil {
		return
	}
	register(a, operation{
		id: "list-reminders", method: http.MethodGet, path: "/me/reminders", access: signedIn,
		summary: "What I was reminded of and have not answered, the earliest first",
	}, a.listCards)
	register(a, operation{
		id: "answer-reminder", method: http.MethodPost, path: "/me/reminders/{subject}", access: signedIn,
		summary: "Answer a reminder: all that would remind me of it stops", errors: []Code{NotFound, Over, TooOften},
	}, func(ctx context.Context, v auth.Visitor, in *answerInput) (*empty, error) {
		return nil, wordAnswer(a.cfg.Reminders.AnswerAs(ctx, v.Person.ID, in.Subject, in.Body.Act, in.Body.Minutes, "page"))
	})
	register(a, operation{
		id: "read-reminder-link", method: http.MethodGet, path: "/reminders/{token}",
		summary: "What a signed link in a message is about", errors: []Code{WrongToken, Expired, NotFound},
	}, func(ctx context.Context, _ auth.Visitor, in *linkInput) (*linkOutput, error) {
		return a.linkOutput(a.cfg.Reminders.Open(ctx, in.Token))
	})
	register(a, operation{
		id: "answer-reminder-link", method: http.MethodPost, path: "/reminders/{token}",
		summary: "Answer by a signed link, without signing in", errors: []Code{WrongToken, Expired, NotFound, Over, TooOften},
	}, func(ctx context.Context, _ auth.Visitor, in *answerLinkInput) (*linkOutput, error) {
		return a.linkOutput(a.cfg.Reminders.Follow(ctx, in.Token, in.Body.Act, in.Body.Minutes))
	})
	a.choices()
	a.quiet()
	a.receipts()
	a.broadcasts()
}

// wordAnswer says in words what is wrong with an answer.
func wordAnswer(err error) error {
	if errors.Is(err, reminder.ErrBadAct) {
		return invalid("act", "Answers are join, coming, late, cannot, snooze and heard; at most 60 minutes.")
	}
	return err
}

func (a *API) listCards(ctx context.Context, v auth.Visitor, _ *empty) (*cardsOutput, error) {
	cards, err := a.cfg.Reminders.Cards(ctx, v.Person.ID)
	if err != nil {
		return nil, err
	}
	out := &cardsOutput{make([]cardBody, len(cards))}
	for i, c := range cards {
		s := c.Subject
		out.Body[i] = cardBody{
			Subject: s.ID, Kind: s.Kind, Meeting: s.Meeting, Title: s.Title, Text: s.Text, Start: s.Start.UTC(), End: s.End.UTC(),
			Organiser: s.OrganiserName, Link: s.Link, Urgent: c.Urgent, Reminded: timeOrNil(c.Reminded), Snoozed: c.Snoozed,
		}
	}
	return out, nil
}

// timeOrNil is null for the zero time.
func timeOrNil(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func (a *API) linkOutput(i reminder.Invitation, err error) (*linkOutput, error) {
	if err != nil {
		return nil, wordAnswer(err)
	}
	s := i.Subject
	return &linkOutput{linkBody{
		Kind: s.Kind, Title: s.Title, Text: s.Text, Start: s.Start.UTC(), End: s.End.UTC(), Zone: i.Who.Zone, Organiser: s.OrganiserName,
		Name: i.Who.Name, Link: s.Link, Number: s.Number, Code: i.Who.Code, Answer: i.Answer.Act, Minutes: i.Answer.Minutes,
	}}, nil
}

// choices registers how people and organisers choose to remind.
func (a *API) choices() {
	register(a, operation{
		id: "get-notifications", method: http.MethodGet, path: "/me/notifications", access: signedIn, summary: "How I am reminded",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*choiceOutput, error) {
		c, err := a.cfg.Reminders.ChoiceOf(ctx, v.Person.ID)
		return toChoice(c), err
	})
	register(a, operation{
		id: "set-notifications", method: http.MethodPut, path: "/me/notifications", access: signedIn, summary: "Choose how I am reminded",
	}, func(ctx context.Context, v auth.Visitor, in *choiceInput) (*choiceOutput, error) {
		c := reminder.Choice(in.Body)
		err := a.cfg.Reminders.Choose(ctx, v.Person.ID, c)
		if errors.Is(err, reminder.ErrBadChoice) {
			return nil, invalid("lead", "Choose at most three times before the start, each up to a day; messages come by push, mail and the chats.")
		}
		return toChoice(c), err
	})
	register(a, operation{
		id: "get-ladder", method: http.MethodGet, path: "/meetings/{id}/ladder", access: signedIn, errors: []Code{NotFound},
		summary: "How people are reminded of a meeting",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*ladderOutput, error) {
		if _, err := a.book.Read(ctx, v.Person.ID, in.ID); err != nil {
			return nil, err
		}
		l, own, err := a.cfg.Reminders.LadderOf(ctx, in.ID)
		return &ladderOutput{ladderBody{l.Rungs, own}}, err
	})
	register(a, operation{
		id: "set-ladder", method: http.MethodPut, path: "/meetings/{id}/ladder", access: signedIn, errors: []Code{NotFound, NotAllowed},
		summary: "Choose how people are reminded of a meeting of mine",
	}, a.setLadder)
}

func toChoice(c reminder.Choice) *choiceOutput {
	if c.Lead == nil {
		c.Lead = []int{}
	}
	return &choiceOutput{choiceBody(c)}
}

func (a *API) setLadder(ctx context.Context, v auth.Visitor, in *ladderInput) (*ladderOutput, error) {
	m, err := a.book.Read(ctx, v.Person.ID, in.ID)
	if err != nil {
		return nil, err
	}
	if m.Organiser != v.Person.ID {
		return nil, auth.ErrNotAllowed
	}
	l := reminder.Ladder{Rungs: in.Body.Rungs}
	if l.Rungs == nil {
		l.Rungs = []reminder.Rung{}
	}
	err = a.cfg.Reminders.SetLadder(ctx, in.ID, l)
	if errors.Is(err, reminder.ErrBadLadder) {
		return nil, invalid("rungs", "A message comes up to a day before, a ring up to 10 minutes before, a call up to 30 minutes after, "+
			"and hosts are told 1 to 60 minutes after; each once.")
	}
	return &ladderOutput{ladderBody{l.Rungs, true}}, err
}
