package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
)

// KeepPromise is meeting.PromiseStore.
func (s *Store) KeepPromise(ctx context.Context, p meeting.Promise) error {
	var dates strings.Builder
	for _, d := range p.Dates {
		fmt.Fprintf(&dates, "%s %d\n", d.Recurrence, d.At.Unix())
	}
	_, err := s.exec(ctx, `
		INSERT INTO promise (series_id, sequence, until, dates) SELECT id, $2, $3, $4 FROM series WHERE id = $1
		ON CONFLICT (series_id) DO UPDATE SET sequence = excluded.sequence, until = excluded.until, dates = excluded.dates`,
		p.Series, p.Sequence, p.Until.String(), dates.String())
	return err
}

// Promises is meeting.PromiseStore.
func (s *Store) Promises(ctx context.Context, zone string) (map[string]meeting.Promise, error) {
	all, err := list(ctx, s.read, scanPromise, `
		SELECT series_id, promise.sequence, until, dates FROM promise JOIN series ON series.id = series_id
		WHERE time_zone = $1 AND NOT cancelled`, zone)
	if err != nil {
		return nil, s.fault(err)
	}
	by := make(map[string]meeting.Promise, len(all))
	for _, p := range all {
		by[p.Series] = p
	}
	return by, nil
}

func scanPromise(row scanner) (meeting.Promise, error) {
	var p meeting.Promise
	var dates string
	if err := row.Scan(&p.Series, &p.Sequence, wallText{&p.Until}, &dates); err != nil {
		return p, err
	}
	for line := range strings.Lines(dates) {
		var text string
		var at int64
		if _, err := fmt.Sscanf(line, "%s %d", &text, &at); err != nil {
			return p, fmt.Errorf("a promised date: %w", err)
		}
		recurrence, err := ical.ParseWall(text)
		if err != nil {
			return p, fmt.Errorf("a promised date: %w", err)
		}
		p.Dates = append(p.Dates, meeting.Promised{Recurrence: recurrence, At: time.Unix(at, 0).UTC()})
	}
	return p, nil
}

// ZoneRules is meeting.PromiseStore.
func (s *Store) ZoneRules(ctx context.Context) (map[string]string, error) {
	all, err := list(ctx, s.read, func(row scanner) (rule [2]string, err error) {
		err = row.Scan(&rule[0], &rule[1])
		return rule, err
	}, `SELECT name, fingerprint FROM zone_rules`)
	rules := make(map[string]string, len(all))
	for _, r := range all {
		rules[r[0]] = r[1]
	}
	return rules, s.fault(err)
}

// KeepZoneRules is meeting.PromiseStore.
func (s *Store) KeepZoneRules(ctx context.Context, zone, fingerprint string) error {
	_, err := s.exec(ctx, `
		INSERT INTO zone_rules (name, fingerprint) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint`, zone, fingerprint)
	return err
}
