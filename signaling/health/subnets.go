package health

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/company"
)

// Subnet is a network of the company's, and where it is.
type Subnet struct {
	Prefix        netip.Prefix // masked
	Site          string
	Access        quality.Access // empty: not told
	City, Country string         // empty: not told; ISO 3166
}

// Map is which networks are where.
type Map struct {
	Subnets   []Subnet  // by prefix
	ChangedAt time.Time // zero: never
	ChangedBy company.Who
}

// Subnets keep the map. Its methods may be called from any goroutine.
type Subnets interface {
	Subnets(ctx context.Context) (Map, error)
	// SetSubnets replaces the whole map, and keeps the line of the log, at once.
	SetSubnets(ctx context.Context, m Map, e company.Entry) error
}

// sites finds subnets by address.
type sites struct {
	lengths []int // of the prefixes, the longest first
	subnets map[netip.Prefix]Subnet
}

func newSites(all []Subnet) *sites {
	s := &sites{subnets: make(map[netip.Prefix]Subnet, len(all))}
	for _, n := range all {
		s.subnets[n.Prefix] = n
	}
	for bits := 128; bits >= 0; bits-- {
		for p := range s.subnets {
			if p.Bits() == bits {
				s.lengths = append(s.lengths, bits)
				break
			}
		}
	}
	return s
}

// find gives the smallest subnet that an address is in.
func (s *sites) find(a netip.Addr) (Subnet, bool) {
	a = a.Unmap()
	for _, bits := range s.lengths {
		p, err := a.Prefix(bits)
		if err != nil {
			continue // longer than an address of this family
		}
		if n, ok := s.subnets[p]; ok {
			return n, true
		}
	}
	return Subnet{}, false
}

// LoadSubnets reads the map, so that Site knows it.
func (d *Desk) LoadSubnets(ctx context.Context) error {
	m, err := d.store.Subnets(ctx)
	if err != nil {
		return fmt.Errorf("read subnets: %w", err)
	}
	d.sites.Store(newSites(m.Subnets))
	return nil
}

// Site gives the smallest of the company's subnets that an address is in.
func (d *Desk) Site(address netip.Addr) (Subnet, bool) {
	s := d.sites.Load()
	if s == nil {
		return Subnet{}, false
	}
	return s.find(address)
}

// Subnets shows an admin the map.
func (d *Desk) Subnets(ctx context.Context, viewer auth.Person) (Map, error) {
	if !viewer.Admin {
		return Map{}, auth.ErrNotAllowed
	}
	m, err := d.store.Subnets(ctx)
	if err != nil {
		return Map{}, fmt.Errorf("read subnets: %w", err)
	}
	return m, nil
}

// SetSubnets replaces the map; legs that begin from then on go by it. Who did it
// stands in the log.
func (d *Desk) SetSubnets(ctx context.Context, actor auth.Person, all []Subnet) (Map, error) {
	before, err := d.Subnets(ctx, actor)
	if err != nil {
		return Map{}, err
	}
	type count struct{ Subnets int }
	entry, err := company.NewEntry(
		actor, d.now(), company.ThingSubnets, "", company.Changed, count{len(before.Subnets)}, count{len(all)},
	)
	if err != nil {
		return Map{}, fmt.Errorf("note who changed subnets: %w", err)
	}
	m := Map{Subnets: all, ChangedAt: entry.At, ChangedBy: entry.By}
	if err := d.store.SetSubnets(ctx, m, entry); err != nil {
		return Map{}, fmt.Errorf("store subnets: %w", err)
	}
	d.sites.Store(newSites(all))
	return m, nil
}
