package dtmf

import (
	"errors"
	"testing"
	"time"
)

// packet is an event packet as it arrives.
type packet struct {
	event  byte
	end    bool
	length uint16
	stamp  uint32
	ssrc   uint32
}

func (p packet) payload() []byte {
	b := []byte{p.event, 10, byte(p.length >> 8), byte(p.length)}
	if p.end {
		b[1] |= 0x80
	}
	return b
}

func TestReceiver(t *testing.T) {
	whole := func(event byte, stamp uint32) []packet {
		return []packet{
			{event, false, 160, stamp, 0},
			{event, false, 320, stamp, 0},
			{event, false, 480, stamp, 0},
			{event, true, 640, stamp, 0},
			{event, true, 640, stamp, 0},
			{event, true, 640, stamp, 0},
		}
	}
	from := func(ssrc uint32, packets []packet) []packet {
		for i := range packets {
			packets[i].ssrc = ssrc
		}
		return packets
	}
	join := func(parts ...[]packet) (all []packet) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	cases := []struct {
		name    string
		packets []packet
		want    string
	}{
		{"a whole event", whole(5, 1000), "5"},
		{"the same key twice", join(whole(1, 1000), whole(1, 3000)), "11"},
		{"keys of all kinds", join(whole(0, 100), whole(10, 2000), whole(11, 4000), whole(15, 6000)), "0*#D"},
		{"the start is lost", whole(7, 1000)[2:], "7"},
		{"a single end packet", whole(7, 1000)[5:], "7"},
		{"only the ends of two", join(whole(7, 1000)[4:], whole(7, 2000)[5:]), "77"},
		{"a short press: one packet, no end", []packet{{3, false, 160, 1000, 0}}, "3"},
		{"duration 0 throughout", []packet{{3, false, 0, 1000, 0}, {3, true, 0, 1000, 0}}, "3"},
		{"a straggler after the next key", join(whole(1, 1000), whole(2, 3000), whole(1, 1000)[5:]), "12"},
		{"a key held beyond the duration field", []packet{
			{9, false, 0xFFFF, 1000, 0}, {9, false, 160, 1000 + 0xFFFF, 0}, {9, true, 800, 1000 + 0xFFFF, 0},
		}, "9"},
		{"the timestamp wraps", join(whole(4, 0xFFFFFF00), whole(4, 0x00000500)), "44"},
		{"the sender's clock begins anew", join(whole(4, 0x70000000), whole(5, 1000)), "45"},
		{"another event at the same timestamp", join(whole(4, 1000), whole(5, 1000)), "45"},
		{"another SSRC whose clock is behind", join(whole(4, 3000), from(1, whole(5, 1000))), "45"},
		{"another SSRC with the same key at the same time", join(whole(4, 3000), from(1, whole(4, 3000))), "44"},
		{"a straggler of the SSRC before", join(whole(4, 3000), from(1, whole(5, 1000)), whole(4, 3000)[5:], from(1, whole(6, 3000))), "456"},
		{"two SSRCs by turns", join(whole(4, 3000)[:3], from(1, whole(5, 1000)[:3]), whole(4, 3000)[3:], from(1, whole(5, 1000)[3:])), "45"},
		{"the SSRC changes while a key is down", join(whole(4, 3000)[:2], from(1, whole(4, 1000)[2:]), from(1, whole(4, 3000))), "44"},
		{"the SSRC changes with every key", join(whole(1, 5000), from(1, whole(1, 4000)), from(2, whole(1, 3000)), from(3, whole(1, 2000)), from(4, whole(1, 1000))), "11111"},
		{"no key: flash and tones", join(whole(16, 1000), whole(66, 2000)), ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var r Receiver
			var got []byte
			for _, p := range c.packets {
				if key, ok := r.Packet(p.ssrc, p.payload(), p.stamp); ok {
					got = append(got, key)
				}
			}
			if string(got) != c.want {
				t.Errorf("keys %q, want %q", got, c.want)
			}
		})
	}
}

// TestThousandKeysWithLoss drops packets at random, but never all of a key.
func TestThousandKeysWithLoss(t *testing.T) {
	var r Receiver
	var sent, got []byte
	seed := uint32(1)
	for i := range 1000 {
		event := byte(i * 7 % 16)
		sent = append(sent, keys[event])
		left := 0
		for n := range 6 {
			seed = seed*1664525 + 1013904223
			if seed>>24 < 77 && (n < 5 || left > 0) { // 30 %
				continue
			}
			left++
			p := packet{event, n >= 3, uint16(min(n+1, 4) * 160), uint32(i) * 1600, 0}
			if key, ok := r.Packet(p.ssrc, p.payload(), p.stamp); ok {
				got = append(got, key)
			}
		}
	}
	if string(got) != string(sent) {
		t.Errorf("%d keys of %d arrived, or in another order", len(got), len(sent))
	}
}

func TestEncodeAndDecode(t *testing.T) {
	for i := range len(keys) {
		payload, ok := Encode(keys[i], true, 800)
		var r Receiver
		if key, pressed := r.Packet(7, payload[:], 1); !ok || !pressed || key != keys[i] {
			t.Errorf("%c came back as %c", keys[i], key)
		}
	}
	if _, ok := Encode('x', false, 0); ok {
		t.Error("x was taken for a key")
	}
	if p, ok := Encode('b', false, 0); !ok || p[0] != 13 {
		t.Error("a small letter was refused")
	}
}

func TestParseINFO(t *testing.T) {
	cases := []struct {
		contentType, body string
		key               byte // 0: refused
	}{
		{"application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5'},
		{"application/dtmf-relay", "Signal= *\nDuration=160", '*'},
		{"application/dtmf-relay", "signal=#", '#'},
		{"application/dtmf-relay; charset=utf-8", "Duration=100\r\nSignal=10\r\n", '*'},
		{"Application/DTMF-Relay", "Signal=11", '#'},
		{"application/dtmf-relay", "Signal=d", 'D'},
		{"application/dtmf", "7", '7'},
		{"application/dtmf", "#\r\n", '#'},
		{"application/dtmf", "Signal=7\r\n", '7'},
		{"application/dtmf", "", 0},
		{"application/dtmf", "77", 0},
		{"application/dtmf-relay", "Duration=160", 0},
		{"application/dtmf-relay", "Signal=16", 0},
		{"application/dtmf-relay", "Signal=x", 0},
		{"text/plain", "5", 0},
		{"", "5", 0},
	}
	for _, c := range cases {
		d, err := ParseINFO(c.contentType, []byte(c.body))
		if c.key == 0 {
			if !errors.Is(err, ErrNotDTMF) {
				t.Errorf("%q %q: %v, %v", c.contentType, c.body, d, err)
			}
			continue
		}
		if err != nil || d != (Digit{c.key, INFO}) {
			t.Errorf("%q %q: %v, %v", c.contentType, c.body, d, err)
		}
	}
}

func TestFilterLetsEachPressThroughOnce(t *testing.T) {
	type press struct {
		after  time.Duration
		key    byte
		method Method
	}
	cases := []struct {
		name    string
		presses []press
		want    string
	}{
		{"one method", []press{{0, '1', Event}, {100, '1', Event}, {100, '2', Event}}, "112"},
		{"both, event first", []press{{0, '1', Event}, {50, '1', INFO}, {300, '1', Event}, {50, '1', INFO}}, "11"},
		{"both, INFO first", []press{{0, '1', INFO}, {50, '1', Event}}, "1"},
		{"both, far behind each other", []press{{0, '1', Event}, {100, '1', Event}, {100, '1', INFO}, {100, '1', INFO}}, "11"},
		{"the other method much later is another press", []press{{0, '1', Event}, {2500, '1', INFO}}, "11"},
		{"another key by the other method", []press{{0, '1', Event}, {50, '2', INFO}}, "12"},
		{"all three", []press{{0, '1', InBand}, {50, '1', Event}, {50, '1', INFO}, {500, '1', Event}, {50, '1', INFO}, {0, '1', InBand}}, "11"},
		{"three presses in three ways, far apart", []press{{0, '1', InBand}, {100, '1', InBand}, {50, '1', INFO}, {50, '1', INFO}, {50, '1', Event}, {50, '1', Event}}, "11"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var f Filter
			now := time.Unix(0, 0)
			var got []byte
			for _, p := range c.presses {
				now = now.Add(p.after * time.Millisecond)
				if f.Admit(Digit{p.key, p.method}, now) {
					got = append(got, p.key)
				}
			}
			if string(got) != c.want {
				t.Errorf("let through %q, want %q", got, c.want)
			}
		})
	}
}

func FuzzReceiver(f *testing.F) {
	f.Add(uint32(1), []byte{5, 0x8A, 0, 160}, uint32(1000))
	f.Add(uint32(2), []byte{5, 10, 0, 240}, uint32(500))
	f.Add(uint32(1), []byte{16, 10, 0xFF, 0xFF}, uint32(0xFFFFFFFF))
	f.Add(uint32(0), []byte{1}, uint32(0))
	var r Receiver
	f.Fuzz(func(t *testing.T, ssrc uint32, payload []byte, stamp uint32) {
		if key, ok := r.Packet(ssrc, payload, stamp); ok && (indexOf(key) < 0 || len(payload) < 4) {
			t.Fatalf("key %q", key)
		}
		if _, again := r.Packet(ssrc, payload, stamp); again {
			t.Fatal("the same packet pressed twice")
		}
	})
}

func FuzzParseINFO(f *testing.F) {
	f.Add("application/dtmf-relay", []byte("Signal=5\r\nDuration=160\r\n"))
	f.Add("application/dtmf", []byte("#"))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		d, err := ParseINFO(contentType, body)
		if err == nil && (indexOf(d.Key) < 0 || d.Method != INFO) {
			t.Fatalf("digit %v", d)
		}
		if err != nil && !errors.Is(err, ErrNotDTMF) {
			t.Fatalf("error %v", err)
		}
	})
}
