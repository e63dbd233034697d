package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// recordingBody is a recording as the organiser of its meeting sees it.
type recordingBody struct {
	ID        string      `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	By        string      `json:"by" doc:"name of the host who began it" example:"Ann"`
	Breakout  bool        `json:"breakout" doc:"of a break-out room"`
	StartedAt time.Time   `json:"startedAt"`
	EndedAt   *time.Time  `json:"endedAt,omitempty" nullable:"false" doc:"absent while it is made"`
	ExpiresAt *time.Time  `json:"expiresAt,omitempty" nullable:"false" doc:"when it is deleted; absent: never"`
	Tracks    []trackBody `json:"tracks" nullable:"false"`
}

type trackBody struct {
	Name string `json:"name" doc:"mix: all voices; slot-1 …: one voice each; talkers: who had which slot when" example:"mix"`
	Size int64  `json:"size" doc:"octets on the disk" example:"1048576"`
}

type recordingsOutput struct {
	Body []recordingBody `nullable:"false"`
}

type trackInput struct {
	ByID
	Track string `path:"track" maxLength:"64" example:"mix"`
}

const oggType = "audio/ogg"

// recordings are for the organiser of the meeting. None of these operations
// asks whether the visitor is an admin.
func (a *API) recordings() {
	register(a, operation{
		id: "list-recordings", method: http.MethodGet, path: "/meetings/{id}/recordings", access: signedIn,
		errors: []Code{NotFound}, summary: "The recordings of a meeting that I organise, newest first",
	}, a.listRecordings)
	register(a, operation{
		id: "hear-recording", method: http.MethodGet, path: "/recordings/{id}/{track}", access: signedIn,
		errors: []Code{NotFound}, summary: "One track of a recording of a meeting that I organise", content: []string{oggType},
	}, a.hearRecording)
	register(a, operation{
		id: "delete-recording", method: http.MethodDelete, path: "/recordings/{id}", access: signedIn,
		errors: []Code{NotFound, StillRecording}, summary: "Delete what was recorded of a meeting that I organise",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		err := a.archive.Remove(ctx, v.Person.ID, in.ID)
		if err == nil {
			a.log.InfoContext(ctx, "recording deleted", "recording", in.ID, "person", v.Person.ID)
		}
		return nil, err
	})
}

func (a *API) listRecordings(ctx context.Context, v auth.Visitor, in *ByID) (*recordingsOutput, error) {
	all, err := a.archive.Of(ctx, v.Person.ID, in.ID)
	if err != nil {
		return nil, err
	}
	out := &recordingsOutput{make([]recordingBody, len(all))}
	for i, r := range all {
		b := recordingBody{ID: r.ID, By: r.Name, Breakout: r.Room != r.Meeting, StartedAt: r.StartedAt, Tracks: []trackBody{}}
		if !r.EndedAt.IsZero() {
			b.EndedAt = &r.EndedAt
		}
		if a.cfg.KeepRecordings > 0 {
			expires := r.StartedAt.Add(a.cfg.KeepRecordings)
			b.ExpiresAt = &expires
		}
		tracks, err := a.archive.Tracks(ctx, v.Person.ID, r.ID)
		if err != nil && !errors.Is(err, meeting.ErrNoRecording) { // nobody spoke yet
			return nil, err
		}
		for _, t := range tracks {
			b.Tracks = append(b.Tracks, trackBody(t))
		}
		out.Body[i] = b
	}
	return out, nil
}

// hearRecording streams a track. When it cannot be read to its end the
// connection is cut, so that nobody takes a part for the whole.
func (a *API) hearRecording(ctx context.Context, v auth.Visitor, in *trackInput) (*huma.StreamResponse, error) {
	r, sound, err := a.archive.Hear(ctx, v.Person.ID, in.ID, in.Track)
	if err != nil {
		return nil, err
	}
	a.log.InfoContext(ctx, "recording heard", "recording", r.ID, "track", in.Track, "person", v.Person.ID)
	return &huma.StreamResponse{Body: func(c huma.Context) {
		defer sound.Close()
		c.SetHeader("Content-Type", oggType)
		c.SetHeader("Content-Disposition", `attachment; filename="`+r.StartedAt.Format("2006-01-02-1504")+"-"+in.Track+`.ogg"`)
		c.SetStatus(http.StatusOK)
		if _, err := io.Copy(c.BodyWriter(), sound); err != nil {
			if c.Context().Err() == nil {
				a.log.ErrorContext(ctx, "recording cannot be read", "recording", r.ID, "track", in.Track, "err", err)
			}
			panic(http.ErrAbortHandler)
		}
	}}, nil
}
