package leg

import (
	"bytes"
	"context"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var loopback = netip.MustParseAddr("127.0.0.1")

// ports are those that one goroutine reads, where the system has a way.
func ports(t testing.TB) *Ports {
	t.Helper()
	p := ownPorts(t)
	p.Share()
	return p
}

// ownPorts are those with a goroutine for each.
func ownPorts(t testing.TB) *Ports {
	t.Helper()
	p, err := NewPorts(loopback, 21000, 21999)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func open(t testing.TB, p *Ports, cfg Config) *Leg {
	t.Helper()
	l, err := Open(p, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return l
}

// g711 is an agreement with a peer at an address, PCMU under type 0 and keys
// under the given one.
func g711(peer netip.AddrPort, events uint8) offer.Media {
	return offer.Media{
		RTP: peer, RTCP: netip.AddrPortFrom(peer.Addr(), peer.Port()+1), Codec: audio.PCMU,
		Formats: []offer.Format{{Payload: 0, Codec: audio.PCMU}}, Events: []offer.Events{{Payload: events, Clock: 8000}},
		Direction: offer.SendRecv, Ptime: 20 * time.Millisecond,
	}
}

// opusAndKeys is an agreement on Opus, with keys on its 48 kHz clock.
func opusAndKeys(peer netip.AddrPort) offer.Media {
	m := g711(peer, 0)
	m.Codec = audio.Opus
	m.Formats = []offer.Format{{Payload: 111, Codec: audio.Opus}}
	m.Events = []offer.Events{{Payload: 110, Clock: 48000}}
	return m
}

func address(l *Leg) netip.AddrPort { return netip.AddrPortFrom(loopback, l.Port()) }

// run runs a leg for the length of a test; what it receives comes out of the
// channel, copied.
func run(t *testing.T, l *Leg) (packets <-chan audio.Packet, result <-chan error) {
	ctx, cancel := context.WithCancel(context.Background())
	out, done := make(chan audio.Packet, 1000), make(chan error, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		done <- l.Run(ctx, func(p audio.Packet) {
			p.Payload = append([]byte(nil), p.Payload...)
			out <- p
		})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return out, done
}

func within[T any](t *testing.T, what string, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(5 * time.Second):
		t.Fatalf("waited in vain for %s", what)
		panic("unreachable")
	}
}

// mix is a frame whose every encoding is payload.
func mix(payload []byte) *audio.Mix {
	m := new(audio.Mix)
	m.Reset(new(audio.Frame), func(audio.Codec) []byte { return payload })
	return m
}

// peer is a bare socket that plays the other side, or a stranger.
type peer struct {
	t        *testing.T
	conn     *net.UDPConn
	ssrc     uint32
	sequence uint16
	stamp    uint32
}

func newPeer(t *testing.T) *peer {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{t: t, conn: conn, ssrc: 4711, sequence: 65530, stamp: 1000}
}

func (p *peer) address() netip.AddrPort {
	return p.conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

func (p *peer) send(to netip.AddrPort, payloadType uint8, payload []byte) {
	p.t.Helper()
	packet := rtp.Packet{Header: rtp.Header{
		Version: 2, PayloadType: payloadType, SequenceNumber: p.sequence, Timestamp: p.stamp, SSRC: p.ssrc,
	}, Payload: payload}
	p.sequence++
	p.stamp += 160
	p.raw(to, marshal(p.t, packet))
}

func marshal(t testing.TB, packet rtp.Packet) []byte {
	data, err := packet.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func (p *peer) raw(to netip.AddrPort, data []byte) {
	p.t.Helper()
	if _, err := p.conn.WriteToUDPAddrPort(data, to); err != nil {
		p.t.Fatal(err)
	}
}

func (p *peer) read() (rtp.Packet, bool) {
	buf := make([]byte, 2048)
	_ = p.conn.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
	n, err := p.conn.Read(buf)
	if err != nil {
		return rtp.Packet{}, false
	}
	var packet rtp.Packet
	if err := packet.Unmarshal(buf[:n]); err != nil {
		p.t.Fatal(err)
	}
	return packet, true
}

func TestSoundBothWays(t *testing.T) {
	pool := ports(t)
	a, b := open(t, pool, Config{}), open(t, pool, Config{})
	a.Agree(g711(address(b), 101))
	b.Agree(g711(address(a), 101))
	atA, _ := run(t, a)
	atB, _ := run(t, b)
	for range 3 {
		a.Hear(mix([]byte("from a")))
		b.Hear(mix([]byte("from b")))
	}
	for i := range 3 {
		if got := within(t, "a packet", atB); string(got.Payload) != "from a" || got.Codec != audio.PCMU || got.Marker != (i == 0) {
			t.Errorf("b received %+v", got)
		}
		if got := within(t, "a packet", atA); string(got.Payload) != "from b" {
			t.Errorf("a received %+v", got)
		}
	}
	if s := a.Statistics(); s.Received != 3 || s.Sent != 3 || s.Lost != 0 || s.Source != address(b) {
		t.Errorf("statistics %+v", s)
	}
}

// TestTimestampsCountSilence has DTX leave gaps that the timestamp counts.
func TestTimestampsCountSilence(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMA, audio.Opus} {
		t.Run(codec.String(), func(t *testing.T) {
			far := newPeer(t)
			l := open(t, ports(t), Config{})
			media := g711(far.address(), 101)
			media.Codec, media.Payload = codec, 99
			l.Agree(media)
			for _, p := range [][]byte{[]byte("x"), []byte("x"), nil, nil, []byte("x")} {
				l.Hear(mix(p))
			}
			var got []rtp.Packet
			for range 3 {
				p, ok := far.read()
				if !ok || p.PayloadType != 99 {
					t.Fatal("a packet is missing")
				}
				got = append(got, p)
			}
			frame := uint32(codec.ClockRate() / 50)
			if got[1].Timestamp-got[0].Timestamp != frame || got[2].Timestamp-got[1].Timestamp != 3*frame {
				t.Errorf("timestamps %d %d %d: want steps of 1 and 3 frames", got[0].Timestamp, got[1].Timestamp, got[2].Timestamp)
			}
			if got[1].SequenceNumber-got[0].SequenceNumber != 1 || got[2].SequenceNumber-got[1].SequenceNumber != 1 {
				t.Error("a gap in the sequence numbers")
			}
			if !got[0].Marker || got[1].Marker || !got[2].Marker {
				t.Error("want a marker at each start")
			}
			if _, more := far.read(); more {
				t.Error("something was sent for a frame without payload")
			}
		})
	}
}

func TestStrangerMovesNothing(t *testing.T) {
	far, stranger := newPeer(t), newPeer(t)
	l := open(t, ports(t), Config{})
	l.Agree(g711(far.address(), 101))
	packets, _ := run(t, l)
	far.send(address(l), 0, []byte("mine"))
	within(t, "the peer's packet", packets)

	stranger.ssrc = 4712 // somebody who sees the stream may do worse: see the latch
	for range 20 {
		stranger.send(address(l), 0, []byte("theirs"))
	}
	stranger.raw(address(l), []byte("junk"))
	far.send(address(l), 0, []byte("mine again"))
	if got := within(t, "the peer's packet", packets); string(got.Payload) != "mine again" {
		t.Errorf("heard %q", got.Payload)
	}
	l.Hear(mix([]byte("answer")))
	if p, ok := far.read(); !ok || string(p.Payload) != "answer" {
		t.Error("the peer is no longer sent to")
	}
	if _, ok := stranger.read(); ok {
		t.Error("the stranger is sent to")
	}
	if s := l.Statistics(); s.Strangers != 20 || s.Received != 2 {
		t.Errorf("statistics %+v", s)
	}
}

func TestKeysWhateverTheirPayloadType(t *testing.T) {
	for _, agreed := range []func(peer netip.AddrPort) offer.Media{
		func(peer netip.AddrPort) offer.Media { return g711(peer, 96) },
		func(peer netip.AddrPort) offer.Media { return g711(peer, 101) },
		func(peer netip.AddrPort) offer.Media { return g711(peer, 127) },
		opusAndKeys,
	} {
		pool := ports(t)
		from, to := open(t, pool, Config{}), open(t, pool, Config{})
		from.Agree(agreed(address(to)))
		to.Agree(agreed(address(from)))
		run(t, to)
		for _, key := range []byte("1*1") {
			finished, err := from.Send(key, 60*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				from.Hear(mix([]byte("sound")))
			}
			within(t, "the key's end", finished)
			if got, want := within(t, "a key", to.Digits()), (dtmf.Digit{Key: key, Method: dtmf.Event}); got != want {
				t.Errorf("heard %v, want %v", got, want)
			}
		}
		to.Press(dtmf.Digit{Key: '*', Method: dtmf.INFO}) // the same press, by INFO as well
		to.Press(dtmf.Digit{Key: '7', Method: dtmf.INFO})
		if got := within(t, "a key", to.Digits()); got.Key != '7' {
			t.Errorf("a key came twice: %c", got.Key)
		}
	}
}

// TestKeysAreTimedByTheirClock reads a key off the wire: its duration counts in
// the clock of the sound that it interrupts (RFC 4733 section 2.1).
func TestKeysAreTimedByTheirClock(t *testing.T) {
	for _, test := range []struct {
		name   string
		agreed func(peer netip.AddrPort) offer.Media
		events offer.Events
	}{
		{"PCMU", func(peer netip.AddrPort) offer.Media { return g711(peer, 101) }, offer.Events{Payload: 101, Clock: 8000}},
		{"opus", opusAndKeys, offer.Events{Payload: 110, Clock: 48000}},
	} {
		t.Run(test.name, func(t *testing.T) {
			far := newPeer(t)
			l := open(t, ports(t), Config{})
			l.Agree(test.agreed(far.address()))
			finished, err := l.Send('5', 60*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				l.Hear(mix([]byte("sound")))
			}
			within(t, "the key's end", finished)
			frame := uint16(test.events.Clock / 50)
			var durations []uint16
			for p, ok := far.read(); ok; p, ok = far.read() {
				if p.PayloadType != test.events.Payload || p.Payload[0] != 5 {
					t.Errorf("payload type %d, %x", p.PayloadType, p.Payload)
				}
				durations = append(durations, binary.BigEndian.Uint16(p.Payload[2:]))
			}
			// The end is sent three times, lest it be lost.
			want := []uint16{frame, 2 * frame, 3 * frame, 3 * frame, 3 * frame}
			if diff := cmp.Diff(want, durations); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHearAllocatesNothing(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	l.Agree(g711(far.address(), 101))
	m := mix(make([]byte, 160))
	if n := testing.AllocsPerRun(1000, func() { l.Hear(m) }); n != 0 {
		t.Errorf("Hear allocates %v times", n)
	}
	var p rtp.Packet
	data := marshal(t, rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1}, Payload: make([]byte, 160)})
	sink := func(audio.Packet) {}
	from := far.address()
	if n := testing.AllocsPerRun(1000, func() { l.datagram(&p, data, from, time.Now(), sink) }); n != 0 {
		t.Errorf("receiving allocates %v times", n)
	}
}

// FuzzDatagram feeds both ports; what gets through must be of the peer's and of
// a codec agreed on.
func FuzzDatagram(f *testing.F) {
	voice := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1, CSRC: []uint32{2}}, Payload: []byte("sound")}
	padded := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1, Padding: true, PaddingSize: 4}, Payload: []byte("sound")}
	event, _ := dtmf.Encode('5', true, 800)
	key := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1, PayloadType: 101}, Payload: event[:]}
	for _, p := range []rtp.Packet{voice, padded, key} {
		f.Add(marshal(f, p))
	}
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 9}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(report)
	f.Add(binary.BigEndian.AppendUint64(nil, 0xBF00FFFFFFFFFFFF))
	from := netip.MustParseAddrPort("192.0.2.1:4000")
	l := &Leg{digits: make(chan dtmf.Digit, 64), log: slog.New(slog.DiscardHandler)}
	media := g711(from, 101)
	media.Mux = true
	l.Agree(media)
	f.Fuzz(func(t *testing.T, data []byte) {
		var p rtp.Packet
		l.datagram(&p, data, from, time.Now(), func(got audio.Packet) {
			if got.Codec != audio.PCMU && got.Codec != audio.CN || len(got.Payload) == 0 || len(got.Payload) > len(data) {
				t.Fatalf("passed on %+v", got)
			}
		})
		l.controlled(data, from, time.Now())
		select {
		case <-l.digits:
		default:
		}
	})
}

// processorTime is what this process has used of user and system time.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkLeg is one packet in and one out over real sockets, as a leg does 50
// times a second; cpu-ms/leg-s is what that comes to.
func BenchmarkLeg(b *testing.B) {
	pool := ports(b)
	near, far := open(b, pool, Config{}), open(b, pool, Config{})
	near.Agree(g711(address(far), 101))
	far.Agree(g711(address(near), 101))
	arrived := make(chan struct{}, 1)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = near.Run(ctx, func(audio.Packet) { arrived <- struct{}{} })
	}()
	m := mix(make([]byte, 160))
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		far.Hear(m)
		<-arrived
	}
	spent := processorTime(b) - before
	b.ReportMetric(50*spent.Seconds()*1000/float64(b.N), "cpu-ms/leg-s")
	cancel()
	<-done
}

// TestPtime sends in the packet times that peers wish for, or in one that they
// do not.
func TestPtime(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.G722} {
		for _, ptime := range []time.Duration{10, 20, 30, 40, 60} {
			for _, forced := range []bool{false, true} {
				far := newPeer(t)
				l := open(t, ports(t), Config{})
				media := g711(far.address(), 101)
				media.Codec, media.Ptime = codec, ptime*time.Millisecond
				if forced {
					media.Ptime = 20 * time.Millisecond
					l.Packetize(ptime * time.Millisecond)
				}
				l.Agree(media)
				checkPackets(t, l, far, int(ptime))
			}
		}
	}
}

// checkPackets sends 120 ms and looks at the packets, of ptime ms.
func checkPackets(t *testing.T, l *Leg, far *peer, ptime int) {
	t.Helper()
	for i := range byte(6) {
		l.Hear(mix(bytes.Repeat([]byte{i}, 160)))
	}
	var sound []byte
	var stamp uint32
	for i := range 120 / ptime {
		p, ok := far.read()
		if !ok || len(p.Payload) != ptime*8 {
			t.Fatalf("ptime %d: packet %d of %d bytes", ptime, i, len(p.Payload))
		}
		if i > 0 && p.Timestamp != stamp {
			t.Errorf("ptime %d: packet %d at %d, want %d", ptime, i, p.Timestamp, stamp)
		}
		stamp = p.Timestamp + uint32(len(p.Payload))
		sound = append(sound, p.Payload...)
	}
	for i, b := range sound {
		if int(b) != i/160 {
			t.Fatalf("ptime %d: byte %d is of frame %d", ptime, i, b)
		}
	}
}

// TestReagreementBeginsAPacket has a re-INVITE change codec and ptime while half
// a packet waits: nothing of the old codec goes out under the new type.
func TestReagreementBeginsAPacket(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	media := g711(far.address(), 101)
	media.Ptime = 60 * time.Millisecond
	l.Agree(media)
	l.Hear(mix(bytes.Repeat([]byte{0xAA}, 160)))
	media.Codec, media.Payload, media.Ptime = audio.PCMA, 8, 40*time.Millisecond
	l.Agree(media)
	checkPackets(t, l, far, 40)
}

// TestComfortNoise is handed on for what it is, under its static type or the one
// agreed on, and counts as life and not as loss.
func TestComfortNoise(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	media := g711(far.address(), 101)
	media.Formats = append(media.Formats, offer.Format{Payload: 99, Codec: audio.CN})
	l.Agree(media)
	packets, _ := run(t, l)
	for _, payloadType := range []uint8{0, 13, 99, 0} {
		far.send(address(l), payloadType, []byte{40})
		want := audio.PCMU
		if payloadType != 0 {
			want = audio.CN
		}
		if got := within(t, "a packet", packets); got.Codec != want {
			t.Errorf("type %d is %v", payloadType, got.Codec)
		}
	}
	if s := l.Statistics(); s.Lost != 0 || s.Received != 4 || s.Malformed != 0 {
		t.Errorf("statistics %+v", s)
	}
}

// TestPeerChangesItsStream has SSRC, timestamp and payload type change in the
// middle of a call, each without a word.
func TestPeerChangesItsStream(t *testing.T) {
	far := newPeer(t)
	l := open(t, ports(t), Config{})
	media := g711(far.address(), 101)
	media.Formats = append(media.Formats, offer.Format{Payload: 8, Codec: audio.PCMA})
	l.Agree(media)
	packets, _ := run(t, l)
	payloadType := uint8(0)
	for i, change := range []func(){
		func() {}, func() { far.ssrc = 99; far.sequence = 7 }, func() { far.stamp += 1 << 30 }, func() { payloadType = 8 },
		func() { far.ssrc, far.sequence, far.stamp, payloadType = 100, 65535, 5, 0 },
	} {
		change()
		for range 3 {
			far.send(address(l), payloadType, []byte{byte(i)})
			got := within(t, "a packet", packets)
			if got.Payload[0] != byte(i) || got.SSRC != far.ssrc || (got.Codec == audio.PCMA) != (payloadType == 8) {
				t.Errorf("change %d: received %+v", i, got)
			}
		}
	}
	if s := l.Statistics(); s.Lost != 0 || s.Received != 15 || s.Jitter > 100*time.Millisecond {
		t.Errorf("statistics %+v", s)
	}
}
