package main

import (
	"bytes"
	"context"
	"io"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pion/rtcp"

	"partyline/cmd/internal/speech"
	"partyline/sip/softphone"
)

func TestParseStat(t *testing.T) {
	for _, test := range []struct {
		text string
		want time.Duration
		ok   bool
	}{
		{"812 (partyline) S 1 812 812 0 -1 4194560 9000 0 1 0 250 125 3 4 20 0 9 0 100 0 0", 3750 * time.Millisecond, true},
		{"812 (a) b (c) S 1 812 812 0 -1 4194560 9000 0 1 0 7 1 3 4 20 0 9 0 100 0 0", 80 * time.Millisecond, true},
		{"812 (partyline) S 1 812", 0, false},
		{"", 0, false},
	} {
		got, err := parseStat(test.text)
		if got != test.want || (err == nil) != test.ok {
			t.Errorf("parseStat(%q) = %v, %v; want %v", test.text, got, err, test.want)
		}
	}
}

func TestSippsStatistics(t *testing.T) {
	text := "StartTime;TotalCallCreated;FailedCall(C);ResponseTimeRepartition1_<1;ResponseTimeRepartition1_<2;ResponseTimeRepartition1_<5;ResponseTimeRepartition1_>=1000;\n" +
		"a\tb;1;0;1;0;0;0;\n" +
		"a\tb;100;3;60;30;9;1;\n"
	row, err := lastRow(text)
	if err != nil || row["TotalCallCreated"] != 100 || row["FailedCall(C)"] != 3 {
		t.Fatalf("lastRow = %v, %v", row, err)
	}
	for share, want := range map[float64]float64{0.5: 1, 0.9: 2, 0.99: 5, 1: math.Inf(1)} {
		if got := belowWhich(row, share); got != want {
			t.Errorf("%v of the answers came below %v ms, want %v", share, got, want)
		}
	}
	if _, err := lastRow("StartTime;\n"); err == nil {
		t.Error("a table without rows was read")
	}
}

func TestParseStatus(t *testing.T) {
	got, err := parseStatus("Name:\tpartyline\nVmPeak:\t  900 kB\nVmRSS:\t   41234 kB\nThreads:\t9\n")
	if got != 41234 || err != nil {
		t.Errorf("parseStatus = %d, %v", got, err)
	}
	if _, err := parseStatus("Name:\tkthreadd\n"); err == nil {
		t.Error("a status without VmRSS was accepted")
	}
}

func TestCPUTimeOfThisProcess(t *testing.T) {
	if _, err := cpuTime(1 << 30); err == nil {
		t.Error("a process that cannot be has used CPU time")
	}
	kB, err := residentSet(os.Getpid())
	if err != nil || kB < 1000 {
		t.Errorf("this test has %d kB of memory (%v)", kB, err)
	}
}

func TestParseMetrics(t *testing.T) {
	got := parseMetrics([]byte("# HELP x y\n# TYPE x counter\nx{a=\"b c\",d=\"e\"} 1.5e+06\ngo_goroutines 12\nbroken\n"))
	want := map[string]float64{`x{a="b c",d="e"}`: 1.5e6, "go_goroutines": 12}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPercentile(t *testing.T) {
	samples := []time.Duration{50, 10, 40, 20, 30}
	for share, want := range map[float64]time.Duration{0: 10, 0.2: 10, 0.5: 30, 0.95: 50, 1: 50} {
		if got := percentile(samples, share); got != want {
			t.Errorf("percentile %.2f = %d, want %d", share, got, want)
		}
	}
	if percentile(nil, 0.5) != 0 {
		t.Error("a percentile of nothing")
	}
}

func TestStreamCountsLoss(t *testing.T) {
	for _, test := range []struct {
		name string
		seqs []uint16
		lost int64
	}{
		{"in order", []uint16{7, 8, 9}, 0},
		{"one missing", []uint16{7, 9}, 1},
		{"late", []uint16{7, 9, 8}, 0},
		{"the first was late", []uint16{8, 7, 9}, 0},
		{"around the end", []uint16{65534, 65535, 0, 2}, 1},
		{"late before the end", []uint16{0, 65535, 1}, 0},
	} {
		s := &stream{}
		for _, seq := range test.seqs {
			s.count(seq, 100)
		}
		if s.lost() != test.lost || s.octets != uint64(100*len(test.seqs)) {
			t.Errorf("%s: %d lost of %d octets, want %d", test.name, s.lost(), s.octets, test.lost)
		}
	}
}

func TestStreamReports(t *testing.T) {
	s := &stream{}
	for _, seq := range []uint16{10, 11, 12, 13} {
		s.count(seq, 1)
	}
	first := s.report(5)
	for _, seq := range []uint16{14, 16} {
		s.count(seq, 1)
	}
	got := []rtcp.ReceptionReport{first, s.report(5), s.report(5)}
	want := []rtcp.ReceptionReport{
		{SSRC: 5, LastSequenceNumber: 1<<16 + 13},
		{SSRC: 5, LastSequenceNumber: 1<<16 + 16, FractionLost: 256 / 3, TotalLost: 1},
		{SSRC: 5, LastSequenceNumber: 1<<16 + 16, TotalLost: 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMediaIsToldFromTheRest(t *testing.T) {
	packet := func(first, second byte) []byte { return append([]byte{first, second}, make([]byte, 20)...) }
	for _, test := range []struct {
		b          []byte
		media, rtp bool
	}{
		{packet(0x80, 111), true, true},
		{packet(0x90, 0x80|63), true, true},
		{packet(0x81, 201), true, false},
		{packet(0, 1), false, false},
		{packet(22, 254), false, false},
		{[]byte{0x80}, false, false},
	} {
		media := isMedia(test.b)
		if media != test.media || media && isRTP(test.b) != test.rtp {
			t.Errorf("% x: media %v", test.b[:1], media)
		}
	}
}

func TestRedundant(t *testing.T) {
	got := redundant(111, []byte("before"), []byte("now"))
	// F=1, type 111, offset 960, length 6; then F=0, type 111: RFC 2198 §3.
	want := append([]byte{0xef, 0x0f, 0x00, 0x06, 0x6f}, "beforenow"...)
	if !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
}

func TestVoicesHaveNoPauses(t *testing.T) {
	said, err := encodeVoice(speech.VoiceNames()[0])
	if err != nil || len(said) < 100 {
		t.Fatalf("%d packets, %v", len(said), err)
	}
	for i, s := range said {
		if s.level >= pause || len(s.payload) < 10 {
			t.Fatalf("packet %d has %d octets at -%d dBov", i, len(s.payload), s.level)
		}
	}
}

func TestLoopbackOnly(t *testing.T) {
	sdp := strings.Join([]string{
		"v=0", "a=candidate:1 1 udp 2130706431 10.0.0.7 7882 typ host", "a=candidate:2 1 udp 2130706431 127.0.0.1 7882 typ host",
		"a=candidate:3 1 tcp 1671430143 127.0.0.1 7882 typ host tcptype passive", "a=mid:0", "",
	}, "\r\n")
	want := "v=0\r\na=candidate:2 1 udp 2130706431 127.0.0.1 7882 typ host\r\na=mid:0\r\n"
	if got := loopbackOnly(sdp); got != want {
		t.Errorf("got %q", got)
	}
}

func TestTables(t *testing.T) {
	results := []result{
		{"join", "synthetic", []figure{milliseconds("p50", 62500*time.Microsecond).aim(1000), {Name: "joins", Value: 50}}},
		{"join", "Chromium", []figure{milliseconds("p50", 1234*time.Millisecond).aim(1000), {Name: "joins", Value: math.NaN()}}},
	}
	var out, json strings.Builder
	if err := writeTables(&out, results); err != nil {
		t.Fatal(err)
	}
	want := `
       join  p50, ms  joins
  synthetic     62.5     50
   Chromium   1234 !      -
! join, Chromium: p50 is 1234 ms, the aim is at most 1000
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if err := writeJSON(&json, results); err != nil || strings.Contains(json.String(), "NaN") {
		t.Errorf("%v\n%s", err, json.String())
	}
}

func TestMiddle(t *testing.T) {
	var parts []interval
	for _, cpu := range []time.Duration{50, 20, 90, 30, 40} {
		parts = append(parts, interval{to: reading{cpu: cpu * time.Millisecond}})
	}
	median, least := middle(parts, func(i interval) float64 { return i.cpu().Seconds() })
	if median != 0.04 || least != 0.02 {
		t.Errorf("median %v, least %v", median, least)
	}
}

func TestWeightIsOfOne(t *testing.T) {
	few := reading{rss: 50_000, metrics: map[string]float64{"go_goroutines": 100}}
	many := reading{rss: 90_000, metrics: map[string]float64{"go_goroutines": 1800}}
	figures := weight(few, many, 100, 400)
	if got := figures[0]; got.Value != 409.6 || !got.missed() {
		t.Errorf("resident: %+v", got)
	}
	if got := figures[3]; got.Value != 17 || got.missed() {
		t.Errorf("goroutines: %+v", got)
	}
}

func TestOnset(t *testing.T) {
	start := time.UnixMilli(1_000_000)
	sound := make(softphone.Sound, 16000)
	sound[8000] = -audible - 1
	if got := onset(softphone.Recording{Start: start, Sound: sound}).Sub(start); got != 500*time.Millisecond {
		t.Errorf("onset after %v", got)
	}
	if !onset(softphone.Recording{Start: start, Sound: sound[:8000]}).IsZero() {
		t.Error("silence has an onset")
	}
}

func TestDelayOf(t *testing.T) {
	said, err := speech.Voice("slt")
	if err != nil {
		t.Fatal(err)
	}
	said = said[:4*speech.VoiceRate]
	heard := append(make([]int16, speech.VoiceRate/10), said...)
	got := delayOf(said, heard, -50*time.Millisecond)
	if len(got) != 1 || got[0].Round(time.Millisecond) != 50*time.Millisecond {
		t.Errorf("delay %v", got)
	}
	if got := delayOf(said, make([]int16, len(said)), 0); got != nil {
		t.Errorf("silence lags by %v", got)
	}
}

// TestInterrupted sees that Ctrl-C leaves no directory behind.
func TestInterrupted(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, []string{"forward"}, io.Discard, io.Discard); err == nil {
		t.Error("an interrupted run ended well")
	}
	left, err := os.ReadDir(os.TempDir())
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func TestASoakThatDoesNothingFails(t *testing.T) {
	tally := soakTally{counts: map[string]int{"host: move": 1, "held": 2, "killed": 3}}
	if errs := tally.idle(59 * time.Second); errs != nil {
		t.Errorf("a short one: %v", errs)
	}
	if errs := tally.idle(time.Minute); len(errs) != 1 || !strings.Contains(errs[0].Error(), "fell silent") {
		t.Errorf("without silent callers: %v", errs)
	}
}
