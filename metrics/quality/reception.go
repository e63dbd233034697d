package quality

import (
	"math"
	"slices"
	"time"
)

const (
	// settle is by how many packets one may be overtaken before it is lost:
	// 320 ms of 20 ms packets, longer than any jitter buffer of ours waits.
	settle = 16
	// settled is after how long a silence what is open is lost as well.
	settled = 500 * time.Millisecond
	// history is of how many packets it is known whether they came.
	history = 128
	// dropout and misorder are those of RFC 3550 appendix A.1: farther away a
	// sequence number is a stray, or where another counting begins.
	dropout  = 3000
	misorder = 100
	// leap is a change of delay that is no jitter but another clock.
	leap = time.Second
	// arrivals is how many delays of an interval are kept for its Spread.
	arrivals = 256
)

// Reception is the gauge of a received RTP stream: loss as RFC 3550 appendix A
// counts it, bursts as RFC 3611 §4.7.2 has them, jitter, and how far packets
// spread. The zero value has received nothing. It takes 1.5 kB, however long it
// runs. The owner keeps two goroutines from using it at once.
type Reception struct {
	source  uint32 // SSRC
	begun   bool
	base    uint32 // extended sequence number of the first packet
	highest uint32 // and of the newest
	next    uint32 // of the oldest whose fate is open
	seen    [history / 64]uint64
	lastAt  time.Time

	jumped   bool   // the packet before was far from those before it …
	expected uint16 // … and this one would confirm that

	received, receivedBefore, expectedBefore uint32 // RFC 3550 appendix A.3
	skips, skipped                           uint32 // runs of packets since the last Report that were not there when the next came, and these
	before                                   Totals // of the countings that ended

	timing  timing
	bursts  bursts
	running int // length of the run of lost packets that may go on
	since   time.Time
	now     tally

	glanced time.Time
	unseen  counts // since the last glance, but for those of now
}

// tally is what an interval has had so far.
type tally struct {
	counts
	longest               int
	reordered, duplicated uint64
	octets                int
}

// Packet is what a Reception has to know of an RTP packet.
type Packet struct {
	Source    uint32 // SSRC
	Sequence  uint16
	Timestamp uint32
	Clock     int // Hz of the timestamp; 0 leaves the packet out of the jitter, as keys have to be
	Octets    int // of payload
}

// Receive counts a packet that arrived at now. It tells whether the packet is
// one of the stream that had not come before.
func (r *Reception) Receive(p Packet, now time.Time) bool {
	if !r.begun || p.Source != r.source {
		r.begin(p.Source, p.Sequence, now)
	}
	ahead := int16(p.Sequence - uint16(r.highest))
	if ahead >= dropout || ahead <= -misorder {
		if !r.jumped || p.Sequence != r.expected {
			r.jumped, r.expected = true, p.Sequence+1
			r.before.Strays++
			return false
		}
		r.before.Strays-- // it was where the sender began to count anew
		r.begin(p.Source, p.Sequence-1, now)
		r.take(r.base)
		ahead = 1
	}
	r.jumped = false
	number := r.highest + uint32(int32(ahead))
	if !r.take(number) {
		r.now.duplicated++
		return false
	}
	r.lastAt = now
	r.now.octets += p.Octets
	if p.Clock > 0 {
		r.timing.arrived(p, now)
	}
	return true
}

// begin turns to another source, or to another counting of the same.
func (r *Reception) begin(source uint32, sequence uint16, now time.Time) {
	if r.begun {
		r.settleTo(r.highest)
		r.before = r.Totals()
	} else {
		r.since = now
	}
	r.before.Sources++
	// 1<<16 keeps the number above zero for packets that were overtaken.
	first := 1<<16 | uint32(sequence)
	r.source, r.begun, r.lastAt = source, true, now
	r.base, r.next, r.highest = first, first, first-1
	r.seen = [len(r.seen)]uint64{}
	r.received, r.receivedBefore, r.expectedBefore = 0, 0, 0
	r.skips, r.skipped = 0, 0
	r.timing.restart()
	r.running = 0
}

// take notes that a packet came, and tells whether it was for the first time.
func (r *Reception) take(number uint32) bool {
	switch behind := int32(r.highest - number); {
	case behind < 0:
		if behind < -1 {
			r.skips++
			r.skipped += uint32(-behind - 1)
		}
		for r.highest != number {
			r.highest++
			r.mark(r.highest, false)
			if r.highest-r.next >= settle {
				r.settleTo(r.highest - settle)
			}
		}
	case int32(number-r.base) < 0: // overtaken by the first that came
		r.now.reordered++
		return true
	case r.came(number):
		return false
	default:
		r.now.reordered++
		if int32(number-r.next) < 0 {
			r.now.late++
			r.now.lost--
		}
	}
	r.mark(number, true)
	r.received++
	return true
}

func (r *Reception) came(number uint32) bool {
	return r.seen[number/64%uint32(len(r.seen))]>>(number%64)&1 == 1
}

func (r *Reception) mark(number uint32, came bool) {
	word, bit := &r.seen[number/64%uint32(len(r.seen))], uint64(1)<<(number%64)
	if *word &^= bit; came {
		*word |= bit
	}
}

// settleTo decides what became of each packet up to last.
func (r *Reception) settleTo(last uint32) {
	for ; int32(last-r.next) >= 0; r.next++ {
		r.now.packets++
		lost := !r.came(r.next)
		r.bursts.packet(lost)
		if !lost {
			r.running = 0
			continue
		}
		r.running++
		if r.now.lost++; r.running == 1 || r.now.runs == 0 {
			r.now.runs++
		}
		r.now.longest = max(r.now.longest, r.running)
	}
}

// Healed notes packets that RED or FEC gave back.
func (r *Reception) Healed(packets int) { r.now.healed += uint64(max(packets, 0)) }

// Discarded notes packets that came when the jitter buffer had gone past them.
func (r *Reception) Discarded(packets int) { r.now.discarded += uint64(max(packets, 0)) }

// Take ends the interval and gives its figures. The newest 16 packets are part
// of the next one, because they may have been overtaken, unless nothing has
// come for half a second.
func (r *Reception) Take(now time.Time) Stream {
	if r.begun && now.Sub(r.lastAt) >= settled {
		r.settleTo(r.highest)
	}
	t := r.now
	s := t.stream()
	s.Gap, s.Reordered, s.Duplicated = t.longest, t.reordered, t.duplicated
	if span := now.Sub(r.since).Seconds(); span > 0 && r.begun {
		s.Bitrate = int(math.Round(float64(8*t.octets) / span))
	}
	s.Jitter, s.Spread = r.timing.take()
	r.unseen = r.unseen.and(t.counts)
	r.now, r.since = tally{}, now
	return s
}

// Totals is what a Reception has counted since it began, over all sources.
type Totals struct {
	Received uint64 // packets, each once
	Lost     uint64
	Strays   uint64 // packets far from the others' numbers, which were ignored
	Sources  int    // how many SSRCs or countings there were
}

// Totals tells what was received in all.
func (r *Reception) Totals() Totals {
	t := r.before
	t.Received += uint64(r.received)
	t.Lost += uint64(r.lost())
	return t
}

// reach is how many packets of the source there were until now.
func (r *Reception) reach() uint32 {
	if !r.begun {
		return 0
	}
	return r.highest - r.base + 1
}

func (r *Reception) lost() uint32 { return r.reach() - min(r.received, r.reach()) }

// Jitter is that of RFC 3550 appendix A.8 by now.
func (r *Reception) Jitter() time.Duration {
	return time.Duration(r.timing.jitter * float64(time.Second))
}

// Report is what an RTCP report block says of a stream, RFC 3550 §6.4.1, but
// for the sender report.
type Report struct {
	Source   uint32
	Expected uint32 // packets since the last Report
	Missing  uint32 // those of them that did not come
	Fraction uint8  // the share of them, in 256ths
	Lost     uint32 // in all, at most 2²³-1
	Highest  uint32 // extended sequence number
	Jitter   uint32 // in units of the timestamp

	Run float64 // packets in each run of those that were not there when the next came; 0 without any
}

// Report ends the interval between reports, which is another than that of
// Take. It is not ok if nothing was received at all.
func (r *Reception) Report() (report Report, ok bool) {
	if !r.begun {
		return report, false
	}
	expected, received := r.reach()-r.expectedBefore, r.received-r.receivedBefore
	r.expectedBefore, r.receivedBefore = r.reach(), r.received
	report = Report{
		Source: r.source, Expected: expected, Lost: min(r.lost(), 1<<23-1), Highest: r.highest,
		Jitter: uint32(r.timing.jitter * float64(r.timing.clock)),
	}
	if r.skips > 0 {
		report.Run = float64(r.skipped) / float64(r.skips)
	}
	r.skips, r.skipped = 0, 0
	if expected > received {
		report.Missing = expected - received
		report.Fraction = uint8(min(uint64(report.Missing)*256/uint64(expected), 255))
	}
	return report, true
}

// Bursts tells how the losses of the whole stream were spread, as the VoIP
// metrics block of RFC 3611 §4.7.2 wants it.
func (r *Reception) Bursts() Bursts { return r.bursts.figures() }

// timing measures when packets come, against when they were made.
type timing struct {
	began  time.Time
	clock  int
	timed  bool
	stamp  uint32        // of the last packet
	made   int64         // when that was made, in units since began
	delay  time.Duration // how much later it came, against the first
	jitter float64       // s, RFC 3550 appendix A.8

	delays [arrivals]int32 // µs, of some of the packets of the interval
	seen   int             // packets of the interval
	dice   uint32
}

// restart forgets the delays but not the jitter, which goes on.
func (t *timing) restart() {
	t.timed, t.seen = false, 0
}

func (t *timing) arrived(p Packet, now time.Time) {
	if p.Clock != t.clock {
		t.restart()
		t.clock = p.Clock
	}
	if !t.timed {
		t.began, t.timed, t.stamp, t.made, t.delay = now, true, p.Timestamp, 0, 0
		t.keep()
		return
	}
	t.made += int64(int32(p.Timestamp - t.stamp)) // which wraps
	t.stamp = p.Timestamp
	delay := now.Sub(t.began) - inTime(t.made, t.clock)
	change := (delay - t.delay).Abs()
	if t.delay = delay; change > leap {
		t.restart()
		return
	}
	t.jitter += (change.Seconds() - t.jitter) / 16
	t.keep()
}

// inTime is units of a clock as a time; it overflows for no stream of this
// century.
func inTime(units int64, clock int) time.Duration {
	whole, rest := units/int64(clock), units%int64(clock)
	return time.Duration(whole)*time.Second + time.Duration(rest)*time.Second/time.Duration(clock)
}

// keep notes the last packet's delay. When there is no more room, each of the
// interval has the same chance to stay: by chance, since every other packet
// may well be another sort.
func (t *timing) keep() {
	slot := t.seen
	if t.seen++; slot >= arrivals {
		t.dice = t.dice*1664525 + 1013904223
		if slot = int(uint64(t.dice) * uint64(t.seen) >> 32); slot >= arrivals {
			return
		}
	}
	t.delays[slot] = int32(max(min(t.delay.Microseconds(), math.MaxInt32), math.MinInt32))
}

// take ends the interval: the jitter by now, and the 95th percentile of how
// much later than the soonest packets came.
func (t *timing) take() (jitter, spread time.Duration) {
	jitter = time.Duration(t.jitter * float64(time.Second))
	if t.seen > 0 {
		kept := t.delays[:min(t.seen, arrivals)]
		slices.Sort(kept)
		spread = time.Duration(int64(kept[(len(kept)*95+99)/100-1])-int64(kept[0])) * time.Microsecond
	}
	t.seen = 0
	return jitter, spread
}
