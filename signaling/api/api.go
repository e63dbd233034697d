package api

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/health"
	"partyline/signaling/meeting"
	"partyline/signaling/reminder"
	"partyline/sip/dialplan"
)

// Prefix is where the API is served.
const Prefix = "/api/v1"

// Config is what the API has to know of the installation.
type Config struct {
	Version        string // of the program
	PublicURL      string // how people reach us, such as https://meet.example.com; empty: as each request did
	TrustedProxies []netip.Prefix
	DialIn         DialIn
	Phones         PhoneService
	// KeepRecordings is how long recordings are kept; zero: for ever.
	KeepRecordings time.Duration
	// Home is the country whose people write national numbers; the zero value
	// takes numbers with a plus only.
	Home dialplan.Country
	// Dialling is how people are called.
	Dialling Dialling
	// Money is what calls cost and who pays.
	Money Money
	// Company is what admins set.
	Company Company
	// Channels are the ways by which people are told things; nil: there are
	// none.
	Channels *channel.Desk
	// Reminders reminds people; nil: nobody is reminded.
	Reminders *reminder.Service
	// Schedule is when meetings are.
	Schedule Schedule
	// Health is how connections fare; nil: nobody measures.
	Health *health.Desk
	// Calendar is how they get into other calendars, and out of them.
	Calendar Calendar
}

// DialIn is how a phone reaches a meeting.
type DialIn struct {
	Numbers    []DialInNumber `json:"numbers" nullable:"false" doc:"numbers to call, then the meeting number"`
	SIPAddress string         `json:"sipAddress" doc:"for softphones; empty if there is none" example:"sip:meet.example.com"`
}

// DialInNumber is one telephone number of ours.
type DialInNumber struct {
	Number string `json:"number" doc:"E.164" example:"+861012345678"`
	Label  string `json:"label" doc:"where or what it is" example:"Beijing"`
}

// Live is the engine that runs meetings, as the API needs it. Calls come from
// any goroutine.
type Live interface {
	// Running describes the room of a meeting; false if there is none.
	Running(meeting string) (Room, bool)
	// Changed tells a meeting that runs its new name and settings.
	Changed(ctx context.Context, meeting string) error
	// EndRoom ends the room of a meeting for everybody in it.
	EndRoom(ctx context.Context, meeting string) error
	// Issue makes a ticket that admits once to the WebSocket. It returns
	// ErrBusy.
	Issue(p Pass) (ticket string, expires time.Time, err error)
	// SignOut closes what a person holds open by the given sessions; without
	// any, by all.
	SignOut(person string, sessions ...string)
}

// Room is a running meeting as the API tells of it.
type Room struct {
	Participants int
	Locked       bool
}

// Pass is what a ticket is good for.
type Pass struct {
	Meeting  string
	Role     meeting.Role
	Person   string // empty for a guest
	Session  string // of the person
	Name     string
	Language string
	Admin    bool
	Key      string // the same for the same visitor, neither shown nor logged
	Address  string // that they come from, as far as proxies can be trusted
}

// API serves the interface. It is an http.Handler for everything under
// Prefix.
type API struct {
	cfg      Config
	accounts *auth.Accounts
	book     *meeting.Book
	archive  *meeting.Archive
	live     Live
	log      *slog.Logger
	huma     huma.API
	mux      *http.ServeMux
	handler  http.Handler
	document func() ([]byte, error) // the OpenAPI description, written when it is first asked for
}

// New makes the API over the rules and the engine.
func New(
	cfg Config, accounts *auth.Accounts, book *meeting.Book, archive *meeting.Archive, live Live, log *slog.Logger,
) (*API, error) {
	a := &API{cfg: cfg, accounts: accounts, book: book, archive: archive, live: live, log: log, mux: http.NewServeMux()}
	if a.cfg.Phones.Transports == nil {
		a.cfg.Phones.Transports = []string{}
	}
	if a.cfg.DialIn.Numbers == nil {
		a.cfg.DialIn.Numbers = []DialInNumber{}
	}
	a.huma = humago.NewWithPrefix(a.mux, Prefix, a.description())
	a.sessions()
	a.setUp()
	a.invitations()
	a.people()
	a.importPeople()
	a.exportPeople()
	a.meetings()
	a.invitees()
	a.join()
	a.tickets()
	a.dialIn()
	a.phones()
	a.recordings()
	a.dialling()
	if cfg.Money.History != nil {
		a.calls()
		a.exports()
		a.costs()
		a.budgets()
	}
	a.set()
	if cfg.Channels != nil {
		a.bots()
		a.channels()
		a.push()
		a.slack()
	}
	a.reminders()
	if cfg.Schedule.Planner != nil {
		a.schedule()
		a.preview()
		a.occurrences()
		a.todos()
		a.attendance()
	}
	if cfg.Health != nil {
		a.quality()
	}
	if cfg.Calendar.Feeds != nil {
		a.feeds()
		a.importCalendar()
		a.answers()
	}

	// The framework describes its own errors too, which never get out.
	schemas := a.huma.OpenAPI().Components.Schemas.Map()
	delete(schemas, "ErrorModel")
	delete(schemas, "ErrorDetail")
	a.document = sync.OnceValues(func() ([]byte, error) { return json.Marshal(a.huma.OpenAPI()) })
	a.mux.HandleFunc("GET "+Prefix+"/openapi.json", a.serveDocument)
	a.mux.HandleFunc("/", a.nothingHere)
	var err error
	if a.handler, err = a.guard(a.mux); err != nil {
		return nil, err
	}
	return a, nil
}

// ServeHTTP serves a request for a path under Prefix.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.handler.ServeHTTP(w, r) }

// description begins the OpenAPI document. The framework's own routes stay
// off: they would load scripts from elsewhere.
func (a *API) description() huma.Config {
	c := huma.DefaultConfig("Partyline", a.cfg.Version)
	c.Info.Description = "The company's conference bridge: people, meetings and how to join them. " +
		"Errors are problem+json (RFC 9457) with a code from a closed list."
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Transformers = []huma.Transformer{a.translateErrors}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		scheme: {Type: "apiKey", In: "cookie", Name: "partyline", Description: "set by POST /session; __Host-partyline over TLS"},
	}
	return c
}

// translateErrors replaces the framework's errors by ours.
func (a *API) translateErrors(ctx huma.Context, _ string, body any) (any, error) {
	m, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := translate(m, requestOf(ctx.Context()).language())
	a.refused(ctx.Context(), ctx.Operation().OperationID, "", p, nil)
	return p, nil
}

// guard puts before all handlers what holds for each of them.
func (a *API) guard(next http.Handler) (http.Handler, error) {
	cross := http.NewCrossOriginProtection()
	if a.cfg.PublicURL != "" {
		if err := cross.AddTrustedOrigin(strings.TrimSuffix(a.cfg.PublicURL, "/")); err != nil {
			return nil, fmt.Errorf("public URL: %w", err)
		}
	}
	cross.SetDenyHandler(a.problemHandler(CrossOrigin))
	return a.withRequest(cross.Handler(next)), nil
}

func (a *API) problemHandler(code Code) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p := newProblem(code)
		p.Detail = say(requestOf(r.Context()).language(), p.Detail)
		a.refused(r.Context(), r.Method, "", p, nil)
		writeProblem(w, p)
	})
}

func writeProblem(w http.ResponseWriter, p *Problem) {
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client is gone if this fails
}

func (a *API) serveDocument(w http.ResponseWriter, r *http.Request) {
	document, err := a.document()
	if err != nil {
		p := newProblem(Internal)
		a.refused(r.Context(), r.Method, "", p, fmt.Errorf("describe the API: %w", err))
		writeProblem(w, p)
		return
	}
	w.Header().Set("Content-Type", "application/openapi+json")
	_, _ = w.Write(document) // the client is gone if this fails
}

// nothingHere answers what no route matched, and tells a wrong method from a
// wrong path.
func (a *API) nothingHere(w http.ResponseWriter, r *http.Request) {
	var allow []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := a.mux.Handler(other); pattern != "/" {
			allow = append(allow, method)
		}
	}
	if len(allow) == 0 {
		a.problemHandler(NotFound).ServeHTTP(w, r)
		return
	}
	w.Header().Set("Allow", strings.Join(allow, ", "))
	a.problemHandler(MethodNotAllowed).ServeHTTP(w, r)
}
