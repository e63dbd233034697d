package leg

import (
	"time"

	"github.com/pion/rtcp"

	"partyline/metrics/quality"
)

// interval is what a measurement has to know beside both gauges.
type interval struct {
	began     time.Time
	malformed uint64 // at its beginning
	held      bool   // for some of it
	keys      int    // packets that carried keys instead of sound, at its beginning
}

// theirs is what the peer reports of our stream.
type theirs struct {
	quality.Reported
	loss       float64 // as last reported
	jitter     time.Duration
	roundTrip  time.Duration
	extended   extended
	duplicated uint64 // since the last measurement
}

// extended is what only extended reports tell (RFC 3611 section 4.7).
type extended struct {
	known     bool
	discarded float64       // share of packets that came too late to be played
	buffer    time.Duration // nominal delay of the jitter buffer
	level     float64       // dBov of speech, as the peer hears it
	trip      time.Duration
}

// least is how many packets tell something.
const least = 10

// Measure tells how the leg fared since it was last measured, or opened. It
// knows nothing of how the sound was played on our side.
func (l *Leg) Measure(now time.Time) quality.Sample {
	l.out.Lock()
	sent := l.sender.sum
	l.out.Unlock()
	l.in.Lock()
	defer l.in.Unlock()
	span := now.Sub(l.interval.began)
	s := quality.Sample{At: now, Span: span, Said: l.reception.Take(now), RoundTrip: l.control.theirs.trip()}
	var missing bool
	if s.Heard, missing = l.control.theirs.take(now, span, sent); missing {
		s.Marks |= quality.Missing
	}
	held := false
	if a := l.agreed.Load(); a != nil {
		held = a.media.Held()
	}
	if held || l.interval.held {
		s.Marks |= quality.Held
	}
	if s.Said.Packets < least && l.counted.Malformed-l.interval.malformed >= least {
		s.Marks |= quality.Unheard
	}
	l.keyed = time.Duration(l.keys-l.interval.keys) * keyPacket
	l.interval = interval{began: now, malformed: l.counted.Malformed, held: held, keys: l.keys}
	return s
}

// Glance tells how the leg was since the last glance, and for how long keys were
// pressed. The interval of Measure goes on. It is not ok where too little came
// to tell: see quality.Reception.
func (l *Leg) Glance(now time.Time) (s quality.Sample, keyed time.Duration, ok bool) {
	l.out.Lock()
	sent := l.sender.sum
	l.out.Unlock()
	l.in.Lock()
	defer l.in.Unlock()
	s.At = now
	if s.Said, s.Span, ok = l.reception.Glance(now); !ok {
		return s, 0, false
	}
	theirs := &l.control.theirs
	s.Heard, s.RoundTrip = theirs.Glance(now, sent), theirs.trip()
	theirs.extended.tell(&s.Heard)
	keyed = time.Duration(l.keys-l.seenKeys) * keyPacket
	l.seenKeys = l.keys
	return s, keyed, true
}

// keyPacket is the sound that a packet of a key takes the place of.
const keyPacket = 20 * time.Millisecond

// Keyed tells for how long keys were pressed in the interval that was measured
// last: sound that never was to come.
func (l *Leg) Keyed() time.Duration {
	l.in.Lock()
	defer l.in.Unlock()
	return l.keyed
}

// take ends an interval of what the peer reports.
func (t *theirs) take(now time.Time, span time.Duration, sent quality.Sent) (s quality.Stream, missing bool) {
	s, missing = t.Take(now, span, sent)
	s.Duplicated, t.duplicated = t.duplicated, 0
	t.extended.tell(&s)
	return s, missing
}

// tell adds what extended reports have told.
func (x *extended) tell(s *quality.Stream) {
	if x.known && s.Packets > 0 {
		s.Buffer, s.Level = x.buffer, x.level
		s.Late = uint64(x.discarded * float64(s.Packets))
		s.Concealed = min(s.Loss+x.discarded, 1)
	}
}

// trip is the last round trip, by whatever told of it.
func (t *theirs) trip() time.Duration {
	if t.roundTrip == 0 {
		return t.extended.trip
	}
	return t.roundTrip
}

// report takes what a report says about our stream of that clock.
func (t *theirs) report(r rtcp.ReceptionReport, clock uint32, now time.Time) {
	jitter := time.Duration(r.Jitter) * time.Second / time.Duration(clock)
	t.loss, t.jitter = float64(r.FractionLost)/256, jitter
	t.Report(quality.Block{
		Source: r.SSRC, Highest: r.LastSequenceNumber, Lost: r.TotalLost, Fraction: r.FractionLost, Jitter: jitter,
	}, now)
	if trip, ok := quality.RoundTrip(uint32(ntp(now)>>16), r.LastSenderReport, r.Delay); ok {
		t.roundTrip = trip
	}
}

const (
	// unavailable is what stands in a VoIP metrics block for a figure that nobody
	// has, RFC 3611 section 4.7.
	unavailable = 127
	// fullScale is how loud 0 dBm0 is, in dBov: a sine of 0 dBov, 3.01 dB below
	// a square wave, would be 3.14 dBm0 in A-law (ITU-T G.711).
	fullScale = -6.15
	// adaptive says that losses are concealed and the jitter buffer adapts:
	// RX config of RFC 3611 section 4.7.6.
	adaptive = 3<<6 | 3<<4
	// packetTime is what packets are taken to last where only their number is known.
	packetTime = 20 // ms
)

// extend takes an extended report about the stream of that SSRC.
func (t *theirs) extend(x *rtcp.ExtendedReport, ssrc uint32) {
	for _, block := range x.Reports {
		switch b := block.(type) {
		case *rtcp.VoIPMetricsReportBlock:
			if b.SSRC != ssrc {
				continue
			}
			t.extended = extended{
				known: true, discarded: float64(b.DiscardRate) / 256,
				buffer: milliseconds(b.JBNominal), trip: milliseconds(b.RoundTripDelay), level: quality.Unknown,
			}
			if dBm0 := int8(b.SignalLevel); dBm0 != unavailable {
				t.extended.level = min(float64(dBm0)+fullScale, 0)
			}
		case *rtcp.StatisticsSummaryReportBlock:
			if b.SSRC == ssrc && b.DuplicateReports {
				t.duplicated += uint64(min(b.DupPackets, uint32(b.EndSeq-b.BeginSeq)))
			}
		}
	}
}

func milliseconds(ms uint16) time.Duration { return time.Duration(ms) * time.Millisecond }

// Buffered tells how long what the peer says waits in the jitter buffer, which
// extended reports name.
func (l *Leg) Buffered(delay time.Duration) { l.buffered.Store(int64(delay)) }

// extendedReport is what the peer is told in the blocks that it asked for; nil
// where it asked for none. l.in is held.
func (l *Leg) extendedReport(from uint32, r quality.Report, a *agreement) []rtcp.Packet {
	var blocks []rtcp.ReportBlock
	if a.media.Extended.Metrics {
		blocks = append(blocks, l.metrics(r))
	}
	if a.media.Extended.Summary {
		blocks = append(blocks, &rtcp.StatisticsSummaryReportBlock{
			LossReports: true, SSRC: r.Source, LostPackets: r.Missing,
			BeginSeq: uint16(r.Highest - r.Expected + 1), EndSeq: uint16(r.Highest + 1),
		})
	}
	if blocks == nil {
		return nil
	}
	return []rtcp.Packet{&rtcp.ExtendedReport{SenderSSRC: from, Reports: blocks}}
}

// metrics is the VoIP metrics block of RFC 3611 section 4.7.
func (l *Leg) metrics(r quality.Report) *rtcp.VoIPMetricsReportBlock {
	totals, bursts := l.reception.Totals(), l.reception.Bursts()
	buffer := uint16(min(time.Duration(l.buffered.Load())/time.Millisecond, 1<<16-1))
	b := &rtcp.VoIPMetricsReportBlock{
		SSRC: r.Source, BurstDensity: in256(bursts.Density), GapDensity: in256(bursts.GapDensity),
		BurstDuration: lasting(bursts.MeanPackets), GapDuration: lasting(bursts.MeanGap),
		RoundTripDelay: uint16(min(l.control.theirs.roundTrip/time.Millisecond, 1<<16-1)),
		EndSystemDelay: buffer + packetTime,
		SignalLevel:    unavailable, NoiseLevel: unavailable, RERL: unavailable, Gmin: 16,
		RFactor: unavailable, ExtRFactor: unavailable, MOSLQ: unavailable, MOSCQ: unavailable,
		RXConfig: adaptive, JBNominal: buffer, JBMaximum: buffer, JBAbsMax: longestBuffer,
	}
	if all := totals.Lost + totals.Received; all > 0 {
		b.LossRate = in256(float64(totals.Lost) / float64(all))
	}
	return b
}

// longestBuffer is the most, in ms, that the jitter buffer of a line waits.
const longestBuffer = 200

func in256(share float64) uint8 { return uint8(min(share*256, 255)) }

func lasting(packets float64) uint16 { return uint16(min(packets*packetTime, 1<<16-1)) }

// ntp is a time as the 64-bit timestamp of RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	const since1900 = 2208988800
	return uint64(t.Unix()+since1900)<<32 | uint64(t.Nanosecond())<<32/1e9
}
