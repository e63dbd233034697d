package store_test

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
)

// someSetups are joins and calls of two days, one of each every 7 minutes: a
// third of the joins failed, and each fourth call.
func someSetups(t testing.TB) (joins []quality.Join, calls []billing.CDR) {
	for i := range 2 * 24 * 60 / 7 {
		at := start.Add(time.Duration(i) * 7 * time.Minute)
		j := quality.Join{Kind: quality.Browser, Began: at, Steps: []quality.Step{{Stage: quality.StageClick}}}
		if i%3 == 0 {
			j.Failed, j.Cause = quality.StageICE, "timeout"
		}
		c := fullRecord(t, fmt.Sprintf("call-%03d", i))
		c.Direction, c.Setup, c.Cost = billing.Outbound, at, billing.Micro(i)
		c.Ring, c.Answer, c.End = at.Add(time.Second), at.Add(2*time.Second), at.Add(time.Minute)
		if i%4 == 0 {
			c.Answer, c.Status, c.Cause = time.Time{}, 503, billing.CauseUnreachable
		}
		joins, calls = append(joins, j), append(calls, c)
	}
	return joins, calls
}

// setupDays counts joins and calls by day.
func setupDays(joins []quality.Join, calls []billing.CDR, f health.Filter) []health.Day {
	days := []health.Day{}
	day := func(at time.Time) *health.Day {
		local := at.In(f.Zone)
		if at.Before(f.From) || !at.Before(f.To) || f.Hour != nil && local.Hour() != *f.Hour || f.Weekday != nil && local.Weekday() != *f.Weekday {
			return &health.Day{}
		}
		if key := local.Format(time.DateOnly); len(days) == 0 || days[len(days)-1].Day != key {
			days = append(days, health.Day{Day: key})
		}
		return &days[len(days)-1]
	}
	for i := range joins { // both began at the same time
		d := day(joins[i].Began)
		d.Joins++
		d.Calls++
		if joins[i].Failed != "" {
			d.FailedJoins++
		}
		if calls[i].Answer.IsZero() {
			d.FailedCalls++
		}
	}
	return days
}

// TestSetupsByDay has days and hours begin at every quarter of UTC's hours.
func TestSetupsByDay(t *testing.T) {
	joins, calls := someSetups(t)
	nine, wednesday := 9, time.Wednesday
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Joins: joins})
		if err := s.AddRecords(t.Context(), calls); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"UTC", "Asia/Shanghai", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"} {
			zone, err := time.LoadLocation(name)
			if err != nil {
				t.Fatal(err)
			}
			first := start.Truncate(time.Hour)
			for what, f := range map[string]health.Filter{
				"all": {}, "an hour": {Hour: &nine}, "a weekday": {Weekday: &wednesday}, "a day and a bit": {From: first.Add(75 * time.Minute), To: first.Add(30*time.Hour + 15*time.Minute)},
			} {
				f.Zone = zone
				if f.From.IsZero() {
					f.From, f.To = first, first.AddDate(0, 0, 5)
				}
				got, _, err := s.Days(t.Context(), f)
				if d := cmp.Diff(setupDays(joins, calls, f), got); err != nil || d != "" {
					t.Errorf("%s in %s: %s, %v", what, name, d, err)
				}
			}
		}
	})
}

// TestRangesOfSetups asks for trunks and joins of ranges that begin and end
// within hours.
func TestRangesOfSetups(t *testing.T) {
	joins, calls := someSetups(t)
	hour := start.Truncate(time.Hour)
	ranges := map[string][2]time.Time{
		"half past":   {hour.Add(90 * time.Minute), hour.Add(20*time.Hour + 30*time.Minute)},
		"to the hour": {hour.Add(90 * time.Minute), hour.Add(20 * time.Hour)},
		"one hour":    {hour.Add(60*time.Minute + 10*time.Second), hour.Add(119 * time.Minute)},
		"two hours":   {hour.Add(110 * time.Minute), hour.Add(130 * time.Minute)},
		"whole":       {hour.Add(time.Hour), hour.Add(5 * time.Hour)},
		"nothing":     {hour.Add(65 * time.Minute), hour.Add(65 * time.Minute)},
	}
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		keep(t, s, quality.Batch{Joins: joins})
		if err := s.AddRecords(t.Context(), calls); err != nil {
			t.Fatal(err)
		}
		for name, r := range ranges {
			var want health.Day
			for _, d := range setupDays(joins, calls, health.Filter{From: r[0], To: r[1], Zone: time.FixedZone("", 0)}) {
				want.Joins, want.FailedJoins, want.Calls, want.FailedCalls = want.Joins+d.Joins, want.FailedJoins+d.FailedJoins, want.Calls+d.Calls, want.FailedCalls+d.FailedCalls
			}
			if d := cmp.Diff(want, summedSetups(t, s, r[0], r[1])); d != "" {
				t.Errorf("%s: %s", name, d)
			}
		}
		// Joins are no longer kept one by one: the hours at both ends count as a whole.
		if _, err := s.Sweep(t.Context(), store.Retention{Samples: time.Hour}, start.AddDate(1, 0, 0)); err != nil {
			t.Fatal(err)
		}
		late := func(name string) health.Day { return summedSetups(t, s, ranges[name][0], ranges[name][1]) }
		if ragged, whole := late("two hours"), summedSetups(t, s, hour.Add(time.Hour), hour.Add(3*time.Hour)); ragged.Joins != whole.Joins || ragged.Calls >= whole.Calls {
			t.Errorf("%+v of %+v", ragged, whole)
		}
	})
}

// summedSetups is what the pages about trunks and joins say, as if of one day.
func summedSetups(t *testing.T, s *store.Store, from, to time.Time) (d health.Day) {
	t.Helper()
	trunks, err := s.TrunkSums(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	for _, sum := range trunks {
		d.Calls += sum.Setups[quality.SetupAnswered] + sum.Setups[quality.SetupIneffective]
		d.FailedCalls += sum.Setups[quality.SetupIneffective]
		if sum.Talked != time.Duration(sum.Setups[quality.SetupAnswered])*58*time.Second {
			t.Errorf("talked for %v: %v", sum.Talked, sum.Setups)
		}
	}
	funnels, _, err := s.Funnel(t.Context(), from, to, quality.Browser)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range funnels {
		d.Joins, d.FailedJoins = d.Joins+f.Total, d.FailedJoins+f.Failed
	}
	return d
}

// TestSetupsOfOldRecords sums up what was kept before there were sums by the
// quarter of an hour, a part of it by the hour only.
func TestSetupsOfOldRecords(t *testing.T) {
	joins, calls := someSetups(t)
	eachConfig(t, func(t *testing.T, cfg store.Config, raw *sql.DB) {
		s, err := openStore(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		keep(t, s, quality.Batch{Joins: joins})
		if err := s.AddRecords(t.Context(), calls); err != nil {
			t.Fatal(err)
		}
		all := func() []health.Day {
			f := always()
			f.Zone = time.FixedZone("", 5*3600+1800)
			days, _, err := s.Days(t.Context(), f)
			if err != nil {
				t.Fatal(err)
			}
			return days
		}
		want := all()
		again := func() {
			t.Helper()
			if _, err := raw.Exec(`DELETE FROM setup_quarter`); err != nil {
				t.Fatal(err)
			}
			migrateFrom(t, raw, "00021_quarters_and_searches.sql", "INSERT INTO setup_quarter")
		}
		again()
		if d := cmp.Diff(want, all()); d != "" {
			t.Error(d)
		}
		// 1.5 days on, the zone's day has begun within the hour of a join that is no
		// longer kept.
		if _, err := s.Sweep(t.Context(), store.Retention{Samples: time.Hour}, start.Add(37*time.Hour)); err != nil {
			t.Fatal(err)
		}
		again()
		got := all()
		for i := range got {
			if d := got[i].Joins - want[i].Joins; d < -5 || d > 5 || got[i].Calls != want[i].Calls {
				t.Errorf("%+v, want %+v", got[i], want[i])
			}
		}
		if joined(got) != joined(want) {
			t.Errorf("%+v, want %+v", got, want)
		}
	})
}

func joined(days []health.Day) (n int) {
	for _, d := range days {
		n += d.Joins
	}
	return n
}
