package quality

import "time"

const (
	// leastReported is how many packets a report must be about to be believed.
	leastReported = 10
	// reportOverdue is after how long without a report nobody knows what is heard
	// there: they are due every 2.5 to 7.5 s.
	reportOverdue = 12 * time.Second
	// longestTrip is the longest round trip that is believed.
	longestTrip = time.Minute
	// mostSources bounds how many streams a Reported remembers.
	mostSources = 16
)

// Reported is the gauge of streams that are sent to one receiver, made of the
// reports that come back (RFC 3550 §6.4.1). The zero value knows of none. It is
// not safe for concurrent use.
type Reported struct {
	told     map[uint32]told // by SSRC
	at       time.Time       // of the latest report
	latest   Stream          // what that said
	expected uint32          // packets since the last Take
	lost     float64         // of them
	jitter   time.Duration
	sent     Sent   // at the last Take
	glanced  uint32 // packets that were sent by the last Glance
}

// told is what reports of a stream have said so far.
type told struct{ highest, lost uint32 }

// Sent is what has been sent so far, over all streams. The counters may wrap.
type Sent struct{ Packets, Octets uint32 }

// Block is a report about one stream.
type Block struct {
	Source, Highest, Lost uint32
	Fraction              uint8 // lost, in 256ths
	Jitter                time.Duration
}

// Report takes a report that came at now. It tells whether that is about
// enough packets to mean anything: of a stream that pauses, 0 % says nothing.
func (r *Reported) Report(b Block, now time.Time) bool {
	before, known := r.told[b.Source]
	if r.told == nil || len(r.told) >= mostSources {
		r.told = make(map[uint32]told)
	}
	r.told[b.Source], r.at = told{b.Highest, b.Lost}, now
	expected := b.Highest - before.highest
	switch {
	case !known:
		expected = leastReported
	case expected < leastReported || expected > 1<<15:
		return false
	}
	// The count of lost packets is more exact than the share, but counters jump.
	share := float64(b.Fraction) / 256
	lost := float64(b.Lost-before.lost) / float64(expected)
	if !known || lost < share || lost > share+2.0/256 {
		lost = share
	}
	r.expected += expected
	r.lost += lost * float64(expected)
	r.jitter = b.Jitter
	r.latest = Stream{Loss: lost, Jitter: b.Jitter}
	return true
}

// Take ends an interval of that length: what was reported in it, or, where no
// report was due, what the last one said, for what was sent since. It tells
// whether reports are missing.
func (r *Reported) Take(now time.Time, span time.Duration, sent Sent) (s Stream, missing bool) {
	packets, octets := sent.Packets-r.sent.Packets, sent.Octets-r.sent.Octets
	r.sent = sent
	switch {
	case r.expected > 0:
		s = Stream{Packets: uint64(r.expected), Loss: r.lost / float64(r.expected), Jitter: r.jitter}
	case now.Sub(r.at) > reportOverdue:
		missing = packets >= leastReported
	case packets >= leastReported:
		s = r.latest
		s.Packets = uint64(packets)
	}
	r.expected, r.lost = 0, 0
	s.Level = Unknown
	if span > 0 {
		s.Bitrate = int(float64(octets) * 8 / span.Seconds())
	}
	return s, missing
}

// RoundTrip is arrival - LSR - DLSR of RFC 3550 §6.4.1, all in 1/65536 s. It is
// not ok for what cannot be.
func RoundTrip(arrival, lastSR, delay uint32) (trip time.Duration, ok bool) {
	if lastSR == 0 {
		return 0, false
	}
	trip = time.Duration(int32(arrival-lastSR-delay)) * time.Second >> 16
	return trip, trip >= 0 && trip < longestTrip
}
