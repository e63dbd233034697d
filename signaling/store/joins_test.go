package store_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling/company"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func TestFunnel(t *testing.T) {
	step := func(stage quality.Stage, ms int) quality.Step {
		return quality.Step{Stage: stage, After: time.Duration(ms) * time.Millisecond}
	}
	var joins []quality.Join
	for i := range 20 {
		j := quality.Join{
			Kind: quality.Browser, Began: start.Add(time.Duration(i) * 10 * time.Minute),
			Steps: []quality.Step{step(quality.StageClick, 0), step(quality.StageSignalled, 80), step(quality.StageHeard, 1000)},
		}
		switch {
		case i < 3:
			j.Steps, j.Failed, j.Cause = j.Steps[:1], quality.StageMicrophone, "denied"
		case i == 3:
			j.Steps, j.Failed = j.Steps[:2], quality.StageICE
		default:
			j.Leg = "leg" + string(rune('a'+i))
		}
		joins = append(joins, j)
	}
	joins = append(joins, quality.Join{Leg: "phone", Kind: quality.Phone, Began: start, Steps: []quality.Step{step(quality.StageSignalled, 30)}})
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for range 2 {
			keep(t, s, quality.Batch{Joins: joins})
		}
		funnels, failures, err := s.Funnel(t.Context(), start, start.AddDate(0, 0, 1), "")
		if err != nil {
			t.Fatal(err)
		}
		const ms = time.Millisecond
		want := []health.Funnel{
			{Kind: quality.Browser, Total: 20, Failed: 4, Stages: []health.Reached{
				{Stage: quality.StageClick, Joins: 20, Median: 50 * ms, P95: 95 * ms},
				{Stage: quality.StageSignalled, Joins: 17, Median: 50 * ms, P95: 95 * ms},
				{Stage: quality.StageHeard, Joins: 16, Median: 875 * ms, P95: 988 * ms},
			}},
			{Kind: quality.Phone, Total: 1, Stages: []health.Reached{{Stage: quality.StageSignalled, Joins: 1, Median: 50 * ms, P95: 95 * ms}}},
		}
		if d := cmp.Diff(want, funnels); d != "" {
			t.Error(d)
		}
		wantFailures := []health.Failure{
			{Kind: quality.Browser, Stage: quality.StageMicrophone, Cause: "denied", Count: 3},
			{Kind: quality.Browser, Stage: quality.StageICE, Cause: "unknown", Count: 1},
		}
		if d := cmp.Diff(wantFailures, failures); d != "" {
			t.Error(d)
		}
		if funnels, _, err = s.Funnel(t.Context(), start, start.AddDate(0, 0, 1), quality.Phone); err != nil || len(funnels) != 1 {
			t.Errorf("of phones: %v, %v", funnels, err)
		}
		failed, err := s.FailedJoins(t.Context(), start, start.AddDate(0, 0, 1), quality.Browser, 2)
		if d := cmp.Diff([]quality.Join{joins[3], joins[2]}, failed); err != nil || d != "" {
			t.Error(d, err)
		}
		got, ok, err := s.JoinOf(t.Context(), "phone")
		if d := cmp.Diff(joins[20], got); err != nil || !ok || d != "" {
			t.Error(d, ok, err)
		}
		if _, ok, err = s.JoinOf(t.Context(), ""); ok || err != nil {
			t.Errorf("of no leg: %v, %v", ok, err)
		}
	})
}

// TestRatings rates a leg before it is stored, one that lives, and one that is
// over, which is then rated again.
func TestRatings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		legs := someLegs(4)
		rate := func(i, stars int, reasons ...string) {
			t.Helper()
			if err := s.Rate(t.Context(), health.Rating{Leg: legs[i].Leg.ID, At: start.Add(time.Duration(i) * time.Minute), Stars: stars, Reasons: reasons}); err != nil {
				t.Fatal(err)
			}
		}
		live := legs[1]
		live.Leg.Ended = time.Time{}
		rate(0, 1, "noisy-call", "echo")
		keep(t, s, quality.Batch{Legs: []quality.Record{live}})
		rate(1, 4)
		keep(t, s, quality.Batch{Legs: legs})
		rate(2, 2, "echo")
		rate(2, 5)
		groups, err := s.Groups(t.Context(), always(), health.ByKind, 10)
		if err != nil || groups[0].Ratings != 3 || groups[0].Stars != 10.0/3 || groups[0].Legs != 4 {
			t.Errorf("%+v, %v", groups, err)
		}
		row, err := s.Leg(t.Context(), legs[2].Leg.ID)
		if err != nil || row.Stars != 5 {
			t.Errorf("%d stars, %v", row.Stars, err)
		}
		stars, reasons, latest, err := s.Ratings(t.Context(), always(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if stars != [5]int{1, 0, 0, 1, 1} {
			t.Errorf("stars: %v", stars)
		}
		if d := cmp.Diff(map[string]int{"noisy-call": 1, "echo": 1}, reasons); d != "" {
			t.Error(d)
		}
		if len(latest) != 2 || latest[0].Leg != legs[2].Leg.ID || latest[0].Name != legs[2].Leg.Name || latest[0].Stars != 5 {
			t.Errorf("%+v", latest)
		}
		f := always()
		f.Person = legs[0].Leg.Person
		if stars, _, _, err = s.Ratings(t.Context(), f, 2); err != nil || stars != [5]int{1} {
			t.Errorf("of one: %v, %v", stars, err)
		}
	})
}

func TestSubnets(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		m, err := s.Subnets(t.Context())
		if err != nil || len(m.Subnets) != 0 || !m.ChangedAt.IsZero() {
			t.Errorf("at first: %+v, %v", m, err)
		}
		who := company.Who{ID: "ann", Name: "Ann"}
		for i, all := range [][]health.Subnet{
			{{Prefix: prefix("10.0.0.0/8"), Site: "elsewhere"}},
			{{Prefix: prefix("10.1.0.0/16"), Site: "Berlin", Access: quality.Wired, City: "Berlin", Country: "DE"}, {Prefix: prefix("2001:db8::/32"), Site: "上海"}},
		} {
			at := start.Add(time.Duration(i) * time.Hour).Truncate(time.Millisecond)
			e := company.Entry{ID: string(rune('a' + i)), At: at, By: who, Thing: company.ThingSubnets, Act: company.Changed}
			if err := s.SetSubnets(t.Context(), health.Map{Subnets: all}, e); err != nil {
				t.Fatal(err)
			}
			m, err := s.Subnets(t.Context())
			if d := cmp.Diff(health.Map{Subnets: all, ChangedAt: at, ChangedBy: who}, m, cmp.Comparer(samePrefix)); err != nil || d != "" {
				t.Error(d, err)
			}
		}
	})
}

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func samePrefix(a, b netip.Prefix) bool { return a == b }
