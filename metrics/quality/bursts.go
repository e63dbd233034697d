package quality

import "time"

// gapMinimum is Gmin of RFC 3611 §4.7.2: so many packets in a row that came end
// a burst.
const gapMinimum = 16

// Bursts is how the losses of a stream were spread. A burst begins and ends
// with a lost packet and has never 16 packets in a row that came; a packet lost
// by itself is part of a gap.
type Bursts struct {
	Count       int     // of bursts
	Density     float64 // share of packets lost within bursts, 0 to 1
	GapDensity  float64 // and between them
	MeanPackets float64 // length of a burst, in packets; 0 without one
	MeanGap     float64 // and of a gap
}

// BurstRatio is that of ITU-T G.107 §7.5: how many packets are lost in a row in
// the mean, against how many were were each lost for itself, 1/(1-loss).
func BurstRatio(run, loss float64) float64 { return max(1, run*(1-loss)) }

// ConcealedBurst is the burst ratio of a stream of which its listener says how
// long it was concealed at a time in the mean, and which share of its sound.
func ConcealedBurst(run time.Duration, share float64) float64 {
	return BurstRatio(run.Seconds()/framing.Seconds(), share)
}

// bursts tells bursts and gaps apart as packets come in their order.
type bursts struct {
	packets, lost int // in all
	good          int // packets since the last lost one
	length        int // packets from the first lost one of what may be a burst to the last
	losses        int // lost ones among them

	count, inside, insideLost int // of bursts that ended: how many, packets, lost ones
}

func (b *bursts) packet(lost bool) {
	b.packets++
	if !lost {
		b.good++
		return
	}
	b.lost++
	if b.losses > 0 && b.good < gapMinimum {
		b.length += b.good + 1
		b.losses++
	} else {
		b.end()
		b.length, b.losses = 1, 1
	}
	b.good = 0
}

// end closes what may be a burst: one lost packet makes none.
func (b *bursts) end() {
	if b.losses > 1 {
		b.count++
		b.inside += b.length
		b.insideLost += b.losses
	}
	b.length, b.losses = 0, 0
}

func (b bursts) figures() Bursts {
	b.end()
	f := Bursts{Count: b.count}
	if b.count > 0 {
		f.Density = float64(b.insideLost) / float64(b.inside)
		f.MeanPackets = float64(b.inside) / float64(b.count)
	}
	if outside := b.packets - b.inside; outside > 0 {
		f.GapDensity = float64(b.lost-b.insideLost) / float64(outside)
		f.MeanGap = float64(outside) / float64(b.count+1)
	}
	return f
}
