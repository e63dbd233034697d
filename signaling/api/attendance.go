package api

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/sip/billing"
)

// attendeeBody is somebody's stay in a meeting.
type attendeeBody struct {
	Name     string     `json:"name" example:"Bob"`
	Person   string     `json:"person,omitempty" doc:"of a colleague who came by themselves" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Kind     string     `json:"kind" enum:"browser,phone" example:"browser"`
	JoinedAt time.Time  `json:"joinedAt"`
	LeftAt   *time.Time `json:"leftAt,omitempty" nullable:"false" doc:"absent: is still there"`
	Seconds  int64      `json:"seconds" example:"1800"`
}

type attendanceInput struct {
	ByID
	From time.Time `query:"from" doc:"stays that began earlier do not count"`
	To   time.Time `query:"to" doc:"nor those that began then or later"`
}

type attendanceOutput struct {
	Body struct {
		People []attendeeBody `json:"people" nullable:"false" doc:"in the order in which they came"`
	}
}

func (a *API) attendance() {
	errs := []Code{NotFound, NotAllowed}
	register(a, operation{
		id: "get-attendance", method: http.MethodGet, path: "/meetings/{id}/attendance", access: signedIn, errors: errs,
		summary: "Who came to a meeting that I lead, and when",
	}, func(ctx context.Context, v auth.Visitor, in *attendanceInput) (*attendanceOutput, error) {
		out := &attendanceOutput{}
		out.Body.People = []attendeeBody{}
		if _, err := a.cfg.Schedule.Planner.Led(ctx, v.Person.ID, in.ID); err != nil {
			return nil, err
		}
		return out, a.eachStay(ctx, in, func(b attendeeBody) error {
			out.Body.People = append(out.Body.People, b)
			return nil
		})
	})
	register(a, operation{
		id: "export-attendance", method: http.MethodGet, path: "/meetings/{id}/attendance/export", access: signedIn, errors: errs,
		content: []string{csvType}, summary: "The same as a CSV file, with times in my zone",
	}, func(ctx context.Context, v auth.Visitor, in *attendanceInput) (*huma.StreamResponse, error) {
		if _, err := a.cfg.Schedule.Planner.Led(ctx, v.Person.ID, in.ID); err != nil {
			return nil, err
		}
		zone, err := time.LoadLocation(v.Person.TimeZone)
		if err != nil {
			zone = time.UTC
		}
		return a.attachment(csvType, "attendance.csv", func(w io.Writer) error { return a.writeAttendance(ctx, in, zone, w) }), nil
	})
}

// eachStay gives everybody's stays in a meeting, the earliest first.
func (a *API) eachStay(ctx context.Context, in *attendanceInput, give func(attendeeBody) error) error {
	answered := true
	search := billing.Search{Meeting: in.ID, From: in.From, To: in.To, Oldest: true, Answered: &answered}
	return a.cfg.Schedule.Records.EachRecord(ctx, search, func(c *billing.CDR) error {
		b := attendeeBody{Name: c.Name, Person: c.Person, Kind: string(meeting.Browser), JoinedAt: c.Answer, LeftAt: orAbsent(c.End)}
		if c.Kind != billing.Web {
			b.Kind = string(meeting.Phone)
		}
		if c.Kind == billing.PhoneOut {
			b.Person = "" // who dialled, not who came
		}
		end := c.End
		if end.IsZero() {
			end = time.Now()
		}
		b.Seconds = max(0, int64(end.Sub(c.Answer)/time.Second))
		return give(b)
	})
}

func (a *API) writeAttendance(ctx context.Context, in *attendanceInput, zone *time.Location, w io.Writer) error {
	const layout = "2006-01-02 15:04:05"
	out := csv.NewWriter(w)
	if err := out.Write([]string{"name", "kind", "joined", "left", "minutes", "timeZone"}); err != nil {
		return err
	}
	err := a.eachStay(ctx, in, func(b attendeeBody) error {
		left := ""
		if b.LeftAt != nil {
			left = b.LeftAt.In(zone).Format(layout)
		}
		minutes := strconv.FormatFloat(float64(b.Seconds)/60, 'f', 1, 64)
		return out.Write([]string{inert(b.Name), b.Kind, b.JoinedAt.In(zone).Format(layout), left, minutes, zone.String()})
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}
