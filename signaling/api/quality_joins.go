package api

import (
	"context"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/wire"
)

type stepBodyOfJoin struct {
	Stage string  `json:"stage" example:"ice"`
	After float64 `json:"ms" doc:"since the join began" example:"330"`
}

// joinBody is somebody's way in.
type joinBody struct {
	Leg    string           `json:"leg,omitempty" doc:"absent: none came about" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Kind   string           `json:"kind" enum:"browser,phone" example:"browser"`
	At     time.Time        `json:"at"`
	Steps  []stepBodyOfJoin `json:"steps" nullable:"false"`
	Failed string           `json:"failed,omitempty" doc:"stage that was not reached" example:"ice"`
	Cause  string           `json:"cause,omitempty" doc:"denied, no-microphone, refused, timeout, network, left, other" example:"timeout"`
}

func toJoin(j *quality.Join) joinBody {
	b := joinBody{Leg: j.Leg, Kind: string(j.Kind), At: j.Began, Steps: make([]stepBodyOfJoin, len(j.Steps)), Failed: string(j.Failed), Cause: j.Cause}
	for i, s := range j.Steps {
		b.Steps[i] = stepBodyOfJoin{string(s.Stage), float64(s.After.Milliseconds())}
	}
	return b
}

type joinsInput struct {
	From time.Time `query:"from" example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" example:"2026-12-01T00:00:00Z"`
	Kind string    `query:"kind" enum:"browser,phone" example:"browser"`
}

type reachedBody struct {
	Stage   string   `json:"stage" example:"ice"`
	Reached int      `json:"reached" doc:"by so many" example:"118"`
	Median  *float64 `json:"medianMs,omitempty" nullable:"false" example:"330"`
	P95     *float64 `json:"p95Ms,omitempty" nullable:"false" example:"900"`
}

type joinFunnelBody struct {
	Kind   string        `json:"kind" enum:"browser,phone" example:"browser"`
	Total  int           `json:"total" example:"120"`
	Failed int           `json:"failed" example:"2"`
	Stages []reachedBody `json:"stages" nullable:"false" doc:"in their order"`
}

type failureBody struct {
	Kind  string `json:"kind" enum:"browser,phone" example:"browser"`
	Stage string `json:"stage" doc:"that was not reached" example:"ice"`
	Cause string `json:"cause" example:"timeout"`
	Count int    `json:"count" example:"2"`
}

type joinsOutput struct {
	Body struct {
		Joins    []joinFunnelBody `json:"joins" nullable:"false"`
		Failures []failureBody    `json:"failures" nullable:"false" doc:"the most frequent first"`
		Recent   []joinBody       `json:"recent" nullable:"false" doc:"that failed, the latest first, at most 50"`
	}
}

// reachedRow is a stage of a funnel in a file.
type reachedRow struct {
	Kind   string `json:"kind"`
	Total  int    `json:"total"`
	Failed int    `json:"failed"`
	reachedBody
}

type ratingBody struct {
	At      time.Time `json:"at"`
	Leg     string    `json:"leg" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name    string    `json:"name" example:"Bob"`
	Stars   int       `json:"stars" example:"2"`
	Reasons []string  `json:"reasons" nullable:"false"`
}

type reasonBody struct {
	Reason string `json:"reason" enum:"dropped-call,audio-latency,one-way-audio,choppy-audio,noisy-call,echo" example:"echo"`
	Count  int    `json:"count" example:"2"`
}

type ratingsOutput struct {
	Body struct {
		Count   int          `json:"count" example:"12"`
		Mean    *float64     `json:"mean,omitempty" nullable:"false" example:"4.2"`
		Stars   []int        `json:"stars" nullable:"false" doc:"how many gave one to five"`
		Reasons []reasonBody `json:"reasons" nullable:"false"`
		Rows    []ratingBody `json:"rows" nullable:"false" doc:"the latest 100"`
	}
}

// qualityJoins are how people came in, and what they thought of it.
func (a *API) qualityJoins() {
	tabulate(a, adminTable("get-quality-joins", "/quality/joins", "How far people came from the click to the first sound"), func(o *joinsOutput) any {
		rows := []reachedRow{}
		for _, f := range o.Body.Joins {
			for _, s := range f.Stages {
				rows = append(rows, reachedRow{f.Kind, f.Total, f.Failed, s})
			}
		}
		return rows
	}, a.getJoins)
	tabulate(a, adminTable("get-quality-ratings", "/quality/ratings", "What people thought of the sound"),
		func(o *ratingsOutput) any { return o.Body.Rows }, a.getRatings)
}

func (a *API) getJoins(ctx context.Context, v auth.Visitor, in *joinsInput) (*joinsOutput, error) {
	from, to, err := span(in.From, in.To)
	if err != nil {
		return nil, err
	}
	ways, err := a.cfg.Health.Ways(ctx, v.Person, from, to, quality.Kind(in.Kind))
	if err != nil {
		return nil, err
	}
	out := &joinsOutput{}
	b := &out.Body
	b.Joins, b.Failures, b.Recent = []joinFunnelBody{}, []failureBody{}, []joinBody{}
	for _, f := range ways.Funnels {
		funnel := joinFunnelBody{Kind: string(f.Kind), Total: f.Total, Failed: f.Failed, Stages: []reachedBody{}}
		for _, s := range f.Stages {
			funnel.Stages = append(funnel.Stages, reachedBody{string(s.Stage), s.Joins, knownTime(s.Median), knownTime(s.P95)})
		}
		b.Joins = append(b.Joins, funnel)
	}
	for _, f := range ways.Failures {
		b.Failures = append(b.Failures, failureBody{string(f.Kind), string(f.Stage), f.Cause, f.Count})
	}
	for i := range ways.Recent {
		b.Recent = append(b.Recent, toJoin(&ways.Recent[i]))
	}
	return out, nil
}

func (a *API) getRatings(ctx context.Context, v auth.Visitor, in *LegFilter) (*ratingsOutput, error) {
	f, err := a.legFilter(*in)
	if err != nil {
		return nil, err
	}
	opinions, err := a.cfg.Health.Ratings(ctx, v.Person, f)
	if err != nil {
		return nil, err
	}
	out := &ratingsOutput{}
	b := &out.Body
	b.Stars, b.Reasons, b.Rows = opinions.Stars[:], []reasonBody{}, []ratingBody{}
	sum := 0
	for i, n := range opinions.Stars {
		b.Count += n
		sum += n * (i + 1)
	}
	if b.Count > 0 {
		b.Mean = rounded(float64(sum) / float64(b.Count))
	}
	for _, reason := range wire.RatingReasons() {
		if n := opinions.Reasons[reason]; n > 0 {
			b.Reasons = append(b.Reasons, reasonBody{reason, n})
		}
	}
	for _, r := range opinions.Latest {
		if r.Reasons == nil {
			r.Reasons = []string{}
		}
		b.Rows = append(b.Rows, ratingBody{r.At, r.Leg, r.Name, r.Stars, r.Reasons})
	}
	return out, nil
}
