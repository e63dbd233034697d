package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"partyline/signaling/company"
	"partyline/signaling/health"
)

// Subnets is health.Subnets.
func (s *Store) Subnets(ctx context.Context) (health.Map, error) {
	var m health.Map
	var err error
	m.Subnets, err = list(ctx, s.read, func(row scanner) (health.Subnet, error) {
		var n health.Subnet
		var prefix string
		if err := row.Scan(&prefix, &n.Site, (*string)(&n.Access), &n.City, &n.Country); err != nil {
			return n, err
		}
		var err error
		n.Prefix, err = netip.ParsePrefix(prefix)
		return n, err
	}, `SELECT prefix, site, access, city, country FROM subnet`)
	if err != nil {
		return m, s.fault(fmt.Errorf("read the subnets: %w", err))
	}
	slices.SortFunc(m.Subnets, func(a, b health.Subnet) int { return a.Prefix.Compare(b.Prefix) })
	var at int64
	err = s.read.QueryRowContext(ctx, `SELECT at, person_id, person FROM audit WHERE thing = $1 ORDER BY id DESC LIMIT 1`, string(company.ThingSubnets)).
		Scan(&at, &m.ChangedBy.ID, &m.ChangedBy.Name)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return m, s.fault(fmt.Errorf("read who changed the subnets: %w", err))
	}
	m.ChangedAt = fromMS(at)
	return m, nil
}

// SetSubnets is health.Subnets.
func (s *Store) SetSubnets(ctx context.Context, m health.Map, e company.Entry) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM subnet`); err != nil {
			return fmt.Errorf("replace the subnets: %w", err)
		}
		err := s.bulk(tx).insert(ctx, "subnet", []string{"prefix", "site", "access", "city", "country"}, len(m.Subnets), func(i int) []any {
			n := &m.Subnets[i]
			return []any{n.Prefix.String(), n.Site, string(n.Access), n.City, n.Country}
		}, ``)
		if err != nil {
			return err
		}
		return note(ctx, tx, e)
	})
}
