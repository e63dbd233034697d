package api

import (
	"context"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
)

// QualityPage is which part of a list is wanted, and in which order.
type QualityPage struct {
	Sort   string `query:"sort" enum:"newest,worst" default:"newest"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50" example:"50"`
	Cursor string `query:"cursor" maxLength:"300" doc:"what the page before said in next" example:"MCAxNzcyNDQyMDAwMDAwIGMx"`
}

func (p QualityPage) order() health.Order {
	if p.Sort == "worst" {
		return health.Worst
	}
	return health.Newest
}

// after is where the page before ended.
func (p QualityPage) after() (health.Place, error) {
	if p.Cursor == "" {
		return health.Place{}, nil
	}
	text, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	parts := strings.SplitN(string(text), " ", 3)
	if err == nil && len(parts) == 3 {
		rank, err1 := strconv.ParseInt(parts[0], 10, 64)
		ms, err2 := strconv.ParseInt(parts[1], 10, 64)
		if err1 == nil && err2 == nil {
			return health.Place{Rank: rank, At: time.UnixMilli(ms).UTC(), ID: parts[2]}, nil
		}
	}
	return health.Place{}, invalid("cursor", "This is not what the page before said.")
}

func pageAfter(p health.Place) string {
	text := strconv.FormatInt(p.Rank, 10) + " " + strconv.FormatInt(p.At.UnixMilli(), 10) + " " + p.ID
	return base64.RawURLEncoding.EncodeToString([]byte(text))
}

type sessionsInput struct {
	LegFilter
	QualityPage
}

// sessionBody is one run of a meeting.
type sessionBody struct {
	Meeting   string     `json:"meeting" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name      string     `json:"name,omitempty" doc:"of a meeting that the viewer is invited to" example:"Weekly"`
	Organiser string     `json:"organiser,omitempty" example:"Ann"`
	From      time.Time  `json:"from" doc:"with the meeting it tells this run from others"`
	To        *time.Time `json:"to,omitempty" nullable:"false" doc:"absent: it runs"`
	People    int        `json:"people" example:"5"`
	countBody
}

type sessionsOutput struct {
	Body struct {
		Meetings []sessionBody `json:"meetings" nullable:"false"`
		Next     string        `json:"next,omitempty" doc:"cursor of the next page; absent at the end" example:"MCAxNzcyNDQyMDAwMDAwIGMx"`
	}
}

type sessionInput struct {
	ByID
	InLanguage
	At time.Time `query:"at" doc:"when it ran; without it, the latest" example:"2026-11-23T09:00:00Z"`
}

type laneBody struct {
	Leg    legBody       `json:"leg"`
	Events []eventBody   `json:"events" nullable:"false"`
	Spans  []badSpanBody `json:"spans" nullable:"false" doc:"when it was not good"`
}

type badSpanBody struct {
	From    time.Time `json:"from"`
	To      time.Time `json:"to"`
	Class   string    `json:"class" enum:"unclassified,degraded,poor" example:"poor"`
	Because []string  `json:"because" nullable:"false" doc:"loss, concealed, jitter, round-trip, mos"`
	Side    string    `json:"side" enum:"said,heard" doc:"the worse direction" example:"said"`
}

type timelineOutput struct {
	Body struct {
		sessionBody
		Lanes    []laneBody  `json:"lanes" nullable:"false" doc:"in the order in which they came"`
		Verdict  verdictBody `json:"verdict"`
		Complete bool        `json:"complete" doc:"the samples of all were looked at, not those of the worst 100 alone"`
	}
}

type earBody struct {
	Leg  string `json:"leg" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name string `json:"name" example:"Bob"`
}

// pairBody is what somebody heard of somebody, mouth to ear.
type pairBody struct {
	Speaker  string   `json:"speaker" doc:"leg" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Listener string   `json:"listener" doc:"leg" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Delay    float64  `json:"delayMs" example:"180"`
	Loss     float64  `json:"loss" doc:"share of packets, before concealment" example:"0.02"`
	MOS      *float64 `json:"mos,omitempty" nullable:"false" doc:"absent: too little is known" example:"4"`
	Band     string   `json:"band" enum:"nb,wb" example:"wb"`
	Estimate bool     `json:"estimate"`
	Class    string   `json:"class" enum:"unclassified,good,degraded,poor" example:"good"`
	Codecs   []string `json:"codecs" nullable:"false"`
	Samples  int      `json:"samples" doc:"that it is made of" example:"120"`
}

type matrixOutput struct {
	Body struct {
		People []earBody  `json:"people" nullable:"false"`
		Cells  []pairBody `json:"cells" nullable:"false" doc:"of everybody who said something and everybody who heard it"`
	}
}

// qualityMeetings are what was in which meeting.
func (a *API) qualityMeetings() {
	tabulate(a, adminTable("list-quality-meetings", "/quality/meetings", "Runs of meetings whose legs fit all that is given"),
		func(o *sessionsOutput) any { return o.Body.Meetings }, a.listRuns)
	tabulate(a, adminTable("get-quality-meeting", "/quality/meetings/{id}",
		"One run of a meeting: who was there, how they fared and what was wrong; it leaves a line for each of them", NotFound),
		func(o *timelineOutput) any {
			legs := make([]legBody, len(o.Body.Lanes))
			for i := range o.Body.Lanes {
				legs[i] = o.Body.Lanes[i].Leg
			}
			return legs
		}, a.getTimeline)
	tabulate(a, adminTable("get-quality-matrix", "/quality/meetings/{id}/matrix",
		"What everybody heard of everybody else; it leaves a line for each of them", NotFound),
		func(o *matrixOutput) any { return o.Body.Cells }, a.getMatrix)
}

func (a *API) listRuns(ctx context.Context, v auth.Visitor, in *sessionsInput) (*sessionsOutput, error) {
	f, err := a.legFilter(in.LegFilter)
	if err != nil {
		return nil, err
	}
	after, err := in.after()
	if err != nil {
		return nil, err
	}
	order := in.order()
	// One more tells whether there is another page.
	found, err := a.cfg.Health.Sessions(ctx, v.Person, f, order, after, in.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &sessionsOutput{}
	if len(found) > in.Limit {
		found = found[:in.Limit]
		out.Body.Next = pageAfter(health.SessionPlace(&found[in.Limit-1], order))
	}
	names := a.namesFor(ctx, v)
	out.Body.Meetings = make([]sessionBody, len(found))
	for i := range found {
		out.Body.Meetings[i] = a.toSession(ctx, &found[i], names)
	}
	return out, nil
}

func (a *API) toSession(ctx context.Context, s *health.Session, names *namesBook) sessionBody {
	return sessionBody{
		Meeting: s.Meeting, Name: names.meeting(s.Meeting), Organiser: a.cfg.Health.Organiser(ctx, s.Meeting),
		From: s.From, To: orAbsent(s.To), People: s.People, countBody: toCount(&s.Count),
	}
}

func (a *API) getTimeline(ctx context.Context, v auth.Visitor, in *sessionInput) (*timelineOutput, error) {
	t, err := a.cfg.Health.Meeting(ctx, v.Person, in.ID, in.At)
	if err != nil {
		return nil, err
	}
	names := a.namesFor(ctx, v)
	out := &timelineOutput{}
	out.Body.sessionBody = a.toSession(ctx, &t.Session, names)
	out.Body.Complete = t.Complete
	out.Body.Lanes = make([]laneBody, len(t.Lanes))
	rows := make([]*health.Row, len(t.Lanes))
	for i := range t.Lanes {
		l := &t.Lanes[i]
		rows[i] = &l.Row
		out.Body.Lanes[i] = laneBody{names.leg(&l.Row), toEvents(l.Events), toSpans(l.Spans)}
	}
	out.Body.Verdict = toVerdict(&t.Verdict, rows, wordsFor(in.reader(v).Person))
	return out, nil
}

func toSpans(all []health.Span) []badSpanBody {
	bodies := make([]badSpanBody, len(all))
	for i, s := range all {
		bodies[i] = badSpanBody{s.From, s.To, s.Class.String(), health.Reasons(s.Because), string(s.Way)}
	}
	return bodies
}

func (a *API) getMatrix(ctx context.Context, v auth.Visitor, in *sessionInput) (*matrixOutput, error) {
	rows, pairs, err := a.cfg.Health.Pairs(ctx, v.Person, in.ID, in.At)
	if err != nil {
		return nil, err
	}
	out := &matrixOutput{}
	out.Body.People, out.Body.Cells = make([]earBody, len(rows)), make([]pairBody, len(pairs))
	for i := range rows {
		out.Body.People[i] = earBody{rows[i].Leg.ID, rows[i].Leg.Name}
	}
	for i := range pairs {
		out.Body.Cells[i] = toPair(&pairs[i])
	}
	return out, nil
}

func toPair(p *quality.Pair) pairBody {
	return pairBody{
		Speaker: p.Speaker, Listener: p.Listener, Delay: health.Milliseconds(p.Delay), Loss: *rounded(p.Loss), MOS: known(p.MOS),
		Band: health.Band(p.Wideband), Estimate: p.Estimate, Class: health.ClassOfPair(p).String(), Codecs: p.Codecs, Samples: p.Samples,
	}
}

// errsOfLeg are what is answered for a leg that is none of the viewer's.
var errsOfLeg = []Code{NotFound}

func legOperation(id, path, summary string, need access) operation {
	return operation{id: id, method: http.MethodGet, path: path, access: need, errors: errsOfLeg, summary: summary}
}
