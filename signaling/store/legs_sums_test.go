package store_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// counted is what going through legs gives, by a key.
func countedBy(all []quality.Record, f health.Filter, key func(*quality.Record) string) map[string]health.Count {
	counts := map[string]health.Count{}
	for i := range all {
		r := &all[i]
		if r.Leg.Began.Before(f.From) || !r.Leg.Began.Before(f.To) {
			continue
		}
		c := counts[key(r)]
		c.Legs++
		switch classOf(r) {
		case quality.Good:
			c.Good++
		case quality.Degraded:
			c.Degraded++
		case quality.Poor:
			c.Poor++
		default:
			c.Unclassified++
		}
		if r.Leg.Dropped {
			c.Dropped++
		}
		counts[key(r)] = c
	}
	return counts
}

// plain leaves the means out.
func plain(c health.Count) health.Count {
	return health.Count{Legs: c.Legs, Good: c.Good, Degraded: c.Degraded, Poor: c.Poor, Unclassified: c.Unclassified, Dropped: c.Dropped}
}

func grouped(t *testing.T, s *store.Store, f health.Filter, by health.Dimension) map[string]health.Count {
	t.Helper()
	groups, err := s.Groups(t.Context(), f, by, 100)
	if err != nil {
		t.Fatal(err)
	}
	counts := map[string]health.Count{}
	for i, g := range groups {
		if i > 0 && g.Poor > groups[i-1].Poor {
			t.Errorf("by %s: %q with %d poor legs after %d", by, g.Key, g.Poor, groups[i-1].Poor)
		}
		counts[g.Key] = plain(g.Count)
	}
	return counts
}

// TestGroups breaks legs down in every dimension, over ranges with ragged ends,
// and compares what the sums give with what the legs give.
func TestGroups(t *testing.T) {
	all := someLegs(300)
	keys := map[health.Dimension]func(*quality.Record) string{
		health.ByKind: func(r *quality.Record) string { return string(r.Leg.Kind) }, health.BySite: func(r *quality.Record) string { return r.Leg.Site },
		health.ByAccess: func(r *quality.Record) string { return string(r.Leg.Access) }, health.ByAgent: func(r *quality.Record) string { return r.Leg.Agent },
		health.BySystem: func(r *quality.Record) string { return r.Leg.System }, health.ByDevice: func(r *quality.Record) string { return r.Leg.Device },
		health.ByCodec: func(r *quality.Record) string { return r.Leg.Codec }, health.ByTrunk: func(r *quality.Record) string { return r.Leg.Trunk },
		health.ByCountry: func(r *quality.Record) string { return r.Leg.Country }, health.ByDestination: func(r *quality.Record) string { return r.Leg.Destination },
		health.ByTransport: func(r *quality.Record) string { return r.Leg.Transport }, health.ByCandidate: func(r *quality.Record) string { return r.Leg.Candidate },
		health.ByMeeting: func(r *quality.Record) string { return r.Leg.Meeting },
	}
	ranges := map[string][2]time.Time{
		"all":        {start.AddDate(0, 0, -1), start.AddDate(0, 0, 30)},
		"ragged":     {start.Add(17 * time.Minute), start.Add(9*time.Hour + 21*time.Minute)},
		"whole":      {start.Truncate(time.Hour), start.Truncate(time.Hour).Add(5 * time.Hour)},
		"one hour":   {start.Truncate(time.Hour).Add(65 * time.Minute), start.Truncate(time.Hour).Add(110 * time.Minute)},
		"two halves": {start.Truncate(time.Hour).Add(50 * time.Minute), start.Truncate(time.Hour).Add(70 * time.Minute)},
		"days":       {start.Add(time.Hour), start.Add(48*time.Hour + 30*time.Minute)},
		"nothing":    {start, start},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all[:100]})
		keep(t, s, quality.Batch{Legs: all[100:]})
		for name, r := range ranges {
			f := health.Filter{From: r[0], To: r[1], Zone: time.UTC}
			for _, by := range health.Dimensions() {
				if d := cmp.Diff(countedBy(all, f, keys[by]), grouped(t, s, f, by)); d != "" {
					t.Errorf("%s by %s: %s", name, by, d)
				}
			}
			f.Where = where("site", "Berlin")
			var berlin []quality.Record
			for _, r := range all {
				if r.Leg.Site == "Berlin" {
					berlin = append(berlin, r)
				}
			}
			for _, by := range []health.Dimension{health.BySite, health.ByAgent} {
				if d := cmp.Diff(countedBy(berlin, f, keys[by]), grouped(t, s, f, by)); d != "" {
					t.Errorf("%s in Berlin by %s: %s", name, by, d)
				}
			}
		}
	})
}

// TestMeans compares the means of what was summed up with those of the same
// legs, read one by one since the filter asks for more.
func TestMeans(t *testing.T) {
	all := someLegs(300)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all})
		f := always()
		fromSums, err := s.Groups(t.Context(), f, health.ByKind, 10)
		if err != nil {
			t.Fatal(err)
		}
		f.Name, f.Number = "son", "+49"
		fromLegs, err := s.Groups(t.Context(), f, health.ByKind, 10)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(fromSums, fromLegs); d != "" {
			t.Error(d)
		}
		for _, g := range fromSums {
			wide := 4.2
			if g.Key == "phone" {
				wide = 0
			}
			narrow := 4.1 - wide/4.2*4.1
			if math.Abs(g.MOSWide-wide) > 0.001 || math.Abs(g.MOSNarrow-narrow) > 0.001 || g.Jitter.Round(time.Millisecond) != 5*time.Millisecond ||
				g.RoundTrip.Round(time.Millisecond) != 40*time.Millisecond || g.Loss < 0.02 || g.Loss > 0.05 {
				t.Errorf("%s: %+v", g.Key, g.Count)
			}
		}
	})
}

func TestDaysAndCells(t *testing.T) {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		t.Fatal(err)
	}
	all := someLegs(300)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all, Joins: []quality.Join{
			{Kind: quality.Browser, Began: start, Steps: []quality.Step{{Stage: quality.StageClick}}},
			{Kind: quality.Browser, Began: start, Failed: quality.StageICE, Cause: "timeout"},
			{Kind: quality.Phone, Began: start, Failed: quality.StageSent},
		}})
		f := always()
		f.Zone = zone
		days, because, err := s.Days(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]health.Count{}
		for _, d := range days {
			got[d.Day] = plain(d.Count)
		}
		if d := cmp.Diff(countedBy(all, f, func(r *quality.Record) string { return r.Leg.Began.In(zone).Format(time.DateOnly) }), got); d != "" {
			t.Error(d)
		}
		poor := countedBy(all, f, func(*quality.Record) string { return "" })[""].Poor
		if d := cmp.Diff(map[string]int{"loss": poor, "concealed": poor, "jitter": 0, "round-trip": 0, "mos": 0}, because); poor == 0 || d != "" {
			t.Errorf("of %d poor legs: %s", poor, d)
		}
		if days[0].Joins != 2 || days[0].FailedJoins != 1 {
			t.Errorf("joins of the first day: %+v", days[0])
		}
		cells, err := s.Cells(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		week := map[string]health.Count{}
		for _, c := range cells {
			week[time.Date(2026, 3, 1+int(c.Weekday), c.Hour, 0, 0, 0, time.UTC).Format("Mon 15")] = plain(c.Count)
		}
		if d := cmp.Diff(countedBy(all, f, func(r *quality.Record) string { return r.Leg.Began.In(zone).Format("Mon 15") }), week); d != "" {
			t.Error(d)
		}
	})
}

// TestSittings keeps a meeting of two people who were there one after the other,
// then somebody who was there with both, and one of the day after.
func TestSittings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		legs := someLegs(4)
		at := func(i, from, to int, day int) {
			l := &legs[i].Leg
			l.Meeting, l.Began, l.Ended = "weekly", start.AddDate(0, 0, day).Add(time.Duration(from)*time.Minute), start.AddDate(0, 0, day).Add(time.Duration(to)*time.Minute)
		}
		at(0, 0, 10, 0)
		at(1, 30, 60, 0)
		at(2, 5, 35, 0)
		at(3, 0, 60, 1)
		for _, l := range legs {
			keep(t, s, quality.Batch{Legs: []quality.Record{l}})
		}
		keep(t, s, quality.Batch{Legs: someLegs(300)[200:]})
		f := always()
		f.Where = where("meeting", "weekly")
		all, err := s.Sessions(t.Context(), f, health.Newest, health.Place{}, 10)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		for i, day := range []int{1, 0} {
			from := start.AddDate(0, 0, day)
			if got := all[i]; !got.From.Equal(from) || !got.To.Equal(from.Add(time.Hour)) || got.Legs != 3-2*day || got.People != 3-2*day {
				t.Errorf("%+v", got)
			}
		}
		one, rows, err := s.SessionAt(t.Context(), "weekly", start.Add(7*time.Minute))
		if err != nil || !one.From.Equal(start) || len(rows) != 3 || rows[1].Leg.ID != legs[2].Leg.ID {
			t.Errorf("%+v with %d legs, %v", one, len(rows), err)
		}
		if one, _, err = s.SessionAt(t.Context(), "weekly", time.Time{}); err != nil || !one.From.Equal(start.AddDate(0, 0, 1)) {
			t.Errorf("the latest: %+v, %v", one, err)
		}
		for _, at := range []time.Time{start.Add(3 * time.Hour), start.Add(-time.Hour)} {
			if _, _, err := s.SessionAt(t.Context(), "weekly", at); !errors.Is(err, health.ErrNoSession) {
				t.Errorf("when it did not run: %v", err)
			}
		}
	})
}

// TestSittingsListed pages through sittings in both orders, all and those with a
// poor phone.
func TestSittingsListed(t *testing.T) {
	all := someLegs(300)
	poor := quality.Poor
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Legs: all})
		for name, f := range map[string]health.Filter{
			"all":   always(),
			"phone": {From: always().From, To: always().To, Zone: time.UTC, Class: &poor, Where: where("kind", "phone")},
			"name":  {From: always().From, To: always().To, Zone: time.UTC, Name: "son c"},
		} {
			counts := map[health.Order]int{}
			for _, order := range []health.Order{health.Newest, health.Worst} {
				var after health.Place
				seen := map[health.Place]bool{}
				for {
					page, err := s.Sessions(t.Context(), f, order, after, 3)
					if err != nil {
						t.Fatal(err)
					}
					for _, one := range page {
						at := health.Place{At: one.From, ID: one.Meeting}
						if order == health.Worst {
							at.Rank = int64(one.Poor)*1_000_000 + int64(one.Degraded)
						}
						if seen[at] || after.ID != "" && (at.Rank > after.Rank || at.Rank == after.Rank && at.At.After(after.At)) {
							t.Fatalf("%s: %+v after %+v", name, at, after)
						}
						if name == "phone" && one.Poor == 0 {
							t.Errorf("nothing poor: %+v", one)
						}
						seen[at], after = true, at
						counts[order]++
					}
					if len(page) < 3 {
						break
					}
				}
			}
			if counts[health.Newest] == 0 || counts[health.Newest] != counts[health.Worst] {
				t.Errorf("%s: %v sittings", name, counts)
			}
		}
	})
}
