package leg

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
)

// muLaw codes samples: ITU-T G.711.
func muLaw(samples []int16) []byte {
	out := make([]byte, len(samples))
	for i, s := range samples {
		value, sign := int(s), byte(0)
		if value < 0 {
			value, sign = -value, 0x80
		}
		value = min(value, 32635) + 0x84
		segment := byte(7)
		for mask := 0x4000; value&mask == 0 && segment > 0; mask >>= 1 {
			segment--
		}
		out[i] = ^(sign | segment<<4 | byte(value>>(segment+3))&0x0F)
	}
	return out
}

// toneOf is a key of so many packets of 20 ms in G.711.
func toneOf(key byte, packets int) []byte { return muLaw(dtmf.Generate(key, 8000, 160*packets)) }

// voice is a packet of sound that is no tone.
var voice = bytes.Repeat([]byte{0x40, 0x41}, 80)

// sendSound sends G.711 in packets of 20 ms.
func (p *peer) sendSound(l *Leg, sound []byte) {
	for len(sound) > 0 {
		p.send(address(l), 0, sound[:160])
		sound = sound[160:]
	}
}

// TestTonesAreKeysAndNotHeard presses keys as tones on a call without telephone
// events and on one with: both take them, and the room hears silence instead.
func TestTonesAreKeysAndNotHeard(t *testing.T) {
	for _, events := range []bool{false, true} {
		far := newPeer(t)
		l := open(t, ports(t), Config{})
		media := g711(far.address(), 101)
		if !events {
			media.Events = nil
		}
		l.Agree(media)
		packets, _ := run(t, l)
		far.sequence, far.stamp = 100, 0
		const script = "1*0"
		for _, key := range []byte(script) {
			far.sendSound(l, bytes.Repeat(voice, 3))
			far.sendSound(l, toneOf(key, 5))
			if got := within(t, "a key", l.Digits()); got != (dtmf.Digit{Key: key, Method: dtmf.InBand}) {
				t.Errorf("events %v: %v, want %c", events, got, key)
			}
		}
		far.sendSound(l, bytes.Repeat(voice, 3))
		silence := bytes.Repeat([]byte{0xFF}, 160)
		for i := range len(script)*8 + 3 {
			got := within(t, "a packet", packets)
			if got.Sequence != uint16(100+i) || got.Timestamp != uint32(160*i) {
				t.Fatalf("packet %d has number %d and timestamp %d", i, got.Sequence, got.Timestamp)
			}
			switch at := i % 8; {
			case at >= 3 && !bytes.Equal(got.Payload, silence):
				t.Errorf("events %v: packet %d of the tone is heard", events, at-3)
			case at == 2 && !bytes.Equal(got.Payload, voice): // what follows a tone at once goes with it
				t.Errorf("events %v: packet %d of the voice is not heard", events, i)
			}
		}
	}
}

// TestEachPressCountsOnce has one press come as event, by INFO and as a tone, in
// any order; and tones are not listened for any more once there was an event.
func TestEachPressCountsOnce(t *testing.T) {
	for _, order := range []string{"eit", "eti", "iet", "ite", "tei", "tie"} {
		far := newPeer(t)
		l := open(t, ports(t), Config{})
		l.Agree(g711(far.address(), 101))
		packets, _ := run(t, l)
		for _, way := range order {
			switch way {
			case 'e':
				payload, _ := dtmf.Encode('5', true, 800)
				far.send(address(l), 101, payload[:])
			case 'i':
				l.Press(dtmf.Digit{Key: '5', Method: dtmf.INFO})
			case 't':
				far.sendSound(l, toneOf('5', 5))
				far.sendSound(l, bytes.Repeat(voice, 3))
				for range 8 {
					within(t, "a packet", packets)
				}
			}
			if way != 'i' {
				poll(t, "what was sent", func() bool { return l.Statistics().Received == uint64(far.sequence-65530) })
			}
		}
		far.sendSound(l, toneOf('6', 5)) // passes as sound
		for range 5 {
			if got := within(t, "a packet", packets); bytes.Equal(got.Payload, bytes.Repeat([]byte{0xFF}, 160)) {
				t.Errorf("%s: a tone after an event is taken out", order)
			}
		}
		if got := within(t, "the key", l.Digits()); got.Key != '5' {
			t.Errorf("%s: key %v", order, got)
		}
		select {
		case d := <-l.Digits():
			t.Errorf("%s: also %v", order, d)
		default:
		}
	}
}

// impairer is a network between two legs, which loses 3 packets in 100 and has
// as many overtake each other.
type impairer struct {
	conn *net.UDPConn
	work sync.WaitGroup
}

// newImpairer passes what comes from one address on to the other.
func newImpairer(t *testing.T, from, to netip.AddrPort) *impairer {
	t.Helper()
	conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	i := &impairer{conn: conn}
	i.work.Go(func() { i.pass(from, to) })
	t.Cleanup(func() {
		_ = conn.Close()
		i.work.Wait()
	})
	return i
}

func (i *impairer) address() netip.AddrPort { return i.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

func (i *impairer) pass(from, to netip.AddrPort) {
	random := rand.New(rand.NewPCG(5, 6))
	var overtaken []byte
	for {
		buf := make([]byte, 2048)
		n, source, err := i.conn.ReadFromUDPAddrPort(buf)
		switch {
		case err != nil:
			return
		case plain(source) != from, random.IntN(100) < 3:
			continue
		case overtaken == nil && random.IntN(100) < 3:
			overtaken = buf[:n]
			continue
		}
		_, _ = i.conn.WriteToUDPAddrPort(buf[:n], to)
		if overtaken != nil {
			_, _ = i.conn.WriteToUDPAddrPort(overtaken, to)
			overtaken = nil
		}
	}
}

// TestThousandKeysOverALossyNetwork presses a thousand keys of 40 ms on one leg
// and hears them on another, with 3 % of the packets lost and others reordered.
func TestThousandKeysOverALossyNetwork(t *testing.T) {
	for _, agreed := range []func(netip.AddrPort) offer.Media{
		func(peer netip.AddrPort) offer.Media { return g711(peer, 101) }, opusAndKeys,
	} {
		pool := ports(t)
		from, to := open(t, pool, Config{}), open(t, pool, Config{})
		network := newImpairer(t, address(from), address(to))
		from.Agree(agreed(network.address()))
		to.Agree(agreed(network.address()))
		runDeaf(t, to)
		heard := make(chan []byte, 1)
		go func() { heard <- collectKeys(to, 1000) }()
		random := rand.New(rand.NewPCG(7, 8))
		var sent []byte
		for range 1000 {
			key := "0123456789*#ABCD"[random.IntN(16)]
			sent = append(sent, key)
			finished, err := from.Send(key, 40*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 + 2 { // the key, and a gap as short
				from.Hear(mix(voice))
			}
			<-finished
			time.Sleep(time.Millisecond / 2) // a socket buffer is no network
		}
		got := <-heard
		for i := range sent {
			if i >= len(got) || got[i] != sent[i] {
				t.Fatalf("of %d keys %d came, and number %d is another", len(sent), len(got), i)
			}
		}
		if len(got) != len(sent) {
			t.Errorf("of %d keys %d came", len(sent), len(got))
		}
		if s := to.Statistics(); s.Lost < 50 || s.Source != network.address() {
			t.Errorf("the network did not do its worst: %+v", s)
		}
	}
}

// runDeaf runs a leg for the length of a test; nobody listens.
func runDeaf(t *testing.T, l *Leg) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = l.Run(ctx, func(audio.Packet) {})
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// collectKeys reads keys until none has come for a second after the last that
// was waited for, or for ten before it.
func collectKeys(l *Leg, wanted int) (keys []byte) {
	for {
		patience := 10 * time.Second
		if len(keys) >= wanted {
			patience = time.Second
		}
		select {
		case d := <-l.Digits():
			keys = append(keys, d.Key)
		case <-time.After(patience):
			return keys
		}
	}
}

func TestListeningAllocatesNothing(t *testing.T) {
	l := open(t, ports(t), Config{})
	sink := func(audio.Packet) {}
	tone := toneOf('5', 1)
	payload := make([]byte, 160)
	sequence := uint16(0)
	if n := testing.AllocsPerRun(1000, func() {
		sequence++
		copy(payload, tone)
		if sequence%3 > 0 {
			copy(payload, voice)
		}
		l.overhear(audio.Packet{Codec: audio.PCMU, Sequence: sequence, Payload: payload}, false, sink)
	}); n != 0 {
		t.Errorf("listening for tones allocates %v times", n)
	}
}
