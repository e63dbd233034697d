package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/signaling/api"
	"partyline/signaling/dialout"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/signaling/wire"
)

// lines is a telephone company: +1… joins and talks until we end it, +2… is
// busy, anybody else's phone rings on.
type lines struct {
	mu     sync.Mutex
	placed []dialout.Order
}

func (l *lines) Find(_ context.Context, _ dialout.Caller, who wire.Callee) (dialout.Callee, error) {
	if who.Person != "" {
		return dialout.Callee{Person: who.Person, Name: "somebody", Numbers: []dialout.Number{"+1999"}}, nil
	}
	if who.Contact != "" {
		return dialout.Callee{}, dialout.ErrNobody
	}
	if !strings.HasPrefix(who.Numbers[0], "+") {
		return dialout.Callee{}, dialout.ErrBadNumber
	}
	return dialout.Callee{Name: who.Name, Numbers: []dialout.Number{dialout.Number(who.Numbers[0])}}, nil
}

func (l *lines) Quote(_ context.Context, o dialout.Order) (wire.Price, error) {
	if o.Payer != nil && o.Payer.Kind != wire.PayerCompany {
		return wire.Price{}, fmt.Errorf("%w: %q", dialout.ErrPayer, o.Payer.Kind)
	}
	return wire.Price{Number: o.Number.String(), Rate: 180000, Payer: wire.Payer{Kind: wire.PayerCompany}}, nil
}

func (l *lines) Dial(ctx context.Context, o dialout.Order, tell func(dialout.Progress)) dialout.Outcome {
	l.mu.Lock()
	l.placed = append(l.placed, o)
	l.mu.Unlock()
	if strings.HasPrefix(string(o.Number), "+2") {
		return dialout.Outcome{Cause: dialout.Busy, Status: 486}
	}
	tell(dialout.Progress{State: wire.CallRinging})
	if strings.HasPrefix(string(o.Number), "+1") {
		tell(dialout.Progress{State: wire.CallJoined})
	}
	<-ctx.Done()
	return dialout.Outcome{Cause: dialout.Cancelled}
}

func (l *lines) Meter(string) (dialout.Meter, bool) { return dialout.Meter{}, false }

func (l *lines) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.placed)
}

// nobody is an Audience of its own.
type nobody struct{}

func (nobody) CallChanged(string, wire.Call)            {}
func (nobody) BatchChanged(wire.Batch)                  {}
func (nobody) Burns(dialout.Burning)                    {}
func (nobody) Warned(string, string, wire.MoneyWarning) {}

// withPhones runs a test with a server that can call people.
func withPhones(t *testing.T, test func(t *testing.T, w *world, l *lines)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		cfg := dialout.DefaultConfig()
		cfg.PerSecond, cfg.Waiting, cfg.Ringing = 1000, 20, 10
		l := &lines{}
		calls, err := dialout.New(cfg, l, nobody{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			calls.Shutdown(ctx)
		})
		test(t, on(t, s, func(c *api.Config) { c.Dialling.Calls = calls }), l)
	})
}

type dialBody struct {
	Batch wire.Batch
	Calls []wire.Call
	Link  string
}

// batch reads a batch until it is as wanted.
func (c *client) batch(id string, ready func(dialBody) bool) dialBody {
	c.t.Helper()
	var b dialBody
	for range 1000 {
		c.call("GET", "/batches/"+id, nil).want(200).into(&b)
		if ready(b) {
			return b
		}
		time.Sleep(10 * time.Millisecond)
	}
	c.t.Fatalf("never ready: %+v", b)
	return b
}

func to(numbers ...string) []m {
	var all []m
	for _, n := range numbers {
		all = append(all, m{"numbers": []string{n}, "name": "N" + n})
	}
	return all
}

// TestCallFromHome: "call these people" makes a meeting of the moment; the
// same key again calls nobody twice.
func TestCallFromHome(t *testing.T) {
	withPhones(t, func(t *testing.T, w *world, l *lines) {
		ann := w.ann()
		wish := m{"name": "Outage", "kind": "ring-all", "to": to("+100", "+200", "12"), "key": "k1"}
		var b, again dialBody
		ann.call("POST", "/batches", wish).want(201).into(&b)
		if b.Batch.Total != 3 || b.Batch.Kind != wire.DialRingAll || len(b.Calls) != 3 || b.Batch.ByName != "Ann" || !strings.Contains(b.Link, "/j/") {
			t.Errorf("%+v", b)
		}
		var meeting meetingBody
		ann.call("GET", "/meetings/"+b.Batch.Meeting, nil).want(200).into(&meeting)
		if meeting.Name != "Outage" || meeting.Kind != "now" || meeting.Link != b.Link {
			t.Errorf("the meeting %+v", meeting)
		}
		ann.call("POST", "/batches", wish).want(201).into(&again)
		if again.Batch.Batch != b.Batch.Batch {
			t.Error("called twice")
		}
		wish["to"] = to("+101")
		ann.call("POST", "/batches", wish).problem(api.KeyReused)
		done := ann.batch(b.Batch.Batch, func(b dialBody) bool { return b.Batch.States["joined"] == 1 && b.Batch.States["ended"] == 2 })
		if done.Batch.Causes["busy"] != 1 || done.Batch.Causes["wrong-number"] != 1 || l.count() != 2 {
			t.Errorf("%+v after %d calls", done, l.count())
		}
		var mine []wire.Batch
		ann.call("GET", "/batches", nil).want(200).into(&mine)
		if len(mine) != 1 || mine[0].Batch != b.Batch.Batch {
			t.Errorf("mine: %+v", mine)
		}
	})
}

// TestCallProblems: what is wrong is said, and nobody is called.
func TestCallProblems(t *testing.T) {
	withPhones(t, func(t *testing.T, w *world, l *lines) {
		ann := w.ann()
		bob := w.bob(ann)
		weekly := ann.meeting("Weekly")
		wish := func(changes m) m {
			all := m{"kind": "into", "to": to("+100"), "key": "k", "meeting": weekly.ID}
			for k, v := range changes {
				if all[k] = v; v == nil {
					delete(all, k)
				}
			}
			return all
		}
		var many []string
		for i := range 21 {
			many = append(many, fmt.Sprintf("+1%d", i))
		}
		for name, test := range map[string]struct {
			body m
			code api.Code
		}{
			"no key":            {wish(m{"key": nil}), api.Invalid},
			"no kind":           {wish(m{"kind": nil}), api.Invalid},
			"unknown kind":      {wish(m{"kind": "shout"}), api.Invalid},
			"nobody":            {wish(m{"to": []m{}}), api.Invalid},
			"a number and more": {wish(m{"to": []m{{"numbers": []string{"+1"}, "person": "p"}}}), api.Invalid},
			"unknown field":     {wish(m{"colour": "red"}), api.Invalid},
			"retries":           {wish(m{"retries": 4}), api.Invalid},
			"retry at once":     {wish(m{"retryAfter": 5}), api.Invalid},
			"no such meeting":   {wish(m{"meeting": "nothing"}), api.NotFound},
			"not a number":      {wish(m{"to": to("12")}), api.BadNumber},
			"not a number, new": {wish(m{"to": to("12"), "meeting": nil}), api.BadNumber},
			"nobody's contact":  {wish(m{"to": []m{{"contact": "c1"}}}), api.NoNumber},
			"too many at once":  {wish(m{"to": to(many...)}), api.TooMany},
		} {
			t.Run(name, func(t *testing.T) {
				ann.call("POST", "/batches", test.body).problem(test.code)
			})
		}
		for _, path := range []string{"/quotes", "/batches"} {
			others := wish(m{"meeting": nil, "payer": m{"kind": "person", "id": "somebody"}})
			if p := ann.call("POST", path, others).problem(api.Invalid); len(p.Fields) != 1 || p.Fields[0].Field != "payer" {
				t.Errorf("%s with the payer of somebody else: %+v", path, p)
			}
		}
		bob.call("POST", "/batches", wish(nil)).problem(api.NotFound) // a meeting of others
		ann.call("POST", "/meetings/"+weekly.ID+"/invitees", m{"person": bob.me().ID}).want(200)
		ann.call("PATCH", "/meetings/"+weekly.ID, m{"hostsDial": true}).want(200)
		bob.call("POST", "/batches", wish(nil)).problem(api.NotAllowed) // hosts alone
		bob.call("POST", "/quotes", wish(m{"key": nil})).problem(api.NotAllowed)
		if l.count() != 0 {
			t.Errorf("%d were called", l.count())
		}
		ann.call("PATCH", "/meetings/"+weekly.ID, m{"hostsDial": false}).want(200)
		bob.call("POST", "/batches", wish(nil)).want(201)
		ann.call("DELETE", "/meetings/"+weekly.ID, nil).want(204)
		ann.call("POST", "/batches", wish(m{"key": "k2"})).problem(api.Ended)
	})
	w := onSQLite(t)
	ann := w.ann()
	ann.call("POST", "/batches", m{"kind": "me", "key": "k"}).problem(api.NoCalls)
	ann.call("POST", "/quotes", m{"kind": "me"}).problem(api.NoCalls)
	ann.call("GET", "/batches", nil).want(200)
}

// TestQuotes: prices without a call.
func TestQuotes(t *testing.T) {
	withPhones(t, func(t *testing.T, w *world, l *lines) {
		ann := w.ann()
		var q struct {
			Currency string
			Rate     int64
			Prices   []wire.Price
		}
		ann.call("POST", "/quotes", m{"kind": "callback", "to": to("+100", "12")}).want(200).into(&q)
		if q.Currency != "CNY" || q.Rate != 360000 || len(q.Prices) != 3 || q.Prices[2].Refusal.Cause != "wrong-number" || l.count() != 0 {
			t.Errorf("%+v", q)
		}
	})
}

// TestWhoseBatch: a batch is seen and ended by who asked for it, the organiser
// of the meeting, and admins; to others there is none.
func TestWhoseBatch(t *testing.T) {
	withPhones(t, func(t *testing.T, w *world, l *lines) {
		ann := w.ann()
		bob, eve := w.bob(ann), w.colleague(ann, "eve")
		weekly := eve.meeting("Weekly")
		eve.call("POST", "/meetings/"+weekly.ID+"/invitees", m{"person": bob.me().ID}).want(200)
		dial := func(key string) dialBody {
			var b dialBody
			bob.header.Set("Idempotency-Key", key)
			bob.call("POST", "/batches", m{"kind": "into", "to": to("+100", "+300"), "meeting": weekly.ID}).want(201).into(&b)
			bob.header.Del("Idempotency-Key")
			return b
		}
		b := dial("a")
		path := "/batches/" + b.Batch.Batch
		zoe := w.colleague(ann, "zoe")
		for _, method := range []string{"GET", "DELETE"} {
			zoe.call(method, path, nil).problem(api.NotFound)
		}
		zoe.call("GET", path+"/events", nil).problem(api.NotFound)
		zoe.call("DELETE", path+"/calls/"+b.Calls[0].Call, nil).problem(api.NotFound)
		for _, c := range []*client{ann, bob, eve} {
			c.call("GET", path, nil).want(200)
		}
		other := dial("b")
		bob.call("DELETE", path+"/calls/"+other.Calls[0].Call, nil).problem(api.NotFound)
		bob.call("DELETE", path+"/calls/"+b.Calls[0].Call, nil).want(204)
		one := bob.batch(b.Batch.Batch, func(b dialBody) bool { return b.Calls[0].State == wire.CallEnded })
		if one.Calls[0].Cause != "cancelled" || one.Calls[1].State == wire.CallEnded {
			t.Errorf("after one was ended: %+v", one.Calls)
		}
		eve.call("DELETE", path, nil).want(204)
		bob.batch(b.Batch.Batch, func(b dialBody) bool { return b.Batch.EndedAt != 0 })
		ann.call("DELETE", "/batches/"+other.Batch.Batch, nil).want(204)
		ann.call("DELETE", "/batches/nothing", nil).problem(api.NotFound)
	})
}

// stream reads server-sent events.
type stream struct {
	t    *testing.T
	body *bufio.Scanner
	stop context.CancelFunc
}

func (c *client) stream(path string) *stream {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), 30*time.Second)
	c.t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", c.server.URL+api.Prefix+path, nil)
	if err != nil {
		c.t.Fatal(err)
	}
	response, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { response.Body.Close() })
	if kind := response.Header.Get("Content-Type"); response.StatusCode != 200 || kind != "text/event-stream" {
		c.t.Fatalf("%s: status %d, %s", path, response.StatusCode, kind)
	}
	s := &stream{c.t, bufio.NewScanner(response.Body), cancel}
	if s.body.Scan(); s.body.Text() != ": begin" {
		c.t.Fatalf("%s begins with %q", path, s.body.Text())
	}
	return s
}

// next is the next event and its data; empty at the end.
func (s *stream) next() (kind string, data string) {
	s.t.Helper()
	for s.body.Scan() {
		if k, ok := strings.CutPrefix(s.body.Text(), "event: "); ok {
			s.body.Scan()
			return k, strings.TrimPrefix(s.body.Text(), "data: ")
		}
	}
	return "", ""
}

// TestWatchBatch: a page that comes back sees how things stand and what
// happens then, until all calls have ended.
func TestWatchBatch(t *testing.T) {
	withPhones(t, func(t *testing.T, w *world, l *lines) {
		ann := w.ann()
		var b dialBody
		ann.call("POST", "/batches", m{"kind": "into", "to": to("+100"), "key": "k"}).want(201).into(&b)
		ann.batch(b.Batch.Batch, func(b dialBody) bool { return b.Batch.States["joined"] == 1 })
		s := ann.stream("/batches/" + b.Batch.Batch + "/events")
		kind, data := s.next()
		var c wire.CallChanged
		if err := json.Unmarshal([]byte(data), &c); err != nil || kind != "call" || c.Call.State != wire.CallJoined || c.Call.Name != "N+100" {
			t.Errorf("begins with %s %s: %v", kind, data, err)
		}
		if kind, _ = s.next(); kind != "batch" {
			t.Errorf("then %s", kind)
		}
		ann.call("DELETE", "/batches/"+b.Batch.Batch, nil).want(204)
		var sum wire.BatchChanged
		for kind, data = s.next(); kind != ""; kind, data = s.next() {
			if kind == "batch" {
				if err := json.Unmarshal([]byte(data), &sum); err != nil {
					t.Fatal(err)
				}
			}
		}
		if sum.Batch.Causes["cancelled"] != 1 || sum.Batch.EndedAt == 0 {
			t.Errorf("ends with %+v", sum)
		}
	})
}
