package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/reminder"
)

// spanBody is a time of day. One that ends no later than it begins ends on the
// next day.
type spanBody struct {
	From string `json:"from" maxLength:"5" example:"18:30"`
	To   string `json:"to" maxLength:"5" doc:"24:00 is the day's end" example:"09:00"`
}

// quietBody is when a person does not want to be disturbed.
type quietBody struct {
	Zone         string       `json:"zone" doc:"IANA name" example:"Asia/Shanghai"`
	Week         [][]spanBody `json:"week" nullable:"false" doc:"seven days, Sunday first"`
	RestUntil    *time.Time   `json:"restUntil" nullable:"true"`
	RestingUntil *time.Time   `json:"restingUntil" nullable:"true" doc:"the end of the quiet that it is now; null: none"`
}

type quietOutput struct {
	Body quietBody
}

type quietInput struct {
	Body struct {
		Zone string       `json:"zone" maxLength:"64" example:"Asia/Shanghai"`
		Week [][]spanBody `json:"week" nullable:"false" minItems:"7" maxItems:"7" example:"[[],[],[],[],[],[],[]]"`
	}
}

type restInput struct {
	Body struct {
		Until *time.Time `json:"until" nullable:"true" doc:"null: no longer"`
	}
}

// disturbanceBody is what came to a person in their quiet hours.
type disturbanceBody struct {
	ID     string    `json:"id"`
	Title  string    `json:"title" example:"Weekly sync"`
	Sender string    `json:"sender" doc:"name" example:"Ann"`
	Reason string    `json:"reason" example:"The customer's bridge is down."`
	At     time.Time `json:"at"`
	Judged bool      `json:"judged"`
	Urgent bool      `json:"urgent" doc:"what the person said"`
}

type disturbancesOutput struct {
	Body []disturbanceBody `nullable:"false"`
}

type judgeInput struct {
	ByID
	Body struct {
		Urgent bool `json:"urgent"`
	}
}

type overrideInput struct {
	BySubject
	Body struct {
		Reason string `json:"reason" maxLength:"400" example:"The customer's bridge is down."`
	}
}

// BySubject names what people are reminded of in the path.
type BySubject struct {
	ID string `path:"id" maxLength:"128" doc:"of an occurrence, to-do or announcement"`
}

// quotaBody is how many times somebody may still disturb.
type quotaBody struct {
	Left int `json:"left"`
	Of   int `json:"of"`
}

type quotaOutput struct {
	Body quotaBody
}

// quiet registers what belongs to a person alone: nobody else sets their quiet
// hours, admins included.
func (a *API) quiet() {
	register(a, operation{
		id: "get-quiet", method: http.MethodGet, path: "/me/quiet", access: signedIn, summary: "My quiet hours",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*quietOutput, error) {
		q, err := a.cfg.Reminders.QuietOf(ctx, v.Person.ID)
		return a.toQuiet(v, q), err
	})
	register(a, operation{
		id: "set-quiet", method: http.MethodPut, path: "/me/quiet", access: signedIn, summary: "Choose my quiet hours",
	}, a.setQuiet)
	register(a, operation{
		id: "rest", method: http.MethodPut, path: "/me/rest", access: signedIn, summary: "Rest now until a time, or no longer",
	}, a.rest)
	register(a, operation{
		id: "list-disturbances", method: http.MethodGet, path: "/me/disturbances", access: signedIn,
		summary: "What came to me in my quiet hours, the last month",
	}, a.listDisturbances)
	register(a, operation{
		id: "judge-disturbance", method: http.MethodPost, path: "/me/disturbances/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "Say whether it was urgent: one that was not counts twice for its sender",
	}, func(ctx context.Context, v auth.Visitor, in *judgeInput) (*empty, error) {
		return nil, a.cfg.Reminders.Judge(ctx, v.Person.ID, in.ID, in.Body.Urgent)
	})
	register(a, operation{
		id: "override-quiet", method: http.MethodPost, path: "/subjects/{id}/override", access: signedIn,
		summary: "Let something of mine disturb people in their quiet hours; they see why", errors: []Code{NotFound, NotAllowed, Quota, Urged},
	}, a.overrideQuiet)
	register(a, operation{
		id: "get-override-quota", method: http.MethodGet, path: "/me/override-quota", access: signedIn,
		summary: "How many times I may still disturb this month",
	}, a.quota)
}

func (a *API) toQuiet(v auth.Visitor, q reminder.Quiet) *quietOutput {
	zone := q.Zone
	if zone == "" {
		zone = v.Person.TimeZone
	}
	b := quietBody{Zone: zone, Week: make([][]spanBody, len(q.Week)), RestingUntil: timeOrNil(a.cfg.Reminders.Resting(q))}
	if q.Until.After(time.Now()) {
		b.RestUntil = timeOrNil(q.Until)
	}
	for day, spans := range q.Week {
		b.Week[day] = make([]spanBody, len(spans))
		for i, s := range spans {
			b.Week[day][i] = spanBody{clockText(s.From), clockText(s.To)}
		}
	}
	return &quietOutput{b}
}

func clockText(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// clockMinutes reads a time of day; -1 where it is none.
func clockMinutes(text string) int {
	if text == "24:00" {
		return 24 * 60
	}
	t, err := time.Parse("15:04", text)
	if err != nil {
		return -1
	}
	return t.Hour()*60 + t.Minute()
}

func (a *API) setQuiet(ctx context.Context, v auth.Visitor, in *quietInput) (*quietOutput, error) {
	q, err := a.cfg.Reminders.QuietOf(ctx, v.Person.ID)
	if err != nil {
		return nil, err
	}
	q.Zone = in.Body.Zone
	for day := range q.Week {
		q.Week[day] = nil
		for _, s := range in.Body.Week[day] {
			q.Week[day] = append(q.Week[day], reminder.Span{From: clockMinutes(s.From), To: clockMinutes(s.To)})
		}
	}
	return a.keepQuiet(ctx, v, q)
}

func (a *API) rest(ctx context.Context, v auth.Visitor, in *restInput) (*quietOutput, error) {
	q, err := a.cfg.Reminders.QuietOf(ctx, v.Person.ID)
	if err != nil {
		return nil, err
	}
	if q.Zone == "" {
		q.Zone = v.Person.TimeZone
	}
	q.Until = time.Time{}
	if in.Body.Until != nil {
		q.Until = *in.Body.Until
	}
	return a.keepQuiet(ctx, v, q)
}

func (a *API) keepQuiet(ctx context.Context, v auth.Visitor, q reminder.Quiet) (*quietOutput, error) {
	err := a.cfg.Reminders.SetQuiet(ctx, v.Person.ID, q)
	if errors.Is(err, reminder.ErrBadQuiet) {
		return nil, invalid("week", "Quiet hours are at most four spans a day in a known time zone; resting lasts a month at most.")
	}
	return a.toQuiet(v, q), err
}

func (a *API) listDisturbances(ctx context.Context, v auth.Visitor, _ *empty) (*disturbancesOutput, error) {
	all, err := a.cfg.Reminders.Disturbances(ctx, v.Person.ID)
	if err != nil {
		return nil, err
	}
	out := &disturbancesOutput{make([]disturbanceBody, len(all))}
	for i, d := range all {
		out.Body[i] = disturbanceBody{d.ID, d.Title, d.SenderName, d.Reason, d.When.UTC(), d.Judged, d.Urgent}
	}
	return out, nil
}

func (a *API) overrideQuiet(ctx context.Context, v auth.Visitor, in *overrideInput) (*quotaOutput, error) {
	_, err := a.cfg.Reminders.Urge(ctx, whoIs(v.Person), v.Person.Admin, in.ID, in.Body.Reason)
	if err != nil {
		return nil, wordReason("reason", err)
	}
	return a.quota(ctx, v, nil)
}

func wordReason(field string, err error) error {
	if errors.Is(err, reminder.ErrNoReason) {
		return invalid(field, "Say why it is urgent, in 5 to 200 characters.")
	}
	return err
}

func (a *API) quota(ctx context.Context, v auth.Visitor, _ *empty) (*quotaOutput, error) {
	left, of, err := a.cfg.Reminders.Quota(ctx, v.Person.ID)
	return &quotaOutput{quotaBody{left, of}}, err
}

// whoIs is a person as somebody to be reminded.
func whoIs(p auth.Person) reminder.Who {
	return reminder.Who{
		Key: p.ID, Person: p.ID, Name: p.Name, Email: p.Email, Phone: string(p.Phone), Language: p.Language, Zone: p.TimeZone,
	}
}
