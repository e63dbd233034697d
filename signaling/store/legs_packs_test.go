package store_test

import (
	"cmp"
	"database/sql"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// zone is a place's.
func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// fits is what a filter says, in other words than those of the store.
func fits(f health.Filter, r *quality.Record) bool {
	l, at := &r.Leg, r.Leg.Began.In(f.Zone)
	for d, value := range f.Where {
		has := map[health.Dimension]string{
			health.ByKind: string(l.Kind), health.BySite: l.Site, health.ByAccess: string(l.Access), health.ByAgent: l.Agent, health.ByTrunk: l.Trunk, health.ByMeeting: l.Meeting,
		}
		if has[d] != value {
			return false
		}
	}
	return !l.Began.Before(f.From) && l.Began.Before(f.To) && (f.Class == nil || classOf(r) == *f.Class) && (!f.Dropped || l.Dropped) &&
		(f.Weekday == nil || at.Weekday() == *f.Weekday) && (f.Hour == nil || at.Hour() == *f.Hour)
}

// narrowed are filters that no sums were made for.
func narrowed(t *testing.T) map[string]health.Filter {
	poor, good, morning, monday := quality.Poor, quality.Good, 9, time.Monday
	ragged := health.Filter{From: start.Add(17 * time.Minute), To: start.AddDate(0, 0, 1).Add(9*time.Hour + 21*time.Minute), Zone: time.UTC}
	all := map[string]health.Filter{"ragged": ragged, "none": {From: start, To: start, Zone: time.UTC}}
	for name, change := range map[string]func(*health.Filter){
		"two":         func(f *health.Filter) { f.Where = where("site", "Berlin", "access", "wifi") },
		"three":       func(f *health.Filter) { f.Where = where("site", "上海", "access", "wired", "agent", "Chrome 141") },
		"nobody":      func(f *health.Filter) { f.Where = where("site", "Rome", "kind", "phone") },
		"poor":        func(f *health.Filter) { f.Class = &poor },
		"good phones": func(f *health.Filter) { f.Class, f.Where = &good, where("kind", "phone") },
		"dropped":     func(f *health.Filter) { f.Dropped = true },
		"mornings":    func(f *health.Filter) { f.Hour, f.Where = &morning, where("kind", "browser") },
		"Mondays":     func(f *health.Filter) { f.Weekday, f.Dropped = &monday, true },
		"Shanghai":    func(f *health.Filter) { f.Zone, f.Hour = zone(t, "Asia/Shanghai"), &morning },
		"Kolkata":     func(f *health.Filter) { f.Zone, f.Hour = zone(t, "Asia/Kolkata"), &morning },
		"half past":   func(f *health.Filter) { f.Zone = zone(t, "Asia/Kolkata") },
		"meeting":     func(f *health.Filter) { f.Where = where("meeting", "meeting-3", "site", "Berlin") },
	} {
		whole, part := always(), ragged
		change(&whole)
		change(&part)
		all[name], all[name+", ragged"] = whole, part
	}
	return all
}

// asPacked runs a test twice: with all legs in no pack, and with those of all
// days that are over packed.
func asPacked(t *testing.T, s *store.Store, test func(t *testing.T)) {
	t.Run("legs", test)
	packed(t, s)
	t.Run("packs", test)
}

// packed lets enough time pass for all days of someLegs to be packed.
func packed(t *testing.T, s *store.Store) {
	t.Helper()
	if _, err := s.Sweep(t.Context(), store.Retention{}, start.AddDate(0, 0, 10)); err != nil {
		t.Fatal(err)
	}
}

// TestSumsOfMany counts legs that have several things in common, and by hours
// that are not those of UTC, and compares with going through them.
func TestSumsOfMany(t *testing.T) {
	all := someLegs(300)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all})
		asPacked(t, s, func(t *testing.T) {
			for name, f := range narrowed(t) {
				some := slices.Clone(all)
				some = slices.DeleteFunc(some, func(r quality.Record) bool { return !fits(f, &r) })
				for by, key := range map[health.Dimension]func(*quality.Record) string{
					health.BySite: func(r *quality.Record) string { return r.Leg.Site }, health.ByMeeting: func(r *quality.Record) string { return r.Leg.Meeting },
				} {
					if d := gocmp.Diff(countedBy(some, f, key), grouped(t, s, f, by)); d != "" {
						t.Errorf("%s by %s: %s", name, by, d)
					}
				}
				if d := gocmp.Diff(countedBy(some, f, hourOfWeek(f.Zone)), week(t, s, f)); d != "" {
					t.Errorf("%s by the hour: %s", name, d)
				}
				if d := gocmp.Diff(countedBy(some, f, func(r *quality.Record) string { return r.Leg.Began.In(f.Zone).Format(time.DateOnly) }), byDay(t, s, f)); d != "" {
					t.Errorf("%s by day: %s", name, d)
				}
			}
		})
	})
}

func hourOfWeek(zone *time.Location) func(*quality.Record) string {
	return func(r *quality.Record) string { return r.Leg.Began.In(zone).Format("Mon 15") }
}

func week(t *testing.T, s *store.Store, f health.Filter) map[string]health.Count {
	t.Helper()
	cells, err := s.Cells(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]health.Count{}
	for _, c := range cells {
		counts[time.Date(2026, 3, 1+int(c.Weekday), c.Hour, 0, 0, 0, time.UTC).Format("Mon 15")] = plain(c.Count)
	}
	return counts
}

func byDay(t *testing.T, s *store.Store, f health.Filter) map[string]health.Count {
	t.Helper()
	days, _, err := s.Days(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]health.Count{}
	for _, d := range days {
		counts[d.Day] = plain(d.Count)
	}
	return counts
}

// TestMeansOfPacks compares all that packs give with what legs give.
func TestMeansOfPacks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: someLegs(300)})
		if err := s.Rate(t.Context(), health.Rating{Leg: "leg-00002", At: start, Stars: 4}); err != nil {
			t.Fatal(err)
		}
		f := always()
		f.Where = where("site", "Berlin", "access", "wifi")
		var seen [][]health.Group
		asPacked(t, s, func(t *testing.T) {
			groups, err := s.Groups(t.Context(), f, health.ByAgent, 10)
			if err != nil {
				t.Fatal(err)
			}
			seen = append(seen, groups)
		})
		if d := gocmp.Diff(seen[0], seen[1]); d != "" || len(seen[0]) == 0 {
			t.Error(d)
		}
	})
}

// paged takes a list page by page.
func paged(t *testing.T, s *store.Store, f health.Filter, order health.Order) (ids []string) {
	t.Helper()
	var after health.Place
	for {
		page, err := s.Legs(t.Context(), f, order, after, 7)
		if err != nil {
			t.Fatal(err)
		}
		for i := range page {
			ids = append(ids, page[i].Leg.ID)
		}
		if len(page) < 7 {
			return ids
		}
		after = health.PlaceOf(&page[6], order)
	}
}

// TestListsOfMany pages through legs that have several things in common.
func TestListsOfMany(t *testing.T) {
	all := someLegs(300)
	living := someLegs(1)[0]
	living.Leg.ID, living.Leg.Ended, living.Leg.Began = "living", time.Time{}, start.AddDate(0, 0, 2)
	all = append(all, living)
	ancient := someLegs(1)[0] // the day of the oldest leg is never looked up in a pack
	ancient.Leg.ID, ancient.Leg.Began = "ancient", start.AddDate(0, 0, -3)
	all = append(all, ancient)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all})
		asPacked(t, s, func(t *testing.T) {
			for name, f := range narrowed(t) {
				var some []quality.Record
				for _, r := range all {
					if fits(f, &r) {
						some = append(some, r)
					}
				}
				for order, badness := range map[health.Order]func(*quality.Record) int64{
					health.Newest: func(*quality.Record) int64 { return 0 }, health.Worst: func(r *quality.Record) int64 { return health.Badness(&r.Summary) },
				} {
					slices.SortFunc(some, func(a, b quality.Record) int {
						return cmp.Or(cmp.Compare(badness(&b), badness(&a)), b.Leg.Began.Compare(a.Leg.Began), cmp.Compare(b.Leg.ID, a.Leg.ID))
					})
					var want []string
					for i := range some {
						want = append(want, some[i].Leg.ID)
					}
					if d := gocmp.Diff(want, paged(t, s, f, order)); d != "" {
						t.Errorf("%s, order %d: %s", name, order, d)
					}
				}
			}
		})
	})
}

// TestPacksAreKeptUp changes legs of days that are packed: what comes late, what
// is rated afterwards, and what is deleted.
func TestPacksAreKeptUp(t *testing.T) {
	all := someLegs(300)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all[:200]})
		packed(t, s)
		keep(t, s, quality.Batch{Legs: all[200:]})
		f := always()
		f.Where = where("kind", "browser", "access", "wifi")
		count := func() (legs, ratings int) {
			t.Helper()
			groups, err := s.Groups(t.Context(), f, health.BySite, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range groups {
				legs, ratings = legs+g.Legs, ratings+g.Ratings
			}
			return legs, ratings
		}
		want := 0
		var one quality.Record
		for _, r := range all {
			if fits(f, &r) {
				want, one = want+1, r
			}
		}
		if legs, _ := count(); legs != want {
			t.Errorf("%d legs after some came late, want %d", legs, want)
		}
		packed(t, s)
		if err := s.Rate(t.Context(), health.Rating{Leg: one.Leg.ID, At: start, Stars: 2}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if legs, ratings := count(); legs != want || ratings != 1 {
				t.Errorf("%d legs, %d ratings", legs, ratings)
			}
			packed(t, s)
		}
		// Packs go with their legs.
		later := start.AddDate(0, 0, 1).Truncate(day).Add(40 * day)
		if _, err := s.Sweep(t.Context(), store.Retention{Legs: 40 * day, RollUps: 80 * day}, later); err != nil {
			t.Fatal(err)
		}
		var left []string
		for _, r := range all {
			if fits(f, &r) && !r.Leg.Began.Before(later.Add(-40*day)) {
				left = append(left, r.Leg.ID)
			}
		}
		if legs, _ := count(); legs != len(left) || legs == want {
			t.Errorf("%d of %d legs after old ones went, want %d", legs, want, len(left))
		}
		for _, order := range []health.Order{health.Newest, health.Worst} {
			listed := paged(t, s, f, order)
			slices.Sort(listed)
			if d := gocmp.Diff(left, listed); d != "" {
				t.Error(d)
			}
		}
	})
}

// unheard are legs with two phones of which nothing was measured: one was cut
// off, and one was called in vain.
func unheard() []quality.Record {
	all := someLegs(40)
	for _, i := range []int{4, 9} {
		all[i].Summary, all[i].Leg.Dropped = quality.Summary{}, i == 4
	}
	return all
}

// TestUnheardPhones lists phones of which nothing was measured, and counts them
// nowhere.
func TestUnheardPhones(t *testing.T) {
	all := unheard()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all})
		asPacked(t, s, func(t *testing.T) {
			kinds := func(r *quality.Record) string { return string(r.Leg.Kind) }
			heard := slices.Concat(all[:4], all[5:9], all[10:])
			for _, f := range []health.Filter{always(), {From: always().From, To: always().To, Zone: time.UTC, Where: where("kind", "phone", "site", all[4].Leg.Site)}} {
				var some []quality.Record
				for _, r := range heard {
					if fits(f, &r) {
						some = append(some, r)
					}
				}
				if d := gocmp.Diff(countedBy(some, f, kinds), grouped(t, s, f, health.ByKind)); d != "" {
					t.Error(d)
				}
				if !slices.Contains(paged(t, s, f, health.Newest), all[4].Leg.ID) {
					t.Errorf("%v: the one that was cut off is not listed", f.Where)
				}
			}
		})
	})
}

// TestMigratesUnheardPhones counts phones of which nothing was measured as an
// older program did, and lets the migration put that right.
func TestMigratesUnheardPhones(t *testing.T) {
	all := unheard()
	for i := range 2 { // whose sums are those of others as well
		twin := someLegs(10)[5*i+4]
		twin.Leg.ID += "-heard"
		all = append(all, twin)
	}
	eachConfig(t, func(t *testing.T, cfg store.Config, raw *sql.DB) {
		s, err := openStore(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		keep(t, s, quality.Batch{Legs: all})
		sums := func(s *store.Store) map[health.Dimension]map[string]health.Count {
			f, counts := always(), map[health.Dimension]map[string]health.Count{}
			for _, by := range health.Dimensions() {
				counts[by] = grouped(t, s, f, by)
			}
			f.To = start.Add(7 * time.Hour)
			counts["hour"] = week(t, s, f)
			return counts
		}
		defer s.Close()
		want := sums(s)
		for _, i := range []int{4, 9} {
			l := &all[i].Leg
			dropped := 0
			if l.Dropped {
				dropped = 1
			}
			hour := l.Began.UnixMilli() / 3_600_000
			for d, value := range map[string]string{
				"": "", "kind": string(l.Kind), "site": l.Site, "access": string(l.Access), "agent": l.Agent, "system": l.System, "device": l.Device, "codec": l.Codec,
				"trunk": l.Trunk, "country": l.Country, "destination": l.Destination, "transport": l.Transport, "candidate": l.Candidate,
			} {
				for _, table := range []string{"hour", "day"} {
					at := hour
					if table == "day" {
						at /= 24
					}
					r, err := raw.Exec(`UPDATE leg_`+table+` SET legs = legs + 1, dropped = dropped + $1 WHERE dimension = $2 AND value = $3 AND `+table+` = $4`, dropped, d, value, at)
					if n, _ := r.RowsAffected(); err != nil || n != 1 {
						t.Fatalf("%s %q: %d rows, %v", d, value, n, err)
					}
				}
			}
		}
		if _, err := raw.Exec(`UPDATE leg SET because = 0 WHERE because = 32`); err != nil {
			t.Fatal(err)
		}
		if d := gocmp.Diff(want, sums(s)); d == "" {
			t.Error("nothing has to be put right")
		}
		migrateFrom(t, raw, "00017_quality_packs.sql", "UPDATE leg SET because")
		if d := gocmp.Diff(want, sums(s)); d != "" {
			t.Error(d)
		}
	})
}
