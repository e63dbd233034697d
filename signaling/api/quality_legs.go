package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
	"partyline/sip/evidence"
)

type legsInput struct {
	LegFilter
	QualityPage
}

type legsOutput struct {
	Body struct {
		Legs []legBody `json:"legs" nullable:"false"`
		Next string    `json:"next,omitempty" doc:"cursor of the next page; absent at the end" example:"MCAxNzcyNDQyMDAwMDAwIGMx"`
	}
}

type legInput struct {
	ByID
	InLanguage
	Points int `query:"points" minimum:"10" maximum:"20000" default:"720" doc:"how many samples at most; of more, the worst of each stretch stays" example:"720"`
}

type rungBody struct {
	At      time.Time `json:"at"`
	Out     bool      `json:"out" doc:"we sent it"`
	Line    string    `json:"line" example:"INVITE sip:•••567@carrier.example SIP/2.0"`
	Sort    string    `json:"sort" doc:"method or status" example:"INVITE"`
	CSeq    string    `json:"cseq" example:"1 INVITE"`
	Media   string    `json:"media,omitempty" example:"PCMA 203.0.113.5:4000 sendrecv"`
	Peer    string    `json:"peer" example:"203.0.113.5:5060 udp"`
	Again   bool      `json:"again" doc:"a retransmission"`
	Headers string    `json:"headers,omitempty" doc:"all of it, numbers and secrets masked" example:"Via: SIP/2.0/UDP 203.0.113.5"`
}

type signallingBody struct {
	PDD             *float64 `json:"pddMs,omitempty" nullable:"false" example:"1800"`
	Answer          *float64 `json:"answerMs,omitempty" nullable:"false" example:"7200"`
	Status          int      `json:"status,omitempty" example:"200"`
	Q850            int      `json:"q850,omitempty" example:"16"`
	Retransmissions int      `json:"retransmissions"`
	Challenges      int      `json:"challenges" doc:"that were answered"`
	Holds           int      `json:"holds"`
	Held            float64  `json:"heldMs" example:"0"`
	Bye             string   `json:"bye,omitempty" enum:"us,them" example:"them"`
}

type legOutput struct {
	Body struct {
		Leg        legBody         `json:"leg"`
		Address    string          `json:"address,omitempty" doc:"of the participant's end, as we see it" example:"203.0.113.5"`
		CallID     string          `json:"callId,omitempty" doc:"of SIP" example:"a84b4c76e66710"`
		Samples    samplesBody     `json:"samples"`
		Events     []eventBody     `json:"events" nullable:"false"`
		Ladder     []rungBody      `json:"ladder" nullable:"false" doc:"SIP messages of a phone's call"`
		Signalling *signallingBody `json:"signalling,omitempty" nullable:"false"`
		Join       *joinBody       `json:"join,omitempty" nullable:"false"`
		Verdict    verdictBody     `json:"verdict"`
		Evidence   bool            `json:"evidence" doc:"there is a file of it for the carrier"`
	}
}

type evidenceInput struct {
	ByID
	As string `query:"as" enum:"zip,pcapng,html" default:"zip" doc:"all files in one, the captured headers, or the ladder" example:"zip"`
}

const (
	zipType  = "application/zip"
	pcapType = "application/x-pcapng"
	htmlType = "text/html"
)

type searchInput struct {
	Q    string    `query:"q" maxLength:"200" doc:"part of a name, a number, a Call-ID or an id" example:"bob"`
	From time.Time `query:"from" example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" example:"2026-12-01T00:00:00Z"`
}

type searchOutput struct {
	Body struct {
		People   []who         `json:"people" nullable:"false"`
		Meetings []sessionBody `json:"meetings" nullable:"false"`
		Legs     []legBody     `json:"legs" nullable:"false"`
	}
}

// leastSought is how many characters a search needs.
const leastSought = 2

// mostFound is how many of each a search finds.
const mostFound = 20

// qualityLegs are single legs, for admins.
func (a *API) qualityLegs() {
	register(a, adminTable("list-quality-legs", "/quality/legs",
		"Legs that fit all that is given; looking for somebody leaves a line for each who is found"), a.listLegs)
	file := adminTable("export-quality-legs", "/quality/legs/export", "The same, all of them, as a CSV file; everybody sees that it was taken out")
	file.content = []string{csvType}
	register(a, file, a.exportLegs)
	register(a, legOperation("get-quality-leg", "/quality/legs/{id}", "All that is known of one leg; it leaves a line for whoever's it is", adminOnly), a.getLeg)
	samples := legOperation("export-quality-leg", "/quality/legs/{id}/export", "All samples of one leg as a CSV file; it leaves a line", adminOnly)
	samples.content = []string{csvType}
	register(a, samples, a.exportSamples)
	capture := legOperation("get-quality-evidence", "/quality/legs/{id}/evidence",
		"What the carrier needs to see of a call: SIP with numbers masked, headers of RTP without sound; it leaves a line", adminOnly)
	capture.content = []string{zipType, pcapType, htmlType}
	register(a, capture, a.getEvidence)
	register(a, adminTable("search-quality", "/quality/search",
		"Whoever and whatever a text fits; it leaves a line for each whose legs are found"), a.searchQuality)
}

// myLegs are one's own.
func (a *API) myLegs() {
	register(a, operation{
		id: "list-my-legs", method: http.MethodGet, path: "/me/legs", access: signedIn, summary: "How my connections fared, latest first",
	}, a.listMyLegs)
	register(a, legOperation("get-my-leg", "/me/legs/{id}", "All that is known of one of my connections", signedIn), a.getMyLeg)
	samples := legOperation("export-my-leg", "/me/legs/{id}/export", "All samples of one of my connections as a CSV file", signedIn)
	samples.content = []string{csvType}
	register(a, samples, a.exportMySamples)
}

func (a *API) listLegs(ctx context.Context, v auth.Visitor, in *legsInput) (*legsOutput, error) {
	f, err := a.legFilter(in.LegFilter)
	if err != nil {
		return nil, err
	}
	return a.pageOfLegs(ctx, v, f, in.QualityPage)
}

type myLegsInput struct {
	From time.Time `query:"from" example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" example:"2026-12-01T00:00:00Z"`
	QualityPage
}

func (a *API) listMyLegs(ctx context.Context, v auth.Visitor, in *myLegsInput) (*legsOutput, error) {
	from, to, err := span(in.From, in.To)
	if err != nil {
		return nil, err
	}
	return a.pageOfLegs(ctx, v, health.Filter{From: from, To: to, Person: v.Person.ID}, in.QualityPage)
}

func (a *API) pageOfLegs(ctx context.Context, v auth.Visitor, f health.Filter, page QualityPage) (*legsOutput, error) {
	after, err := page.after()
	if err != nil {
		return nil, err
	}
	// One more tells whether there is another page.
	found, err := a.cfg.Health.List(ctx, v.Person, f, page.order(), after, page.Limit+1)
	if err != nil {
		return nil, err
	}
	out := &legsOutput{}
	if len(found) > page.Limit {
		found = found[:page.Limit]
		out.Body.Next = pageAfter(health.PlaceOf(&found[page.Limit-1], page.order()))
	}
	out.Body.Legs = a.namesFor(ctx, v).legs(found)
	return out, nil
}

func (n *namesBook) legs(rows []health.Row) []legBody {
	bodies := make([]legBody, len(rows))
	for i := range rows {
		bodies[i] = n.leg(&rows[i])
	}
	return bodies
}

func (a *API) exportLegs(ctx context.Context, v auth.Visitor, in *LegFilter) (*huma.StreamResponse, error) {
	f, err := a.legFilter(*in)
	if err != nil {
		return nil, err
	}
	each, err := a.cfg.Health.Export(ctx, v.Person, f)
	if err != nil {
		return nil, err
	}
	a.log.InfoContext(ctx, "legs exported", "person", v.Person.ID, "of", f.Person)
	return a.attachment(csvType, "legs.csv", func(w io.Writer) error {
		out := newRowWriter(w, reflect.TypeFor[legBody]())
		if err := out.header(); err != nil {
			return err
		}
		nameless := &namesBook{ctx: ctx, api: a, visitor: v, known: map[string]string{}, shut: true}
		if err := each(ctx, func(r *health.Row) error { return out.write(reflect.ValueOf(nameless.leg(r))) }); err != nil {
			return err
		}
		return out.flush()
	}), nil
}

func (a *API) getLeg(ctx context.Context, v auth.Visitor, in *legInput) (*legOutput, error) {
	return a.oneLeg(ctx, v, in, wordsFor)
}

// getMyLeg shows one's own alone, also to admins, and says "you".
func (a *API) getMyLeg(ctx context.Context, v auth.Visitor, in *legInput) (*legOutput, error) {
	v.Person.Admin = false
	return a.oneLeg(ctx, v, in, wordsToOwner)
}

func (a *API) oneLeg(ctx context.Context, v auth.Visitor, in *legInput, words func(auth.Person) *verdictWords) (*legOutput, error) {
	d, err := a.cfg.Health.Leg(ctx, v.Person, in.ID)
	if err != nil {
		return nil, err
	}
	v = in.reader(v)
	return a.toDetail(ctx, v, &d, in.Points, words(v.Person)), nil
}

func (a *API) toDetail(ctx context.Context, v auth.Visitor, d *health.Detail, points int, w *verdictWords) *legOutput {
	out := &legOutput{}
	b := &out.Body
	b.Leg = a.namesFor(ctx, v).leg(&d.Row)
	b.Address, b.CallID = d.Leg.Address, d.Leg.CallID
	b.Samples = toSamples(&d.Leg, d.Samples, points)
	b.Events, b.Ladder = toEvents(d.Events), []rungBody{}
	if d.Call != nil {
		b.Signalling, b.Ladder = toSignalling(&d.Call.Signalling), toLadder(d.Call.Ladder)
		b.Evidence = len(d.Call.Capture) > 0
	}
	if d.Join != nil {
		join := toJoin(d.Join)
		b.Join = &join
	}
	verdict := quality.Judge([]quality.Lane{{Leg: d.Leg, Samples: d.Samples, Events: d.Events}})
	for i := range verdict.Findings {
		verdict.Findings[i].Alone = false // nobody else was looked at
	}
	b.Verdict = toVerdict(&verdict, []*health.Row{&d.Row}, w)
	return out
}

func toSignalling(s *quality.Signalling) *signallingBody {
	return &signallingBody{
		PDD: knownTime(s.PDD), Answer: knownTime(s.Answer), Status: s.Status, Q850: s.Q850, Retransmissions: s.Retransmissions,
		Challenges: s.Challenges, Holds: s.Holds, Held: health.Milliseconds(s.Held), Bye: string(s.Bye),
	}
}

func toLadder(all []quality.Message) []rungBody {
	bodies := make([]rungBody, len(all))
	for i, m := range all {
		bodies[i] = rungBody{m.At, m.Out, m.Line, m.Sort, m.CSeq, m.Media, m.Peer, m.Again, m.Headers}
	}
	return bodies
}

func (a *API) getEvidence(ctx context.Context, v auth.Visitor, in *evidenceInput) (*huma.StreamResponse, error) {
	packed, err := a.cfg.Health.Capture(ctx, v.Person, in.ID)
	if err != nil {
		return nil, err
	}
	capture, err := evidence.Unpack(packed)
	if err != nil {
		return nil, fmt.Errorf("unpack evidence: %w", err)
	}
	switch in.As {
	case "pcapng":
		return a.attachment(pcapType, "call.pcapng", capture.WritePCAPNG), nil
	case "html":
		return a.attachment(htmlType, "call.html", func(w io.Writer) error { return capture.WriteHTML(w, v.Person.Language) }), nil
	default:
		return a.attachment(zipType, "call.zip", capture.WriteZip), nil
	}
}

func (a *API) searchQuality(ctx context.Context, v auth.Visitor, in *searchInput) (*searchOutput, error) {
	if utf8.RuneCountInString(strings.TrimSpace(in.Q)) < leastSought {
		return nil, invalid("q", "Type at least two characters.")
	}
	f, err := a.legFilter(LegFilter{Q: in.Q, From: in.From, To: in.To})
	if err != nil {
		return nil, err
	}
	people, err := a.accounts.People(ctx, v.Person, in.Q)
	if err != nil {
		return nil, err
	}
	sessions, err := a.cfg.Health.Sessions(ctx, v.Person, f, health.Newest, health.Place{}, mostFound)
	if err != nil {
		return nil, err
	}
	legs, err := a.cfg.Health.List(ctx, v.Person, f, health.Newest, health.Place{}, mostFound)
	if err != nil {
		return nil, err
	}
	names := a.namesFor(ctx, v)
	out := &searchOutput{}
	out.Body.People, out.Body.Meetings, out.Body.Legs = []who{}, []sessionBody{}, names.legs(legs)
	for _, p := range people[:min(len(people), mostFound)] {
		out.Body.People = append(out.Body.People, who{p.ID, p.Name})
	}
	for i := range sessions {
		out.Body.Meetings = append(out.Body.Meetings, a.toSession(ctx, &sessions[i], names))
	}
	return out, nil
}
