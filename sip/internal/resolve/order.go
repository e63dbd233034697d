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

// Weighed puts servers in the order in which to try them: by priority, and
// among equals by lots that fall to each as often as its weight says (RFC 2782,
// "Weight"). Those without weight stand first when lots are drawn, so that they
// have a small chance. rank tells a server's priority and weight, random draws a
// number below n.
func Weighed[T any](servers []T, rank func(T) (priority, weight uint16), random func(n int) int) []T {
	left := slices.Clone(servers)
	slices.SortStableFunc(left, func(a, b T) int {
		first, heavy := rank(a)
		second, other := rank(b)
		return cmp.Or(cmp.Compare(first, second), cmp.Compare(min(heavy, 1), min(other, 1)))
	})
	ordered := make([]T, 0, len(left))
	for len(left) > 0 {
		best, sum := priorityOf(left[0], rank), 0
		weights := make([]int, 0, len(left))
		for _, s := range left {
			priority, weight := rank(s)
			if priority != best {
				break
			}
			weights, sum = append(weights, int(weight)), sum+int(weight)
		}
		drawn := draw(weights, random(sum+1))
		ordered = append(ordered, left[drawn])
		left = slices.Delete(left, drawn, drawn+1)
	}
	return ordered
}

func priorityOf[T any](server T, rank func(T) (priority, weight uint16)) uint16 {
	priority, _ := rank(server)
	return priority
}

// draw finds whom a lot falls to: the first at whom the running sum of the
// weights reaches it.
func draw(weights []int, lot int) int {
	for i, weight := range weights {
		if lot -= weight; lot <= 0 {
			return i
		}
	}
	return len(weights) - 1
}

func (r record) rank() (priority, weight uint16) { return r.priority, r.weight }
