package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
	"partyline/sip/billing"
)

// Schedule is when meetings are and who came. Without a planner there is
// nothing of it.
type Schedule struct {
	Planner *meeting.Planner
	Records billing.Archive // of who came and left
}

// maxDraft is room for more invitees than there may be, so that the answer says
// that those are too many.
const maxDraft = 8 << 20

// wallOf reads a wall time of the request.
func wallOf(field, text string) (ical.Wall, error) {
	if text == "" {
		return ical.Wall{}, nil
	}
	w, err := ical.ParseWall(text)
	if err != nil {
		return ical.Wall{}, invalid(field, "Times are like 2026-03-01T09:00.")
	}
	return w, nil
}

// showWall writes one.
func showWall(w ical.Wall) string {
	text, err := w.MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}

// MeetingDates is when a meeting is to be.
type MeetingDates struct {
	Title    string `json:"title" maxLength:"400" example:"Weekly"`
	Agenda   string `json:"agenda,omitempty" maxLength:"16000" doc:"may have several lines" example:"Numbers, then plans"`
	TimeZone string `json:"timeZone" maxLength:"64" doc:"IANA name, of start and all dates" example:"Europe/Berlin"`
	Start    string `json:"start" maxLength:"32" doc:"wall time" example:"2026-03-02T09:00"`
	Minutes  int    `json:"minutes" example:"45"`
	Rule     string `json:"rule,omitempty" maxLength:"1000" doc:"RRULE of RFC 5545; absent: once" example:"FREQ=WEEKLY;BYDAY=MO"`
}

func (b MeetingDates) draft() (meeting.Draft, error) {
	start, err := wallOf("start", b.Start)
	return meeting.Draft{Title: b.Title, Agenda: b.Agenda, Zone: b.TimeZone, Start: start, Minutes: b.Minutes, Rule: b.Rule}, err
}

// MeetingDraft is a meeting as somebody wants to schedule it.
type MeetingDraft struct {
	MeetingDates
	MuteOnEntry *bool            `json:"muteOnEntry,omitempty" nullable:"false"`
	Lobby       *bool            `json:"lobby,omitempty" nullable:"false" doc:"others than hosts wait until a date comes"`
	WaitForHost *bool            `json:"waitForHost,omitempty" nullable:"false"`
	Tones       *bool            `json:"tones,omitempty" nullable:"false"`
	HostsDial   *bool            `json:"hostsDial,omitempty" nullable:"false"`
	Invitees    []invitationBody `json:"invitees,omitempty" nullable:"false"`
}

func (a *API) draft(b MeetingDraft) (meeting.Draft, error) {
	d, err := b.MeetingDates.draft()
	d.Settings = meeting.Change{
		MuteOnEntry: b.MuteOnEntry, Lobby: b.Lobby, WaitForHost: b.WaitForHost, Tones: b.Tones, HostsDial: b.HostsDial,
	}
	for _, v := range b.Invitees {
		d.Invitees = append(d.Invitees, a.invitation(v))
	}
	return d, err
}

type draftInput struct {
	Body MeetingDraft
}

// seriesBody is a series of dates.
type seriesBody struct {
	ID        string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Title     string `json:"title" example:"Weekly"`
	Agenda    string `json:"agenda" example:"Numbers, then plans"`
	TimeZone  string `json:"timeZone" example:"Europe/Berlin"`
	Start     string `json:"start" doc:"wall time of the first date" example:"2026-03-02T09:00"`
	Minutes   int    `json:"minutes" example:"45"`
	Rule      string `json:"rule" doc:"RRULE of RFC 5545; empty: once" example:"FREQ=WEEKLY;BYDAY=MO"`
	Ends      string `json:"ends,omitempty" doc:"wall time of the last date; absent: it goes on" example:"2026-12-28T09:00"`
	Cancelled bool   `json:"cancelled"`
}

// exceptionBody is a date that is not as the others of its series.
type exceptionBody struct {
	Series     string `json:"series" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Recurrence string `json:"recurrence" doc:"wall time at which the rule has it" example:"2026-03-09T09:00"`
	Start      string `json:"start,omitempty" doc:"wall time; absent: as the rule has it" example:"2026-03-10T11:00"`
	Minutes    int    `json:"minutes,omitempty" example:"30"`
	Title      string `json:"title,omitempty" example:"Weekly, with guests"`
	Agenda     string `json:"agenda,omitempty" example:"Guests"`
	Cancelled  bool   `json:"cancelled,omitempty"`
}

// replyBody is what somebody answered.
type replyBody struct {
	Invitee    string    `json:"invitee" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Occurrence string    `json:"occurrence" doc:"empty: to all dates" example:""`
	Status     string    `json:"status" enum:"needs-action,accepted,tentative,declined" example:"accepted"`
	At         time.Time `json:"at"`
	Via        string    `json:"via" example:"mail"`
}

// scheduleBody is a meeting with its dates.
type scheduleBody struct {
	Meeting    meetingBody     `json:"meeting"`
	Series     []seriesBody    `json:"series" nullable:"false"`
	Exceptions []exceptionBody `json:"exceptions" nullable:"false"`
	Replies    []replyBody     `json:"replies" nullable:"false" doc:"hosts see all, others their own"`
	Next       *occurrenceBody `json:"next,omitempty" nullable:"false" doc:"the date that runs or comes next"`
}

type scheduleOutput struct {
	Body scheduleBody
}

// scheduleResult answers with a schedule.
func (a *API) scheduleResult(ctx context.Context, s meeting.Schedule, err error) (*scheduleOutput, error) {
	if err != nil {
		return nil, named("title", err)
	}
	b := scheduleBody{Meeting: a.toMeeting(ctx, s.Meeting), Series: []seriesBody{}, Exceptions: []exceptionBody{}, Replies: []replyBody{}}
	for _, v := range s.Series {
		b.Series = append(b.Series, seriesBody{
			v.ID, v.Title, v.Agenda, v.Zone, showWall(v.Start), v.Minutes, v.Rule, showWall(v.Ends), v.Cancelled,
		})
	}
	for _, x := range s.Exceptions {
		b.Exceptions = append(b.Exceptions, exceptionBody{
			x.Series, showWall(x.Recurrence), showWall(x.Start), x.Minutes, x.Title, x.Agenda, x.Cancelled,
		})
	}
	for _, r := range s.Replies {
		b.Replies = append(b.Replies, replyBody{r.Invitee, r.Occurrence, string(r.Status), r.At, r.Via})
	}
	next, found, err := a.cfg.Schedule.Planner.Next(&s, time.Now())
	if err != nil {
		return nil, err
	}
	if found {
		b.Next = new(toOccurrence(meeting.Engaged{Occurrence: next, Organiser: s.Organiser, OrganiserName: s.OrganiserName}))
	}
	return &scheduleOutput{b}, nil
}

type addDatesInput struct {
	ByID
	Body MeetingDates
}

func (a *API) schedule() {
	planner := a.cfg.Schedule.Planner
	register(a, operation{
		id: "schedule-meeting", method: http.MethodPost, path: "/schedule", access: signedIn, status: http.StatusCreated,
		maxBody: maxDraft, errors: []Code{NoPerson, Invited}, summary: "Make a meeting with dates and invite people to it",
	}, func(ctx context.Context, v auth.Visitor, in *draftInput) (*scheduleOutput, error) {
		d, err := a.draft(in.Body)
		if err != nil {
			return nil, err
		}
		s, err := planner.Schedule(ctx, v.Person.ID, d)
		return a.scheduleResult(ctx, s, err)
	})
	register(a, operation{
		id: "get-schedule", method: http.MethodGet, path: "/meetings/{id}/schedule", access: signedIn, errors: []Code{NotFound},
		summary: "The dates of one of my meetings, and the replies",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*scheduleOutput, error) {
		s, err := planner.Read(ctx, v.Person.ID, in.ID)
		return a.scheduleResult(ctx, s, err)
	})
	register(a, operation{
		id: "add-dates", method: http.MethodPost, path: "/meetings/{id}/schedule", access: signedIn, status: http.StatusCreated,
		errors: []Code{NotFound, NotAllowed, Ended, TooMany}, summary: "Give a meeting that I organise dates, beside those that it has",
	}, func(ctx context.Context, v auth.Visitor, in *addDatesInput) (*scheduleOutput, error) {
		d, err := in.Body.draft()
		if err != nil {
			return nil, err
		}
		s, err := planner.AddDates(ctx, v.Person.ID, in.ID, d)
		return a.scheduleResult(ctx, s, err)
	})
}
