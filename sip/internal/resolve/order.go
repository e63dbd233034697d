package resolve

import (
	"cmp"
	"slices"
	"strings"
)

// record is what we use of a NAPTR or SRV record. A NAPTR record has its order
// and preference as priority and weight.
type record struct {
	priority, weight uint16
	network          string // of a NAPTR record
	target           string // lower case, without the last dot; empty: the root
	port             uint16 // of an SRV record
}

// networks are the transports of RFC 3263's NAPTR services that we speak.
var networks = map[string]string{"SIP+D2U": "udp", "SIP+D2T": "tcp", "SIPS+D2T": "tls"}

// ranked puts NAPTR records in order: by order, then by preference (RFC 3403
// section 4.1).
func ranked(records []record) []record {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(a.weight, b.weight), strings.Compare(a.target, b.target))
	})
	return records
}

// weighed puts SRV records in the order in which to try them: by priority, and
// among equals by lots that fall to each as often as its weight says (RFC 2782,
// "Weight"). Those without weight stand first when lots are drawn, so that they
// have a small chance.
func weighed(records []record, random func(n int) int) []record {
	left := slices.Clone(records)
	slices.SortStableFunc(left, func(a, b record) int {
		return cmp.Or(cmp.Compare(a.priority, b.priority), cmp.Compare(min(a.weight, 1), min(b.weight, 1)))
	})
	ordered := make([]record, 0, len(left))
	for len(left) > 0 {
		equals := 1
		for equals < len(left) && left[equals].priority == left[0].priority {
			equals++
		}
		drawn := draw(left[:equals], random)
		ordered = append(ordered, left[drawn])
		left = slices.Delete(left, drawn, drawn+1)
	}
	return ordered
}

// draw draws one of some records by their weights.
func draw(records []record, random func(n int) int) int {
	sum := 0
	for _, r := range records {
		sum += int(r.weight)
	}
	lot := random(sum + 1)
	for i, r := range records {
		if lot -= int(r.weight); lot <= 0 {
			return i
		}
	}
	return len(records) - 1
}
