package leg

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"

	"github.com/pion/rtcp"

	"partyline/metrics/quality"
)

// control is what RTCP has to know beside both streams.
type control struct {
	signalled netip.AddrPort
	source    netip.AddrPort // where the peer's reports come from; zero before the first

	theirs       theirs
	from         uint32 // SSRC of the latest packet
	senderReport uint32 // middle 32 bits of the NTP time of that stream's last one; 0: none came
	reportedAt   time.Time
}

// follow notes whose stream it is now.
func (c *control) follow(ssrc uint32) {
	if ssrc != c.from {
		c.from, c.senderReport = ssrc, 0
	}
}

func (c *control) signal(addr netip.AddrPort) {
	if addr.IsValid() && addr != c.signalled {
		c.signalled, c.source = addr, netip.AddrPort{}
	}
}

// reportInterval is RFC 3550's minimum, which is randomised by half.
const reportInterval = 5 * time.Second

// attend reads RTCP, sends reports, and watches for silence, which it returns
// as ErrSilent.
func (l *Leg) attend(ctx context.Context) error {
	buf := make([]byte, 2048)
	report := time.Now().Add(jittered(reportInterval))
	for ctx.Err() == nil {
		now := time.Now()
		if !now.Before(report) {
			l.report(now)
			report = now.Add(jittered(reportInterval))
		}
		left := l.untilSilent(now)
		if left <= 0 {
			return ErrSilent
		}
		wake := report
		if now.Add(left).Before(wake) {
			wake = now.Add(left)
		}
		_ = l.rtcp.SetReadDeadline(wake)
		if ctx.Err() != nil { // the interrupt may have come before that deadline
			return nil
		}
		n, from, err := l.rtcp.ReadFromUDPAddrPort(buf)
		switch {
		case err == nil:
			l.controlled(buf[:n], plain(from), time.Now())
		case errors.Is(err, net.ErrClosed):
			return nil
		}
	}
	return nil
}

func jittered(d time.Duration) time.Duration {
	return d/2 + time.Duration(rand.Int64N(int64(d)))
}

// untilSilent is how long the peer may still keep quiet. On hold it may do so
// for longer: many phones then send neither RTP nor RTCP.
func (l *Leg) untilSilent(now time.Time) time.Duration {
	limit := l.cfg.Timeout
	if a := l.agreed.Load(); a == nil || a.media.Held() || !a.media.Direction.Receives() {
		limit = l.cfg.HoldTimeout
	}
	return limit - now.Sub(time.Unix(0, l.alive.Load()))
}

// controlled takes an RTCP packet. It counts only from a host that media comes
// from or was signalled for.
func (l *Leg) controlled(data []byte, from netip.AddrPort, now time.Time) {
	l.in.Lock()
	defer l.in.Unlock()
	host := from.Addr()
	if host != l.latch.source.Addr() && host != l.control.signalled.Addr() && host != l.latch.signalled.Addr() {
		l.counted.Strangers++
		return
	}
	if l.unseal.on() {
		var genuine bool
		if data, genuine = l.unseal.rtcp(data, now); !genuine {
			l.counted.Forged++
			return
		}
	}
	packets, err := rtcp.Unmarshal(data)
	if err != nil {
		l.counted.Malformed++
		return
	}
	l.alive.Store(now.UnixNano())
	l.control.source = from
	l.captured(now, false, from, data)
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			if p.SSRC == l.control.from {
				l.control.senderReport, l.control.reportedAt = uint32(p.NTPTime>>16), now
			}
			l.reported(p.Reports, now)
		case *rtcp.ReceiverReport:
			l.reported(p.Reports, now)
		case *rtcp.ExtendedReport:
			l.out.Lock()
			ssrc := l.sender.ssrc
			l.out.Unlock()
			l.control.theirs.extend(p, ssrc)
		}
	}
}

// reported takes what the peer says about our stream; l.in is held.
func (l *Leg) reported(reports []rtcp.ReceptionReport, now time.Time) {
	l.out.Lock()
	ssrc, clock := l.sender.ssrc, l.sender.clock
	l.out.Unlock()
	for _, r := range reports {
		if r.SSRC == ssrc && clock != 0 {
			l.control.theirs.report(r, clock, now)
		}
	}
}

// report sends a sender or receiver report. A peer on hold that names no address
// wants none (RFC 3264 section 8.4).
func (l *Leg) report(now time.Time) { l.sendControl(now) }

// farewell ends the stream with a BYE (RFC 3550 section 6.6), if there was one.
func (l *Leg) farewell(now time.Time) {
	l.out.Lock()
	ssrc, sent := l.sender.ssrc, l.sender.total
	l.out.Unlock()
	if sent > 0 {
		l.sendControl(now, &rtcp.Goodbye{Sources: []uint32{ssrc}})
	}
}

// sendControl sends a compound packet: a report, our name, and what else there
// is to say.
func (l *Leg) sendControl(now time.Time, more ...rtcp.Packet) {
	a := l.agreed.Load()
	if a == nil || l.quiet.Load() || a.media.Held() && a.media.RTP == (netip.AddrPort{}) {
		return
	}
	l.out.Lock()
	ssrc := l.sender.ssrc
	l.out.Unlock()
	l.in.Lock()
	var reports []rtcp.ReceptionReport
	if r, ok := l.reception.Report(); ok {
		reports = []rtcp.ReceptionReport{l.receptionReport(r, now)}
		more = append(l.extendedReport(ssrc, r, a), more...)
	}
	to := l.controlDestination()
	l.in.Unlock()
	if !to.IsValid() || !to.Addr().IsValid() {
		return
	}

	l.out.Lock()
	defer l.out.Unlock() // SRTCP is numbered, so it is sent in its order
	packets := append(l.sender.compound(l.name, reports, now), more...)
	data, err := rtcp.Marshal(packets)
	if err != nil {
		return
	}
	l.captured(now, true, to, data)
	if data = l.sender.seal.rtcp(data); data == nil {
		return
	}
	if a.media.Mux {
		l.rtp.send(data, to)
		return
	}
	_, _ = l.rtcp.WriteToUDPAddrPort(data, to) // like all RTCP, it may be lost
}

// receptionReport is that of RFC 3550 section 6.4.1; l.in is held.
func (l *Leg) receptionReport(r quality.Report, now time.Time) rtcp.ReceptionReport {
	report := rtcp.ReceptionReport{
		SSRC: r.Source, FractionLost: r.Fraction, TotalLost: r.Lost, LastSequenceNumber: r.Highest, Jitter: r.Jitter,
	}
	if l.control.senderReport != 0 {
		report.LastSenderReport = l.control.senderReport
		report.Delay = uint32(now.Sub(l.control.reportedAt).Seconds() * 65536)
	}
	return report
}

// compound is the report and the name that every compound packet begins with.
func (s *sender) compound(name string, reports []rtcp.ReceptionReport, now time.Time) []rtcp.Packet {
	var first rtcp.Packet = &rtcp.ReceiverReport{SSRC: s.ssrc, Reports: reports}
	if s.clock != 0 && s.packets != s.reported {
		s.reported = s.packets
		elapsed := now.Sub(s.at).Seconds() * float64(s.clock)
		first = &rtcp.SenderReport{
			SSRC: s.ssrc, NTPTime: ntp(now), RTPTime: s.stamp - s.clock/50 + uint32(int64(elapsed)),
			PacketCount: s.packets, OctetCount: s.octets, Reports: reports,
		}
	}
	return []rtcp.Packet{first, &rtcp.SourceDescription{Chunks: []rtcp.SourceDescriptionChunk{{
		Source: s.ssrc, Items: []rtcp.SourceDescriptionItem{{Type: rtcp.SDESCNAME, Text: name}},
	}}}}
}

// controlDestination is where reports go: where the peer's come from, else
// where it said, unless its RTP comes from elsewhere; l.in is held.
func (l *Leg) controlDestination() netip.AddrPort {
	media := l.latch.destination()
	if a := l.agreed.Load(); a != nil && a.media.Mux {
		return media
	}
	switch {
	case l.control.source.IsValid():
		return l.control.source
	case media == l.latch.signalled:
		return l.control.signalled
	case media.IsValid():
		return netip.AddrPortFrom(media.Addr(), media.Port()+1)
	default:
		return netip.AddrPort{}
	}
}

// Statistics are counted since the leg was opened.
type Statistics struct {
	Received, Sent uint64         // RTP packets
	Lost           int64          // as RFC 3550 A.3 counts, but that packets count once
	Jitter         time.Duration  // interarrival jitter of what we receive, RFC 3550 A.8
	Strangers      uint64         // packets dropped because of where they came from
	Malformed      uint64         // packets dropped because they were no RTP or of an unknown payload type
	Forged         uint64         // SRTP and SRTCP packets dropped because they were not the peer's or came before
	RemoteLoss     float64        // share of our packets lost, 0 to 1, as last reported by the peer
	RemoteJitter   time.Duration  // as last reported by the peer
	RoundTrip      time.Duration  // from RTCP; zero when unknown
	Source         netip.AddrPort // where media comes from; zero before the first
}

// Statistics tells how the leg fares.
func (l *Leg) Statistics() Statistics {
	l.in.Lock()
	s := l.counted
	totals, theirs := l.reception.Totals(), &l.control.theirs
	s.Received, s.Lost, s.Jitter = totals.Received, int64(totals.Lost), l.reception.Jitter()
	s.RemoteLoss, s.RemoteJitter, s.RoundTrip = theirs.loss, theirs.jitter, theirs.roundTrip
	s.Source = l.latch.source
	l.in.Unlock()
	l.out.Lock()
	s.Sent = l.sender.total
	l.out.Unlock()
	return s
}
