package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

type previewScheduleInput struct {
	Body struct {
		MeetingDraft
		Meeting string `json:"meeting,omitempty" maxLength:"64" doc:"whose own dates do not count" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	}
}

// localBody is when a date is for those in a zone.
type localBody struct {
	TimeZone string `json:"timeZone" example:"Asia/Shanghai"`
	Wall     string `json:"wall" example:"2026-03-02T16:00"`
	Shifted  int    `json:"shifted" doc:"minutes by which it is later there than the date before, by the time of day" example:"0"`
}

// aheadBody is one of the next dates.
type aheadBody struct {
	Start time.Time        `json:"start"`
	End   time.Time        `json:"end"`
	Wall  string           `json:"wall" doc:"in the meeting's zone" example:"2026-03-02T09:00"`
	Fit   string           `json:"fit" enum:"exact,gap,twice" doc:"whether clocks there show that time once, never or twice"`
	Zones []localBody      `json:"zones" nullable:"false"`
	Busy  []schedulePerson `json:"busy" nullable:"false" doc:"who is in another meeting then"`
	Quiet []schedulePerson `json:"quiet" nullable:"false" doc:"whose quiet hours it breaks into"`
}

type schedulePerson struct {
	ID   string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name string `json:"name" example:"Bob"`
}

type previewScheduleOutput struct {
	Body struct {
		Dates []aheadBody `json:"dates" nullable:"false"`
	}
}

type freeBusyInput struct {
	People string    `query:"people" maxLength:"6600" doc:"ids, with commas between them" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	From   time.Time `query:"from"`
	To     time.Time `query:"to"`
}

// busyBody is a time at which somebody is in a meeting.
type busyBody struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

type personBusy struct {
	Person string     `json:"person" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Busy   []busyBody `json:"busy" nullable:"false"`
}

type freeBusyOutput struct {
	Body struct {
		People []personBusy `json:"people" nullable:"false"`
	}
}

type suggestInput struct {
	Body struct {
		People  []string  `json:"people" nullable:"false" maxItems:"1000"`
		Minutes int       `json:"minutes" example:"45"`
		From    time.Time `json:"from"`
		To      time.Time `json:"to"`
	}
}

type freeBody struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
	Late  []string  `json:"late" nullable:"false" doc:"for whom it is not a working hour"`
}

type suggestOutput struct {
	Body struct {
		Times []freeBody `json:"times" nullable:"false"`
	}
}

func (a *API) preview() {
	register(a, operation{
		id: "preview-schedule", method: http.MethodPost, path: "/schedule/preview", access: signedIn, maxBody: maxDraft,
		errors: []Code{NoPerson, Invited}, summary: "What scheduling a meeting would mean for everybody",
	}, a.previewSchedule)
	register(a, operation{
		id: "get-free-busy", method: http.MethodGet, path: "/freebusy", access: signedIn, errors: []Code{TooMany},
		summary: "When colleagues are in meetings, never in which",
	}, a.freeBusy)
	register(a, operation{
		id: "suggest-times", method: http.MethodPost, path: "/schedule/suggest", access: signedIn, errors: []Code{NoPerson, TooMany},
		summary: "Times at which nobody of these is in a meeting",
	}, func(ctx context.Context, _ auth.Visitor, in *suggestInput) (*suggestOutput, error) {
		b := in.Body
		times, err := a.cfg.Schedule.Planner.Suggest(ctx, meeting.Wish{People: b.People, Minutes: b.Minutes, From: b.From, To: b.To})
		if err != nil {
			return nil, named("to", err)
		}
		out := &suggestOutput{}
		out.Body.Times = []freeBody{}
		for _, t := range times {
			out.Body.Times = append(out.Body.Times, freeBody{t.From.UTC(), t.To.UTC(), t.Late})
		}
		return out, nil
	})
}

func (a *API) previewSchedule(ctx context.Context, v auth.Visitor, in *previewScheduleInput) (*previewScheduleOutput, error) {
	d, err := a.draft(in.Body.MeetingDraft)
	if err != nil {
		return nil, err
	}
	dates, err := a.cfg.Schedule.Planner.Preview(ctx, v.Person.ID, d, in.Body.Meeting)
	if err != nil {
		return nil, named("title", err)
	}
	names := a.namesFor(ctx, v)
	persons := func(ids []string) []schedulePerson {
		all := []schedulePerson{}
		for _, id := range ids {
			all = append(all, schedulePerson{id, names.person(id)})
		}
		return all
	}
	out := &previewScheduleOutput{}
	out.Body.Dates = []aheadBody{}
	for _, d := range dates {
		b := aheadBody{
			Start: d.Start, End: d.End, Wall: showWall(d.Wall), Fit: d.Fit.String(), Zones: []localBody{},
			Busy: persons(d.Busy), Quiet: persons(d.Quiet),
		}
		for _, z := range d.Zones {
			b.Zones = append(b.Zones, localBody{z.Zone, showWall(z.Wall), z.Shifted})
		}
		out.Body.Dates = append(out.Body.Dates, b)
	}
	return out, nil
}

func (a *API) freeBusy(ctx context.Context, _ auth.Visitor, in *freeBusyInput) (*freeBusyOutput, error) {
	people := slices.DeleteFunc(strings.Split(in.People, ","), func(id string) bool { return id == "" })
	busy, err := a.cfg.Schedule.Planner.FreeBusy(ctx, people, in.From, in.To)
	if err != nil {
		return nil, named("to", err)
	}
	out := &freeBusyOutput{}
	out.Body.People = []personBusy{}
	for _, id := range people {
		b := personBusy{id, []busyBody{}}
		for _, t := range busy[id] {
			b.Busy = append(b.Busy, busyBody{t.From, t.To})
		}
		out.Body.People = append(out.Body.People, b)
	}
	return out, nil
}
