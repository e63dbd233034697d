package api

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// receiptsBody is what became of the reminders of something.
type receiptsBody struct {
	Subject string        `json:"subject"`
	Kind    reminder.Kind `json:"kind" enum:"meeting,todo,broadcast" example:"meeting"`
	Title   string        `json:"title" example:"Weekly sync"`
	Start   time.Time     `json:"start"`
	End     time.Time     `json:"end"`
	Funnel  funnelBody    `json:"funnel"`
	People  []receiptBody `json:"people" nullable:"false" doc:"all for the organiser, for others themselves"`
	Again   againBody     `json:"again"`
}

// funnelBody counts people and reminders.
type funnelBody struct {
	People       int `json:"people"`
	Planned      int `json:"planned" doc:"reminders, each of one step and channel"`
	Sent         int `json:"sent" doc:"of them"`
	Delivered    int `json:"delivered" doc:"of those sent: the channel knows that they arrived"`
	Acknowledged int `json:"acknowledged" doc:"people who answered"`
	Late         int `json:"late" doc:"of them"`
	Declined     int `json:"declined" doc:"of them"`
	Failed       int `json:"failed"`
	Expired      int `json:"expired"`
	Suppressed   int `json:"suppressed"`
	Waiting      int `json:"waiting" doc:"people who have not answered"`
}

// receiptBody is what became of one person's reminders.
type receiptBody struct {
	Who      string       `json:"who" doc:"id of the person or invitation"`
	Name     string       `json:"name" example:"Bob"`
	Required bool         `json:"required"`
	Answer   reminder.Act `json:"answer" doc:"the last; empty: none"`
	Minutes  int          `json:"minutes" doc:"how late they will be"`
	Where    string       `json:"where" doc:"it was pressed: phone, page, link, room" example:"phone"`
	At       *time.Time   `json:"at" nullable:"true"`
	Rows     []rowBody    `json:"rows" nullable:"false"`
}

// rowBody is one reminder.
type rowBody struct {
	Step    string          `json:"step" example:"ask"`
	Channel notify.Channel  `json:"channel" example:"push"`
	State   reminder.State  `json:"state" enum:"pending,claimed,sent,delivered,acknowledged,failed,expired,suppressed" example:"sent"`
	Reason  reminder.Reason `json:"reason" doc:"why; empty where there is nothing to say" example:"quiet"`
	Due     time.Time       `json:"due"`
	SentAt  *time.Time      `json:"sentAt" nullable:"true"`
}

// againBody is whether those who have not answered can be reminded again.
type againBody struct {
	Left   int        `json:"left" doc:"times"`
	NextAt *time.Time `json:"nextAt" nullable:"true"`
}

type receiptsOutput struct {
	Body receiptsBody
}

type remindedOutput struct {
	Body struct {
		Reminded int `json:"reminded" doc:"people"`
	}
}

func (a *API) receipts() {
	register(a, operation{
		id: "get-receipts", method: http.MethodGet, path: "/subjects/{id}/receipts", access: signedIn, errors: []Code{NotFound},
		summary: "What became of the reminders of something of mine; to those invited, of their own",
	}, a.getReceipts)
	register(a, operation{
		id: "export-receipts", method: http.MethodGet, path: "/subjects/{id}/receipts/export", access: signedIn, errors: []Code{NotFound},
		content: []string{csvType}, summary: "The same as a CSV file",
	}, a.exportReceipts)
	register(a, operation{
		id: "remind-again", method: http.MethodPost, path: "/subjects/{id}/again", access: signedIn,
		summary: "Remind those again who have not answered: at most three times, five minutes apart", errors: []Code{NotFound, Over, TooOften},
	}, func(ctx context.Context, v auth.Visitor, in *BySubject) (*remindedOutput, error) {
		var out remindedOutput
		var err error
		out.Body.Reminded, err = a.cfg.Reminders.Remind(ctx, v.Person.ID, in.ID)
		return &out, err
	})
}

func (a *API) getReceipts(ctx context.Context, v auth.Visitor, in *BySubject) (*receiptsOutput, error) {
	r, err := a.cfg.Reminders.Receipts(ctx, v.Person.ID, in.ID)
	if err != nil {
		return nil, err
	}
	s := r.Subject
	b := receiptsBody{
		Subject: s.ID, Kind: s.Kind, Title: s.Title, Start: s.Start.UTC(), End: s.End.UTC(), Funnel: funnelBody(r.Funnel),
		People: make([]receiptBody, len(r.People)), Again: againBody{r.Again, timeOrNil(r.NextAt)},
	}
	for i, p := range r.People {
		b.People[i] = toReceipt(p)
	}
	return &receiptsOutput{b}, nil
}

func toReceipt(p reminder.Receipt) receiptBody {
	b := receiptBody{
		Who: p.Who.Key, Name: p.Who.Name, Required: p.Who.Required, Answer: p.Answer.Act, Minutes: p.Answer.Minutes,
		Where: p.Answer.Where, At: timeOrNil(p.Answer.At), Rows: make([]rowBody, len(p.Rows)),
	}
	for i, r := range p.Rows {
		b.Rows[i] = rowBody{string(r.Step), r.Channel, r.State, r.Reason, r.Due.UTC(), timeOrNil(r.SentAt)}
	}
	return b
}

func (a *API) exportReceipts(ctx context.Context, v auth.Visitor, in *BySubject) (*huma.StreamResponse, error) {
	r, err := a.cfg.Reminders.Receipts(ctx, v.Person.ID, in.ID)
	if err != nil {
		return nil, err
	}
	return a.attachment(csvType, "receipts.csv", func(w io.Writer) error {
		head, rows := r.Table()
		out := csv.NewWriter(w)
		if err := out.Write(head); err != nil {
			return err
		}
		for _, row := range rows {
			for i, cell := range row {
				row[i] = inert(cell)
			}
			if err := out.Write(row); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	}), nil
}
