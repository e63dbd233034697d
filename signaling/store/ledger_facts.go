package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"partyline/sip/billing"
)

// placed are calls that we placed: outbound, and neither refused by a rule of
// ours nor forgotten in a restart. A rule that ended one which was answered stands
// beside it as well.
const placed = `direction = 'outbound' AND (rule = '' OR answer_at > 0) AND cause <> 'not-called'`

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
	from, to := "+"+q.Prefix, "+"+q.Prefix+":" // what follows 9
	err = s.read.QueryRowContext(ctx, `SELECT
		(SELECT count(*) FROM cdr WHERE person_id = $1 AND $1 <> '' AND setup_at >= $2 AND `+placed+`),
		(SELECT count(*) FROM cdr WHERE to_number >= $3 AND to_number < $4 AND setup_at >= $2 AND `+placed+`),
		(SELECT count(*) FROM cdr WHERE state <> 'closed' AND person_id = $1 AND $1 <> '' AND `+placed+`),
		(SELECT count(*) FROM cdr WHERE state <> 'closed' AND `+placed+`)`,
		q.Person, ms(q.Since), from, to).Scan(&f.ByPerson, &f.ToPrefix, &f.OpenPerson, &f.Open)
	if err != nil {
		return f, s.fault(fmt.Errorf("count calls: %w", err))
	}
	f.ByTrunk, err = s.byTrunk(ctx, q)
	return f, s.fault(err)
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
