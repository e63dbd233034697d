// Package reception keeps the books of a received RTP stream as RFC 3550
// §6.4.1 and appendix A have them. Time is a parameter.
package reception

import "time"

const (
	clock = 48000 // Hz
	// restart is how far a sequence may leap before it is another one.
	restart = 3000
)

// Statistics counts one stream. The zero value has received nothing.
type Statistics struct {
	begun    bool
	base     uint32 // extended sequence number of the first packet
	highest  uint32 // and of the newest
	received uint32

	transit int64 // of the last packet, in clock units
	jitter  int64 // sixteenths of a clock unit, appendix A.8

	// Since the last Interval.
	expectedBefore, receivedBefore uint32
	bursts                         uint32 // runs of packets that did not come
	skipped                        uint32 // packets in them

	senderReport   uint32 // middle 32 bits of the last one's NTP time
	senderReportAt time.Time
}

// Receive counts a packet.
func (s *Statistics) Receive(seq uint16, ts uint32, now time.Time) {
	ahead := int16(seq - uint16(s.highest))
	switch {
	case !s.begun || ahead > restart || ahead < -restart:
		*s = Statistics{
			begun: true, base: 1<<16 | uint32(seq), highest: 1<<16 | uint32(seq),
			senderReport: s.senderReport, senderReportAt: s.senderReportAt,
		}
		s.transit = transit(ts, now)
	case ahead > 0:
		if ahead > 1 {
			s.bursts++
			s.skipped += uint32(ahead - 1)
		}
		s.highest += uint32(ahead)
	}
	s.received++
	s.measureJitter(ts, now)
}

// measureJitter is appendix A.8.
func (s *Statistics) measureJitter(ts uint32, now time.Time) {
	t := transit(ts, now)
	d := int64(int32(t - s.transit))
	s.transit = t
	s.jitter += max(d, -d) - (s.jitter+8)>>4
}

// transit is the time of arrival less the timestamp, in clock units.
func transit(ts uint32, now time.Time) int64 {
	return now.UnixMicro()*(clock/1000)/1000 - int64(ts)
}

// SenderReport notes the NTP time of a sender report that arrived at now.
func (s *Statistics) SenderReport(ntp uint64, now time.Time) {
	s.senderReport, s.senderReportAt = uint32(ntp>>16), now
}

// Interval is what happened since the last one, and in all.
type Interval struct {
	Expected, Lost uint32  // packets in the interval
	Burst          float64 // packets per run of lost ones, 0 without loss
	TotalLost      uint32  // in all, at most 2²⁴-1
	Highest        uint32  // extended sequence number of the newest packet
	Jitter         time.Duration
	JitterUnits    uint32 // the same in clock units

	SenderReport uint32        // LSR of RFC 3550 §6.4.1, 0: none came
	Delay        time.Duration // since it came
}

// Loss is the share of packets that did not come.
func (i Interval) Loss() float64 {
	if i.Expected == 0 {
		return 0
	}
	return float64(i.Lost) / float64(i.Expected)
}

// Interval ends the interval at now. It is not ok if nothing was received
// at all.
func (s *Statistics) Interval(now time.Time) (i Interval, ok bool) {
	if !s.begun {
		return i, false
	}
	expected := s.highest - s.base + 1
	i.Expected = expected - s.expectedBefore
	i.Lost = saturated(i.Expected, s.received-s.receivedBefore)
	i.TotalLost = min(saturated(expected, s.received), 1<<24-1)
	i.Highest = s.highest
	i.JitterUnits = uint32(s.jitter >> 4)
	i.Jitter = time.Duration(i.JitterUnits) * time.Second / clock
	if s.bursts > 0 {
		i.Burst = float64(s.skipped) / float64(s.bursts)
	}
	if s.senderReport != 0 {
		i.SenderReport, i.Delay = s.senderReport, now.Sub(s.senderReportAt)
	}
	s.expectedBefore, s.receivedBefore = expected, s.received
	s.bursts, s.skipped = 0, 0
	return i, true
}

// saturated is a-b, or 0 where duplicates make b the larger.
func saturated(a, b uint32) uint32 {
	if b > a {
		return 0
	}
	return a - b
}
