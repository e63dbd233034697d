package health

import (
	"context"
	"net/netip"
	"time"

	"partyline/metrics/quality"
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
