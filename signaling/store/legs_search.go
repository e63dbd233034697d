package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"partyline/signaling/health"
)

// legDimension is the column of a dimension.
func legDimension(d health.Dimension) string {
	switch d {
	case allLegs:
		return `''`
	case health.ByMeeting:
		return `meeting_id`
	default:
		return string(d) // they are named alike
	}
}

// whereLegs adds what a filter says of the table leg, but for what it seeks by
// text.
func whereLegs(w *conditions, f health.Filter) {
	if !f.From.IsZero() {
		w.add(`began >= ?`, ms(f.From))
	}
	if !f.To.IsZero() {
		w.add(`began < ?`, ms(f.To))
	}
	for _, d := range health.Dimensions() {
		if value, ok := f.Where[d]; ok {
			w.add(legDimension(d)+` = ?`, value)
		}
	}
	w.indexed(`person_id`, f.Person)
	if f.Class != nil {
		w.add(`class = ?`, int64(*f.Class))
	}
	if f.Dropped {
		w.add(`dropped = 1`)
	}
	if quarters := slotsOf(f, quarterLength); quarters != "" {
		w.add(`began / 900000 IN (` + quarters + `)`)
	}
}

// slotsOf are the hours or quarters of an hour since 1970 that are at the hour
// and weekday that a filter is for; empty where it does not say.
func slotsOf(f health.Filter, length int64) string {
	if f.Weekday == nil && f.Hour == nil {
		return ""
	}
	all := []string{`-1`} // so that it is a list in any case
	for slot := ms(f.From) / length; slot <= ms(f.To)/length; slot++ {
		if inWeek(f, slot*length) {
			all = append(all, strconv.FormatInt(slot, 10))
		}
	}
	return strings.Join(all, `, `)
}

// inWeek tells whether a moment, in milliseconds, is at the hour and weekday that
// a filter is for.
func inWeek(f health.Filter, at int64) bool {
	if f.Weekday == nil && f.Hour == nil {
		return true
	}
	local := time.UnixMilli(at).In(f.Zone)
	return (f.Weekday == nil || local.Weekday() == *f.Weekday) && (f.Hour == nil || local.Hour() == *f.Hour)
}

// onTheHour tells whether the hours of a filter's zone are those of UTC all the
// time, so that it does not matter when in an hour a leg began.
func onTheHour(f health.Filter) bool {
	for at := f.From; ; at = at.Add(24 * time.Hour) {
		if _, offset := at.In(f.Zone).Zone(); offset%3600 != 0 {
			return false
		}
		if !at.Before(f.To) {
			return true
		}
	}
}

// match is one value of a column that a filter seeks.
type match struct{ column, value string }

// mostMatches is how many names or numbers are looked for one by one. What more
// of them have in common is common, and soon found by going through the legs.
const mostMatches = 50

// matches are the values that fit what a filter seeks by text. Instead there is
// a pattern where those would be too many. No filter by text gives neither.
func (s *Store) matches(ctx context.Context, f health.Filter) (found []match, pattern *conditions, err error) {
	since := hourOf(f.From)
	if f.Name != "" {
		words, err := s.words(ctx, `SELECT word FROM leg_word WHERE sort = 'name' AND last >= $1 AND word LIKE $2 ESCAPE '\' LIMIT $3`,
			since, contains(f.Name), mostMatches+1)
		if err != nil {
			return nil, nil, err
		}
		for _, word := range words {
			found = append(found, match{`name_key`, word})
		}
	}
	if digits := strings.TrimPrefix(f.Number, "+"); digits != "" {
		words, err := s.words(ctx, `SELECT word FROM leg_word WHERE sort = 'number' AND last >= $1
			AND (word LIKE $2 ESCAPE '\' OR word LIKE $3 ESCAPE '\') LIMIT $4`,
			since, contains(digits)[:len(contains(digits))-1], `+`+contains(digits)[1:], mostMatches+1)
		if err != nil {
			return nil, nil, err
		}
		for _, word := range words {
			found = append(found, match{`number`, word})
		}
	}
	if f.CallID != "" {
		found = append(found, match{`call_id`, f.CallID})
	}
	if f.ID != "" {
		found = append(found, match{`id`, f.ID})
	}
	if len(found) > mostMatches {
		return nil, textPattern(f), nil
	}
	return found, nil, nil
}

// textPattern finds what a filter seeks in each leg.
func textPattern(f health.Filter) *conditions {
	var any []string
	w := &conditions{}
	either := func(condition, value string) {
		any = append(any, strings.Replace(condition, `?`, w.place(value), 1))
	}
	if f.Name != "" {
		either(`name_key LIKE ? ESCAPE '\'`, contains(f.Name))
	}
	if digits := strings.TrimPrefix(f.Number, "+"); digits != "" {
		part := contains(digits)
		either(`number LIKE ? ESCAPE '\'`, part[:len(part)-1])
		either(`number LIKE ? ESCAPE '\'`, `+`+part[1:])
	}
	if f.CallID != "" {
		either(`call_id = ?`, f.CallID)
	}
	if f.ID != "" {
		either(`id = ?`, f.ID)
	}
	w.all = []string{`(` + strings.Join(any, ` OR `) + `)`}
	return w
}

func (s *Store) words(ctx context.Context, query string, args ...any) ([]string, error) {
	words, err := list(ctx, s.read, func(row scanner) (word string, err error) {
		return word, row.Scan(&word)
	}, query, args...)
	if err != nil {
		return nil, fmt.Errorf("find names: %w", err)
	}
	return words, nil
}

// byText tells whether a filter seeks something by text.
func byText(f health.Filter) bool {
	return f.Name != "" || f.Number != "" || f.CallID != "" || f.ID != ""
}

// legConditions are all that a filter says of the table leg.
func (s *Store) legConditions(ctx context.Context, f health.Filter) (*conditions, error) {
	if !byText(f) {
		w := &conditions{}
		whereLegs(w, f)
		return w, nil
	}
	found, w, err := s.matches(ctx, f)
	if err != nil {
		return nil, err
	}
	if w == nil {
		w = &conditions{}
		any := []string{`FALSE`}
		for _, m := range found {
			any = append(any, m.column+` = `+w.place(m.value))
		}
		w.all = []string{`(` + strings.Join(any, ` OR `) + `)`}
	}
	whereLegs(w, f)
	return w, nil
}

func scanNumber(row scanner) (n int64, err error) { return n, row.Scan(&n) }
