package ogg

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// quiet is 20 ms of nothing in CELT.
var quiet = []byte{0xf8, 0xff, 0xfe}

// stream is a file: one packet, a gap of that length, another packet.
func stream(t testing.TB, gap int64) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := NewWriter(&file, 7, Head{Rate: 16000, Comments: []string{"TITLE=mix", "DATE=2026-12-01"}})
	must(t, err)
	must(t, w.Packet(quiet, 960))
	must(t, w.Flush())
	must(t, w.Gap(gap))
	must(t, w.Packet(bytes.Repeat([]byte{0xf8, 1}, 600), 960)) // over several segments
	if want := 1920 + gap - gap%Grain; w.At() != want {
		t.Errorf("at %d after a gap of %d, want %d", w.At(), gap, want)
	}
	must(t, w.Flush())
	must(t, w.Close())
	return file.Bytes()
}

// lasts is the samples of one of our packets by its head.
func lasts(p []byte) int64 {
	switch {
	case p[0] == 0xf8:
		return 960
	case p[0] == celt20ms:
		return 960 * int64(p[1])
	case p[0] == celt10ms:
		return 480 * int64(p[1])
	default:
		return Grain * int64(p[1])
	}
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	for _, gap := range []int64{0, 119, 120, 480, 959, 960, 5760, 5761, 12345, 10 * 60 * Rate} {
		r, err := NewReader(bytes.NewReader(stream(t, gap)))
		must(t, err)
		if d := cmp.Diff([]string{"TITLE=mix", "DATE=2026-12-01"}, r.Comments); d != "" || r.Vendor != "partyline" || r.PreSkip != PreSkip {
			t.Error(d)
		}
		var at, packets int64
		for {
			p, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			must(t, err)
			at += lasts(p)
			packets++
			if page, read := r.At(); read && page != at {
				t.Errorf("gap %d: a page ends at %d, its packets at %d", gap, page, at)
			}
		}
		if want := gap/5760 + 3; packets < want || packets > want+25 {
			t.Errorf("gap %d: %d packets", gap, packets)
		}
	}
}

// TestOthersReadIt has Xiph's own program look for anything wrong.
func TestOthersReadIt(t *testing.T) {
	if _, err := exec.LookPath("opusinfo"); err != nil {
		if os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "" {
			t.Fatal(err)
		}
		t.Skip("no opusinfo here")
	}
	file := filepath.Join(t.TempDir(), "track.opus")
	must(t, os.WriteFile(file, stream(t, 61*Rate+480), 0o600))
	out, err := exec.Command("opusinfo", file).CombinedOutput()
	if err != nil || strings.Contains(string(out), "WARNING") || !strings.Contains(string(out), "Playback length: 1m:01.0") || !strings.Contains(string(out), "TITLE=mix") {
		t.Errorf("%v: %s", err, out)
	}
}

func TestACutStreamReadsAsFarAsItGoes(t *testing.T) {
	whole := stream(t, 0)
	for cut, packets := range map[int]int{1: 2, 30: 2, 100: 1, 1000: 1} {
		r, err := NewReader(bytes.NewReader(whole[:len(whole)-cut]))
		must(t, err)
		n := 0
		for ; ; n++ {
			if _, err = r.Next(); err != nil {
				break
			}
		}
		if n != packets || !errors.Is(err, ErrTruncated) {
			t.Errorf("%d octets cut: %d packets, %v", cut, n, err)
		}
	}
}

func TestWhatCannotBeWritten(t *testing.T) {
	w, err := NewWriter(io.Discard, 1, Head{})
	must(t, err)
	for _, p := range [][]byte{nil, make([]byte, 255*255)} {
		if err := w.Packet(p, 960); !errors.Is(err, errPacket) {
			t.Errorf("%d octets: %v", len(p), err)
		}
	}
	if err := w.Packet(quiet, 0); !errors.Is(err, errPacket) {
		t.Errorf("no samples: %v", err)
	}
	if _, err := NewWriter(io.Discard, 1, Head{Comments: []string{strings.Repeat("x", 1<<16)}}); !errors.Is(err, errPacket) {
		t.Errorf("a long comment: %v", err)
	}
	broken, _ := io.Pipe()
	must(t, broken.Close())
	_, in := io.Pipe()
	must(t, in.Close())
	if _, err := NewWriter(in, 1, Head{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("onto a closed pipe: %v", err)
	}
}

// FuzzReader reads anything; what begins as a stream of ours comes to an end.
func FuzzReader(f *testing.F) {
	f.Add(stream(f, 0))
	f.Add(stream(f, 5000))
	f.Add([]byte(capture))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := NewReader(bytes.NewReader(b))
		if err != nil {
			return
		}
		for range len(b) + 1 { // no packet without an octet of the file
			if _, err = r.Next(); err != nil {
				break
			}
		}
		if err == nil {
			t.Error("there is no end to it")
		}
	})
}

func BenchmarkPage(b *testing.B) {
	w, err := NewWriter(io.Discard, 1, Head{})
	must(b, err)
	packet := make([]byte, 80)
	b.ReportAllocs()
	for b.Loop() { // one second of speech
		for range 50 {
			must(b, w.Packet(packet, 960))
		}
		must(b, w.Flush())
	}
}
