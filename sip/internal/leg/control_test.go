package leg

import (
	"errors"
	"math"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"partyline/sfu/audio"
	"partyline/sip/internal/offer"
)

func TestMediaTimeout(t *testing.T) {
	const timeout = 4 * time.Second // for a machine that stalls in between
	cases := []struct {
		name   string
		media  func(offer.Media) offer.Media
		send   func(p *peer, l *Leg)
		silent bool
	}{
		{"nothing comes", nil, func(*peer, *Leg) {}, true},
		{"RTP comes", nil, func(p *peer, l *Leg) { p.send(address(l), 0, []byte("x")) }, false},
		{"comfort noise comes", nil, func(p *peer, l *Leg) { p.send(address(l), 13, []byte("x")) }, false},
		{"a muted phone sends RTCP alone", nil, func(p *peer, l *Leg) {
			data, err := rtcp.Marshal([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: p.ssrc}})
			if err != nil {
				t.Fatal(err)
			}
			p.raw(netip.AddrPortFrom(loopback, l.Port()+1), data)
		}, false},
		{"a stranger keeps nothing alive", nil, func(p *peer, l *Leg) {
			newPeer(t).send(address(l), 0, []byte("x"))
		}, true},
		{"on hold", func(m offer.Media) offer.Media { m.Direction = offer.RecvOnly; return m }, func(*peer, *Leg) {}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			far := newPeer(t)
			l := open(t, ports(t), Config{Timeout: timeout, HoldTimeout: time.Minute})
			media := g711(far.address(), 101)
			if c.media != nil {
				media = c.media(media)
			}
			l.Agree(media)
			_, result := run(t, l)
			tick := time.NewTicker(50 * time.Millisecond)
			defer tick.Stop()
			limit := timeout + timeout/2
			if c.silent {
				limit = 10 * timeout
			}
			end := time.After(limit)
			for {
				select {
				case <-tick.C:
					c.send(far, l)
				case err := <-result:
					if !c.silent || !errors.Is(err, ErrSilent) {
						t.Errorf("Run: %v", err)
					}
					return
				case <-end:
					if c.silent {
						t.Error("no timeout came")
					}
					return
				}
			}
		})
	}
}

// TestPatience is how long a peer may keep quiet, after each re-INVITE anew.
func TestPatience(t *testing.T) {
	l := open(t, ports(t), Config{Timeout: time.Minute, HoldTimeout: time.Hour})
	for _, step := range []struct {
		direction offer.Direction // seen from us
		want      time.Duration
	}{
		{offer.SendRecv, time.Minute},
		{offer.RecvOnly, time.Hour}, // the peer holds us
		{offer.SendRecv, time.Minute},
		{offer.SendOnly, time.Hour}, // the peer only listens
		{offer.Inactive, time.Hour},
		{offer.SendRecv, time.Minute},
	} {
		media := g711(netip.MustParseAddrPort("192.0.2.1:4000"), 101)
		media.Direction = step.direction
		l.alive.Store(time.Now().Add(-2 * time.Hour).UnixNano())
		l.Agree(media)
		if left := l.untilSilent(time.Now()); left > step.want || left < step.want-5*time.Second {
			t.Errorf("%v: %v left, want %v", step.direction, left, step.want)
		}
		if left := l.untilSilent(time.Now().Add(step.want + time.Second)); left > 0 {
			t.Errorf("%v: no timeout after %v", step.direction, step.want)
		}
	}
}

// TestHoldWithoutAddress is RFC 3264 section 8.4: to a peer that names 0.0.0.0
// neither RTP nor RTCP is sent, until it names an address again.
func TestHoldWithoutAddress(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	active := g711(far.address(), 101)
	active.Mux = true // so that RTCP would come to where we look
	l.Agree(active)
	packets, _ := run(t, l)
	far.send(address(l), 0, []byte("x"))
	within(t, "a packet", packets)

	held := active
	held.RTP, held.RTCP, held.Direction = netip.AddrPort{}, netip.AddrPort{}, offer.RecvOnly
	l.Agree(held)
	l.Hear(mix([]byte("x")))
	l.report(time.Now())
	_ = far.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := far.conn.Read(make([]byte, 2048)); err == nil {
		t.Errorf("%d bytes were sent on hold", n)
	}
	l.Agree(active)
	l.Hear(mix([]byte("back")))
	if p, ok := far.read(); !ok || string(p.Payload) != "back" {
		t.Error("nothing is sent after the hold")
	}
}

// TestReports compares what the peer is told with what was done to its packets.
func TestReports(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	media := g711(far.address(), 101)
	media.Mux, media.RTCP = true, media.RTP
	l.Agree(media)
	packets, _ := run(t, l)
	for i := range 20 {
		if i%5 == 4 { // every fifth is lost
			far.sequence++
			continue
		}
		far.send(address(l), 0, []byte("x"))
		within(t, "a packet", packets)
	}
	far.send(address(l), 0, []byte("x"))
	within(t, "a packet", packets)
	l.Hear(mix([]byte("x")))
	sent, ok := far.read()
	if !ok {
		t.Fatal("nothing was sent")
	}
	l.report(time.Now())
	buf := make([]byte, 2048)
	_ = far.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	n, err := far.conn.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	compound, err := rtcp.Unmarshal(buf[:n])
	if err != nil {
		t.Fatal(err)
	}
	sr, ok := compound[0].(*rtcp.SenderReport)
	if !ok || sr.SSRC != sent.SSRC || sr.PacketCount != 1 || len(sr.Reports) != 1 {
		t.Fatalf("report %v", compound[0])
	}
	if r := sr.Reports[0]; r.SSRC != far.ssrc || r.TotalLost != 4 || r.FractionLost != 4*256/21 {
		t.Errorf("reception report %+v: want 4 of 21 lost", r)
	}

	answer := rtcp.ReceiverReport{SSRC: far.ssrc, Reports: []rtcp.ReceptionReport{{
		SSRC: sent.SSRC, FractionLost: 64, Jitter: 80, LastSenderReport: uint32(sr.NTPTime >> 16),
	}}}
	data, err := answer.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	l.controlled(data, far.address(), time.Now().Add(100*time.Millisecond))
	s := l.Statistics()
	if s.RemoteLoss != 0.25 || s.RemoteJitter != 10*time.Millisecond || s.RoundTrip < 100*time.Millisecond || s.RoundTrip > time.Second {
		t.Errorf("statistics %+v", s)
	}
}

// TestReportsEqualWhatWasInjected takes a minute of sound through a network that
// loses and delays at random, and compares what is reported with what was done.
func TestReportsEqualWhatWasInjected(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	l.Agree(g711(far.address(), 101))
	random := rand.New(rand.NewPCG(1, 2))
	start := time.Now()
	type packet struct {
		data []byte
		at   time.Time
	}
	var arrivals []packet
	var lost uint32
	for i := range 3000 {
		if i > 0 && i < 2999 && random.Float64() < 0.05 {
			lost++
			continue
		}
		data := marshal(t, rtp.Packet{Header: rtp.Header{
			Version: 2, SequenceNumber: uint16(64000 + i), Timestamp: uint32(i * 160), SSRC: far.ssrc,
		}, Payload: []byte("x")})
		at := start.Add(time.Duration(i)*20*time.Millisecond + time.Duration(random.Int64N(int64(60*time.Millisecond))))
		arrivals = append(arrivals, packet{data, at})
	}
	slices.SortStableFunc(arrivals, func(a, b packet) int { return a.at.Compare(b.at) })
	// The jitter of RFC 3550 section 6.4.1, by its definition.
	var jitter, transit float64
	var p rtp.Packet
	for i, a := range arrivals {
		l.datagram(&p, a.data, far.address(), a.at, func(audio.Packet) {})
		now := a.at.Sub(start).Seconds()*8000 - float64(p.Timestamp)
		if i > 0 {
			jitter += (math.Abs(now-transit) - jitter) / 16
		}
		transit = now
	}
	report, ok := l.reception.Report()
	r := l.receptionReport(report, start.Add(time.Minute))
	if !ok || r.TotalLost != lost || r.FractionLost != uint8(lost*256/3000) || r.LastSequenceNumber&0xFFFF != (64000+2999)&0xFFFF {
		t.Errorf("report %+v; %d of 3000 were lost", r, lost)
	}
	if d := math.Abs(float64(r.Jitter) - jitter); d > 2 {
		t.Errorf("jitter %d in clock units, want %.1f", r.Jitter, jitter)
	}
	if s := l.Statistics(); s.Lost != int64(lost) || s.Received != uint64(3000-lost) {
		t.Errorf("statistics %+v", s)
	}
}
