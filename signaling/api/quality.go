package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
	"partyline/sip/dialplan"
)

// quality is how connections fare: to admins all of them, to everybody their
// own. Who may see what is decided by the desk.
func (a *API) quality() {
	a.present()
	a.qualitySums()
	a.qualityMeetings()
	a.qualityLegs()
	a.myLegs()
	a.qualityJoins()
	a.qualityTrunks()
	a.subnets()
}

// LegFilter is what legs can be searched by; "-" in a dimension means those of
// which it is not known.
type LegFilter struct {
	From time.Time `query:"from" doc:"began then or later; without it, a week before to" example:"2026-11-01T00:00:00Z"`
	To   time.Time `query:"to" doc:"began before; without it, now" example:"2026-12-01T00:00:00Z"`

	Q       string `query:"q" maxLength:"200" doc:"part of a name, a number, a Call-ID or an id" example:"bob"`
	Meeting string `query:"meeting" maxLength:"64"`
	Person  string `query:"person" maxLength:"64"`
	Class   string `query:"class" enum:"unclassified,good,degraded,poor" doc:"of the whole leg" example:"poor"`
	Dropped bool   `query:"dropped" doc:"that ended against everybody's will"`

	Kind        string `query:"kind" enum:"browser,phone,-" example:"browser"`
	Site        string `query:"site" maxLength:"100" example:"Shanghai"`
	Access      string `query:"access" enum:"wired,wifi,cellular,vpn,-" example:"wifi"`
	Agent       string `query:"agent" maxLength:"100" example:"Chrome 143"`
	System      string `query:"system" maxLength:"100" example:"Windows 11"`
	Device      string `query:"device" maxLength:"100" example:"Headset"`
	Codec       string `query:"codec" maxLength:"40" example:"opus"`
	Trunk       string `query:"trunk" maxLength:"100" example:"carrier-a"`
	Country     string `query:"country" maxLength:"2" example:"CN"`
	Destination string `query:"destination" maxLength:"200" example:"China mobile"`
	Transport   string `query:"transport" enum:"udp,tcp,tls,-" example:"udp"`
	Candidate   string `query:"candidate" enum:"host,srflx,prflx,relay,-" example:"relay"`

	Weekday string `query:"weekday" enum:"0,1,2,3,4,5,6" doc:"0: Sunday; of the company's zone" example:"1"`
	Hour    string `query:"hour" enum:"0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23" example:"9"`
}

const (
	usualSpan   = 7 * 24 * time.Hour
	longestSpan = 400 * 24 * time.Hour
	notKnown    = "-"
)

// classes are quality.Class by name.
var classes = map[string]quality.Class{
	"unclassified": quality.Unclassified, "good": quality.Good, "degraded": quality.Degraded, "poor": quality.Poor,
}

// span is the time that was asked for, or the last week.
func span(from, to time.Time) (time.Time, time.Time, error) {
	if to.IsZero() {
		to = time.Now()
	}
	if from.IsZero() {
		from = to.Add(-usualSpan)
	}
	if length := to.Sub(from); length <= 0 || length > longestSpan {
		return from, to, invalid("to", "The end comes after the beginning, and not too long after it.")
	}
	return from.UTC(), to.UTC(), nil
}

// legs is a filter as the desk knows it.
func (a *API) legFilter(f LegFilter) (health.Filter, error) {
	from, to, err := span(f.From, f.To)
	if err != nil {
		return health.Filter{}, err
	}
	h := health.Filter{From: from, To: to, Person: f.Person, Dropped: f.Dropped, Where: map[health.Dimension]string{}}
	for dimension, value := range map[health.Dimension]string{
		health.ByMeeting: f.Meeting, health.ByKind: f.Kind, health.BySite: f.Site, health.ByAccess: f.Access, health.ByAgent: f.Agent,
		health.BySystem: f.System, health.ByDevice: f.Device, health.ByCodec: f.Codec, health.ByTrunk: f.Trunk,
		health.ByCountry: strings.ToUpper(f.Country), health.ByDestination: f.Destination, health.ByTransport: f.Transport,
		health.ByCandidate: f.Candidate,
	} {
		switch value {
		case "":
		case notKnown:
			h.Where[dimension] = ""
		default:
			h.Where[dimension] = value
		}
	}
	if class, ok := classes[f.Class]; ok {
		h.Class = &class
	}
	if n, ok := small(f.Weekday); ok {
		day := time.Weekday(n)
		h.Weekday = &day
	}
	if n, ok := small(f.Hour); ok {
		h.Hour = &n
	}
	a.seek(&h, f.Q)
	return h, nil
}

// small reads a number of at most two digits, which the framework has checked.
func small(text string) (n int, ok bool) {
	for _, c := range []byte(text) {
		n = 10*n + int(c-'0')
	}
	return n, text != ""
}

// leastDigits is how many digits make a text something to look for among
// numbers.
const leastDigits = 3

// seek looks for what somebody has typed.
func (a *API) seek(f *health.Filter, text string) {
	text = strings.TrimSpace(text)
	if text == "" {
		return
	}
	f.Name, f.CallID, f.ID = text, text, text
	digits := strings.Map(func(c rune) rune {
		if c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, text)
	if strings.Trim(text, "+0123456789 ()-./•") != "" || len(digits) < leastDigits {
		return
	}
	f.Number = digits
	if number, err := dialplan.Parse(text, a.cfg.Home); err == nil {
		f.Number = strings.TrimPrefix(string(number), "+")
	}
}

// tabulate serves a list as JSON, and at …/export its rows as a CSV file.
func tabulate[I, O any](a *API, op operation, rows func(*O) any, handle func(context.Context, auth.Visitor, *I) (*O, error)) {
	register(a, op, handle)
	file := op
	_, name, _ := strings.Cut(op.id, "-")
	file.id, file.path, file.content = "export-"+name, op.path+"/export", []string{csvType}
	file.summary = op.summary + "; as a CSV file"
	register(a, file, func(ctx context.Context, v auth.Visitor, in *I) (*huma.StreamResponse, error) {
		out, err := handle(ctx, v, in)
		if err != nil {
			return nil, err
		}
		return a.attachment(csvType, name+".csv", func(w io.Writer) error { return writeRows(w, rows(out)) }), nil
	})
}

// adminTable is the operation of a table for admins.
func adminTable(id, path, summary string, errs ...Code) operation {
	return operation{id: id, method: http.MethodGet, path: path, access: adminOnly, errors: errs, summary: summary}
}
