package ical

import (
	"fmt"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // zones must exist on machines without tzdata
)

// maxZoneName is longer than any name in the IANA database.
const maxZoneName = 64

// Zone finds a time zone by its name in the IANA database, such as
// Europe/Berlin. Every call reads the database; see [Zones].
func Zone(name string) (*time.Location, error) {
	if !plausibleZone(name) {
		return nil, fmt.Errorf("%.40q is not a time zone like Europe/Berlin", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("no time zone is called %.40q; names are like Europe/Berlin", name)
	}
	return loc, nil
}

// plausibleZone keeps out the machine's own zone and the database's files that
// are no zones (right/… counts leap seconds).
func plausibleZone(name string) bool {
	if name == "" || len(name) > maxZoneName {
		return false
	}
	if name[0] < 'A' || name[0] > 'Z' || name == "Local" || name == "Factory" {
		return false
	}
	return strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_+-") == ""
}

// Zones remembers the zones that were asked for. The zero Zones asks [Zone]; it
// may be used from any goroutine.
type Zones struct {
	// Load finds a zone that is not known yet; nil: [Zone]. Another one stands
	// for another version of the IANA database.
	Load func(name string) (*time.Location, error)

	known sync.Map // name → *time.Location; there are some 600 zones
}

// Zone finds a time zone by its name, as the function [Zone] does.
func (z *Zones) Zone(name string) (*time.Location, error) {
	if loc, ok := z.known.Load(name); ok {
		return loc.(*time.Location), nil
	}
	load := z.Load
	if load == nil {
		load = Zone
	}
	loc, err := load(name)
	if err != nil {
		return nil, err
	}
	z.known.Store(name, loc)
	return loc, nil
}
