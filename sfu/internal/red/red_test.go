package red

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseAppend(t *testing.T) {
	blocks := []Block{
		{PayloadType: 111, Offset: 1920, Data: []byte("older")},
		{PayloadType: 111, Offset: 960, Data: bytes.Repeat([]byte{7}, 1023)},
		{PayloadType: 111, Data: []byte("primary")},
	}
	got, err := Parse(nil, Append(nil, 111, blocks))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(blocks, got); d != "" {
		t.Error(d)
	}
}

func TestAppendLeavesOutWhatCannotBeSaid(t *testing.T) {
	blocks := []Block{
		{Offset: 1 << 14, Data: []byte("too old")},
		{Offset: 960, Data: make([]byte, 1024)},
		{Offset: 0, Data: []byte("no offset")},
		{Offset: 960, Data: nil},
		{Data: []byte("primary")},
	}
	got, err := Parse(nil, Append(nil, 111, blocks))
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Block{{PayloadType: 111, Data: []byte("primary")}}, got); d != "" {
		t.Error(d)
	}
}

func TestParseRefuses(t *testing.T) {
	many := bytes.Repeat([]byte{0x80 | 111, 0, 0, 0}, MaxBlocks)
	for _, tt := range []struct {
		name    string
		payload []byte
		want    error
	}{
		{"nothing", nil, ErrTruncated},
		{"half a header", []byte{0x80 | 111, 0}, ErrTruncated},
		{"no primary header", []byte{0x80 | 111, 0, 0, 1}, ErrTruncated},
		{"block longer than the packet", []byte{0x80 | 111, 15, 0, 9, 111, 1}, ErrTruncated},
		{"too many", append(many, 111), ErrTooMany},
	} {
		if got, err := Parse(nil, tt.payload); !errors.Is(err, tt.want) || len(got) != 0 {
			t.Errorf("%s: %v, %v", tt.name, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte{111, 1, 2, 3})
	f.Add([]byte{0x80 | 111, 15, 0, 1, 111, 9, 1, 2})
	f.Add([]byte{0x80 | 111, 30, 0, 1, 0x80 | 111, 15, 0, 1, 111, 8, 9, 1, 2})
	f.Add([]byte{0x80 | 111, 0xff, 0xff, 0xff, 111})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, payload []byte) {
		blocks, err := Parse(nil, payload)
		if err != nil {
			return
		}
		total := 0
		for _, b := range blocks {
			total += len(b.Data)
		}
		if total > len(payload) || len(blocks) > MaxBlocks {
			t.Fatalf("%d octets in %d blocks from %d", total, len(blocks), len(payload))
		}
		again, err := Parse(nil, Append(nil, 111, blocks))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again[len(again)-1].Data, blocks[len(blocks)-1].Data) {
			t.Fatal("the primary changed")
		}
	})
}

func TestHealer(t *testing.T) {
	var h Healer
	if !h.Accept(65534) || h.Missing(65533) {
		t.Error("the first packet must be taken, and nothing before it")
	}
	if h.Accept(65534) {
		t.Error("taken twice")
	}
	if !h.Accept(1) { // 65535 and 0 are lost, across the wrap
		t.Error("newer packet refused")
	}
	for _, seq := range []uint16{65535, 0} {
		if !h.Missing(seq) {
			t.Errorf("%d is missing", seq)
		}
		if !h.Accept(seq) || h.Accept(seq) || h.Missing(seq) {
			t.Errorf("%d must be taken once", seq)
		}
	}
	h.Accept(80)
	if h.Accept(80-window) || h.Missing(80-window) {
		t.Error("beyond the window")
	}
	if !h.Accept(5000) || h.Missing(4999) {
		t.Error("a leap begins anew")
	}
}

func TestHistoryDepths(t *testing.T) {
	var h History
	frame := func(i int) []byte { return []byte{0x78, byte(i)} }
	for i := range 10 {
		h.Add(uint16(65530+i), uint32(i)*960, frame(i))
	}
	for _, tt := range []struct {
		depth Depth
		back  []int
	}{{One, []int{1}}, {Two, []int{2, 1}}, {Spaced, []int{4, 2}}, {Three, []int{3, 2, 1}}} {
		payload, isRED := h.Payload(tt.depth, 111)
		if !isRED {
			t.Fatal(tt.depth, "is not RED")
		}
		var want []Block
		for _, b := range tt.back {
			want = append(want, Block{111, uint32(b) * 960, frame(9 - b)})
		}
		want = append(want, Block{111, 0, frame(9)})
		got, err := Parse(nil, payload)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Error(tt.depth, d)
		}
		payload, _ = h.Payload(tt.depth, 109) // another listener's type
		if got, _ := Parse(nil, payload); got[0].PayloadType != 109 || got[len(got)-1].PayloadType != 109 {
			t.Error("payload type not the listener's", got)
		}
	}
	if p, isRED := h.Payload(None, 111); isRED || !bytes.Equal(p, frame(9)) {
		t.Error("plain", p, isRED)
	}
}

func TestHistoryKeepsToWhatIsThere(t *testing.T) {
	var h History
	h.Add(7, 960, []byte("first"))
	if p, isRED := h.Payload(Three, 111); isRED || string(p) != "first" {
		t.Error("nothing to add: plain", isRED)
	}
	h.Add(9, 3*960, []byte("third")) // 8 is a gap
	p, isRED := h.Payload(Two, 111)
	got, _ := Parse(nil, p)
	want := []Block{{111, 1920, []byte("first")}, {111, 0, []byte("third")}}
	if d := cmp.Diff(want, got); !isRED || d != "" {
		t.Error(isRED, d)
	}
	h.Late(8, 2*960, []byte("second"))
	p, _ = h.Payload(One, 111)
	if got, _ = Parse(nil, p); len(got) != 2 || string(got[0].Data) != "second" || string(got[1].Data) != "third" {
		t.Error("a late packet belongs in its place", got)
	}
	h.Add(10, 4*960, bytes.Repeat([]byte{1}, maxFrame))
	if p, isRED = h.Payload(Three, 111); isRED || len(p) != maxFrame {
		t.Error("a datagram must not overflow", len(p), isRED)
	}
}

// FuzzHistory adds packets in and out of order, of any length, and takes apart
// what comes out: at any depth the newest packet itself, and before it only
// packets that were added, at their distance in time.
func FuzzHistory(f *testing.F) {
	f.Add([]byte{1, 80, 1, 90, 1, 70, 2, 80, 255, 60, 1, 80})
	f.Add([]byte{1, 255, 1, 255, 1, 255, 1, 255, 7, 1, 1, 0, 249, 3})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var h History
		sent := make(map[uint32][]byte) // by timestamp
		newest, begun := uint32(65530), false
		for ; len(steps) >= 2; steps = steps[2:] {
			at := newest + uint32(int32(int8(steps[0])))
			data := bytes.Repeat([]byte{steps[0]}, 1+int(steps[1])*5)
			if data = data[:min(len(data), maxFrame)]; begun && int32(at-newest) <= 0 {
				if at == newest {
					continue
				}
				h.Late(uint16(at), at*960, data)
			} else {
				h.Add(uint16(at), at*960, data)
				newest, begun = at, true
			}
			sent[at*960] = data
			for d := None; d <= Depths; d++ {
				payload, isRED := h.Payload(d, 111)
				checkHistory(t, payload, isRED, d, newest*960, sent)
			}
		}
	})
}

func checkHistory(t *testing.T, payload []byte, isRED bool, d Depth, ts uint32, sent map[uint32][]byte) {
	t.Helper()
	if !isRED {
		if !bytes.Equal(payload, sent[ts]) {
			t.Fatalf("depth %d is plain and not the newest packet", d)
		}
		return
	}
	blocks, err := Parse(nil, payload)
	if err != nil || len(blocks) < 2 || len(blocks) > 4 || d == None || d >= Depths {
		t.Fatalf("depth %d has %d blocks: %v", d, len(blocks), err)
	}
	if len(payload) > budget+4*redundantHeader {
		t.Fatalf("depth %d has %d octets", d, len(payload))
	}
	for i, b := range blocks {
		if b.PayloadType != 111 || !bytes.Equal(b.Data, sent[ts-b.Offset]) {
			t.Fatalf("depth %d, block %d is not what was sent %d before", d, i, b.Offset)
		}
		if i > 0 && b.Offset >= blocks[i-1].Offset {
			t.Fatalf("depth %d, block %d is out of order", d, i)
		}
	}
	if blocks[len(blocks)-1].Offset != 0 {
		t.Fatalf("depth %d does not end with the newest packet", d)
	}
}

func FuzzHealer(f *testing.F) {
	f.Add([]byte{1, 1, 2, 200, 3, 255})
	f.Fuzz(func(t *testing.T, steps []byte) {
		var h Healer
		seq := uint16(65000)
		for _, s := range steps {
			seq += uint16(int16(int8(s)))
			fresh := h.Accept(seq)
			if h.Accept(seq) {
				t.Fatal("taken twice", seq, fresh)
			}
		}
	})
}
