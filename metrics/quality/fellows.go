package quality

import (
	"slices"
	"time"
)

// shared puts together what several legs suffered at the same time: all phones
// of one trunk, or everybody. A phone's own trouble is its carrier's anyway:
// nothing of ours or theirs lies on the way between.
func shared(found []Finding, legs map[string]*Leg, lanes []Lane) []Finding {
	found = ofServer(found, lanes)
	for i := range found {
		f := &found[i]
		if l := legs[f.Leg]; l != nil && l.Kind == Phone && l.Trunk != "" && ofNetwork(f.Fault) {
			f.Fault = CarrierFault
		}
	}
	return gathered(found, func(a, b *Finding) bool {
		return a.Fault == CarrierFault && b.Fault == CarrierFault && a.Symptom == b.Symptom && legs[a.Leg].Trunk == legs[b.Leg].Trunk
	})
}

// ofNetwork tells whether a fault is of the way that packets took.
func ofNetwork(f Fault) bool {
	return f == UplinkLoss || f == DownlinkLoss || f == HighJitter || f == HighDelay
}

// ofServer recognises what everybody suffers: three legs or more, and at least
// two of three that were there.
func ofServer(found []Finding, lanes []Lane) []Finding {
	found = gathered(found, func(a, b *Finding) bool {
		return a.Fault == ServerOverload && b.Fault == ServerOverload
	})
	found = withoutConsequences(found)
	for i := range found {
		f := &found[i]
		if !ofNetwork(f.Fault) {
			continue
		}
		who := map[string]bool{f.Leg: true}
		for j := range found {
			if ofNetwork(found[j].Fault) && overlap(f, &found[j]) {
				who[found[j].Leg] = true
			}
		}
		if there := present(lanes, f.From, f.To); len(who) >= 3 && 3*len(who) >= 2*there {
			f.Fault = ServerNetwork
		}
	}
	found = gathered(found, func(a, b *Finding) bool {
		return a.Fault == ServerNetwork && b.Fault == ServerNetwork
	})
	return withoutConsequences(found)
}

// withoutConsequences leaves out what a server's fault explains.
func withoutConsequences(found []Finding) []Finding {
	causes := slices.Clone(found)
	return slices.DeleteFunc(found, func(f Finding) bool {
		return ofNetwork(f.Fault) && slices.ContainsFunc(causes, func(o Finding) bool {
			return (o.Fault == ServerOverload || o.Fault == ServerNetwork) && overlap(&o, &f) &&
				(o.Leg == f.Leg || slices.Contains(o.Others, f.Leg))
		})
	})
}

// gathered makes one finding of those that belong together and overlap. The
// first keeps its leg if it is the worst.
func gathered(found []Finding, together func(a, b *Finding) bool) []Finding {
	var all []Finding
	for _, f := range found {
		i := slices.IndexFunc(all, func(o Finding) bool { return together(&o, &f) && overlap(&o, &f) })
		if i < 0 {
			all = append(all, f)
			continue
		}
		all[i] = merged(all[i], f)
	}
	return all
}

func merged(a, b Finding) Finding {
	if b.weight() > a.weight() {
		a, b = b, a
	}
	for _, leg := range append([]string{b.Leg}, b.Others...) {
		if leg != a.Leg && !slices.Contains(a.Others, leg) {
			a.Others = append(a.Others, leg)
		}
	}
	if b.From.Before(a.From) {
		a.From = b.From
	}
	if b.To.After(a.To) {
		a.To = b.To
	}
	a.Worst = max(a.Worst, b.Worst)
	return a
}

func overlap(a, b *Finding) bool { return a.From.Before(b.To) && b.From.Before(a.To) }

// present counts the legs that were measured in a span.
func present(lanes []Lane, from, to time.Time) int {
	n := 0
	for i := range lanes {
		if slices.ContainsFunc(lanes[i].Samples, func(s Sample) bool { return s.At.After(from) && !s.At.After(to) }) {
			n++
		}
	}
	return n
}
