package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/api"
	"partyline/signaling/company"
	"partyline/signaling/store"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// fakeLines is the gateway: what it was told, and how it says that trunks
// fare.
type fakeLines struct {
	mu     sync.Mutex
	trunks []dialplan.Trunk
	states []api.TrunkState
	brakes []billing.Brakes
	decks  *billing.Decks
	asked  []string
}

func (f *fakeLines) TrunkStates() []api.TrunkState {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.states)
}

func (f *fakeLines) AskTrunk(_ context.Context, trunk string) (api.TrunkState, error) {
	for _, s := range f.TrunkStates() {
		if s.Trunk == trunk {
			return s, nil
		}
	}
	return api.TrunkState{}, fmt.Errorf("%w: %s", api.ErrNoLine, trunk)
}

func (f *fakeLines) set(_ context.Context, trunks []dialplan.Trunk) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.trunks = trunks
	return nil
}

// office is what admins set, with one trunk in the configuration file.
func (w *world) office(s *store.Store, log *slog.Logger) api.Company {
	w.t.Helper()
	w.lines = &fakeLines{}
	shanghai, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		w.t.Fatal(err)
	}
	home := billing.Home{Country: "CN", Zone: shanghai, Currency: billing.Currency{Code: "CNY", Exponent: 2}}
	fixed := []dialplan.Trunk{{Name: "in-file", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}}
	trunks, err := company.NewTrunks(w.t.Context(), s, filepath.Join(w.t.TempDir(), "secrets.key"), fixed, w.lines.set, nil, log)
	if err != nil {
		w.t.Fatal(err)
	}
	return api.Company{
		Home: home, Log: company.NewLog(s), Trunks: trunks,
		Decks:     company.NewDecks(s, home, func(d *billing.Decks) { w.lines.decks = d }, nil, log),
		Brakes:    company.NewBrakes(s, w.accounts, func(b billing.Brakes) { w.lines.brakes = append(w.lines.brakes, b) }, nil),
		Approvals: company.NewApprovals(s, func(a company.Approval) { w.lines.asked = append(w.lines.asked, a.Country) }, nil),
		Contacts:  company.NewContacts(s, s, nil), Records: s, Lines: w.lines,
	}
}

func TestCompany(t *testing.T) {
	w := onSQLite(t)
	bob := w.bob(w.ann())
	var got m
	bob.call("GET", "/company", nil).want(200).into(&got)
	delete(got, "$schema")
	want := m{"name": "Acme", "currency": "CNY", "exponent": 2.0, "timeZone": "Asia/Shanghai", "homeCountry": "CN", "shownNumbers": []any{}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("company:\n%s", diff)
	}
}

// TestOnlyAdminsSet walks every operation that sets something for the company,
// as somebody who is no admin and as a stranger.
func TestOnlyAdminsSet(t *testing.T) {
	w := onSQLite(t)
	bob, stranger := w.bob(w.ann()), w.client()
	walked := 0
	for path, item := range w.describe().Paths {
		first, _, _ := strings.Cut(path[1:], "/")
		if !slices.Contains([]string{"trunks", "decks", "replay", "brakes", "approvals", "audit", "quality"}, first) {
			continue
		}
		for method := range operationsOf(item) {
			walked++
			real := strings.NewReplacer("{name}", "in-file", "{version}", "0001", "{id}", "KE").Replace(path)
			// Bodies as the description has them, so that they are not what is refused.
			body := map[string]any{
				"POST /trunks": m{"name": "x"}, "PUT /trunks/{name}": m{"name": "x"}, "PUT /brakes": m{"password": password, "brakes": brakes()},
				"POST /approvals/{id}/deny": m{"reason": "x"}, "POST /decks/{version}/activation": m{},
				"PUT /quality/subnets": m{"csv": ""}, "POST /quality/subnets/preview": m{"csv": ""},
			}[method+" "+path]
			if path == "/replay" {
				real += "?deck=0001&month=2026-11"
			}
			if a := bob.call(method, real, body); a.problem(api.NotAllowed).Status != 403 {
				t.Errorf("%s", a.what)
			}
			stranger.call(method, real, body).problem(api.SignedOut)
		}
	}
	if walked != 49 {
		t.Errorf("%d operations walked", walked)
	}
}

func trunk(name string) m {
	return m{
		"name": name, "allow": []string{"203.0.113.0/24"}, "user": "in", "password": "sesame-in",
		"outbound": m{
			"targets": []m{{"host": "sip.example.com", "port": 5060}}, "register": true, "domain": "example.com",
			"accounts": []m{{"user": "4711", "password": "sesame-out"}},
		},
	}
}

type trunkBody struct {
	Name, Source, ChangedBy, Fault string
	MaxCalls                       int
	HasPassword                    bool
	Outbound                       struct {
		Accounts []struct {
			User        string
			HasPassword bool
		}
		HasClientKey bool
	}
	State *struct {
		Health, Error     string
		Healthy           bool
		Registered        *bool
		Calls             int
		Accounts, Targets []m
	}
}

func TestTrunks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		var b trunkBody
		ann.call("POST", "/trunks", trunk("carrier-a")).want(201).into(&b)
		if b.Source != "stored" || !b.HasPassword || len(b.Outbound.Accounts) != 1 || !b.Outbound.Accounts[0].HasPassword || b.ChangedBy != "Ann" || b.Fault != "" || b.State != nil {
			t.Errorf("added: %+v", b)
		}
		if len(w.lines.trunks) != 2 || w.lines.trunks[1].Outbound.Accounts[0].Password != "sesame-out" {
			t.Errorf("the gateway runs %d trunks", len(w.lines.trunks))
		}
		p := ann.call("POST", "/trunks", trunk("carrier-a")).problem(api.Invalid)
		if len(p.Fields) != 1 || p.Fields[0].Field != "name" {
			t.Errorf("a name twice: %+v", p)
		}
		ann.call("POST", "/trunks", m{"name": "b", "allow": []string{"nowhere"}}).problem(api.Invalid)
		ann.call("POST", "/trunks", m{"name": "b", "colour": "red"}).problem(api.Invalid)
		ann.call("POST", "/trunks", m{"name": "least", "outbound": m{"domain": "example.com"}}).want(201) // lists are empty, not null
		ann.call("DELETE", "/trunks/least", nil).want(204)

		w.lines.states = []api.TrunkState{{
			Trunk: "carrier-a", Health: "down", Since: time.Now(), Error: "the registrar does not accept name and password", Calls: 3,
			Accounts: []api.AccountState{{User: "4711", Refused: true}}, Targets: []api.TargetState{{Target: "udp 203.0.113.1:5060", Health: "down"}},
		}}
		changed := trunk("is ignored")
		changed["maxCalls"] = 7
		delete(changed, "password")
		delete(changed["outbound"].(m), "accounts")
		ann.call("PUT", "/trunks/carrier-a", changed).want(200).into(&b)
		if b.Name != "carrier-a" || b.MaxCalls != 7 || !b.HasPassword || len(b.Outbound.Accounts) != 1 || !b.Outbound.Accounts[0].HasPassword {
			t.Errorf("changed: %+v", b)
		}
		if s := b.State; s == nil || s.Health != "down" || s.Healthy || s.Registered == nil || *s.Registered || s.Calls != 3 || len(s.Targets) != 1 {
			t.Errorf("state: %+v", s)
		}
		var check struct {
			Reachable     bool
			Target, Error string
			TookMS        int
		}
		ann.call("POST", "/trunks/carrier-a/check", nil).want(200).into(&check)
		if check.Reachable || check.Error != "the registrar does not accept name and password" {
			t.Errorf("asked: %+v", check)
		}
		w.lines.states[0].Targets = append(w.lines.states[0].Targets, api.TargetState{Target: "udp 203.0.113.2:5060", Health: "up", Answer: 31 * time.Millisecond})
		ann.call("POST", "/trunks/carrier-a/check", nil).want(200).into(&check)
		if !check.Reachable || check.Target != "udp 203.0.113.2:5060" || check.TookMS != 31 {
			t.Errorf("asked: %+v", check)
		}
		ann.call("POST", "/trunks/in-file/check", nil).problem(api.NotFound) // no calls go out by it
		ann.call("POST", "/trunks/nothing/check", nil).problem(api.NotFound)
		var all []trunkBody
		list := ann.call("GET", "/trunks", nil).want(200)
		list.into(&all)
		if len(all) != 2 || all[0].Source != "config" || all[0].Name != "in-file" {
			t.Errorf("all: %+v", all)
		}
		ann.call("GET", "/trunks/in-file", nil).want(200)
		ann.call("GET", "/trunks/nothing", nil).problem(api.NotFound)
		ann.call("PUT", "/trunks/in-file", changed).problem(api.ReadOnly)
		ann.call("DELETE", "/trunks/in-file", nil).problem(api.ReadOnly)
		ann.call("PUT", "/trunks/nothing", changed).problem(api.NotFound)
		ann.call("DELETE", "/trunks/carrier-a", nil).want(204)
		ann.call("DELETE", "/trunks/carrier-a", nil).problem(api.NotFound)
		audit := ann.call("GET", "/audit", nil).want(200)
		for _, out := range []string{string(list.body), string(audit.body), w.log.String()} {
			if strings.Contains(out, "sesame") {
				t.Errorf("a secret is in %s", out)
			}
		}
	})
}

// TestTrunkFaults asks in Chinese for a trunk that the configuration file has
// got as well.
func TestTrunkFaults(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	ann.call("PATCH", "/me", m{"language": "zh-CN"}).want(200)
	p := ann.call("POST", "/trunks", m{"name": "a b", "allow": []string{"x"}}).problem(api.Invalid)
	if want := "中继名称须为 1 到 40 个字母、数字、点、短横线或下划线。 请填写网段（如 203.0.113.0/24）或地址（如 203.0.113.7）。"; p.Detail != want {
		t.Errorf("detail: %s", p.Detail)
	}
}

const deck = "prefix,destination,rate_per_min,increment_s\n86,China,0.18,6\n44,UK,0.10,60\n"

// upload sends a file as it is.
func (c *client) upload(path, kind string, file io.Reader) *answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), "POST", c.server.URL+api.Prefix+path, file)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header = c.header.Clone()
	r.Header.Set("Content-Type", kind)
	return c.do(r)
}

type previewBody struct {
	Deck                                             *struct{ Version, Name, State, UploadedBy, SHA256 string }
	Rows, Added, Removed, Raised, Lowered, Unchanged int
	Against                                          string
	Faults                                           []billing.Fault
	Changes, Hundredfold                             []m
}

func TestDecks(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		var p previewBody
		ann.upload("/decks?name=November", "text/csv; charset=utf-8", strings.NewReader(deck)).want(200).into(&p)
		if p.Deck == nil || p.Deck.Version != "0001" || p.Deck.State != "draft" || p.Rows != 2 || p.Added != 2 || p.Deck.UploadedBy != "Ann" || len(p.Changes) != 2 {
			t.Fatalf("uploaded: %+v", p)
		}
		p = previewBody{}
		ann.upload("/decks", "text/csv", strings.NewReader("prefix,rate_per_min,colour\n86,1,red\n")).want(200).into(&p)
		if p.Deck != nil || len(p.Faults) != 1 || p.Faults[0].Line != 1 {
			t.Errorf("with a fault: %+v", p)
		}
		ann.upload("/decks", "application/json", strings.NewReader("{}")).problem(api.Invalid)
		ann.upload("/decks", "text/csv", io.LimitReader(endless{}, 70<<20)).problem(api.TooLarge)
		ann.call("POST", "/decks/0001/activation", m{"at": "2020-01-01T00:00:00Z"}).problem(api.Invalid)
		ann.call("POST", "/decks/0009/activation", m{}).problem(api.NotFound)
		var d m
		ann.call("POST", "/decks/0001/activation", m{}).want(200).into(&d)
		if d["state"] != "active" || d["activatedBy"] != "Ann" || w.lines.decks.Version("0001") == nil {
			t.Errorf("activated: %v", d)
		}
		ann.upload("/decks?trunk=nowhere", "text/csv", strings.NewReader(deck)).problem(api.Invalid)
		ann.upload("/decks?trunk=", "text/csv", strings.NewReader(strings.Replace(deck, "0.18", "18", 1))).want(200).into(&p)
		if p.Against != "0001" || p.Raised != 1 || len(p.Hundredfold) != 1 || p.Hundredfold[0]["kind"] != "raised" ||
			p.Hundredfold[0]["before"] != 180000.0 || p.Hundredfold[0]["after"] != 18000000.0 || p.Hundredfold[0]["factor"] != 100.0 ||
			p.Hundredfold[0]["direction"] != "out" || p.Unchanged != 1 {
			t.Errorf("a typing error: %+v", p)
		}
		ann.call("GET", "/decks/0002/preview", nil).want(200)
		ann.call("POST", "/decks/0002/activation", m{}).problem(api.Confirm)
		later := time.Now().Add(time.Hour)
		ann.call("POST", "/decks/0002/activation", m{"confirm": true, "at": later}).want(200).into(&d)
		if d["state"] != "scheduled" {
			t.Errorf("scheduled: %v", d)
		}
		ann.call("DELETE", "/decks/0002/activation", nil).want(200)
		ann.call("DELETE", "/decks/0002/activation", nil).problem(api.NotFound)
		ann.call("DELETE", "/decks/0001/activation", nil).problem(api.DeckInUse)
		ann.call("DELETE", "/decks/0001", nil).problem(api.DeckInUse)
		ann.call("DELETE", "/decks/0002", nil).want(204)
		var all []m
		ann.call("GET", "/decks", nil).want(200).into(&all)
		if len(all) != 1 || all[0]["version"] != "0001" {
			t.Errorf("all: %v", all)
		}
		file := ann.call("GET", "/decks/0001/download", nil).want(200)
		if !strings.Contains(string(file.body), "\n86,China,0.18,") || !strings.Contains(file.header.Get("Content-Disposition"), `"deck-0001.csv"`) {
			t.Errorf("downloaded: %s", file.body)
		}
		ann.call("GET", "/decks/0002/download", nil).problem(api.NotFound)
	})
}

// endless is a line that does not end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

// record writes a call that was answered.
func record(t *testing.T, s *store.Store, id, centre string, at time.Time, d time.Duration, cost billing.Micro) {
	t.Helper()
	c := billing.CDR{
		ID: id, Kind: billing.PhoneOut, Direction: billing.Outbound, To: "+8613912345678", CostCentre: centre, Trunk: "a",
		Setup: at, Answer: at, Currency: billing.Currency{Code: "CNY", Exponent: 2}, Deck: "0000",
	}
	if _, err := s.Open(t.Context(), c, billing.Hold{ID: id}); err != nil {
		t.Fatal(err)
	}
	c.State, c.End, c.Cost = billing.Closed, at.Add(d), cost
	if _, err := s.Settle(t.Context(), c, billing.Charge{Micro: cost}); err != nil {
		t.Fatal(err)
	}
}

func TestReplay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		ann.upload("/decks", "text/csv", strings.NewReader(deck)).want(200)
		november := time.Date(2026, 11, 1, 0, 0, 0, 0, time.FixedZone("Shanghai", 8*3600))
		record(t, w.store, "c1", "sales", november, time.Minute, 100_000)
		record(t, w.store, "c2", "sales", november.AddDate(0, 0, 29), 61*time.Second, 100_000)
		record(t, w.store, "c3", "", november.AddDate(0, 0, 3), time.Minute, 200_000)
		record(t, w.store, "c4", "sales", november.Add(-time.Second), time.Minute, 1) // October in Shanghai
		record(t, w.store, "c5", "sales", november.AddDate(0, 1, 0), time.Minute, 1)  // December
		a := ann.call("GET", "/replay?deck=0001&month=2026-11", nil).want(200)
		lines := strings.Split(strings.TrimSpace(string(a.body)), "\n")
		want := []string{
			`{"progress":{"done":0,"total":3}}`,
			// 60 s at 60/6 × 0.18 and 66 s × 0.18 instead of 0.10 each; 0.18 instead of 0.20
			`{"result":{"deck":"0001","currency":"CNY","calls":3,"before":400000,"after":558000,"difference":158000,"skipped":0,"rows":[` +
				`{"costCentre":"sales","calls":2,"before":200000,"after":378000,"difference":178000,"skipped":0},` +
				`{"costCentre":"","calls":1,"before":200000,"after":180000,"difference":-20000,"skipped":0}]}}`,
		}
		if diff := cmp.Diff(want, lines); diff != "" {
			t.Errorf("replay:\n%s", diff)
		}
		for _, query := range []string{
			"deck=0001", "deck=0001&month=11", "deck=0001&from=2026-11-01T00:00:00Z",
			"deck=0001&month=2026-11&from=2026-11-01T00:00:00Z", "deck=0001&from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
		} {
			ann.call("GET", "/replay?"+query, nil).problem(api.Invalid)
		}
		ann.call("GET", "/replay?deck=0009&month=2026-11", nil).problem(api.NotFound)
		ann.call("GET", "/replay?month=2026-11", nil).problem(api.NotFound)
		ann.call("GET", "/replay?deck=0001&from=2026-11-01T00:00:00Z&to=2026-12-01T00:00:00Z", nil).want(200)
	})
}

// brakes are those of billing in JSON.
func brakes() m {
	return m{
		"countries": []string{"DE"}, "internal": true, "domestic": true, "mobile": true, "premium": false, "ceiling": 2_000_000,
		"window": 600, "perPerson": 60, "perPrefix": 30, "perTrunk": 1000, "atOncePerson": 50, "atOnce": 500, "firstCountry": true,
		"night": true, "nightFrom": 81000, "nightTo": 21600, "longest": 14400, "invitees": false, "lastLeave": true,
	}
}

func TestBrakes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		var got struct {
			Brakes, Defaults m
			ChangedBy        string
		}
		ann.call("GET", "/brakes", nil).want(200).into(&got)
		if diff := cmp.Diff(got.Defaults, got.Brakes); diff != "" || got.ChangedBy != "" || got.Brakes["nightFrom"] != 79200.0 {
			t.Errorf("before anybody set them: %+v", got)
		}
		ann.call("PUT", "/brakes", m{"password": "wrong horse battery", "brakes": brakes()}).problem(api.WrongPassword)
		ann.call("PUT", "/brakes", m{"brakes": brakes()}).problem(api.Invalid)
		ann.call("PUT", "/brakes", m{"password": password, "brakes": m{"ceiling": 1}}).problem(api.Invalid) // the whole of them
		for field, value := range map[string]any{"nightFrom": 86400, "window": 0, "ceiling": -1, "longest": 1 << 60, "countries": []string{"Mars"}} {
			wrong := brakes()
			wrong[field] = value
			p := ann.call("PUT", "/brakes", m{"password": password, "brakes": wrong}).problem(api.Invalid)
			if len(p.Fields) != 1 || p.Fields[0].Field != field {
				t.Errorf("%s: %+v", field, p.Fields)
			}
		}
		if len(w.lines.brakes) != 0 {
			t.Fatal("a refused change did something")
		}
		ann.call("PUT", "/brakes", m{"password": password, "brakes": brakes()}).want(200).into(&got)
		text, err := json.Marshal(brakes())
		if err != nil {
			t.Fatal(err)
		}
		var want m
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.Brakes); diff != "" || got.ChangedBy != "Ann" {
			t.Errorf("set by %q:\n%s", got.ChangedBy, diff)
		}
		set := w.lines.brakes[0]
		if len(w.lines.brakes) != 1 || set.NightFrom != 22*time.Hour+30*time.Minute || set.Longest != 4*time.Hour || set.Window != 10*time.Minute {
			t.Errorf("applied: %+v", w.lines.brakes)
		}
		log := ann.call("GET", "/audit?thing=brakes", nil).want(200)
		if !bytes.Contains(log.body, []byte(`"field":"countries","from":"","to":"[\"DE\"]"`)) {
			t.Errorf("log: %s", log.body)
		}
		// Guessing the password is slowed as at the door.
		var last *answer
		for range 10 {
			last = ann.call("PUT", "/brakes", m{"password": "wrong horse battery", "brakes": brakes()})
		}
		last.problem(api.TooManyTries)
	})
}

func TestApprovals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		me, boss := bob.me(), ann.me()
		approvals := company.NewApprovals(w.store, nil, nil)
		for country, by := range map[string]personBody{"KE": me, "FR": boss} {
			err := approvals.Ask(t.Context(), billing.Request{Person: by.ID, PersonName: by.Name, To: dialplan.Dialled{Number: "+254711123456", Country: country}})
			if err != nil {
				t.Fatal(err)
			}
		}
		type approval struct {
			ID, Country, State, Number, Reason string
			AskedBy                            struct{ ID, Name string }
			DecidedBy                          *struct{ ID, Name string }
		}
		var all []approval
		ann.call("GET", "/approvals?state=pending", nil).want(200).into(&all)
		if len(all) != 2 || all[0].Number != "•••456" || all[0].DecidedBy != nil {
			t.Errorf("pending: %+v", all)
		}
		ann.call("POST", "/approvals/FR/approve", nil).problem(api.OwnRequest)
		ann.call("POST", "/approvals/US/approve", nil).problem(api.NotFound)
		var a approval
		ann.call("POST", "/approvals/KE/approve", nil).want(200).into(&a)
		if a.State != "approved" || a.DecidedBy == nil || a.DecidedBy.Name != "Ann" || a.AskedBy.Name != "Bob" {
			t.Errorf("approved: %+v", a)
		}
		ann.call("POST", "/approvals/KE/deny", m{"reason": strings.Repeat("n", 201)}).problem(api.Invalid)
		ann.call("POST", "/approvals/KE/deny", m{"reason": ""}).want(200)
		ann.call("POST", "/approvals/KE/deny", m{}).want(200)
		ann.call("POST", "/approvals/KE/deny", m{"reason": "no business there"}).want(200).into(&a)
		if a.State != "denied" || a.Reason != "no business there" {
			t.Errorf("denied: %+v", a)
		}
		ann.call("GET", "/approvals?state=perhaps", nil).problem(api.Invalid)
	})
}

func TestContacts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		var li struct{ ID, Name, Number string }
		bob.call("POST", "/contacts", m{"name": "Li Na", "number": "+86 139 1234-5678"}).want(201).into(&li)
		if li.Number != "+8613912345678" {
			t.Errorf("saved: %+v", li)
		}
		bob.call("POST", "/contacts", m{"name": "Again", "number": "+8613912345678"}).problem(api.ContactTaken)
		p := bob.call("POST", "/contacts", m{"name": "", "number": "110"}).problem(api.Invalid)
		if len(p.Fields) != 2 {
			t.Errorf("wrong: %+v", p)
		}
		var all []m
		ann.call("GET", "/contacts", nil).want(200).into(&all)
		if len(all) != 0 {
			t.Errorf("an admin sees Bob's: %v", all)
		}
		ann.call("PATCH", "/contacts/"+li.ID, m{"name": "Mine"}).problem(api.NotFound)
		ann.call("DELETE", "/contacts/"+li.ID, nil).problem(api.NotFound)
		bob.call("PATCH", "/contacts/"+li.ID, m{"number": "+4930123456"}).want(200).into(&li)
		if li.Name != "Li Na" || li.Number != "+4930123456" {
			t.Errorf("changed: %+v", li)
		}
		bob.call("GET", "/contacts?q=LI", nil).want(200).into(&all)
		if len(all) != 1 {
			t.Errorf("like LI: %v", all)
		}
		bob.call("DELETE", "/contacts/"+li.ID, nil).want(204)
		bob.call("DELETE", "/contacts/"+li.ID, nil).problem(api.NotFound)
		if log := w.log.String(); strings.Contains(log, "13912345678") || strings.Contains(log, "30123456") {
			t.Error("a telephone number is in the log")
		}
	})
}

func TestAudit(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	for i := range 5 {
		ann.call("POST", "/trunks", trunk(fmt.Sprintf("t%d", i))).want(201)
	}
	ann.call("DELETE", "/trunks/t1", nil).want(204)
	var names []string
	next, pages := "", 0
	for {
		var page struct {
			Entries []struct {
				Name, Act, Thing string
				By               struct{ Name string }
				Changes          []company.Change
			}
			Next string
		}
		ann.call("GET", "/audit?limit=2&thing=trunk&before="+next, nil).want(200).into(&page)
		for _, e := range page.Entries {
			names = append(names, e.Name+" "+e.Act)
		}
		pages++
		if next = page.Next; next == "" {
			break
		}
	}
	want := []string{"t1 removed", "t4 added", "t3 added", "t2 added", "t1 added", "t0 added"}
	if !slices.Equal(names, want) || pages != 3 {
		t.Errorf("%d pages: %v", pages, names)
	}
	ann.call("GET", "/audit?thing=people", nil).problem(api.Invalid)
	ann.call("GET", "/audit?limit=0", nil).problem(api.Invalid)
	var nobody struct{ Entries []m }
	ann.call("GET", "/audit?person=nobody", nil).want(200).into(&nobody)
	if len(nobody.Entries) != 0 {
		t.Errorf("by nobody: %v", nobody)
	}
}
