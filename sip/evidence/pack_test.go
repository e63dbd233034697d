package evidence

import (
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var (
	epoch = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
	here  = netip.MustParseAddrPort("203.0.113.5:4000")
	there = netip.MustParseAddrPort("198.51.100.7:16384")
	six   = netip.MustParseAddrPort("[2001:db8::7]:16384")
)

// rtp makes a packet with 160 bytes of sound.
func rtp(sequence uint16, stamp, ssrc uint32, marker bool, size int) []byte {
	b := make([]byte, headerSize+size)
	b[0], b[1] = 0x80, 8
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], sequence)
	binary.BigEndian.PutUint32(b[4:], stamp)
	binary.BigEndian.PutUint32(b[8:], ssrc)
	for i := range size {
		b[headerSize+i] = 0xD5
	}
	return b
}

// both has a call send and receive sound for some time from a moment on, and tells
// each packet.
func both(t *Tape, from time.Time, length time.Duration, seen func(at time.Time, outward bool, data []byte)) {
	for i := range int(length / (20 * time.Millisecond)) {
		at := from.Add(time.Duration(i) * 20 * time.Millisecond)
		n := uint32(at.Sub(epoch) / (20 * time.Millisecond))
		for _, outward := range []bool{false, true} {
			data := rtp(uint16(65000+n), 4294960000+160*n, 7+uint32(direction(outward)), n == 0, 160)
			if !outward && n%97 == 13 { // lost on the way
				continue
			}
			t.RTP(at, outward, there, data)
			if seen != nil {
				seen(at, outward, data)
			}
			at = at.Add(3 * time.Millisecond)
		}
	}
}

func TestTapeGivesBackWhatWasWritten(t *testing.T) {
	tape := NewTape(64 << 10)
	var want []Packet
	both(tape, epoch, 5*time.Second, func(at time.Time, outward bool, data []byte) {
		want = append(want, Packet{At: at, Out: outward, Local: here, Peer: there, Header: data[:headerSize], Size: len(data)})
	})
	odd := rtp(1, 2, 99, true, 40)
	odd[0], odd[1] = 0x92, 101 // two CSRCs and an extension of one word
	binary.BigEndian.PutUint16(odd[22:], 1)
	at := epoch.Add(6 * time.Second)
	tape.RTP(at, false, six, odd)
	want = append(want, Packet{At: at, Local: here, Peer: six, Header: odd[:28], Size: len(odd)})
	report := []byte{ // RR, SDES with a CNAME and a name, BYE with a reason
		0x80, 201, 0, 1, 1, 2, 3, 4,
		0x82, 202, 0, 6, 1, 2, 3, 4, 1, 2, 'a', 'b', 0, 0, 0, 0, 9, 9, 9, 9, 2, 3, 'B', 'o', 'b', 0, 0, 0,
		0x81, 203, 0, 2, 1, 2, 3, 4, 2, 'n', 'o', 0,
	}
	tape.RTCP(at, true, false, there, report)
	kept := slices.Clone(report)
	for i, b := range kept {
		if b >= 'B' && b <= 'o' {
			kept[i] = 0
		}
	}
	want = append(want, Packet{At: at, Out: true, Control: true, Local: netip.AddrPortFrom(here.Addr(), 4001), Peer: there, Header: kept, Size: len(report)})
	tape.RTCP(at, true, true, there, report[:8])
	want = append(want, Packet{At: at, Out: true, Control: true, Local: here, Peer: there, Header: report[:8], Size: 8})

	messages := []Message{{At: epoch, Out: true, Again: true, Network: "tls", Local: here, Peer: six, Data: []byte("INVITE")}}
	got, err := Unpack(Pack(messages, 3, Leg{here, tape}, Leg{here, nil}))
	if err != nil {
		t.Fatal(err)
	}
	slices.SortStableFunc(want, func(a, b Packet) int { return a.At.Compare(b.At) })
	if diff := cmp.Diff(&Capture{Messages: messages, Missing: 3, Packets: want}, got, cmpopts.EquateComparable(netip.AddrPort{}), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff[:min(len(diff), 3000)])
	}
}

// TestTapeKeepsTheBeginningAndTheEnd: an hour of a call takes no more room than was
// given, and its first ten seconds and last minutes are there.
// TestTapeIsToldLate has packets noted after others that came later.
func TestTapeIsToldLate(t *testing.T) {
	tape := NewTape(64 << 10)
	var want []Packet
	for i := range 100 {
		n := uint32(i)
		came, went := epoch.Add(time.Duration(20*i)*time.Millisecond), epoch.Add(time.Duration(20*i+4)*time.Millisecond)
		in, back := rtp(uint16(n), 160*n, 7, false, 160), rtp(uint16(n), 160*n, 8, false, 160)
		tape.RTP(went, true, there, back)
		tape.RTP(came, false, there, in)
		want = append(want,
			Packet{At: came, Local: here, Peer: there, Header: in[:headerSize], Size: len(in)},
			Packet{At: went, Out: true, Local: here, Peer: there, Header: back[:headerSize], Size: len(back)})
	}
	got, err := Unpack(Pack(nil, 0, Leg{Local: here, Tape: tape}))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got.Packets, cmpopts.EquateComparable(netip.AddrPort{})); diff != "" {
		t.Error(diff)
	}
}

func TestTapeKeepsTheBeginningAndTheEnd(t *testing.T) {
	const room = 64 << 10
	tape := NewTape(room)
	both(tape, epoch, time.Hour, nil)
	used := 0
	for _, c := range slices.Concat(tape.opening, tape.latest) {
		used += cap(c.data)
	}
	if used > room {
		t.Errorf("%d bytes are used, of %d", used, room)
	}
	packed := Pack(nil, 0, Leg{here, tape})
	c, err := Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	early := slices.IndexFunc(c.Packets, func(p Packet) bool { return p.At.After(epoch.Add(10 * time.Second)) })
	if early < 985 {
		t.Errorf("%d packets of the first ten seconds are kept", early)
	}
	gap := c.Packets[early].At
	if end := epoch.Add(time.Hour); end.Sub(gap) < 2*time.Minute || end.Sub(c.Packets[len(c.Packets)-1].At) > time.Second {
		t.Errorf("of the end is kept what was from %v to %v", gap, c.Packets[len(c.Packets)-1].At)
	}
	if all := uint64(len(c.Packets)) + c.Skipped; all < 350000 || c.Skipped == 0 {
		t.Errorf("%d packets kept and %d skipped", len(c.Packets), c.Skipped)
	}
	t.Logf("%d packets, %d bytes, %d packed, the last %v", len(c.Packets), used, len(packed), epoch.Add(time.Hour).Sub(gap))
}

func TestUnpackRefusesWhatIsNone(t *testing.T) {
	tape := NewTape(0)
	both(tape, epoch, time.Second, nil)
	whole := Pack(nil, 0, Leg{here, tape})
	for _, b := range [][]byte{nil, []byte("PLE2"), []byte("PLE1"), whole[:len(whole)-20], []byte("PLE1\x00\x01")} {
		if _, err := Unpack(b); !errors.Is(err, ErrUnreadable) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	tape := NewTape(0)
	both(tape, epoch, time.Second, nil)
	f.Add(Pack([]Message{{At: epoch, Local: here, Peer: six, Data: []byte("INVITE")}}, 1, Leg{here, tape}))
	f.Add(Pack(nil, 0))
	f.Add([]byte("PLE1\x01\x00\x00\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Unpack(data)
		if err == nil {
			_ = c.WritePCAPNG(devNull{})
			_ = c.WriteHTML(devNull{}, "en")
		}
	})
}

// FuzzTape has any bytes be noted, and reads them back.
func FuzzTape(f *testing.F) {
	f.Add([]byte{0x80, 8, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2}, []byte{0x81, 200, 0, 6, 1, 2, 3, 4, 5}, uint16(3))
	f.Add([]byte{0xBF, 0xFF, 0, 1, 0, 0, 0, 1, 0, 0, 0, 9, 1, 2}, []byte{0x81, 202, 0xFF, 0xFF, 1, 2, 3, 4, 5}, uint16(900))
	f.Fuzz(func(t *testing.T, media, report []byte, times uint16) {
		tape := NewTape(0)
		for i := range int(times % 2000) {
			at := epoch.Add(time.Duration(i) * time.Duration(times) * 100 * time.Microsecond)
			tape.RTP(at, i%3 == 0, there, media)
			tape.RTCP(at, i%5 == 0, i%2 == 0, six, report)
			if len(media) > 4 {
				media[3] += byte(i % 2)
			}
		}
		if _, err := Unpack(Pack(nil, 0, Leg{here, tape})); err != nil {
			t.Fatal(err)
		}
	})
}

func BenchmarkTape(b *testing.B) {
	tape := NewTape(64 << 10)
	data := rtp(0, 0, 7, false, 160)
	b.ReportAllocs()
	for i := range b.N {
		binary.BigEndian.PutUint16(data[2:], uint16(i))
		binary.BigEndian.PutUint32(data[4:], uint32(160*i))
		tape.RTP(epoch.Add(time.Duration(i)*20*time.Millisecond), i%2 == 0, there, data)
	}
}

type devNull struct{}

func (devNull) Write(b []byte) (int, error) { return len(b), nil }

// at is an address with another port.
func at(a netip.AddrPort, port uint16) netip.AddrPort { return netip.AddrPortFrom(a.Addr(), port) }
