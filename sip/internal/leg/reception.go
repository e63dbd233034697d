package leg

import (
	"time"

	"github.com/pion/rtcp"
)

// reception counts one incoming stream as RFC 3550 appendix A does.
type reception struct {
	ssrc     uint32
	started  bool
	base     uint32 // first extended sequence number
	highest  uint32 // highest extended sequence number
	received uint32
	since    time.Time
	transit  int64 // of the packet before, in clock units
	timed    bool
	jitter   float64 // in clock units
	clock    int     // Hz

	jumped bool   // the packet before was far from those before it …
	next   uint16 // … and this one would confirm that

	lastExpected, lastReceived uint32 // at the report before
	lastSR                     uint32 // middle 32 bits of the peer's NTP time
	lastSRAt                   time.Time

	before struct { // streams that this one replaced
		lost     int64
		received uint64
	}
}

// misorder is how late a packet may come: MAX_MISORDER of RFC 3550 section A.1.
const misorder = 100

// packet counts a packet; stamp counts for jitter where clock is not 0.
func (r *reception) packet(ssrc uint32, sequence uint16, stamp uint32, clock int, now time.Time) {
	if !r.started || ssrc != r.ssrc {
		r.replace(ssrc, sequence, now)
	}
	delta := int16(sequence - uint16(r.highest))
	switch far := delta >= dropout || delta <= -misorder; {
	case !far:
		r.jumped = false
	case r.jumped && sequence == r.next: // the sender has begun to count anew
		r.replace(ssrc, sequence-1, now)
		r.received, delta = 1, 1
	default:
		r.jumped, r.next = true, sequence+1
		return
	}
	r.received++
	if extended := r.highest + uint32(int32(delta)); delta > 0 {
		r.highest = extended
	} else if extended < r.base && r.base-extended < 1<<15 {
		r.base = extended // the first packets came out of order
	}
	if clock == 0 {
		return
	}
	r.clock = clock
	transit := int64(now.Sub(r.since).Seconds()*float64(clock)) - int64(stamp)
	if r.timed {
		d := float64(int32(transit - r.transit)) // the timestamp wraps, and so may this
		if d < 0 {
			d = -d
		}
		if d < float64(clock) { // a jump of over a second is a new beginning, not jitter
			r.jitter += (d - r.jitter) / 16
		}
	}
	r.transit, r.timed = transit, true
}

// replace begins a new stream and keeps the sums of the one before.
func (r *reception) replace(ssrc uint32, sequence uint16, now time.Time) {
	before := r.before
	before.lost += r.lost()
	before.received += uint64(r.received)
	// 1<<16 keeps the extended number above zero when early packets are late.
	first := uint32(sequence) | 1<<16
	*r = reception{ssrc: ssrc, started: true, since: now, base: first, highest: first}
	r.before = before
}

// expected is how many packets the stream had until now.
func (r *reception) expected() uint32 {
	if !r.started {
		return 0
	}
	return r.highest - r.base + 1
}

func (r *reception) lost() int64 { return int64(r.expected()) - int64(r.received) }

func (r *reception) jitterTime() time.Duration {
	if r.clock == 0 {
		return 0
	}
	return time.Duration(r.jitter / float64(r.clock) * float64(time.Second))
}

// report makes the reception report of RFC 3550 section 6.4.1. It begins a new
// interval for the fraction lost.
func (r *reception) report(now time.Time) (rtcp.ReceptionReport, bool) {
	if !r.started {
		return rtcp.ReceptionReport{}, false
	}
	expected, received := r.expected()-r.lastExpected, r.received-r.lastReceived
	r.lastExpected, r.lastReceived = r.expected(), r.received
	var fraction uint8
	if missing := int64(expected) - int64(received); missing > 0 && expected > 0 {
		fraction = uint8(min(255, missing*256/int64(expected)))
	}
	report := rtcp.ReceptionReport{
		SSRC: r.ssrc, FractionLost: fraction,
		TotalLost:          uint32(min(max(r.lost(), 0), 1<<23-1)),
		LastSequenceNumber: r.highest, Jitter: uint32(r.jitter),
	}
	if !r.lastSRAt.IsZero() {
		report.LastSenderReport = r.lastSR
		report.Delay = uint32(now.Sub(r.lastSRAt).Seconds() * 65536)
	}
	return report, true
}

// ntp is a time as the 64-bit timestamp of RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
