package leg

import (
	"bytes"
	"context"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
	"partyline/sip/internal/sdes"
)

var everySuite = []sdes.Suite{
	sdes.AEAD128, sdes.AEAD256, sdes.AES256SHA180, sdes.AES128SHA180, sdes.AES256SHA132, sdes.AES128SHA132,
}

// protectedPair is a pair of agreements between two addresses, with keys.
func protectedPair(a, b netip.AddrPort, suite sdes.Suite) (atA, atB offer.Media) {
	keyA, keyB := sdes.New(1, suite), sdes.New(1, suite)
	atA, atB = g711(b, 101), g711(a, 101)
	atA.SRTP = &offer.Protection{Send: keyA, Receive: keyB}
	atB.SRTP = &offer.Protection{Send: keyB, Receive: keyA}
	return atA, atB
}

// TestProtectedSoundAndKeys is a call in each suite, with RTCP on a port of its
// own or not.
func TestProtectedSoundAndKeys(t *testing.T) {
	pool := ports(t)
	for _, suite := range everySuite {
		for _, mux := range []bool{false, true} {
			a, b := open(t, pool, Config{}), open(t, pool, Config{})
			atA, atB := protectedPair(address(a), address(b), suite)
			if mux {
				atA.Mux, atB.Mux, atA.RTCP, atB.RTCP = true, true, atA.RTP, atB.RTP
			}
			a.sender.sequence = 65530 // it wraps on the way
			a.Agree(atA)
			a.sender.sequence = 65530
			b.Agree(atB)
			fromB, _ := run(t, a)
			fromA, _ := run(t, b)
			for i := range byte(20) {
				a.Hear(mix([]byte{'a', i}))
				b.Hear(mix([]byte{'b', i}))
				if got := within(t, "a packet", fromA); !bytes.Equal(got.Payload, []byte{'a', i}) {
					t.Errorf("%v: b received %q", suite, got.Payload)
				}
				if got := within(t, "a packet", fromB); !bytes.Equal(got.Payload, []byte{'b', i}) {
					t.Errorf("%v: a received %q", suite, got.Payload)
				}
			}
			if _, err := a.Send('7', 40*time.Millisecond); err != nil {
				t.Fatal(err)
			}
			a.Hear(mix(nil))
			if d := within(t, "a key", b.Digits()); d != (dtmf.Digit{Key: '7', Method: dtmf.Event}) {
				t.Errorf("%v: key %v", suite, d)
			}
			a.report(time.Now())
			b.report(time.Now())
			poll(t, "reports in both directions", func() bool {
				a.report(time.Now())
				b.report(time.Now())
				return a.Statistics().RoundTrip > 0 && b.Statistics().RoundTrip > 0
			})
			if s := b.Statistics(); s.Forged != 0 || s.Malformed != 0 || s.Strangers != 0 || s.Lost != 0 {
				t.Errorf("%v: statistics %+v", suite, s)
			}
		}
	}
}

// poll waits for a condition.
func poll(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// protectedPeer is a bare socket that protects what it sends with a context of
// its own.
type protectedPeer struct {
	*peer
	context *srtp.Context
	sent    [][]byte
}

func newProtectedPeer(t *testing.T, c sdes.Crypto) *protectedPeer {
	t.Helper()
	context, err := newContext(c)
	if err != nil {
		t.Fatal(err)
	}
	return &protectedPeer{peer: newPeer(t), context: context}
}

// send protects a packet and sends it to a leg.
func (p *protectedPeer) send(to netip.AddrPort, payload string) {
	p.t.Helper()
	data := marshal(p.t, rtp.Packet{Header: rtp.Header{
		Version: 2, SequenceNumber: p.sequence, Timestamp: p.stamp, SSRC: p.ssrc,
	}, Payload: []byte(payload)})
	p.sequence++
	p.stamp += 160
	sealed, err := p.context.EncryptRTP(nil, data, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	p.sent = append(p.sent, sealed)
	p.raw(to, sealed)
}

// TestForgedAndReplayedPackets are dropped, and move nothing; nor is anything
// sent in the clear.
func TestForgedAndReplayedPackets(t *testing.T) {
	for _, suite := range everySuite {
		theirs := sdes.New(1, suite)
		far := newProtectedPeer(t, theirs)
		l := open(t, ports(t), Config{})
		media := g711(netip.MustParseAddrPort("10.1.2.3:4000"), 101) // it is behind NAT
		media.SRTP = &offer.Protection{Send: sdes.New(1, suite), Receive: theirs}
		l.Agree(media)
		packets, _ := run(t, l)

		stranger := newPeer(t)
		stranger.ssrc, stranger.sequence = far.ssrc, far.sequence
		for range 5 {
			stranger.send(address(l), 0, []byte("in the clear, and long enough for any tag"))
		}
		far.send(address(l), "mine")
		if got := within(t, "the peer's packet", packets); string(got.Payload) != "mine" {
			t.Errorf("%v: heard %q", suite, got.Payload)
		}
		far.raw(address(l), far.sent[0])
		damaged := bytes.Clone(far.sent[0])
		damaged[3]++ // the sequence number
		far.raw(address(l), damaged)
		far.raw(address(l), far.sent[0][:14])
		far.send(address(l), "mine again")
		if got := within(t, "the peer's packet", packets); string(got.Payload) != "mine again" {
			t.Errorf("%v: heard %q", suite, got.Payload)
		}
		if s := l.Statistics(); s.Forged != 8 || s.Received != 2 || s.Source != far.address() {
			t.Errorf("%v: statistics %+v", suite, s)
		}
		l.Hear(mix([]byte("plain text")))
		if p, ok := far.read(); !ok || bytes.Contains(p.Payload, []byte("plain")) {
			t.Errorf("%v: sent %q", suite, p.Payload)
		}
	}
}

// TestRekeying has new keys agreed on while packets under those before are still
// on their way; both directions begin to count anew.
func TestRekeying(t *testing.T) {
	for _, suite := range everySuite {
		first, second := sdes.New(1, suite), sdes.New(2, sdes.AES128SHA180)
		far := newProtectedPeer(t, first)
		l := open(t, ports(t), Config{})
		media := g711(far.address(), 101)
		media.SRTP = &offer.Protection{Send: sdes.New(1, suite), Receive: first}
		l.Agree(media)
		packets, _ := run(t, l)
		hear := func(want string) {
			t.Helper()
			if got := within(t, want, packets); string(got.Payload) != want {
				t.Errorf("%v: heard %q, want %q", suite, got.Payload, want)
			}
		}
		sent := func(c sdes.Crypto) rtp.Header {
			t.Helper()
			l.Hear(mix([]byte("ours")))
			buf := make([]byte, 2048)
			_ = far.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, err := far.conn.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			context, err := newContext(c)
			if err != nil {
				t.Fatal(err)
			}
			var header rtp.Header
			plain, err := context.DecryptRTP(nil, buf[:n], &header)
			if err != nil || !bytes.HasSuffix(plain, []byte("ours")) {
				t.Fatalf("%v: %q, %v", suite, plain, err)
			}
			return header
		}
		far.send(address(l), "one")
		hear("one")
		before := sent(media.SRTP.Send)

		l.Agree(media) // a refresh changes nothing
		if again := sent(media.SRTP.Send); again.SSRC != before.SSRC || again.SequenceNumber != before.SequenceNumber+1 {
			t.Errorf("%v: a refresh began a new stream", suite)
		}
		renewed := media
		renewed.SRTP = &offer.Protection{Send: sdes.New(2, sdes.AES128SHA180), Receive: second}
		l.Agree(renewed)
		if after := sent(renewed.SRTP.Send); after.SSRC == before.SSRC || after.SequenceNumber >= 1<<15 {
			t.Errorf("%v: new keys, and the stream goes on as %d at %d", suite, after.SSRC, after.SequenceNumber)
		}
		far.send(address(l), "on its way")
		hear("on its way")
		context, err := newContext(second)
		if err != nil {
			t.Fatal(err)
		}
		old := far.context
		far.context, far.sequence = context, 10 // with the same SSRC, counted anew
		far.send(address(l), "two")
		hear("two")
		l.in.Lock()
		l.unseal.until = time.Now().Add(-time.Second) // as if the overlap were over
		l.in.Unlock()
		far.context = old
		far.send(address(l), "too late")
		far.context = context
		far.send(address(l), "three")
		hear("three")
		if s := l.Statistics(); s.Forged != 1 {
			t.Errorf("%v: statistics %+v", suite, s)
		}
	}
}

// TestMasterKeyIndicator has the peer change from one of its keys to another.
func TestMasterKeyIndicator(t *testing.T) {
	for _, suite := range everySuite {
		theirs := sdes.New(1, suite)
		theirs.Keys = append(theirs.Keys, sdes.New(1, suite).Keys...)
		theirs.Keys[0].MKI, theirs.Keys[1].MKI = []byte{0, 1}, []byte{0, 2}
		far := newProtectedPeer(t, theirs)
		l := open(t, ports(t), Config{})
		media := g711(far.address(), 101)
		media.SRTP = &offer.Protection{Send: sdes.New(1, suite), Receive: theirs}
		l.Agree(media)
		packets, _ := run(t, l)
		for _, key := range theirs.Keys {
			if err := far.context.SetSendMKI(key.MKI); err != nil {
				t.Fatal(err)
			}
			far.send(address(l), "sound")
			if got := within(t, "a packet", packets); string(got.Payload) != "sound" {
				t.Errorf("%v: heard %q", suite, got.Payload)
			}
		}
	}
}

// TestNATRebinding has the peer's port change in the middle of a call: its sound
// is heard from there as soon as the old port is silent, and ours goes there.
func TestNATRebinding(t *testing.T) {
	theirs := sdes.New(1, sdes.AEAD128)
	far := newProtectedPeer(t, theirs)
	l := open(t, ports(t), Config{})
	media := g711(netip.MustParseAddrPort("10.1.2.3:4000"), 101)
	media.SRTP = &offer.Protection{Send: sdes.New(1, sdes.AEAD128), Receive: theirs}
	l.Agree(media)
	packets, _ := run(t, l)
	far.send(address(l), "from home")
	within(t, "a packet", packets)
	before := l.Statistics().Source
	far.peer.conn = newPeer(t).conn
	poll(t, "the stream from elsewhere", func() bool {
		far.send(address(l), "from elsewhere")
		return l.Statistics().Source == far.address()
	})
	if before == far.address() {
		t.Error("the test moved nothing")
	}
	l.Hear(mix([]byte("ours")))
	if _, ok := far.read(); !ok {
		t.Error("nothing is sent to where the peer is now")
	}
}

// TestUnusableKeysSilence sends nothing in the clear where keys cannot be used.
func TestUnusableKeysSilence(t *testing.T) {
	far := newPeer(t)
	var log strings.Builder
	l, err := Open(ports(t), Config{}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	media := g711(far.address(), 101)
	broken := sdes.Crypto{Tag: 1, Suite: sdes.AEAD128, Keys: []sdes.Key{{Key: []byte("shortshortshort"), Salt: []byte("s")}}}
	media.SRTP = &offer.Protection{Send: broken, Receive: broken}
	l.Agree(media)
	l.Hear(mix([]byte("plain text")))
	l.report(time.Now())
	if p, ok := far.read(); ok {
		t.Errorf("sent %q", p.Payload)
	}
	if !strings.Contains(log.String(), "cannot be used") || strings.Contains(log.String(), "short") {
		t.Errorf("the log:\n%s", log.String())
	}
}

func TestProtectionAllocatesNothing(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector empties the pools that ciphers take their buffers from")
	}
	for _, suite := range everySuite {
		far := newPeer(t)
		l := open(t, ports(t), Config{})
		key := sdes.New(1, suite)
		media := g711(far.address(), 101)
		media.SRTP = &offer.Protection{Send: key, Receive: key}
		l.Agree(media)
		m := mix(make([]byte, 160))
		if n := testing.AllocsPerRun(1000, func() { l.Hear(m) }); n != 0 {
			t.Errorf("%v: Hear allocates %v times", suite, n)
		}
		next := protectedStream(t, key)
		var p rtp.Packet
		sink := func(audio.Packet) {}
		from := far.address()
		buf := make([]byte, 0, 2048)
		if n := testing.AllocsPerRun(1000, func() { l.datagram(&p, next(buf), from, time.Now(), sink) }); n != 0 {
			t.Errorf("%v: receiving allocates %v times", suite, n)
		}
		if s := l.Statistics(); s.Received < 1000 || s.Forged != 0 {
			t.Errorf("%v: statistics %+v", suite, s)
		}
	}
}

// protectedStream makes the packets of a stream, one after the other, in buf.
func protectedStream(t testing.TB, c sdes.Crypto) func(buf []byte) []byte {
	context, err := newContext(c)
	if err != nil {
		t.Fatal(err)
	}
	plain := marshal(t, rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1}, Payload: make([]byte, 160)})
	var header rtp.Header
	sequence := uint16(0)
	return func(buf []byte) []byte {
		sequence++
		plain[2], plain[3] = byte(sequence>>8), byte(sequence)
		sealed, err := context.EncryptRTP(buf, plain, &header)
		if err != nil {
			t.Fatal(err)
		}
		return sealed
	}
}

// BenchmarkProtectedLeg is what one packet costs each way: written to a socket
// with protection, and taken from memory without the socket.
func BenchmarkProtectedLeg(b *testing.B) {
	for _, suite := range everySuite {
		far, err := Open(ports(b), Config{}, slog.New(slog.DiscardHandler))
		if err != nil {
			b.Fatal(err)
		}
		l := open(b, ports(b), Config{})
		key := sdes.New(1, suite)
		media := g711(address(far), 101)
		media.SRTP = &offer.Protection{Send: key, Receive: key}
		l.Agree(media)
		b.Run("send "+suite.String(), func(b *testing.B) {
			m := mix(make([]byte, 160))
			b.ReportAllocs()
			for b.Loop() {
				l.Hear(m)
			}
		})
		b.Run("receive "+suite.String(), func(b *testing.B) {
			fresh := sdes.New(1, suite) // each run counts from the start
			media.SRTP = &offer.Protection{Send: key, Receive: fresh}
			l.Agree(media)
			next := protectedStream(b, fresh)
			buf := make([]byte, 0, 2048)
			var p rtp.Packet
			sink := func(audio.Packet) {}
			from := address(far)
			b.ReportAllocs()
			for b.Loop() {
				l.datagram(&p, next(buf), from, time.Now(), sink)
			}
		})
		_ = far.Close()
	}
}

// FuzzProtectedDatagram feeds both ports of a leg with SRTP; nothing forged gets
// through.
func FuzzProtectedDatagram(f *testing.F) {
	key := sdes.New(1, sdes.AES128SHA180)
	f.Add(protectedStream(f, key)(nil))
	f.Add(marshal(f, rtp.Packet{Header: rtp.Header{Version: 2, SSRC: 1, CSRC: []uint32{2}}, Payload: []byte("sound")}))
	report, err := rtcp.Marshal([]rtcp.Packet{&rtcp.SenderReport{SSRC: 1, Reports: []rtcp.ReceptionReport{{SSRC: 9}}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(report)
	from := netip.MustParseAddrPort("192.0.2.1:4000")
	l := &Leg{digits: make(chan dtmf.Digit, 64), log: slog.New(slog.DiscardHandler)}
	media := g711(from, 101)
	media.Mux = true
	media.SRTP = &offer.Protection{Send: key, Receive: sdes.New(1, sdes.AES128SHA180)}
	l.Agree(media)
	f.Fuzz(func(t *testing.T, data []byte) {
		var p rtp.Packet
		l.datagram(&p, data, from, time.Now(), func(got audio.Packet) { t.Fatalf("passed on %+v", got) })
		l.controlled(data, from, time.Now())
		if l.Statistics().Source.IsValid() {
			t.Fatal("the latch took a stranger")
		}
	})
}

// TestGoodbye closes a call, and its peer is told.
func TestGoodbye(t *testing.T) {
	for _, protected := range []bool{false, true} {
		far := newPeer(t)
		l, err := Open(ports(t), Config{}, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- l.Run(ctx, func(audio.Packet) {}) }()
		media := g711(far.address(), 101)
		media.Mux, media.RTCP = true, media.RTP
		key := sdes.New(1, sdes.AES128SHA132)
		if protected {
			media.SRTP = &offer.Protection{Send: key, Receive: sdes.New(1, sdes.AES128SHA132)}
		}
		l.Agree(media)
		l.Hear(mix([]byte("sound")))
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := within(t, "the end", done); err != nil {
			t.Error(err)
		}
		bye := false
		buf := make([]byte, 2048)
		for range 2 {
			_ = far.conn.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, err := far.conn.Read(buf)
			if err != nil {
				t.Fatal(err)
			}
			if !isRTCP(buf[:n]) {
				continue
			}
			data := buf[:n]
			if protected {
				context, err := newContext(key)
				if err != nil {
					t.Fatal(err)
				}
				if data, err = context.DecryptRTCP(nil, data, nil); err != nil {
					t.Fatal(err)
				}
			}
			compound, err := rtcp.Unmarshal(data)
			if err != nil || len(compound) != 3 {
				t.Fatalf("%v, %v", compound, err)
			}
			cname := compound[1].(*rtcp.SourceDescription).Chunks[0].Items[0].Text
			if len(cname) != 16 || cname != l.name {
				t.Errorf("CNAME %q is not of 96 random bits", cname)
			}
			_, bye = compound[2].(*rtcp.Goodbye)
		}
		if !bye {
			t.Error("the peer is not told of the end")
		}
	}
}
