package store_test

import (
	"errors"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// nearly compares figures as finely as they are stored.
var nearly = cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 0.001 })

func TestLegsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		all := someLegs(20)
		keep(t, s, quality.Batch{Legs: all})
		for _, want := range all {
			got, err := s.Leg(t.Context(), want.Leg.ID)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(health.Row{Leg: want.Leg, Summary: want.Summary}, got, nearly); d != "" {
				t.Fatal(d)
			}
		}
		if _, err := s.Leg(t.Context(), "nobody"); !errors.Is(err, health.ErrNoLeg) {
			t.Errorf("a leg that is not there: %v", err)
		}
	})
}

// TestLegsLive keeps a leg as the collector does: when it begins, while it
// lives, when it is over, and then once more since nobody knew whether that had
// been written. It is counted once.
func TestLegsLive(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		over := someLegs(1)[0]
		live := over
		live.Leg.Ended, live.Summary = time.Time{}, quality.Summary{}
		count := func() int {
			groups, err := s.Groups(t.Context(), always(), health.ByKind, 10)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, g := range groups {
				n += g.Legs
			}
			return n
		}
		for range 2 {
			keep(t, s, quality.Batch{Legs: []quality.Record{live}})
			got, err := s.Leg(t.Context(), live.Leg.ID)
			if err != nil || !got.Leg.Ended.IsZero() || count() != 0 {
				t.Errorf("while it lives: %v, ended %v, counted %d times", err, got.Leg.Ended, count())
			}
			one, rows, err := s.SessionAt(t.Context(), live.Leg.Meeting, time.Time{})
			if err != nil || !one.To.IsZero() || len(rows) != 1 {
				t.Errorf("its meeting: %+v %d, %v", one, len(rows), err)
			}
		}
		keep(t, s, quality.Batch{Legs: []quality.Record{live, over}})
		keep(t, s, quality.Batch{Legs: []quality.Record{over}})
		keep(t, s, quality.Batch{Legs: []quality.Record{live}}) // too late
		got, err := s.Leg(t.Context(), live.Leg.ID)
		if err != nil || !got.Leg.Ended.Equal(over.Leg.Ended) || got.Summary.Samples != over.Summary.Samples {
			t.Errorf("when it is over: %+v, %v", got.Leg, err)
		}
		if n := count(); n != 1 {
			t.Errorf("counted %d times", n)
		}
	})
}

// TestLegsListed asks for lists in every way, and compares them with what
// going through all legs gives.
func TestLegsListed(t *testing.T) {
	all := someLegs(300)
	poor, none := quality.Poor, quality.Unclassified
	monday, ten := start.Weekday(), start.Add(time.Hour).Hour()
	filters := map[string]struct {
		change func(*health.Filter)
		fits   func(*quality.Record) bool
	}{
		"all":          {func(*health.Filter) {}, func(*quality.Record) bool { return true }},
		"site":         {func(f *health.Filter) { f.Where = where("site", "上海") }, func(r *quality.Record) bool { return r.Leg.Site == "上海" }},
		"no site":      {func(f *health.Filter) { f.Where = where("site", "") }, func(r *quality.Record) bool { return r.Leg.Site == "" }},
		"elsewhere":    {func(f *health.Filter) { f.Where = where("site", "Rome") }, func(*quality.Record) bool { return false }},
		"two":          {func(f *health.Filter) { f.Where = where("site", "Berlin", "access", "wifi") }, func(r *quality.Record) bool { return r.Leg.Site == "Berlin" && r.Leg.Access == quality.WiFi }},
		"meeting":      {func(f *health.Filter) { f.Where = where("meeting", "meeting-3") }, func(r *quality.Record) bool { return r.Leg.Meeting == "meeting-3" }},
		"person":       {func(f *health.Filter) { f.Person = "person-4" }, func(r *quality.Record) bool { return r.Leg.Person == "person-4" }},
		"poor":         {func(f *health.Filter) { f.Class = &poor }, func(r *quality.Record) bool { return classOf(r) == poor }},
		"poor phones":  {func(f *health.Filter) { f.Class, f.Where = &poor, where("kind", "phone") }, func(r *quality.Record) bool { return classOf(r) == poor && r.Leg.Kind == quality.Phone }},
		"unclassified": {func(f *health.Filter) { f.Class, f.Where = &none, where("kind", "phone") }, func(r *quality.Record) bool { return classOf(r) == none && r.Leg.Kind == quality.Phone }},
		"dropped":      {func(f *health.Filter) { f.Dropped = true }, func(r *quality.Record) bool { return r.Leg.Dropped }},
		"weekday":      {func(f *health.Filter) { f.Weekday = &monday }, func(r *quality.Record) bool { return r.Leg.Began.Weekday() == monday }},
		"hour":         {func(f *health.Filter) { f.Hour = &ten }, func(r *quality.Record) bool { return r.Leg.Began.Hour() == ten }},
		"time": {func(f *health.Filter) { f.From, f.To = start.Add(time.Hour), start.Add(5*time.Hour+7*time.Minute) }, func(r *quality.Record) bool {
			return !r.Leg.Began.Before(start.Add(time.Hour)) && r.Leg.Began.Before(start.Add(5*time.Hour+7*time.Minute))
		}},
		"name":         {func(f *health.Filter) { f.Name = "PÉRSON C" }, func(r *quality.Record) bool { return r.Leg.Name == "Pérson C" }},
		"number":       {func(f *health.Filter) { f.Number = "4930123001" }, func(r *quality.Record) bool { return strings.HasPrefix(r.Leg.Number, "+4930123001") }},
		"number's end": {func(f *health.Filter) { f.Number = "0014" }, func(r *quality.Record) bool { return strings.HasSuffix(r.Leg.Number, "0014") }},
		"call":         {func(f *health.Filter) { f.CallID = "call-24" }, func(r *quality.Record) bool { return r.Leg.CallID == "call-24" }},
		"any of three": {func(f *health.Filter) { f.Name, f.CallID, f.ID = "son d", "call-24", "leg-00007" }, func(r *quality.Record) bool {
			return r.Leg.Name == "Pérson D" || r.Leg.CallID == "call-24" || r.Leg.ID == "leg-00007"
		}},
		"many numbers": {func(f *health.Filter) { f.Number = "+49" }, func(r *quality.Record) bool { return r.Leg.Number != "" }},
		"nobody":       {func(f *health.Filter) { f.Name = "%" }, func(*quality.Record) bool { return false }},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all})
		for name, tt := range filters {
			f := always()
			tt.change(&f)
			var want []string
			for _, r := range slices.Backward(all) {
				if tt.fits(&r) {
					want = append(want, r.Leg.ID)
				}
			}
			if d := cmp.Diff(want, listed(t, s, f, health.Newest)); d != "" {
				t.Errorf("%s: %s", name, d)
			}
			worst := listed(t, s, f, health.Worst)
			slices.Sort(worst)
			slices.Reverse(worst)
			if d := cmp.Diff(want, worst); d != "" {
				t.Errorf("%s, the worst first: %s", name, d)
			}
		}
	})
}

func where(pairs ...string) map[health.Dimension]string {
	all := map[health.Dimension]string{}
	for pair := range slices.Chunk(pairs, 2) {
		all[health.Dimension(pair[0])] = pair[1]
	}
	return all
}

// listed reads a list by small pages, and checks its order.
func listed(t *testing.T, s *store.Store, f health.Filter, order health.Order) (ids []string) {
	t.Helper()
	var after health.Place
	for {
		rows, err := s.Legs(t.Context(), f, order, after, 7)
		if err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			p := health.PlaceOf(&rows[i], order)
			if after.ID != "" && (p.Rank > after.Rank || p.Rank == after.Rank && p.At.After(after.At)) {
				t.Fatalf("%v after %v", p, after)
			}
			after = p
			ids = append(ids, p.ID)
		}
		if len(rows) < 7 {
			return ids
		}
	}
}

func TestEachLeg(t *testing.T) {
	s := storetest.SQLite(t)
	keep(t, s, quality.Batch{Legs: someLegs(50)})
	n := 0
	stop := errors.New("enough")
	if err := s.EachLeg(t.Context(), always(), func(*health.Row) error { n++; return nil }); err != nil || n != 50 {
		t.Errorf("%d legs: %v", n, err)
	}
	if err := s.EachLeg(t.Context(), always(), func(*health.Row) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("stopped with %v", err)
	}
}

func TestLegsFromOutside(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		r := someLegs(1)[0]
		r.Leg.Agent, r.Leg.Device, r.Leg.Name = "a\x00b\xff", strings.Repeat("麦", 500), "\x1f"
		keep(t, s, quality.Batch{Legs: []quality.Record{r}, Events: []quality.Happening{{Leg: r.Leg.ID, Number: 1, Event: quality.Event{At: start, What: "x", Note: "\x00"}}}})
		got, err := s.Leg(t.Context(), r.Leg.ID)
		if err != nil || got.Leg.Agent != "a b\uFFFD" || len(got.Leg.Device) > 80 || !strings.HasPrefix(r.Leg.Device, got.Leg.Device) {
			t.Errorf("%q %q: %v", got.Leg.Agent, got.Leg.Device, err)
		}
	})
}

func TestCourses(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		chunk := func(leg string, from time.Duration, packed string) quality.Chunk {
			return quality.Chunk{Leg: leg, From: start.Add(from), To: start.Add(from + 2*time.Minute), Samples: 24, Packed: []byte(packed)}
		}
		samples, packed := packedSamples(t)
		b := quality.Batch{
			Chunks: []quality.Chunk{chunk("a", time.Minute, "damaged"), {Leg: "a", From: start, To: start.Add(time.Minute), Samples: len(samples), Packed: packed}},
			Events: []quality.Happening{
				{Leg: "a", Number: 1, Event: quality.Event{At: start, What: quality.EventJoined}},
				{Leg: "b", Number: 1, Event: quality.Event{At: start, What: quality.EventMuted, Note: "who"}},
				{Leg: "a", Number: 2, Event: quality.Event{At: start.Add(time.Second), What: quality.EventLeft}},
			},
		}
		keep(t, s, b)
		keep(t, s, b) // and once more
		got, err := s.Courses(t.Context(), []string{"a", "b", "c"})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]health.Course{
			"a": {Samples: samples, Events: []quality.Event{b.Events[0].Event, b.Events[2].Event}},
			"b": {Events: []quality.Event{b.Events[1].Event}},
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(d)
		}
	})
}

func TestCalls(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		want := quality.Call{
			Leg: "a",
			Signalling: quality.Signalling{
				PDD: time.Second, Answer: 5 * time.Second, Status: 200, Q850: 16, Retransmissions: 1, Challenges: 2, Holds: 3,
				Held: time.Minute, Bye: quality.Them,
			},
			Ladder:  []quality.Message{{At: start, Out: true, Line: "INVITE sip:+49…", CSeq: "1 INVITE", Sort: "INVITE", Peer: "192.0.2.1:5060/UDP"}, {At: start.Add(time.Second), Again: true}},
			Capture: []byte{1, 2, 3},
		}
		bare := quality.Call{Leg: "b"}
		for range 2 {
			keep(t, s, quality.Batch{Calls: []quality.Call{want, bare}})
		}
		for _, want := range []quality.Call{want, bare} {
			got, err := s.Call(t.Context(), want.Leg)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Error(d)
			}
		}
		if _, err := s.Call(t.Context(), "c"); !errors.Is(err, health.ErrNoLeg) {
			t.Errorf("no such call: %v", err)
		}
	})
}

// TestSummaryWhole makes sure that no field of a summary is forgotten.
func TestSummaryWhole(t *testing.T) {
	var want quality.Summary
	n := 0
	fill(reflect.ValueOf(&want).Elem(), &n)
	s := storetest.SQLite(t)
	keep(t, s, quality.Batch{Legs: []quality.Record{{Leg: quality.Leg{ID: "a", Began: start}, Summary: want}}})
	got, err := s.Leg(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got.Summary, nearly); d != "" {
		t.Error(d)
	}
}

// fill gives every field a value of its own.
func fill(v reflect.Value, n *int) {
	*n++
	switch v.Kind() {
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(start.Add(time.Duration(*n) * time.Second)))
			return
		}
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Float64:
		v.SetFloat(float64(*n))
	case reflect.Int, reflect.Int64:
		if v.Type() == reflect.TypeFor[time.Duration]() {
			v.SetInt(int64(*n) * int64(time.Millisecond))
			return
		}
		v.SetInt(int64(*n))
	default:
		v.SetUint(uint64(*n) % 200)
	}
}
