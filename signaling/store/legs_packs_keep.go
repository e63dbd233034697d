package store

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"partyline/signaling/health"
)

// packAfter is for how long a day has to be over until it is packed, in
// milliseconds: few legs of it live then.
const packAfter = 6 * hourLength

// packDays packs the days that are over and not packed, the latest first. Days
// of which legs live are left as they are.
func (s *Store) packDays(ctx context.Context, now time.Time) error {
	days, err := list(ctx, s.read, scanNumber, `
		SELECT day FROM leg_day WHERE dimension = '' AND value = '' AND day < $1 AND legs > 0
			AND NOT EXISTS (SELECT 1 FROM leg_pack WHERE leg_pack.day = leg_day.day AND part = 'marks')
		ORDER BY day DESC`, (ms(now)-packAfter)/dayLength)
	if err != nil {
		return s.fault(fmt.Errorf("find days to pack: %w", err))
	}
	for _, day := range days {
		err := s.change(ctx, func(tx *sql.Tx) error { return s.packDay(ctx, s.bulk(tx), day) })
		if err != nil {
			return fmt.Errorf("pack a day: %w", err)
		}
	}
	return nil
}

// packDay packs a day. Whatever changes a leg of it changes the sums of the day
// first, and so waits for this one.
func (s *Store) packDay(ctx context.Context, tx bulk, day int64) error {
	if s.dialect.forUpdate != "" {
		_, err := list(ctx, tx, scanNumber, `SELECT day FROM leg_day WHERE dimension = '' AND value = '' AND day = $1`+s.dialect.forUpdate, day)
		if err != nil {
			return err
		}
	}
	rows, err := tx.QueryContext(ctx, `SELECT ended, badness, `+legFacets+` FROM leg WHERE began >= $1 AND began < $2 ORDER BY began`,
		day*dayLength, (day+1)*dayLength)
	if err != nil {
		return err
	}
	defer rows.Close()
	p, legs := newDayPack(), 0
	for ; rows.Next(); legs++ {
		var r legRow
		var badness int64
		if err := rows.Scan(append([]any{&r.ended, &badness}, r.facets()...)...); err != nil {
			return err
		}
		if r.ended == 0 {
			return nil
		}
		p.add(&r, badness)
	}
	if err := rows.Err(); err != nil || legs == 0 {
		return err
	}
	parts := p.parts()
	names := slices.Sorted(maps.Keys(parts))
	return tx.insert(ctx, "leg_pack", []string{"day", "part", "packed"}, len(names), func(i int) []any {
		return []any{day, names[i], parts[names[i]]}
	}, ` ON CONFLICT (day, part) DO UPDATE SET packed = excluded.packed`)
}

// legFacets are the columns that a pack is made of, all of which an index has.
const legFacets = `began, class, dropped, stars, because, narrow_mos, wide_mos, loss, jitter_us, rtt_us,
	kind, site, access, agent, system, device, codec, trunk, country, destination, transport, candidate, meeting_id`

// facets are where legFacets are scanned to.
func (r *legRow) facets() []any {
	all := []any{&r.began, &r.class, &r.dropped, &r.stars, &r.because}
	for _, n := range r.figures() {
		all = append(all, n)
	}
	for _, d := range health.Dimensions() {
		all = append(all, r.field(d))
	}
	return all
}

// unpack forgets the packs of days in which legs began that are changed.
func unpack(ctx context.Context, tx bulk, rows []legRow) error {
	days := map[int64]bool{}
	for i := range rows {
		days[ms(rows[i].Leg.Began)/dayLength] = true
	}
	for _, day := range slices.Sorted(maps.Keys(days)) {
		if _, err := tx.ExecContext(ctx, `DELETE FROM leg_pack WHERE day = $1`, day); err != nil {
			return fmt.Errorf("forget a packed day: %w", err)
		}
	}
	return nil
}
