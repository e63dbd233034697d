package api

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

const linesType = "application/jsonl"

// isCSV tells whether a media type is that of a CSV file.
func isCSV(kind string) bool {
	kind, _, err := mime.ParseMediaType(kind)
	return err == nil && kind == csvType
}

type replayInput struct {
	Deck  string    `query:"deck" maxLength:"20" doc:"version" example:"0007"`
	Month string    `query:"month" maxLength:"7" doc:"in the company's time zone; or else from and to" example:"2026-11"`
	From  time.Time `query:"from" example:"2026-11-01T00:00:00+08:00"`
	To    time.Time `query:"to" doc:"not included" example:"2026-12-01T00:00:00+08:00"`
}

// span is the time that is asked for; empty where that is not clear.
func (in *replayInput) span(zone *time.Location) (from, to time.Time) {
	if in.Month == "" {
		return in.From, in.To
	}
	month, err := time.ParseInLocation("2006-01", in.Month, zone)
	if err != nil || !in.From.IsZero() || !in.To.IsZero() {
		return time.Time{}, time.Time{}
	}
	return month, month.AddDate(0, 1, 0)
}

// replayLine is a line of the answer: progress, then the result or an error.
type replayLine struct {
	Progress *replayProgress `json:"progress,omitempty"`
	Result   *replayResult   `json:"result,omitempty"`
	Error    *Problem        `json:"error,omitempty"`
}

type replayProgress struct {
	Done  int `json:"done"`
	Total int `json:"total"`
}

type replayResult struct {
	Deck     string `json:"deck"`
	Currency string `json:"currency"`
	replaySum
	Rows []replayRow `json:"rows"`
}

// replaySum is what calls cost and would have cost, in millionths.
type replaySum struct {
	Calls      int           `json:"calls"`
	Before     billing.Micro `json:"before"`
	After      billing.Micro `json:"after"`
	Difference billing.Micro `json:"difference"`
	Skipped    int           `json:"skipped"` // answered calls that the deck has no rate for, in neither sum
}

func (s *replaySum) add(d billing.Difference) {
	s.Calls += d.Calls
	s.Before += d.Before
	s.After += d.After
	s.Difference = s.After - s.Before
	s.Skipped += d.Unpriced
}

type replayRow struct {
	CostCentre string `json:"costCentre"`
	replaySum
}

func (a *API) replays() {
	register(a, operation{
		id: "replay", method: http.MethodGet, path: "/replay", access: adminOnly, errors: []Code{NotFound}, content: []string{linesType},
		summary: "What the calls of a month would have cost under another deck, by cost centre; lines of JSON: progress, then the result",
	}, a.replay)
}

func (a *API) replay(ctx context.Context, v auth.Visitor, in *replayInput) (*huma.StreamResponse, error) {
	from, to := in.span(a.zone())
	replay, err := a.cfg.Company.Decks.Replay(ctx, v.Person, in.Deck, from, to, a.cfg.Company.Records)
	if err != nil {
		return nil, err
	}
	language := v.Person.Language
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", linesType)
		c.SetStatus(http.StatusOK)
		out := json.NewEncoder(c.BodyWriter())
		differences, err := replay.Run(c.Context(), func(done, total int) error {
			return errors.Join(out.Encode(replayLine{Progress: &replayProgress{done, total}}), flush(c.BodyWriter()))
		})
		line := replayLine{}
		if err != nil {
			line.Error = explain(err, language)
			a.refused(ctx, "replay", v.Person.ID, line.Error, err)
		} else {
			line.Result = a.resultOf(in.Deck, differences)
		}
		_ = out.Encode(line) // the client is gone if this fails
	}}, nil
}

func (a *API) resultOf(deck string, differences []billing.Difference) *replayResult {
	r := &replayResult{Deck: deck, Currency: a.cfg.Company.Home.Currency.Code, Rows: make([]replayRow, len(differences))}
	for i, d := range differences {
		r.add(d)
		r.Rows[i].CostCentre = d.CostCentre
		r.Rows[i].add(d)
	}
	return r
}

// flush sends what is written so far, where that can be done.
func flush(w io.Writer) error {
	response, ok := w.(http.ResponseWriter)
	if !ok {
		return nil
	}
	if err := http.NewResponseController(response).Flush(); !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	return nil
}
