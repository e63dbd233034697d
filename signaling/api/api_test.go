package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/api"
	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/feed"
	"partyline/signaling/health"
	"partyline/signaling/meeting"
	"partyline/signaling/reminder"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/signaling/wire"
	"partyline/sip/billing"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const password = "correct horse battery"

// world is a server that a test talks to over HTTP.
type world struct {
	t        *testing.T
	server   *httptest.Server
	accounts *auth.Accounts
	book     *meeting.Book
	live     *fakeLive
	archive  *meeting.Archive
	tapes    fakeTapes
	log      *lockedBuffer
	document *huma.OpenAPI // as the server describes itself
	setUp    auth.Token
	store    *store.Store
	lines    *fakeLines
	feed     *feed.Feed
	planner  *meeting.Planner

	reminders *reminder.Service
	health    *health.Desk
	ward      *ward
}

// fakeLive is an engine in which meetings run because the test says so.
type fakeLive struct {
	mu      sync.Mutex
	rooms   map[string]api.Room
	ended   []string
	changed []string
	passes  []api.Pass
	signOut []string
	busy    bool
}

func (f *fakeLive) Running(id string) (api.Room, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	r, ok := f.rooms[id]
	return r, ok
}

func (f *fakeLive) Changed(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = append(f.changed, id)
	return nil
}

func (f *fakeLive) EndRoom(_ context.Context, id string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = append(f.ended, id)
	return nil
}

func (f *fakeLive) Issue(p api.Pass) (string, time.Time, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.busy {
		return "", time.Time{}, fmt.Errorf("issue: %w", api.ErrBusy)
	}
	f.passes = append(f.passes, p)
	return fmt.Sprintf("ticket %d", len(f.passes)), time.Now().Add(30 * time.Second), nil
}

func (f *fakeLive) SignOut(person string, sessions ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.signOut = append(f.signOut, fmt.Sprint(person, sessions))
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// on starts a server over the store; change may alter its configuration.
func on(t *testing.T, s *store.Store, change ...func(*api.Config)) *world {
	t.Helper()
	w := &world{t: t, store: s, live: &fakeLive{rooms: map[string]api.Room{}}, log: &lockedBuffer{}}
	log := slog.New(slog.NewTextHandler(w.log, nil))
	costs := auth.DefaultConfig()
	costs.Cost = auth.Cost{MemoryKiB: 64, Passes: 1}
	w.accounts = auth.New(costs, s, nil, log)
	w.book = meeting.NewBook(meeting.DefaultConfig(), s, nil)
	cfg := api.Config{Version: "1.2.3", Phones: api.PhoneService{Domain: "meet.example.com", Transports: []string{"udp", "tls"}}, DialIn: api.DialIn{SIPAddress: "sip:meet@127.0.0.1", Numbers: []api.DialInNumber{{Number: "+861012345678", Label: "Beijing"}}}}
	cfg.Money = api.Money{History: billing.NewHistory(s, time.UTC, nil), Budgets: company.NewBudgets(s, time.UTC, nil), Currency: billing.Currency{Code: "CNY", Exponent: 2}}
	cfg.Company = w.office(s, log)
	cfg.Channels = w.desk(s, log)
	w.feed = &feed.Feed{}
	cfg.Dialling.Feed = w.feed
	w.planner = meeting.NewPlanner(meeting.PlannerConfig{Log: log}, s)
	cfg.Schedule = api.Schedule{Planner: w.planner, Records: s}
	w.ward = &ward{}
	w.health = health.NewDesk(health.Config{Live: w.ward, Zone: shanghai(t), Around: health.Around{
		Organiser: func(_ context.Context, meeting string) string { return "Organiser of " + meeting },
		Trunks:    func() []wire.PresentTrunk { return []wire.PresentTrunk{{Trunk: "carrier-a", State: "up"}} },
	}}, s)
	cfg.Health = w.health
	w.reminders = w.remind(s, log)
	cfg.Reminders = w.reminders
	for _, c := range change {
		c(&cfg)
	}
	w.tapes = fakeTapes{}
	w.archive = meeting.NewArchive(s, s, w.tapes, nil)
	handler, err := api.New(cfg, w.accounts, w.book, w.archive, w.live, log)
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(handler)
	t.Cleanup(w.server.Close)
	if w.setUp, err = w.accounts.NewSetUpToken(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

// each runs a test with a server on every database.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) { test(t, on(t, s)) })
}

func onSQLite(t *testing.T, change ...func(*api.Config)) *world {
	t.Helper()
	return on(t, storetest.SQLite(t), change...)
}

// client is a browser. Each answer that it gets is held against the server's
// own description.
type client struct {
	*world
	http   *http.Client
	header http.Header
}

func (w *world) client() *client {
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	c := *w.server.Client()
	c.Jar = jar
	return &client{w, &c, http.Header{"User-Agent": {"test browser"}}}
}

// answer is what came back.
type answer struct {
	t      *testing.T
	what   string
	status int
	header http.Header
	body   []byte
}

// call sends a request; a body that is not a string or nil is sent as JSON.
func (c *client) call(method, path string, body any) *answer {
	c.t.Helper()
	var reader io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			c.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+api.Prefix+path, reader)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header = c.header.Clone()
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return c.do(r)
}

func (c *client) do(r *http.Request) *answer {
	c.t.Helper()
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	a := &answer{c.t, r.Method + " " + r.URL.Path, response.StatusCode, response.Header, text}
	c.hold(r, a)
	return a
}

// status fails the test unless the answer has the status.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Errorf("%s: status %d, want %d: %s", a.what, a.status, status, a.body)
	}
	return a
}

// problem fails the test unless the answer is a problem with the code.
func (a *answer) problem(code api.Code) api.Problem {
	a.t.Helper()
	var p api.Problem
	if err := json.Unmarshal(a.body, &p); err != nil || p.Code != code {
		a.t.Errorf("%s: status %d, want code %s: %s", a.what, a.status, code, a.body)
	}
	return p
}

func (a *answer) into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%s: %v: %s", a.what, err, a.body)
	}
}

type m = map[string]any

// personBody and meetingBody are what the tests read of answers.
type personBody struct {
	ID, Name, Email, Phone, Language, TimeZone string
	Department, CostCentre, MayCall            string
	Admin, Active, Invited                     bool
}

type newcomerBody struct {
	Person personBody
	Link   string
}

type sessionBody struct {
	Person  personBody
	Company string
	Version string
}

type meetingBody struct {
	ID, Name, Kind, Link, Number, HostCode string
	Organiser                              struct{ ID, Name string }
	Running, Locked, MuteOnEntry           bool
	Participants                           int
	Invitees                               []struct{ ID, Person, Name, Code string }
	EndedAt                                *time.Time
}

// linkToken is the last part of a link.
func linkToken(link string) string { return link[strings.LastIndexByte(link, '/')+1:] }

// ann sets the server up and is its admin.
func (w *world) ann() *client {
	w.t.Helper()
	c := w.client()
	c.call("POST", "/setup", m{
		"token": string(w.setUp), "company": "Acme", "name": "Ann", "email": "ann@example.com", "password": password,
		"language": "en", "timeZone": "Europe/Berlin",
	}).want(200)
	return c
}

// bob is an employee whom Ann added.
func (w *world) bob(ann *client) *client {
	w.t.Helper()
	var n newcomerBody
	ann.call("POST", "/people", m{
		"name": "Bob", "email": "bob@example.com", "phone": "+8613800138000", "language": "zh-CN", "timeZone": "Asia/Shanghai",
	}).want(201).into(&n)
	c := w.client()
	c.call("POST", "/invitation/"+linkToken(n.Link), m{"password": password}).want(200)
	return c
}

func (c *client) me() personBody {
	c.t.Helper()
	var s sessionBody
	c.call("GET", "/session", nil).want(200).into(&s)
	return s.Person
}

func (c *client) meeting(name string) meetingBody {
	c.t.Helper()
	var b meetingBody
	c.call("POST", "/meetings", m{"name": name, "kind": "named"}).want(201).into(&b)
	return b
}

var digits = regexp.MustCompile(`^[1-9][0-9]{8}$`)
