package health_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/signaling/wire"
	"partyline/sip/billing"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var (
	morning = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	ann     = auth.Person{ID: "ann", Name: "Ann", Admin: true}
	bob     = auth.Person{ID: "bob", Name: "Bob"}
)

// ward is the legs that live.
type ward struct {
	mu      sync.Mutex
	live    []quality.Live
	pending map[string][]quality.Sample
}

func (w *ward) Now() []quality.Live {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.live
}

func (w *ward) Leg(id string) (quality.Live, []quality.Sample, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, l := range w.live {
		if l.Leg.ID == id {
			return l, w.pending[id], true
		}
	}
	return quality.Live{}, nil, false
}

// looks is a store that remembers who looked, and can refuse to.
type looks struct {
	*store.Store
	mu   sync.Mutex
	all  []billing.Look
	full bool
}

func (l *looks) AddLooks(ctx context.Context, all []billing.Look) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full {
		return errors.New("disk full")
	}
	l.all = append(l.all, all...)
	return l.Store.AddLooks(ctx, all)
}

// take gives at whose legs somebody looked since the last time.
func (l *looks) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var of []string
	for _, look := range l.all {
		of = append(of, look.By+" at "+look.Of+" "+string(look.Act)+" "+look.Call)
	}
	l.all = nil
	return of
}

// samples are a minute of a leg, of which some seconds in the middle are lost.
func samples(from time.Time, loss float64) []quality.Sample {
	var all []quality.Sample
	for i := range 12 {
		s := quality.Sample{
			At: from.Add(time.Duration(i+1) * 5 * time.Second), Span: 5 * time.Second, RoundTrip: 40 * time.Millisecond,
			Said:  quality.Stream{Packets: 250, Jitter: 4 * time.Millisecond, Level: -30, Swing: 8, Talking: 0.4},
			Heard: quality.Stream{Packets: 250, Jitter: 5 * time.Millisecond, Level: quality.Unknown},
		}
		if i >= 4 && i < 8 {
			s.Said.Loss = loss
		}
		all = append(all, s)
	}
	return all
}

// keep stores legs with a minute of samples each.
func keep(t *testing.T, s *store.Store, legs ...quality.Leg) {
	t.Helper()
	var b quality.Batch
	for i, l := range legs {
		all := samples(l.Began, float64(i)*0.14)
		b.Legs = append(b.Legs, quality.Record{Leg: l, Summary: quality.Summarize(all, quality.CodecOf(l.Codec))})
		b.Chunks = append(b.Chunks, quality.NewChunk(l.ID, all))
	}
	if err := s.Keep(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// legs are those of one meeting: Ann's, Bob's, which fared badly, and a phone's
// without an account.
func legs() []quality.Leg {
	leg := func(id, person, name string) quality.Leg {
		return quality.Leg{
			ID: id, Meeting: "meeting", Room: "meeting", Kind: quality.Browser, Person: person, Name: name, Codec: "opus", Wideband: true,
			Access: quality.WiFi, Began: morning, Ended: morning.Add(time.Minute), Cause: "left",
		}
	}
	phone := leg("phone-leg", "", "Caller 3")
	phone.Kind, phone.Number, phone.CallID, phone.Codec, phone.Wideband = quality.Phone, "+861012345678", "call-1", "PCMA", false
	bobs := leg("bob-leg", "bob", "Bob")
	bobs.Kind, bobs.Number = quality.Phone, "+8613800138000"
	return []quality.Leg{leg("ann-leg", "ann", "Ann"), bobs, phone}
}

func desk(t *testing.T) (*health.Desk, *looks, *ward) {
	t.Helper()
	l := &looks{Store: storetest.SQLite(t)}
	keep(t, l.Store, legs()...)
	w := &ward{pending: map[string][]quality.Sample{}}
	return health.NewDesk(health.Config{Live: w, Clock: func() time.Time { return morning.Add(time.Hour) }}, l), l, w
}

func all() health.Filter {
	return health.Filter{From: morning.Add(-time.Hour), To: morning.Add(time.Hour)}
}

func ids(rows []health.Row) (all []string) {
	for _, r := range rows {
		all = append(all, r.Leg.ID+" "+r.Leg.Number)
	}
	return all
}

// TestWhoSeesWhat: everybody their own, admins all; numbers but one's own are
// masked, and whoever is looked for gets a line.
func TestWhoSeesWhat(t *testing.T) {
	d, l, _ := desk(t)
	list := func(who auth.Person, f health.Filter) []string {
		t.Helper()
		rows, err := d.List(t.Context(), who, f, health.Newest, health.Place{}, 10)
		if err != nil {
			t.Fatal(err)
		}
		return ids(rows)
	}
	for _, c := range []struct {
		name   string
		who    auth.Person
		change func(*health.Filter)
		want   []string
		looked []string
	}{
		{"an admin, everything", ann, func(*health.Filter) {}, []string{"phone-leg •••678", "bob-leg •••000", "ann-leg "}, nil},
		{"an admin, by name", ann, func(f *health.Filter) { f.Name = "bo" }, []string{"bob-leg •••000"}, []string{"ann at bob quality bob-leg", "ann at bob quality "}[:1]},
		{"an admin, by number", ann, func(f *health.Filter) { f.Number = "138000" }, []string{"bob-leg •••000"}, []string{"ann at bob quality bob-leg"}},
		{"an admin, by Call-ID", ann, func(f *health.Filter) { f.CallID = "call-1" }, []string{"phone-leg •••678"}, nil},
		{"an admin, a person", ann, func(f *health.Filter) { f.Person = "bob" }, []string{"bob-leg •••000"}, []string{"ann at bob quality bob-leg", "ann at bob quality "}},
		{"an admin, a person who is not there", ann, func(f *health.Filter) { f.Person = "eve" }, nil, []string{"ann at eve quality "}},
		{"an admin, themselves", ann, func(f *health.Filter) { f.Person = "ann" }, []string{"ann-leg "}, nil},
		{"Bob, everything", bob, func(*health.Filter) {}, []string{"bob-leg +8613800138000"}, nil},
		{"Bob, by somebody's name", bob, func(f *health.Filter) { f.Name = "ann" }, nil, nil},
	} {
		f := all()
		c.change(&f)
		if diff := cmp.Diff(c.want, list(c.who, f)); diff != "" {
			t.Errorf("%s:\n%s", c.name, diff)
		}
		if diff := cmp.Diff(c.looked, l.take()); diff != "" {
			t.Errorf("%s: looks:\n%s", c.name, diff)
		}
	}
	f := all()
	f.Person = "ann"
	if _, err := d.List(t.Context(), bob, f, health.Newest, health.Place{}, 10); !errors.Is(err, auth.ErrNotAllowed) {
		t.Errorf("Bob looks for Ann: %v", err)
	}
}

func TestOneLeg(t *testing.T) {
	d, l, _ := desk(t)
	if _, err := d.Leg(t.Context(), bob, "ann-leg"); !errors.Is(err, health.ErrNoLeg) {
		t.Errorf("Bob looks at Ann's: %v", err)
	}
	if _, err := d.Leg(t.Context(), ann, "no such leg"); !errors.Is(err, health.ErrNoLeg) {
		t.Errorf("one that is not: %v", err)
	}
	mine, err := d.Leg(t.Context(), bob, "bob-leg")
	if err != nil || mine.Leg.Number != "+8613800138000" || len(mine.Samples) != 12 || mine.Lives {
		t.Errorf("Bob looks at his: %+v, %v", mine.Leg, err)
	}
	if looked := l.take(); looked != nil {
		t.Errorf("looks: %v", looked)
	}
	his, err := d.Leg(t.Context(), ann, "bob-leg")
	if err != nil || his.Leg.Number != "•••000" {
		t.Errorf("Ann looks at Bob's: %+v, %v", his.Leg, err)
	}
	if diff := cmp.Diff([]string{"ann at bob quality bob-leg"}, l.take()); diff != "" {
		t.Error(diff)
	}
	l.full = true
	if _, err := d.Leg(t.Context(), ann, "bob-leg"); err == nil {
		t.Error("shown although the look could not be noted")
	}
}

// TestLiveLeg shows what is not stored yet, and nothing twice.
func TestLiveLeg(t *testing.T) {
	d, l, w := desk(t)
	leg := legs()[0]
	leg.ID, leg.Ended = "live-leg", time.Time{}
	keep(t, l.Store, leg)
	stored := samples(leg.Began, 0)
	more := stored[11]
	more.At = more.At.Add(5 * time.Second)
	w.live = []quality.Live{{Leg: leg, Sample: more, Class: quality.Good}}
	w.pending["live-leg"] = []quality.Sample{stored[10], stored[11], more}
	got, err := d.Leg(t.Context(), ann, "live-leg")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Samples) != 13 || !got.Samples[12].At.Equal(more.At) || !got.Lives {
		t.Errorf("%d samples, lives %v", len(got.Samples), got.Lives)
	}
}

func TestTimeline(t *testing.T) {
	d, l, _ := desk(t)
	if _, err := d.Meeting(t.Context(), bob, "meeting", time.Time{}); !errors.Is(err, auth.ErrNotAllowed) {
		t.Errorf("Bob: %v", err)
	}
	if _, err := d.Meeting(t.Context(), ann, "another", time.Time{}); !errors.Is(err, health.ErrNoSession) {
		t.Errorf("a meeting that is not: %v", err)
	}
	got, err := d.Meeting(t.Context(), ann, "meeting", time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Lanes) != 3 || got.People != 3 || !got.Complete {
		t.Fatalf("%d lanes, %d people", len(got.Lanes), got.People)
	}
	if diff := cmp.Diff([]string{"ann at bob quality bob-leg"}, l.take()); diff != "" {
		t.Error(diff)
	}
	for _, lane := range got.Lanes {
		want := map[string]int{"ann-leg": 0, "bob-leg": 1, "phone-leg": 1}[lane.Leg.ID]
		if len(lane.Spans) != want {
			t.Fatalf("%s: spans %+v", lane.Leg.ID, lane.Spans)
		}
		if want == 0 {
			continue
		}
		span := health.Span{From: morning.Add(20 * time.Second), To: morning.Add(40 * time.Second), Class: quality.Poor, Because: lane.Spans[0].Because, Way: quality.WaySaid}
		if diff := cmp.Diff(span, lane.Spans[0]); diff != "" || !span.Because.Has(quality.BecauseLoss) {
			t.Errorf("%s:\n%s", lane.Leg.ID, diff)
		}
	}
	if len(got.Verdict.Findings) == 0 {
		t.Error("the verdict finds nothing")
	}
	rows, pairs, err := d.Pairs(t.Context(), ann, "meeting", morning)
	if err != nil || len(rows) != 3 || len(pairs) != 6 {
		t.Errorf("%d rows, %d pairs, %v", len(rows), len(pairs), err)
	}
}

func TestSumsAreForAdmins(t *testing.T) {
	d, _, _ := desk(t)
	ctx := t.Context()
	f := all()
	for name, ask := range map[string]func(auth.Person) error{
		"groups": func(p auth.Person) error { _, err := d.Groups(ctx, p, f, health.BySite, 10); return err },
		"days":   func(p auth.Person) error { _, _, err := d.Days(ctx, p, f); return err },
		"cells":  func(p auth.Person) error { _, err := d.Cells(ctx, p, f); return err },
		"sessions": func(p auth.Person) error {
			_, err := d.Sessions(ctx, p, f, health.Worst, health.Place{}, 10)
			return err
		},
		"ways":    func(p auth.Person) error { _, err := d.Ways(ctx, p, f.From, f.To, ""); return err },
		"trunks":  func(p auth.Person) error { _, err := d.TrunkSums(ctx, p, f.From, f.To); return err },
		"ratings": func(p auth.Person) error { _, err := d.Ratings(ctx, p, f); return err },
		"subnets": func(p auth.Person) error { _, err := d.Subnets(ctx, p); return err },
		"map":     func(p auth.Person) error { _, err := d.SetSubnets(ctx, p, nil); return err },
	} {
		if err := ask(bob); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("%s: Bob: %v", name, err)
		}
		if err := ask(ann); err != nil {
			t.Errorf("%s: Ann: %v", name, err)
		}
	}
}

func TestSites(t *testing.T) {
	d, l, _ := desk(t)
	site := func(address string) string {
		n, _ := d.Site(netip.MustParseAddr(address))
		return n.Site
	}
	if got := site("10.1.2.3"); got != "" {
		t.Errorf("nothing is known, and yet it is %q", got)
	}
	sheet := health.ReadSubnets("prefix,site\n10.0.0.0/8,Company\n10.1.0.0/16,Shanghai\n2001:db8::/32,Berlin\n")
	if _, err := d.SetSubnets(t.Context(), ann, sheet.Subnets); err != nil {
		t.Fatal(err)
	}
	again := health.NewDesk(health.Config{}, l)
	if err := again.LoadSubnets(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, d := range []*health.Desk{d, again} {
		for address, want := range map[string]string{
			"10.1.2.3": "Shanghai", "10.2.0.1": "Company", "::ffff:10.1.2.3": "Shanghai", "2001:db8::1": "Berlin", "192.0.2.1": "", "fe80::1": "",
		} {
			if n, _ := d.Site(netip.MustParseAddr(address)); n.Site != want {
				t.Errorf("%s is in %q, want %q", address, n.Site, want)
			}
		}
	}
	if m, err := d.Subnets(t.Context(), ann); err != nil || m.ChangedBy.Name != "Ann" || len(m.Subnets) != 3 {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestPresent(t *testing.T) {
	now := morning
	clock := func() time.Time { return now }
	pulse := health.NewPulse(clock)
	w := &ward{}
	d := health.NewDesk(health.Config{
		Live: w, Pulse: pulse, Clock: clock,
		Around: health.Around{
			Organiser: func(_ context.Context, meeting string) string { return "who organises " + meeting },
			Trunks:    func() []wire.PresentTrunk { return []wire.PresentTrunk{{Trunk: "carrier", State: "up", Calls: 1}} },
			Spend:     func() *wire.PresentSpend { return &wire.PresentSpend{Currency: "CNY", PerMinute: 7} },
			Reminders: func(context.Context) *wire.PresentDue { return &wire.PresentDue{Due: 2} },
		},
	}, &looks{})
	if p := d.Present(t.Context()); p.Meetings == nil || p.Worst == nil || p.MeetingsAll != 0 || p.Missing {
		t.Errorf("of nothing: %+v", p)
	}
	pulse.Entered(quality.Join{Kind: quality.Browser})
	now = now.Add(5 * time.Minute)
	pulse.Entered(quality.Join{Kind: quality.Browser})
	pulse.Entered(quality.Join{Kind: quality.Phone})
	pulse.Entered(quality.Join{Kind: quality.Browser, Failed: quality.StageICE})
	pulse.Refused(quality.RefusedFlood)
	pulse.Forgotten(3)
	bad := quality.Sample{At: now, Span: 5 * time.Second, RoundTrip: 64 * time.Millisecond, Said: quality.Stream{Packets: 250}, Heard: quality.Stream{Packets: 250, Loss: 0.2, Jitter: 12 * time.Millisecond}, Marks: quality.Relayed}
	for i, l := range legs() {
		live := quality.Live{Leg: l, Class: quality.Good, Sample: bad}
		if i == 1 {
			live.Class, live.Score = quality.Poor, bad.Score(quality.CodecOf("opus"))
		}
		w.live = append(w.live, live)
	}
	p := d.Present(t.Context())
	if p.Legs != (wire.PresentLegs{Browser: 1, Phone: 2}) || p.Classes != (wire.PresentClasses{Good: 2, Poor: 1}) {
		t.Errorf("legs %+v, classes %+v", p.Legs, p.Classes)
	}
	if p.JoinsPerMinute != 1 || p.CallsPerMinute != 1 || p.FailedJoins != 1 || p.Refused != 1 || !p.Missing {
		t.Errorf("counted %+v", p)
	}
	if len(p.Meetings) != 1 || p.Meetings[0].Organiser != "who organises meeting" || p.Meetings[0].Poor != 1 || p.Meetings[0].People != 3 {
		t.Errorf("meetings %+v", p.Meetings)
	}
	if p.Spend.PerMinute != 7 || p.Reminders.Due != 2 || p.Trunks[0].State != "up" {
		t.Errorf("around %+v", p)
	}
	if len(p.Worst) != 1 {
		t.Fatalf("worst %+v", p.Worst)
	}
	l := p.Worst[0]
	if l.Leg != "bob-leg" || l.Side != "heard" || l.Loss != 0.2 || l.Number != "•••000" || !l.Relayed || strings.Join(l.Because, " ") != "loss mos" {
		t.Errorf("worst %+v", l)
	}
	now = now.Add(20 * time.Minute)
	if p := d.Present(t.Context()); p.FailedJoins != 0 || p.Refused != 0 || p.Missing {
		t.Errorf("later: %+v", p)
	}
}
