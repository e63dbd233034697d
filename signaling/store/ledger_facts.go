package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"partyline/sip/billing"
)

// placed are calls that we placed: outbound, and not refused by a rule of ours
// before anything was sent.
const placed = `direction = 'outbound' AND cause <> 'refused'`

// Facts is billing.Ledger.
func (s *Store) Facts(ctx context.Context, q billing.Query) (billing.Facts, error) {
	var f billing.Facts
	purses, err := pursesOf(ctx, s.read, q.Payers, q.Dates)
	if err != nil {
		return f, s.fault(fmt.Errorf("read the budgets: %w", err))
	}
	for _, p := range purses {
		f.Standings = append(f.Standings, p.Standing)
	}
	from, to := prefixRange(q.Prefix)
	// Counting what is open reads the index of it alone.
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM cdr WHERE person_id = $1 AND setup_at >= $2 AND known = 0 AND `+placed+`),
		(SELECT count(*) FROM cdr WHERE to_number >= $3 AND to_number < $4 AND setup_at >= $2 AND known = 0 AND `+placed+`),
		(SELECT count(*) FROM cdr WHERE state <> 'closed' AND person_id = $1 AND direction = 'outbound'),
		(SELECT count(*) FROM cdr WHERE state <> 'closed' AND direction = 'outbound')`,
		q.Person, ms(q.Since), from, to).Scan(&f.ByPerson, &f.ToPrefix, &f.OpenPerson, &f.Open)
	if err != nil {
		return f, s.fault(fmt.Errorf("count calls: %w", err))
	}
	f.ByTrunk, err = s.byTrunk(ctx, q)
	return f, s.fault(err)
}

// prefixRange are the bounds of the numbers that begin with the digits; nothing
// is between them where there are none.
func prefixRange(digits string) (from, to string) {
	if digits == "" {
		return "", ""
	}
	return "+" + digits, "+" + digits + ":" // what follows 9
}

func (s *Store) byTrunk(ctx context.Context, q billing.Query) (map[string]int, error) {
	counts := make(map[string]int, len(q.Trunks))
	if len(q.Trunks) == 0 {
		return counts, nil
	}
	args := []any{ms(q.Since)}
	places := make([]string, len(q.Trunks))
	for i, trunk := range q.Trunks {
		args = append(args, trunk)
		places[i] = "$" + strconv.Itoa(len(args))
	}
	type count struct {
		trunk string
		calls int
	}
	all, err := list(ctx, s.read, func(row scanner) (c count, err error) {
		return c, row.Scan(&c.trunk, &c.calls)
	}, `SELECT trunk, count(*) FROM cdr WHERE trunk IN (`+strings.Join(places, ", ")+`) AND setup_at >= $1 AND `+placed+` GROUP BY trunk`, args...)
	for _, c := range all {
		counts[c.trunk] = c.calls
	}
	return counts, err
}
