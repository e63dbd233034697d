package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// meetingBody is a meeting as its organiser and invitees see it.
type meetingBody struct {
	ID        string    `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name      string    `json:"name" doc:"may be empty if made by Meet now" example:"Weekly"`
	Kind      string    `json:"kind" enum:"now,named,scheduled" example:"named"`
	Link      string    `json:"link" example:"https://meet.example.com/j/Zk3v9Qm1Xr7Lw5Tn2Bp8Jc"`
	Number    string    `json:"number" doc:"9 digits for phones" example:"123456789"`
	HostCode  string    `json:"hostCode,omitempty" doc:"6 digits, for the organiser only" example:"654321"`
	Organiser organiser `json:"organiser"`
	settings
	Locked       bool       `json:"locked" doc:"newcomers wait at the door"`
	Running      bool       `json:"running"`
	Participants int        `json:"participants" example:"3"`
	Invitees     []invitee  `json:"invitees" nullable:"false"`
	CreatedAt    time.Time  `json:"createdAt"`
	EndedAt      *time.Time `json:"endedAt,omitempty" nullable:"false" doc:"when it ended for good"`
}

// settings are what the organiser decides.
type settings struct {
	MuteOnEntry     bool       `json:"muteOnEntry"`
	OpensAt         *time.Time `json:"opensAt,omitempty" nullable:"false" doc:"before it, others than hosts wait; absent: always open"`
	Lobby           bool       `json:"lobby" doc:"of a scheduled meeting: others than hosts wait until a date of it comes"`
	WaitForHost     bool       `json:"waitForHost" doc:"others wait until a host has come"`
	Tones           bool       `json:"tones" doc:"coming and going is heard, in meetings of up to 15"`
	RecordNames     bool       `json:"recordNames" doc:"callers without a name are asked to speak it"`
	MaxParticipants int        `json:"maxParticipants" doc:"0: as many as the server takes" example:"20"`
	HostsDial       bool       `json:"hostsDial" doc:"only hosts have people called into the meeting"`
}

func toSettings(s meeting.Settings) settings {
	out := settings{
		MuteOnEntry: s.MuteOnEntry, Lobby: s.Lobby, WaitForHost: s.WaitForHost, Tones: s.Tones,
		RecordNames: s.RecordNames, MaxParticipants: s.MaxParticipants, HostsDial: s.HostsDial,
	}
	if !s.OpensAt.IsZero() {
		out.OpensAt = &s.OpensAt
	}
	return out
}

type organiser struct {
	ID   string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name string `json:"name" example:"Ann"`
}

type invitee struct {
	ID     string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Person string `json:"person,omitempty" doc:"account of a colleague" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name   string `json:"name" example:"Bob"`
	Code   string `json:"code,omitempty" doc:"6 digits by which a phone appears by name; the organiser sees all, invitees their own" example:"246810"`

	Email    string `json:"email,omitempty" doc:"the organiser sees all, invitees their own" example:"bob@example.com"`
	Phone    string `json:"phone,omitempty" doc:"E.164; the organiser sees all, invitees their own" example:"+8613800138000"`
	Language string `json:"language,omitempty" example:"zh-CN"`
	TimeZone string `json:"timeZone,omitempty" example:"Asia/Shanghai"`
	Required bool   `json:"required" doc:"is called by telephone when they do not come"`
	CoHost   bool   `json:"coHost" doc:"is a host of the meeting"`
	Ring     bool   `json:"ring" doc:"is called into the meeting when it begins"`
}

func toInvitee(i meeting.Invitee) invitee {
	return invitee{
		ID: i.ID, Person: i.Person, Name: i.Name, Code: string(i.Code), Email: i.Email, Phone: string(i.Phone),
		Language: i.Language, TimeZone: i.TimeZone, Required: i.Required, CoHost: i.CoHost, Ring: i.Ring,
	}
}

func (a *API) toMeeting(ctx context.Context, m meeting.Meeting) meetingBody {
	room, running := a.live.Running(m.ID)
	b := meetingBody{
		ID: m.ID, Name: m.Name, Kind: string(m.Occasion), Link: requestOf(ctx).base + "/j/" + string(m.Link),
		Number: string(m.Number), HostCode: string(m.HostCode), Organiser: organiser{m.Organiser, m.OrganiserName},
		settings: toSettings(m.Settings), Locked: room.Locked, Running: running, Participants: room.Participants,
		Invitees: make([]invitee, len(m.Invitees)), CreatedAt: m.CreatedAt,
	}
	if !m.EndedAt.IsZero() {
		b.EndedAt = &m.EndedAt
	}
	for i, v := range m.Invitees {
		b.Invitees[i] = toInvitee(v)
	}
	return b
}

type meetingOutput struct {
	Body meetingBody
}

type meetingsOutput struct {
	Body []meetingBody `nullable:"false"`
}

// meetingResult answers with a meeting, or an error about the field "name".
func (a *API) meetingResult(ctx context.Context, m meeting.Meeting, err error) (*meetingOutput, error) {
	if err != nil {
		return nil, named("name", err)
	}
	return &meetingOutput{a.toMeeting(ctx, m)}, nil
}

type newMeetingInput struct {
	Body struct {
		Name string `json:"name,omitempty" maxLength:"200" doc:"needed unless kind is now" example:"Weekly"`
		Kind string `json:"kind" enum:"now,named" example:"named"`
	}
}

type changeMeetingInput struct {
	ByID
	Body struct {
		Name            *string    `json:"name,omitempty" nullable:"false" maxLength:"200" example:"Weekly"`
		MuteOnEntry     *bool      `json:"muteOnEntry,omitempty" nullable:"false"`
		OpensAt         *time.Time `json:"opensAt,omitempty" nullable:"false" doc:"a time that has passed: always open"`
		Lobby           *bool      `json:"lobby,omitempty" nullable:"false"`
		WaitForHost     *bool      `json:"waitForHost,omitempty" nullable:"false"`
		Tones           *bool      `json:"tones,omitempty" nullable:"false"`
		RecordNames     *bool      `json:"recordNames,omitempty" nullable:"false"`
		MaxParticipants *int       `json:"maxParticipants,omitempty" nullable:"false" doc:"2 to 1,000, or 0" example:"20"`
		HostsDial       *bool      `json:"hostsDial,omitempty" nullable:"false"`
	}
}

type replaceInput struct {
	ByID
	Body struct {
		Which string `json:"which" enum:"link,number,host" example:"link"`
	}
}

func (a *API) meetings() {
	change := []Code{NotFound, NotAllowed, Ended}
	register(a, operation{
		id: "list-meetings", method: http.MethodGet, path: "/meetings", access: signedIn,
		summary: "What I organise or am invited to and has not ended, newest first",
	}, a.listMeetings)
	register(a, operation{
		id: "add-meeting", method: http.MethodPost, path: "/meetings", summary: "Make a meeting",
		access: signedIn, status: http.StatusCreated,
	}, func(ctx context.Context, v auth.Visitor, in *newMeetingInput) (*meetingOutput, error) {
		m, err := a.book.Create(ctx, v.Person.ID, in.Body.Name, meeting.Occasion(in.Body.Kind))
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "get-meeting", method: http.MethodGet, path: "/meetings/{id}", summary: "One of my meetings",
		access: signedIn, errors: []Code{NotFound},
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*meetingOutput, error) {
		m, err := a.book.Read(ctx, v.Person.ID, in.ID)
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "change-meeting", method: http.MethodPatch, path: "/meetings/{id}", summary: "Change a meeting that I organise",
		access: signedIn, errors: change,
	}, func(ctx context.Context, v auth.Visitor, in *changeMeetingInput) (*meetingOutput, error) {
		m, err := a.book.Change(ctx, v.Person.ID, in.ID, meeting.Change(in.Body))
		if err == nil {
			err = a.live.Changed(ctx, in.ID)
		}
		return a.meetingResult(ctx, m, err)
	})
	register(a, operation{
		id: "delete-meeting", method: http.MethodDelete, path: "/meetings/{id}", access: signedIn, errors: change,
		summary: "End a meeting for good, and for everybody in it",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		remove := a.book.Delete
		if p := a.cfg.Schedule.Planner; p != nil {
			remove = p.Delete // which tells everybody who was invited
		}
		if err := remove(ctx, v.Person.ID, in.ID); err != nil {
			return nil, err
		}
		return nil, a.live.EndRoom(ctx, in.ID)
	})
	register(a, operation{
		id: "replace-code", method: http.MethodPost, path: "/meetings/{id}/codes", access: signedIn, errors: change,
		summary: "Draw a new link, number or host code; the old one admits nobody",
	}, func(ctx context.Context, v auth.Visitor, in *replaceInput) (*meetingOutput, error) {
		m, err := a.book.Replace(ctx, v.Person.ID, in.ID, meeting.Which(in.Body.Which))
		if err == nil {
			err = a.live.Changed(ctx, in.ID) // the room shows its number
		}
		return a.meetingResult(ctx, m, err)
	})
}

func (a *API) listMeetings(ctx context.Context, v auth.Visitor, _ *empty) (*meetingsOutput, error) {
	mine, err := a.book.Of(ctx, v.Person.ID)
	if err != nil {
		return nil, err
	}
	out := &meetingsOutput{make([]meetingBody, len(mine))}
	for i, m := range mine {
		out.Body[i] = a.toMeeting(ctx, m)
	}
	return out, nil
}
