package red

import "time"

const (
	// trusted is for how long a loss on the uplink speaks for the downlink.
	trusted = 15 * time.Second
	// bursty is how many packets are lost in a row, on average, where
	// neighbouring copies would be lost together.
	bursty = 2.5
	// cautious is how many reports without loss it takes to go without
	// redundancy at the beginning.
	cautious = 2
)

// The shares of lost packets from which on each depth is worth its cost.
const (
	someLoss  = 0.01
	moreLoss  = 0.05
	heavyLoss = 0.15
)

// Protection chooses the redundancy for one listener from what it loses. It
// protects more at once and less step by step, and begins with Two: browsers
// report every five seconds, and those five should not stutter. Time is a
// parameter. The zero value is ready.
type Protection struct {
	down    float64 // what the listener reports, slow to fall
	reports int
	up      float64 // what it loses in sending
	burst   float64
	upAt    time.Time
	depth   Depth
	begun   bool
}

// Depth is the present choice.
func (p *Protection) Depth() Depth {
	if !p.begun {
		p.begun, p.depth = true, Two
	}
	return p.depth
}

// Downlink takes the share of packets that the listener reports as lost.
func (p *Protection) Downlink(loss float64, now time.Time) Depth {
	p.reports++
	p.down = max(loss, (p.down+loss)/2)
	return p.choose(now, true)
}

// Uplink takes the share of the listener's own packets that did not come, and
// how many are lost in a row.
func (p *Protection) Uplink(loss, burst float64, now time.Time) Depth {
	if loss < p.up && now.Sub(p.upAt) < trusted {
		loss = p.up*0.8 + loss*0.2
	} else {
		p.upAt = now
	}
	p.up, p.burst = loss, burst
	return p.choose(now, false)
}

// choose settles the depth. Only a report of the listener may lower it, and
// by one step.
func (p *Protection) choose(now time.Time, mayLower bool) Depth {
	loss := p.down
	if now.Sub(p.upAt) < trusted {
		loss = max(loss, p.up)
	}
	wanted := depthFor(loss, p.burst)
	if p.reports < cautious {
		wanted = max(wanted, Two)
	}
	switch current := p.Depth(); {
	case wanted >= current:
		p.depth = wanted
	case mayLower:
		p.depth = max(wanted, lower[current])
	}
	return p.depth
}

// lower is one step less.
var lower = [Depths]Depth{None: None, One: None, Two: One, Spaced: One, Three: Two}

// depthFor is the depth for a steady loss.
func depthFor(loss, burst float64) Depth {
	switch {
	case loss < someLoss:
		return None
	case loss >= heavyLoss:
		return Three
	case burst >= bursty:
		return Spaced
	case loss < moreLoss:
		return One
	default:
		return Two
	}
}
