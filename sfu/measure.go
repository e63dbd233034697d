package sfu

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"

	"partyline/metrics/quality"
)

const (
	// measureInterval is how often a leg is measured, and glanceInterval how
	// often it is looked at for warnings.
	measureInterval = 5 * time.Second
	glanceInterval  = time.Second
	// briefest is what is left of a leg at its end and is worth a measurement.
	briefest = time.Second
)

// interval is what the room notes of a leg between two measurements.
type interval struct {
	began        time.Time // zero before the leg was connected
	ticks, muted int
	rough        bool   // the path was broken, or another was coming up
	behind       uint64 // packets that stages had dropped when it began
	glanced      time.Time
}

// note looks at a leg for the present interval.
func (l *leg) note(m *member) {
	l.interval.ticks++
	if m.source.muted.Load() {
		l.interval.muted++
	}
	l.interval.rough = l.interval.rough || l.state == LegBroken || len(m.legs) > 1
}

// marks are those of the interval, but for what the peer reported.
func (l *leg) marks() quality.Marks {
	marks := l.path()
	if l.interval.ticks > 0 && l.interval.muted == l.interval.ticks {
		marks |= quality.Muted
	}
	if l.interval.rough {
		marks |= quality.Reconnecting
	}
	if l.hub.traffic.DroppedBehind.Load() > l.interval.behind {
		marks |= quality.Overloaded
	}
	return marks
}

// path tells by what the leg's media goes. Whether there is a relay on the way
// only the browser knows: what comes to us has the relay's address.
func (l *leg) path() (marks quality.Marks) {
	senders := l.pc.GetSenders()
	if len(senders) == 0 {
		return 0
	}
	pair, err := senders[0].Transport().ICETransport().GetSelectedCandidatePair()
	if err != nil || pair == nil {
		return 0
	}
	if pair.Local.Protocol == webrtc.ICEProtocolTCP {
		marks |= quality.OverTCP
	}
	return marks
}

// measureMember measures the member's newest leg that is up, when it is time.
// What the one before it did meanwhile is told at its end.
func (r *room) measureMember(m *member, now time.Time) {
	if r.hub.blind.Load() {
		return
	}
	for i := len(m.legs) - 1; i >= 0; i-- {
		if l := m.legs[i]; !l.interval.began.IsZero() {
			if now.Sub(l.interval.glanced) >= glanceInterval-roomTick/2 {
				r.glance(l, m, now)
			}
			if now.Sub(l.interval.began) >= measureInterval-roomTick/2 {
				r.measure(l, now)
			}
			return
		}
	}
}

// glance tells how a leg was in the last second. Who is muted says nothing.
func (r *room) glance(l *leg, m *member, now time.Time) {
	l.interval.glanced = now
	sample := quality.Sample{At: now}
	if m.source.muted.Load() {
		sample.Marks = quality.Muted
	}
	var ok bool
	if sample.Said, sample.Span, ok = l.up.glance(now); !ok && sample.Marks == 0 {
		return
	}
	sample.Heard, sample.RoundTrip = l.down.glance(now)
	r.hub.observer.Glanced(r.key(l), sample)
}

// key is where a leg of the room is.
func (r *room) key(l *leg) quality.Key {
	return quality.Key{Room: r.id, Participant: l.participant(), Leg: l.id}
}

// measure tells how a leg fared since the last time.
func (r *room) measure(l *leg, now time.Time) {
	span := now.Sub(l.interval.began)
	if l.interval.began.IsZero() || span < briefest {
		return
	}
	sample := quality.Sample{At: now, Span: span, Marks: l.marks()}
	var unheard, missing bool
	sample.Said, unheard = l.up.take(now, span)
	sample.Heard, sample.RoundTrip, missing = l.down.take(now, span)
	if unheard {
		sample.Marks |= quality.Unheard
	}
	if missing {
		sample.Marks |= quality.Missing
	}
	l.interval = interval{began: now, behind: l.hub.traffic.DroppedBehind.Load(), glanced: l.interval.glanced}
	r.hub.observer.Measured(r.key(l), sample)
}

// report sends a receiver report that carries the uplink's true loss, before
// RED healed it: it is what makes the browser protect its speech.
func (l *leg) report(now time.Time) {
	i, sender, ok := l.up.report()
	if !ok || i.Expected == 0 {
		return
	}
	l.hub.traffic.Lost.Add(uint64(i.Missing))
	if i.Expected >= minReported {
		l.down.hint(float64(i.Missing)/float64(i.Expected), i.Run, now)
	}
	l.writeRTCP(&rtcp.ReceiverReport{
		SSRC: l.outlets[0].ssrc,
		Reports: []rtcp.ReceptionReport{{
			SSRC: i.Source, FractionLost: i.Fraction, TotalLost: i.Lost,
			LastSequenceNumber: i.Highest, Jitter: i.Jitter,
			LastSenderReport: sender.middle, Delay: sender.age(now),
		}},
	})
}

// senderReport is what is to be echoed of a sender report: the middle 32 bits
// of its NTP time, and when it came. RFC 3550 §6.4.1.
type senderReport struct {
	middle uint32
	at     time.Time
}

// age is how long ago it came, in 1/65536 s; 0 if none did.
func (s senderReport) age(now time.Time) uint32 {
	if s.middle == 0 {
		return 0
	}
	return uint32(now.Sub(s.at) * 65536 / time.Second)
}

// report ends the uplink's interval between receiver reports.
func (u *uplink) report() (quality.Report, senderReport, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	i, ok := u.reception.Report()
	return i, u.reported, ok
}

// senderReport notes a sender report of the browser.
func (u *uplink) senderReport(p *rtcp.SenderReport, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if p.SSRC == u.ssrc {
		u.reported = senderReport{uint32(p.NTPTime >> 16), now}
	}
}

// take ends the uplink's interval between measurements. It tells whether
// packets came and none of them could be used.
func (u *uplink) take(now time.Time, span time.Duration) (s quality.Stream, unheard bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s = u.reception.Take(now)
	u.loudness.Take(span, &s)
	return s, u.unusable.Swap(0) >= minReported && s.Packets < minReported
}

// glance looks at the last second, whose interval goes on.
func (u *uplink) glance(now time.Time) (s quality.Stream, span time.Duration, ok bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.reception.Glance(now)
}

// healed notes packets that RED gave back.
func (u *uplink) healed(packets int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.reception.Healed(packets)
}

// take gives what was reported since the last time, and the last round trip. It
// tells whether reports are missing.
func (d *downlink) take(now time.Time, span time.Duration) (s quality.Stream, trip time.Duration, missing bool) {
	sent := d.leg.sent()
	d.mu.Lock()
	defer d.mu.Unlock()
	s, missing = d.reported.Take(now, span, sent)
	return s, d.trip, missing
}

// glance is what was last reported of what is sent, and the last round trip.
func (d *downlink) glance(now time.Time) (s quality.Stream, trip time.Duration) {
	sent := d.leg.sent()
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reported.Glance(now, sent), d.trip
}

// sent is what the leg has been sent so far.
func (l *leg) sent() (s quality.Sent) {
	for _, o := range l.outlets {
		s.Packets += o.packets.Load()
		s.Octets += o.octets.Load()
	}
	return s
}
