package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/sip/billing"
)

// groupColumns is what each grouping but days and months has in common.
var groupColumns = map[billing.Grouping]string{
	billing.ByCostCentre:  `cost_centre`,
	billing.ByDepartment:  `department`,
	billing.ByPerson:      `person_id`,
	billing.ByDestination: `destination`,
	billing.ByCountry:     `country`,
	billing.ByClass:       `class`,
	billing.ByTrunk:       `trunk`,
	billing.ByMeeting:     `meeting_id`,
	billing.ByPayer:       `payer_kind || ' ' || payer_id`,
	billing.ByKind:        `kind`,
}

// Totals is billing.Archive.
func (s *Store) Totals(ctx context.Context, q billing.Search, by billing.Grouping, zone *time.Location) ([]billing.Total, error) {
	layout := map[billing.Grouping]string{billing.ByDay: time.DateOnly, billing.ByMonth: "2006-01"}[by]
	key, name := groupColumns[by], `''`
	switch {
	case layout != "":
		key = `setup_at / ` + strconv.FormatInt(quarterLength, 10)
	case key == "":
		return nil, fmt.Errorf("nothing sums records up by %q", by)
	case by == billing.ByPerson:
		name = `max(person_name)`
	}
	w, err := s.callConditions(ctx, q)
	if err != nil {
		return nil, s.fault(err)
	}
	if q.State == nil && !q.Open {
		w.add(`state = 'closed'`) // what runs costs nothing yet; and there is an index
	}
	totals, err := list(ctx, s.read, func(row scanner) (billing.Total, error) {
		var t billing.Total
		var talked, billed int64
		err := row.Scan(&t.Key, &t.Name, &t.Calls, &t.Answered, &talked, &billed, &t.Cost)
		t.Duration, t.Billed = time.Duration(talked)*time.Millisecond, time.Duration(billed)*time.Second
		return t, err
	}, `SELECT `+key+`, `+name+`, count(*), coalesce(sum(CASE WHEN answer_at > 0 THEN 1 ELSE 0 END), 0),
			coalesce(sum(duration_ms), 0), coalesce(sum(billed_s), 0), coalesce(sum(cost), 0)
		FROM cdr`+w.sql()+` GROUP BY 1`, w.args...)
	if err != nil {
		return nil, s.fault(fmt.Errorf("sum records up: %w", err))
	}
	if layout != "" {
		return byDate(totals, zone, layout)
	}
	slices.SortFunc(totals, func(a, b billing.Total) int {
		return cmp.Or(cmp.Compare(b.Cost, a.Cost), cmp.Compare(b.Calls, a.Calls), strings.Compare(a.Key, b.Key))
	})
	return totals, nil
}

// byDate puts the sums of quarters of an hour together to days or months.
func byDate(quarters []billing.Total, zone *time.Location, layout string) ([]billing.Total, error) {
	dates := map[string]billing.Total{}
	for _, t := range quarters {
		n, err := strconv.ParseInt(t.Key, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("sum records up by date: %w", err)
		}
		key := time.UnixMilli(n * quarterLength).In(zone).Format(layout)
		date := dates[key]
		date.Key = key
		date.Add(t)
		dates[key] = date
	}
	return slices.SortedFunc(maps.Values(dates), func(a, b billing.Total) int { return strings.Compare(a.Key, b.Key) }), nil
}
