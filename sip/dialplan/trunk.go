package dialplan

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Trunk is where calls come from: a carrier or an exchange, known by the
// addresses it sends from.
type Trunk struct {
	Name     string
	Prefixes []netip.Prefix // addresses it sends from
	Language string         // of the menu, such as "zh-CN"; empty: the caller chooses
	Numbers  []DID          // numbers that lead here; none: every one does
}

// DID is a number that people dial, as the trunk writes it in the request.
type DID struct {
	Number   string
	Language string // of the menu, over the trunk's
	Label    string // shown beside the number, such as "Beijing"
}

// Plan is the trunks that calls are taken from. It is not changed once made,
// and may be used by any goroutine.
type Plan struct{ trunks []Trunk }

// NewPlan checks the trunks: each has a name of its own and at least one
// address, and no two share one. All that is wrong is told at once.
func NewPlan(trunks []Trunk) (*Plan, error) {
	var wrong []error
	for i, t := range trunks {
		if t.Name == "" {
			wrong = append(wrong, fmt.Errorf("trunk %d has no name", i+1))
		}
		if len(t.Prefixes) == 0 {
			wrong = append(wrong, fmt.Errorf("trunk %q lists no address that it sends from", t.Name))
		}
		for _, other := range trunks[:i] {
			if other.Name == t.Name {
				wrong = append(wrong, fmt.Errorf("two trunks are named %q", t.Name))
			}
			if p, ok := shared(t, other); ok {
				wrong = append(wrong, fmt.Errorf("trunks %q and %q both list %v", other.Name, t.Name, p))
			}
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return &Plan{trunks: slices.Clone(trunks)}, nil
}

// shared finds a prefix that two trunks have in common. One within the other is
// well: the longer one wins.
func shared(a, b Trunk) (netip.Prefix, bool) {
	for _, p := range a.Prefixes {
		for _, q := range b.Prefixes {
			if p.Masked() == q.Masked() {
				return p, true
			}
		}
	}
	return netip.Prefix{}, false
}

// Trunk finds the trunk that an address belongs to, by the longest prefix.
func (p *Plan) Trunk(from netip.Addr) (Trunk, bool) {
	from = from.Unmap()
	best, bits := -1, -1
	for i, t := range p.trunks {
		for _, prefix := range t.Prefixes {
			if prefix.Contains(from) && prefix.Bits() > bits {
				best, bits = i, prefix.Bits()
			}
		}
	}
	if best < 0 {
		return Trunk{}, false
	}
	return p.trunks[best], true
}

// Allows tells whether any trunk sends from an address.
func (p *Plan) Allows(from netip.Addr) bool {
	_, ok := p.Trunk(from)
	return ok
}

// Called finds the number that was dialled among the trunk's. A trunk without
// numbers takes every one. Numbers are compared by their digits, so that
// "+861065529988" and "861065529988" are the same.
func (t Trunk) Called(user string) (DID, bool) {
	if len(t.Numbers) == 0 {
		return DID{Number: user, Language: t.Language}, true
	}
	for _, d := range t.Numbers {
		if same(d.Number, user) {
			if d.Language == "" {
				d.Language = t.Language
			}
			return d, true
		}
	}
	return DID{}, false
}

// same compares numbers by their digits, and what is no number as it stands.
func same(a, b string) bool {
	x, _, errA := dialled(a)
	y, _, errB := dialled(b)
	if errA != nil || errB != nil {
		return strings.EqualFold(a, b)
	}
	return x == y
}
