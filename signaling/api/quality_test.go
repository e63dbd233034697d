package api_test

import (
	"encoding/csv"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/api"
	"partyline/signaling/wire"
	"partyline/sip/billing"
)

func shanghai(t *testing.T) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// ward is the legs that live.
type ward struct {
	mu   sync.Mutex
	live []quality.Live
}

func (w *ward) Now() []quality.Live {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.live)
}

func (w *ward) Leg(id string) (quality.Live, []quality.Sample, bool) {
	for _, l := range w.Now() {
		if l.Leg.ID == id {
			return l, nil, true
		}
	}
	return quality.Live{}, nil, false
}

// morning is when the meeting of these tests was.
var morning = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

// within is the time around it, as parameters.
const within = "from=2026-11-22T00:00:00Z&to=2026-11-24T00:00:00Z"

// measured keeps a meeting: Bob's uplink lost 14 % for three minutes, and
// somebody was there by phone.
func (w *world) measured(bob string) {
	w.t.Helper()
	legs := []quality.Leg{
		{
			ID: "bob-leg", Meeting: "m-1", Room: "m-1", Participant: 1, Kind: quality.Browser, Person: bob, Name: "=Bob()", Codec: "opus", Wideband: true,
			Access: quality.WiFi, Candidate: "relay", Site: "Shanghai", Agent: "Chrome 143", Device: "Headset", Address: "192.0.2.7",
		},
		{ID: "guest-leg", Meeting: "m-1", Room: "m-1", Participant: 2, Kind: quality.Browser, Name: "Zoë", Codec: "opus", Wideband: true, Access: quality.Wired},
		{
			ID: "phone-leg", Meeting: "m-1", Room: "m-1", Participant: 3, Kind: quality.Phone, Name: "Caller 3", Number: "+8613800138000", CallID: "a84b4c76e66710",
			Codec: "PCMA", Trunk: "carrier-a", Country: "CN",
		},
	}
	var b quality.Batch
	for i, l := range legs {
		l.Began, l.Ended, l.Cause = morning, morning.Add(10*time.Minute), "left"
		var all []quality.Sample
		for at := morning.Add(5 * time.Second); !at.After(l.Ended); at = at.Add(5 * time.Second) {
			s := quality.Sample{
				At: at, Span: 5 * time.Second, RoundTrip: 40 * time.Millisecond,
				Said:  quality.Stream{Packets: 250, Jitter: 4 * time.Millisecond, Level: -30, Swing: 8, Talking: 0.4, Bitrate: 30000},
				Heard: quality.Stream{Packets: 250, Jitter: 5 * time.Millisecond, Level: quality.Unknown},
			}
			if since := at.Sub(morning); i == 0 && since > 3*time.Minute && since <= 6*time.Minute {
				s.Said.Loss = 0.14
			}
			all = append(all, s)
		}
		b.Legs = append(b.Legs, quality.Record{Leg: l, Summary: quality.Summarize(all, quality.CodecOf(l.Codec))})
		b.Chunks = append(b.Chunks, quality.NewChunk(l.ID, all))
		b.Joins = append(b.Joins, quality.Join{Leg: l.ID, Kind: l.Kind, Began: morning, Steps: []quality.Step{{Stage: quality.StageSignalled, After: 200 * time.Millisecond}}})
	}
	b.Events = []quality.Happening{{Leg: "bob-leg", Number: 1, Event: quality.Event{At: morning, What: quality.EventJoined}}}
	b.Joins = append(b.Joins, quality.Join{Kind: quality.Browser, Began: morning, Failed: quality.StageICE, Cause: "timeout"})
	b.Calls = []quality.Call{{
		Leg: "phone-leg", Signalling: quality.Signalling{PDD: 1800 * time.Millisecond, Status: 200, Q850: 16, Bye: quality.Them},
		Ladder: []quality.Message{{At: morning, Out: true, Line: "INVITE sip:•••000@carrier.example SIP/2.0", CSeq: "1 INVITE", Sort: "INVITE", Peer: "192.0.2.9:5060 udp"}},
	}}
	if err := w.store.Keep(w.t.Context(), b); err != nil {
		w.t.Fatal(err)
	}
	if err := w.health.Rate(w.t.Context(), "bob-leg", 2, []string{"choppy-audio"}); err != nil {
		w.t.Fatal(err)
	}
}

type legsAnswer struct {
	Legs []m
	Next string
}

func (a legsAnswer) ids() (all []string) {
	for _, l := range a.Legs {
		all = append(all, fmt.Sprint(l["id"]))
	}
	slices.Sort(all)
	return all
}

func TestQualityOfLegs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		w.measured(bob.me().ID)
		for query, want := range map[string][]string{
			"":                                 {"bob-leg", "guest-leg", "phone-leg"},
			"class=degraded":                   {"bob-leg"},
			"kind=phone":                       {"phone-leg"},
			"site=Shanghai":                    {"bob-leg"},
			"site=-":                           {"guest-leg", "phone-leg"},
			"access=wifi&codec=opus":           {"bob-leg"},
			"trunk=carrier-a&country=cn":       {"phone-leg"},
			"q=zo%C3%AB":                       {"guest-leg"},
			"q=138+0013+8000":                  {"phone-leg"},
			"q=%E2%80%A2%E2%80%A2%E2%80%A2000": {"phone-leg"},
			"q=a84b4c76e66710":                 {"phone-leg"},
			"q=bob-leg":                        {"bob-leg"},
			"weekday=1&hour=9":                 {"bob-leg", "guest-leg", "phone-leg"}, // in Shanghai
			"hour=1":                           nil,
			"meeting=m-1&dropped=true":         nil,
			"person=" + bob.me().ID:            {"bob-leg"},
		} {
			var got legsAnswer
			ann.call("GET", "/quality/legs?"+within+"&"+query, nil).want(200).into(&got)
			if diff := cmp.Diff(want, got.ids()); diff != "" {
				t.Errorf("%s:\n%s", query, diff)
			}
		}
		seen := map[string]bool{}
		cursor := ""
		for range 3 {
			var page legsAnswer
			ann.call("GET", "/quality/legs?limit=1&sort=worst&"+within+"&cursor="+url.QueryEscape(cursor), nil).want(200).into(&page)
			if len(page.Legs) != 1 || len(seen) == 0 && page.Legs[0]["id"] != "bob-leg" {
				t.Fatalf("page %+v", page)
			}
			seen[fmt.Sprint(page.Legs[0]["id"])] = true
			cursor = page.Next
		}
		if len(seen) != 3 || cursor != "" {
			t.Errorf("paged through %v, next %q", seen, cursor)
		}
	})
}

type verdict struct {
	OK       bool
	Sentence string
	Findings []struct {
		Leg, Cause, Side, Sentence, Advice string
		Mean                               float64
		Alone                              bool
	}
}

func TestQualityOfOneLeg(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	bob := w.bob(ann)
	w.measured(bob.me().ID)
	var got struct {
		Leg     m
		Samples struct {
			At          []float64
			Said, Heard map[string][]*float64
			Class       []int
			Marks       [][]string
		}
		Events, Ladder []m
		Join           m
		Verdict        verdict
	}
	bob.call("GET", "/quality/legs/bob-leg", nil).problem(api.NotAllowed)
	bob.call("GET", "/me/legs/phone-leg", nil).problem(api.NotFound)
	bob.call("GET", "/me/legs/phone-leg/export", nil).problem(api.NotFound)
	ann.call("GET", "/me/legs/bob-leg/export", nil).problem(api.NotFound)
	if own := bob.call("GET", "/me/legs/bob-leg/export", nil).want(200); strings.Count(string(own.body), "\n") != 121 {
		t.Errorf("one's own samples:\n%s", own.body)
	}
	ann.call("GET", "/me/legs/bob-leg", nil).problem(api.NotFound) // an admin's own are none
	bob.call("GET", "/me/legs/bob-leg", nil).want(200).into(&got)
	if len(got.Samples.At) != 120 || len(got.Samples.Said["loss"]) != 120 || *got.Samples.Said["loss"][50] < 0.135 || len(got.Events) != 1 || got.Join == nil {
		t.Errorf("%d samples, events %v, join %v", len(got.Samples.At), got.Events, got.Join)
	}
	for language, want := range map[string]string{"en": "of what you said", "zh-CN": "丢失了您说话内容"} {
		spoken := got
		bob.call("GET", "/me/legs/bob-leg?language="+language, nil).want(200).into(&spoken)
		if !strings.Contains(spoken.Verdict.Sentence, want) {
			t.Errorf("in %s: %s", language, spoken.Verdict.Sentence)
		}
	}
	if got.Leg["class"] != "degraded" || got.Leg["rating"] != 2.0 {
		t.Errorf("leg %v", got.Leg)
	}
	if len(got.Verdict.Findings) != 1 || got.Verdict.Findings[0].Cause != "uplink-loss" || got.Verdict.Findings[0].Alone {
		t.Errorf("verdict %+v", got.Verdict)
	}
	var looks []m
	if bob.call("GET", "/me/lookups", nil).want(200).into(&looks); len(looks) != 0 {
		t.Errorf("looks at one's own: %v", looks)
	}
	ann.call("GET", "/quality/legs/bob-leg?points=10", nil).want(200).into(&got)
	if said := got.Verdict.Sentence; !strings.Contains(said, "Bob") || strings.Contains(said, "you") {
		t.Errorf("to an admin: %s", said)
	}
	if n := len(got.Samples.At); n != 10 || !slices.Contains(got.Samples.Class, 3) {
		t.Errorf("thinned to %d of classes %v: the worst has to stay", n, got.Samples.Class)
	}
	if bob.call("GET", "/me/lookups", nil).want(200).into(&looks); len(looks) != 1 || looks[0]["what"] != "quality" || looks[0]["call"] != "bob-leg" || looks[0]["byName"] != "Ann" {
		t.Errorf("looks: %v", looks)
	}
	var phone struct {
		Leg, Signalling m
		CallID          string
		Evidence        bool
		Ladder          []m
	}
	ann.call("GET", "/quality/legs/phone-leg", nil).want(200).into(&phone)
	if phone.Leg["number"] != "•••000" || phone.CallID != "a84b4c76e66710" || len(phone.Ladder) != 1 || phone.Signalling["pddMs"] != 1800.0 || phone.Evidence {
		t.Errorf("phone %+v", phone)
	}
	ann.call("GET", "/quality/legs/phone-leg/evidence", nil).problem(api.NotFound)
	ann.call("GET", "/quality/legs/no-such", nil).problem(api.NotFound)
}

func TestQualityOfMeetings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		w.measured(bob.me().ID)
		var list struct{ Meetings []m }
		ann.call("GET", "/quality/meetings?sort=worst&"+within, nil).want(200).into(&list)
		if len(list.Meetings) != 1 || list.Meetings[0]["people"] != 3.0 || list.Meetings[0]["degraded"] != 1.0 || list.Meetings[0]["organiser"] != "Organiser of m-1" {
			t.Fatalf("meetings %v", list.Meetings)
		}
		at := "?at=" + url.QueryEscape(fmt.Sprint(list.Meetings[0]["from"]))
		var got struct {
			Lanes []struct {
				Leg           m
				Spans, Events []m
			}
			Verdict verdict
		}
		ann.call("GET", "/quality/meetings/m-1"+at, nil).want(200).into(&got)
		if len(got.Lanes) != 3 {
			t.Fatalf("%d lanes", len(got.Lanes))
		}
		var spans []m
		for _, l := range got.Lanes {
			spans = append(spans, l.Spans...)
		}
		if len(spans) != 1 || spans[0]["class"] != "poor" || spans[0]["side"] != "said" || spans[0]["from"] != "2026-11-23T01:03:00Z" || spans[0]["to"] != "2026-11-23T01:06:00Z" {
			t.Errorf("spans %v", spans)
		}
		want := "=Bob() (Wi-Fi, relayed) lost 14 % of what they said, from 02:03 to 02:06. Nobody else was affected."
		if len(got.Verdict.Findings) != 1 || got.Verdict.OK || got.Verdict.Sentence != want {
			t.Errorf("verdict %+v", got.Verdict)
		}
		ann.call("PATCH", "/me", m{"language": "zh-CN", "timeZone": "Asia/Shanghai"}).want(200)
		ann.call("GET", "/quality/meetings/m-1", nil).want(200).into(&got)
		if want := "09:03 至 09:06，=Bob()（Wi-Fi，经中继）说的话丢失了 14 %。其他人未受影响。"; got.Verdict.Sentence != want {
			t.Errorf("verdict %s", got.Verdict.Sentence)
		}
		var matrix struct{ People, Cells []m }
		ann.call("GET", "/quality/meetings/m-1/matrix"+at, nil).want(200).into(&matrix)
		if len(matrix.People) != 3 || len(matrix.Cells) != 6 {
			t.Errorf("matrix %v", matrix)
		}
		ann.call("GET", "/quality/meetings/m-2", nil).problem(api.NotFound)
		ann.call("GET", "/quality/meetings/m-1?at=2020-01-01T00:00:00Z", nil).problem(api.NotFound)
		var looks []m
		if bob.call("GET", "/me/lookups", nil).want(200).into(&looks); len(looks) != 1 {
			t.Errorf("%d looks at Bob", len(looks))
		}
	})
}

func TestQualitySums(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		w.measured(bob.me().ID)
		w.recordCall("phone-leg", bob.me(), func(c *billing.CDR) {
			c.Setup, c.Ring, c.Answer, c.End = morning, morning.Add(2*time.Second), morning.Add(5*time.Second), morning.Add(66*time.Second)
		})
		var day struct {
			Zone    string
			Total   m
			Days    []m
			Because []m
			Burn    []m
			Targets m
		}
		ann.call("GET", "/quality/health?"+within, nil).want(200).into(&day)
		if len(day.Days) == 0 || day.Total["legs"] != 3.0 || day.Total["degraded"] != 1.0 || day.Total["joinsFailed"] != 1.0 || day.Zone != "Asia/Shanghai" || len(day.Burn) != 3 {
			t.Errorf("health %+v", day)
		}
		var rows struct{ Rows []m }
		ann.call("GET", "/quality/breakdown?by=access&"+within, nil).want(200).into(&rows)
		if len(rows.Rows) != 3 {
			t.Errorf("break-down %v", rows)
		}
		var cells struct{ Cells []m }
		ann.call("GET", "/quality/hours?"+within, nil).want(200).into(&cells)
		if len(cells.Cells) != 1 || cells.Cells[0]["weekday"] != 1.0 || cells.Cells[0]["hour"] != 9.0 {
			t.Errorf("hours %v", cells)
		}
		var joins struct{ Joins, Failures, Recent []m }
		ann.call("GET", "/quality/joins?kind=browser&"+within, nil).want(200).into(&joins)
		if len(joins.Joins) != 1 || joins.Joins[0]["failed"] != 1.0 || len(joins.Recent) != 1 || joins.Failures[0]["cause"] != "timeout" {
			t.Errorf("joins %v", joins)
		}
		var ratings struct {
			Mean  float64
			Stars []int
			Rows  []m
		}
		ann.call("GET", "/quality/ratings?"+within, nil).want(200).into(&ratings)
		if ratings.Mean != 2 || ratings.Stars[1] != 1 || len(ratings.Rows) != 1 {
			t.Errorf("ratings %+v", ratings)
		}
		var trunks struct{ Trunks []m }
		ann.call("GET", "/quality/trunks?"+within, nil).want(200).into(&trunks)
		if len(trunks.Trunks) != 1 || trunks.Trunks[0]["state"] != "up" || trunks.Trunks[0]["asr"] != 1.0 || trunks.Trunks[0]["pddMs"] == nil {
			t.Errorf("trunks %v", trunks)
		}
		var found struct{ People, Meetings, Legs []m }
		ann.call("GET", "/quality/search?q=bob&"+within, nil).want(200).into(&found)
		if len(found.People) != 1 || len(found.Meetings) != 1 || len(found.Legs) != 1 {
			t.Errorf("found %v", found)
		}
	})
}

// TestQualityFiles takes out everything as CSV: the columns are those of the
// pages, and nothing in it is computed by a spreadsheet.
func TestQualityFiles(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	w.measured(w.bob(ann).me().ID)
	ann.call("PUT", "/quality/subnets", m{"csv": "prefix,site\n10.1.0.0/16,Shanghai\n"}).want(200)
	for path, want := range map[string]struct {
		lines   int
		columns string
	}{
		"/quality/health/export?" + within:              {1, "day legs poor joinsFailed callsFailed mosWb"},
		"/quality/breakdown/export?by=access&" + within: {3, "key legs poor"},
		"/quality/hours/export?" + within:               {1, "weekday hour legs"},
		"/quality/meetings/export?" + within:            {1, "meeting from to people poor"},
		"/quality/meetings/m-1/export":                  {3, "id name number said.loss heard.jitterMs because worst.from"},
		"/quality/meetings/m-1/matrix/export":           {6, "speaker listener delayMs codecs"},
		"/quality/legs/export?" + within:                {3, "id name number said.loss class"},
		"/quality/legs/bob-leg/export":                  {120, "at class said.loss heard.mos"},
		"/quality/trunks/export?" + within:              {1, "trunk asr poor"},
		"/quality/joins/export?" + within:               {1, "kind total stage reached"},
		"/quality/ratings/export?" + within:             {1, "leg stars reasons"},
		"/quality/subnets/export":                       {1, "prefix site"},
	} {
		a := ann.call("GET", path, nil).want(200)
		rows, err := csv.NewReader(strings.NewReader(string(a.body))).ReadAll()
		if err != nil || len(rows) < want.lines+1 {
			t.Errorf("%s: %d lines, %v: %s", path, len(rows), err, a.body)
			continue
		}
		for _, column := range strings.Fields(want.columns) {
			if !slices.Contains(rows[0], column) {
				t.Errorf("%s has no column %s: %v", path, column, rows[0])
			}
		}
		for _, row := range rows[1:] {
			for _, cell := range row {
				if strings.HasPrefix(cell, "=") || strings.Contains(cell, "13800138000") {
					t.Errorf("%s: cell %q", path, cell)
				}
			}
		}
	}
}

func TestSubnets(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		type sheet struct {
			Count, Added, Removed int
			Ignored               []string
			Errors                []struct {
				Line           int
				Field, Message string
			}
		}
		var got sheet
		file := m{"csv": "prefix;site;floor\n10.1.0.0/16;Shanghai;3\n10.2.0.0/16;Berlin;1\nnonsense;Nowhere;0\n"}
		ann.call("POST", "/quality/subnets/preview", file).want(200).into(&got)
		if got.Count != 2 || got.Added != 2 || len(got.Errors) != 1 || got.Errors[0].Line != 4 || got.Errors[0].Field != "prefix" || got.Ignored[0] != "floor" {
			t.Errorf("preview %+v", got)
		}
		ann.call("PUT", "/quality/subnets", file).problem(api.Invalid)
		var stands struct {
			Subnets   []m
			ChangedBy m
		}
		if ann.call("GET", "/quality/subnets", nil).want(200).into(&stands); len(stands.Subnets) != 0 {
			t.Error("a file with errors changed something")
		}
		ann.call("PUT", "/quality/subnets", m{"csv": "prefix,site\n10.1.0.0/16,Shanghai\n10.2.0.0/16,Berlin\n"}).want(200)
		got = sheet{}
		ann.call("PUT", "/quality/subnets", m{"csv": "网段,地点,接入\n10.1.0.0/16,Shanghai,\n10.3.0.0/16,慕尼黑,无线\n"}).want(200).into(&got)
		if got.Added != 1 || got.Removed != 1 {
			t.Errorf("replaced %+v", got)
		}
		ann.call("GET", "/quality/subnets", nil).want(200).into(&stands)
		if len(stands.Subnets) != 2 || stands.Subnets[1]["access"] != "wifi" || stands.ChangedBy["name"] != "Ann" {
			t.Errorf("stands %+v", stands)
		}
		var audit struct{ Entries []m }
		ann.call("GET", "/audit?thing=subnets", nil).want(200).into(&audit)
		if len(audit.Entries) != 2 {
			t.Errorf("audit %v", audit)
		}
	})
}

func TestQualityNow(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	var got wire.Present
	ann.call("GET", "/quality/now", nil).want(200).into(&got)
	if got.MeetingsAll != 0 || got.Trunks[0].Trunk != "carrier-a" {
		t.Errorf("%+v", got)
	}
	w.ward.mu.Lock()
	w.ward.live = []quality.Live{{
		Leg: quality.Leg{ID: "l", Meeting: "m-1", Kind: quality.Phone, Name: "Caller 3", Number: "+8613800138000"}, Class: quality.Poor,
		Sample: quality.Sample{At: morning, Said: quality.Stream{Packets: 250, Loss: 0.2}}, Score: quality.Score{Class: quality.Poor, Because: quality.BecauseLoss},
	}}
	w.ward.mu.Unlock()
	ann.call("GET", "/quality/now", nil).want(200).into(&got)
	if got.MeetingsAll != 1 || len(got.Worst) != 1 || got.Worst[0].Number != "•••000" || got.Meetings[0].Organiser != "Organiser of m-1" {
		t.Errorf("%+v", got)
	}
}

func TestQualityBadRequests(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	for _, path := range []string{
		"/quality/legs?from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z", "/quality/legs?from=2000-01-01T00:00:00Z", "/quality/legs?class=awful",
		"/quality/legs?hour=24", "/quality/legs?weekday=-1", "/quality/legs?limit=100000", "/quality/legs?cursor=nonsense", "/quality/legs?cursor=eCB5IHo",
		"/quality/legs?from=yesterday", "/quality/legs?colour=red", "/quality/breakdown?by=person", "/quality/search", "/quality/search?q=x",
		"/quality/legs/x?points=0", "/quality/legs/x/evidence?as=wav", "/quality/meetings/x?at=once", "/quality/joins?kind=horse",
		"/quality/legs/" + strings.Repeat("x", 70), "/quality/legs?q=" + strings.Repeat("x", 201),
	} {
		ann.call("GET", path, nil).problem(api.Invalid)
	}
	for _, path := range []string{"/quality/legs?q=%00", "/quality/legs?q=%ff", "/quality/legs?site=%25'--", "/quality/search?q=%27%22%3B"} {
		ann.call("GET", path, nil).want(200)
	}
	ann.call("PUT", "/quality/subnets", m{"csv": strings.Repeat("x", 3<<20)}).problem(api.TooLarge)
	ann.call("PUT", "/quality/subnets", m{"csv": "prefix,site\n0.0.0.0/0,Everywhere\n"}).problem(api.Invalid)
}
