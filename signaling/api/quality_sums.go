package api

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/health"
	"partyline/signaling/wire"
)

// The targets: Microsoft's for calls within a company.
const (
	targetPoor  = 0.02
	targetSetUp = 0.005
	targetDrop  = 0.02
)

// burnHours are the last hours over which it is told how fast targets are used
// up.
var burnHours = []int{1, 6, 72}

// mostGroups is how many rows a break-down has.
const mostGroups = 500

type presentOutput struct{ Body wire.Present }

func (a *API) present() {
	register(a, operation{
		id: "get-quality-now", method: http.MethodGet, path: "/quality/now", access: adminOnly,
		summary: "How everything fares at this moment; the WebSocket's watch tells it every 2 s",
	}, func(ctx context.Context, _ auth.Visitor, _ *empty) (*presentOutput, error) {
		return &presentOutput{a.cfg.Health.Present(ctx)}, nil
	})
}

type targetsBody struct {
	Poor  float64 `json:"poor" doc:"share of legs" example:"0.02"`
	SetUp float64 `json:"setUp" doc:"share of joins and calls" example:"0.005"`
	Drop  float64 `json:"drop" doc:"share of legs" example:"0.02"`
}

type dayBody struct {
	Day string `json:"day" doc:"of the zone; empty in the total" example:"2026-11-23"`
	countBody
	Joins       int `json:"joins" doc:"by browser" example:"80"`
	JoinsFailed int `json:"joinsFailed" example:"1"`
	Calls       int `json:"calls" doc:"by phone" example:"40"`
	CallsFailed int `json:"callsFailed" doc:"that the network did not carry; a busy number is none of these"`
}

type burnBody struct {
	Hours int     `json:"hours" doc:"the last so many" example:"6"`
	Poor  float64 `json:"poor" doc:"how many times the target: at 1 it is met exactly" example:"0.8"`
	SetUp float64 `json:"setUp" example:"0.5"`
	Drop  float64 `json:"drop" example:"1.2"`
}

type causeBody struct {
	Because string `json:"because" enum:"loss,concealed,jitter,round-trip,mos" example:"loss"`
	Legs    int    `json:"legs" example:"3"`
}

type healthOutput struct {
	Body struct {
		From    time.Time   `json:"from"`
		To      time.Time   `json:"to"`
		Zone    string      `json:"zone" doc:"whose days they are" example:"Asia/Shanghai"`
		Targets targetsBody `json:"targets"`
		Total   dayBody     `json:"total"`
		Days    []dayBody   `json:"days" nullable:"false"`
		Because []causeBody `json:"because" nullable:"false" doc:"what poor legs were poor for, the most frequent first"`
		Burn    []burnBody  `json:"burn" nullable:"false"`
	}
}

type breakdownInput struct {
	LegFilter
	By string `query:"by" default:"site" enum:"kind,site,access,agent,system,device,codec,trunk,country,destination,transport,candidate,meeting" example:"site"`
}

type groupBody struct {
	Key  string `json:"key" doc:"empty: not known" example:"Shanghai"`
	Name string `json:"name,omitempty" doc:"of a meeting that the viewer is invited to" example:"Weekly"`
	countBody
}

type breakdownOutput struct {
	Body struct {
		By   string      `json:"by" example:"site"`
		Rows []groupBody `json:"rows" nullable:"false" doc:"those with most poor legs first"`
		More bool        `json:"more" doc:"there are more than 500"`
	}
}

type cellBody struct {
	Weekday int `json:"weekday" doc:"0: Sunday" example:"1"`
	Hour    int `json:"hour" example:"9"`
	countBody
}

type hoursOutput struct {
	Body struct {
		Zone  string     `json:"zone" doc:"whose hours they are" example:"Asia/Shanghai"`
		Cells []cellBody `json:"cells" nullable:"false" doc:"hours of the week in which there were legs"`
	}
}

// qualitySums are what legs come to.
func (a *API) qualitySums() {
	tabulate(a, adminTable("get-quality-health", "/quality/health", "How legs were by day, against the targets"),
		func(o *healthOutput) any { return o.Body.Days }, a.healthByDay)
	tabulate(a, adminTable("get-quality-breakdown", "/quality/breakdown", "How legs were by what they have in common"),
		func(o *breakdownOutput) any { return o.Body.Rows }, a.breakdown)
	tabulate(a, adminTable("get-quality-hours", "/quality/hours", "How legs were by hour of the week"),
		func(o *hoursOutput) any { return o.Body.Cells }, a.hours)
}

func (a *API) healthByDay(ctx context.Context, v auth.Visitor, in *LegFilter) (*healthOutput, error) {
	f, err := a.legFilter(*in)
	if err != nil {
		return nil, err
	}
	days, because, err := a.cfg.Health.Days(ctx, v.Person, f)
	if err != nil {
		return nil, err
	}
	out := &healthOutput{}
	b := &out.Body
	b.From, b.To, b.Zone = f.From, f.To, a.cfg.Health.Zone().String()
	b.Targets = targetsBody{targetPoor, targetSetUp, targetDrop}
	b.Days, b.Because = make([]dayBody, len(days)), []causeBody{}
	for i := range days {
		b.Days[i] = toDay(&days[i])
	}
	total := health.Total(days)
	b.Total = toDay(&total)
	for cause, legs := range because {
		b.Because = append(b.Because, causeBody{cause, legs})
	}
	slices.SortFunc(b.Because, func(x, y causeBody) int {
		if x.Legs != y.Legs {
			return y.Legs - x.Legs
		}
		return strings.Compare(x.Because, y.Because)
	})
	b.Burn, err = a.burn(ctx, v, f)
	return out, err
}

// burn is how fast the targets were used up in the hours before the end of what
// was asked for.
func (a *API) burn(ctx context.Context, v auth.Visitor, f health.Filter) ([]burnBody, error) {
	all := []burnBody{}
	for _, hours := range burnHours {
		f.From = f.To.Add(-time.Duration(hours) * time.Hour)
		days, _, err := a.cfg.Health.Days(ctx, v.Person, f)
		if err != nil {
			return nil, err
		}
		t := health.Total(days)
		all = append(all, burnBody{
			Hours: hours, Poor: share(t.Poor, t.Good+t.Degraded+t.Poor) / targetPoor,
			SetUp: share(t.FailedJoins+t.FailedCalls, t.Joins+t.Calls) / targetSetUp, Drop: share(t.Dropped, t.Legs) / targetDrop,
		})
	}
	return all, nil
}

func share(part, whole int) float64 {
	if whole == 0 {
		return 0
	}
	return float64(part) / float64(whole)
}

func toDay(d *health.Day) dayBody {
	return dayBody{d.Day, toCount(&d.Count), d.Joins, d.FailedJoins, d.Calls, d.FailedCalls}
}

func (a *API) breakdown(ctx context.Context, v auth.Visitor, in *breakdownInput) (*breakdownOutput, error) {
	f, err := a.legFilter(in.LegFilter)
	if err != nil {
		return nil, err
	}
	groups, err := a.cfg.Health.Groups(ctx, v.Person, f, health.Dimension(in.By), mostGroups+1)
	if err != nil {
		return nil, err
	}
	out := &breakdownOutput{}
	out.Body.By, out.Body.More = in.By, len(groups) > mostGroups
	groups = groups[:min(len(groups), mostGroups)]
	out.Body.Rows = make([]groupBody, len(groups))
	names := a.namesFor(ctx, v)
	for i := range groups {
		out.Body.Rows[i] = groupBody{Key: groups[i].Key, countBody: toCount(&groups[i].Count)}
		if in.By == string(health.ByMeeting) {
			out.Body.Rows[i].Name = names.meeting(groups[i].Key)
		}
	}
	return out, nil
}

func (a *API) hours(ctx context.Context, v auth.Visitor, in *LegFilter) (*hoursOutput, error) {
	f, err := a.legFilter(*in)
	if err != nil {
		return nil, err
	}
	cells, err := a.cfg.Health.Cells(ctx, v.Person, f)
	if err != nil {
		return nil, err
	}
	out := &hoursOutput{}
	out.Body.Zone, out.Body.Cells = a.cfg.Health.Zone().String(), make([]cellBody, len(cells))
	for i := range cells {
		out.Body.Cells[i] = cellBody{int(cells[i].Weekday), cells[i].Hour, toCount(&cells[i].Count)}
	}
	return out, nil
}
