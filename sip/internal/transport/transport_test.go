package transport

import (
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handler answers 200 and keeps what came.
type handler struct {
	mu   sync.Mutex
	seen []string // CSeq numbers
	each func(Incoming)
}

func (h *handler) ServeSIP(in Incoming) {
	if h.each != nil {
		h.each(in)
	}
	h.mu.Lock()
	h.seen = append(h.seen, fmt.Sprint(in.CSeq().SeqNo))
	h.mu.Unlock()
	if !in.IsAck() {
		_ = in.Tx.Respond(sip.NewResponseFromRequest(in.Request, 200, "OK", nil))
	}
}

func (h *handler) Stray(*sip.Response)  {}
func (h *handler) Received(sip.Message) {}

func (h *handler) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.seen)
}

func start(t *testing.T, cfg Config, h Handler, log *slog.Logger) *Stack {
	t.Helper()
	return startLimited(t, cfg, h, log, maxSources)
}

func startLimited(t *testing.T, cfg Config, h Handler, log *slog.Logger, limit int) *Stack {
	t.Helper()
	cfg.UDP, cfg.TCP = "127.0.0.1:0", "127.0.0.1:0"
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	s, err := listen(cfg, h, log, limit)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return s
}

func dial(t *testing.T, network string, to netip.AddrPort) net.Conn {
	t.Helper()
	conn, err := net.Dial(network, to.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// request is a request as text.
func request(method string, call string, sequence int, network string) string {
	return fmt.Sprintf("%[1]s sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/%[4]s 127.0.0.1:5999;branch=z9hG4bK%[2]s.%[3]d;rport\r\n"+
		"From: <sip:a@b>;tag=f\r\nTo: <sip:c@d>;tag=t\r\nCall-ID: %[2]s\r\nCSeq: %[3]d %[1]s\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n",
		method, call, sequence, strings.ToUpper(network))
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

// TestOrder is trap D5: sipgo alone reversed most of these pairs.
func TestOrder(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			var mu sync.Mutex
			last := make(map[string]uint32)
			var wrong int
			h := &handler{each: func(in Incoming) {
				mu.Lock()
				defer mu.Unlock()
				call := in.CallID().Value()
				if in.CSeq().SeqNo != last[call]+1 {
					wrong++
				}
				last[call] = in.CSeq().SeqNo
			}}
			s := start(t, Config{Rate: 1e6}, h, nil)
			conn := dial(t, network, s.Local(network))
			const pairs = 1000
			for i := range pairs {
				call := fmt.Sprintf("pair%d", i)
				for sequence := 1; sequence <= 2; sequence++ {
					if _, err := conn.Write([]byte(request("INFO", call, sequence, network))); err != nil {
						t.Fatal(err)
					}
				}
				if i%20 == 19 { // no more than a socket's buffer holds
					await(t, "what was sent", func() bool { return h.count() >= 2*(i+1) })
				}
			}
			if wrong != 0 {
				t.Errorf("%d of %d pairs came in the wrong order", wrong, pairs)
			}
		})
	}
}

func TestOrderSurvivesRetransmissionsAndPanics(t *testing.T) {
	h := &handler{each: func(in Incoming) {
		if in.CSeq().SeqNo == 2 {
			panic("on purpose")
		}
	}}
	s := start(t, Config{}, h, nil)
	conn := dial(t, "udp", s.Local("udp"))
	for _, sequence := range []int{1, 1, 2, 1, 3, 2, 4} {
		if _, err := conn.Write([]byte(request("INFO", "call", sequence, "udp"))); err != nil {
			t.Fatal(err)
		}
	}
	statuses := map[string]string{}
	buf := make([]byte, 4096)
	for len(statuses) < 4 {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := conn.Read(buf)
		if err != nil {
			t.Fatalf("responses so far: %v", statuses)
		}
		for line := range strings.Lines(string(buf[:n])) {
			if strings.HasPrefix(line, "CSeq:") {
				statuses[strings.TrimSpace(line)] = string(buf[8:11])
			}
		}
	}
	if statuses["CSeq: 2 INFO"] != "500" || statuses["CSeq: 4 INFO"] != "200" {
		t.Errorf("responses %v", statuses)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if got := strings.Join(h.seen, " "); got != "1 3 4" {
		t.Errorf("handled %s", got)
	}
	s.order.mu.Lock()
	defer s.order.mu.Unlock()
	if len(s.order.waiting) != 0 {
		t.Errorf("%d requests are waited for", len(s.order.waiting))
	}
}

// TestJunkLeavesNothingBehind is trap D7: datagrams from many sources must
// neither fill memory nor the log, and calls go on.
func TestJunkLeavesNothingBehind(t *testing.T) {
	const junk = 20000
	cases := []struct {
		name       string
		allow      func(netip.Addr) bool
		turnedAway bool
		data       []byte
	}{
		{"from listed sources", nil, true, []byte("GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: scanner\r\n\r\n")},
		{
			"SIP from unlisted sources", func(a netip.Addr) bool { return a == netip.MustParseAddr("127.0.0.1") }, true,
			[]byte(request("OPTIONS", "scan", 1, "udp")),
		},
		{"garbled SIP", nil, false, []byte("INVITE sip:9011@127.0.0.1 SIP/2.0\r\n" + strings.Repeat("x", 200))},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var log bytes.Buffer
			h := &handler{}
			s := start(t, Config{Allow: c.allow, Rate: 20}, h, slog.New(slog.NewTextHandler(&log, nil)))
			before := heap()
			sent := flood(t, s.Local("udp"), c.data, junk)
			conn := dial(t, "udp", s.Local("udp"))
			await(t, "an honest request, behind all that was sent before it", func() bool {
				_, err := conn.Write([]byte(request("OPTIONS", "honest", sent, "udp")))
				return err == nil && h.count() > 0
			})
			if c.turnedAway && s.screen.gate.drops(notListed)+s.screen.gate.drops(notSIP) < uint64(sent)/2 {
				t.Errorf("only %d+%d of %d were turned away", s.screen.gate.drops(notListed), s.screen.gate.drops(notSIP), sent)
			}
			await(t, "a heap that has grown by less than 4 MB", func() bool { return int64(heap())-int64(before) < 4<<20 })
			if n := s.layer.Pool("udp").Size(); n > maxSources+2 {
				t.Errorf("sipgo remembers %d sources", n)
			}
			if log.Len() > 2000 {
				t.Errorf("%d bytes of log:\n%.3000s", log.Len(), &log)
			}
		})
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// flood sends datagrams from ever new addresses and ports of the loopback net,
// never from 127.0.0.1.
func flood(t *testing.T, to netip.AddrPort, data []byte, count int) (sent int) {
	t.Helper()
	for source := 0; sent < count; source++ {
		local := net.UDPAddr{IP: net.IPv4(127, 0, byte(source/250), byte(2+source%250))}
		conn, err := net.DialUDP("udp", &local, net.UDPAddrFromAddrPort(to))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if _, err := conn.Write(data); err == nil {
				sent++
			}
		}
		_ = conn.Close()
		if source%16 == 0 { // let the reader keep up: what the kernel drops proves nothing
			time.Sleep(200 * time.Microsecond)
		}
	}
	return sent
}

func TestAReadErrorDoesNotEndTheListener(t *testing.T) {
	h := &handler{}
	s := start(t, Config{}, h, nil)
	if err := s.udp.SetReadDeadline(time.Unix(1, 0)); err != nil { // every read fails now
		t.Fatal(err)
	}
	time.Sleep(120 * time.Millisecond)
	if err := s.udp.SetReadDeadline(time.Time{}); err != nil {
		t.Fatal(err)
	}
	conn := dial(t, "udp", s.Local("udp"))
	if _, err := conn.Write([]byte(request("OPTIONS", "after", 1, "udp"))); err != nil {
		t.Fatal(err)
	}
	await(t, "a request after the errors", func() bool { return h.count() == 1 })
}

// TestForgettingSourcesKeepsListening goes past the number at which sipgo's
// read loop is begun anew.
func TestForgettingSourcesKeepsListening(t *testing.T) {
	h := &handler{}
	s := startLimited(t, Config{Rate: 1e6}, h, nil, 10)
	first := s.reader.Load()
	for i := range 40 {
		conn := dial(t, "udp", s.Local("udp"))
		if _, err := conn.Write([]byte(request("OPTIONS", "call", i+1, "udp"))); err != nil {
			t.Fatal(err)
		}
		await(t, "a request", func() bool { return h.count() == i+1 })
	}
	if s.reader.Load() == first {
		t.Error("the read loop was not begun anew")
	}
	if n := s.layer.Pool("udp").Size(); n > 12 {
		t.Errorf("sipgo remembers %d sources", n)
	}
}

func TestTCPAdmission(t *testing.T) {
	s := start(t, Config{Allow: func(netip.Addr) bool { return false }}, &handler{}, nil)
	conn := dial(t, "tcp", s.Local("tcp"))
	_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || strings.Contains(err.Error(), "timeout") {
		t.Errorf("an unlisted connection stays open: %v", err)
	}
	s = start(t, Config{Rate: 5}, &handler{}, nil)
	conn = dial(t, "tcp", s.Local("tcp"))
	for i := range 100 {
		if _, err := conn.Write([]byte(request("OPTIONS", "fast", i+1, "tcp"))); err != nil {
			return
		}
		time.Sleep(time.Millisecond)
	}
	await(t, "the end of a connection that is too fast", func() bool { return s.screen.gate.drops(tooFast) > 0 })
}

func TestLooksLikeSIP(t *testing.T) {
	pad := "\r\n" + strings.Repeat("x", smallest)
	cases := map[string]bool{
		"INVITE sip:a@b SIP/2.0" + pad: true, "SIP/2.0 200 OK" + pad: true, "OPTIONS sip:a SIP/7.0" + pad: true,
		"GET / HTTP/1.1" + pad: false, "\r\n\r\n": false, "": false, "\x00\x01\x02" + pad: false, "<invite sip:a SIP/2.0" + pad: false,
		"INVITE sip:a@b SIP/2.0": false, "!odd sip:a SIP/2.0" + pad: true, "HELP" + pad: false,
	}
	for text, want := range cases {
		if got := looksLikeSIP([]byte(text)); got != want {
			t.Errorf("%.40q: %v", text, got)
		}
	}
}

func TestPaceIsPerSource(t *testing.T) {
	g := newGate(Config{Rate: 10}, slog.New(slog.DiscardHandler))
	now := time.Unix(1000, 0)
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	passed := 0
	for range 100 {
		if g.pace(a, now) == admitted {
			passed++
		}
	}
	if passed != 20 {
		t.Errorf("%d messages at once, want two seconds' worth", passed)
	}
	if g.pace(b, now) != admitted {
		t.Error("one source's flood stops another")
	}
	if g.pace(a, now.Add(100*time.Millisecond)) != admitted || g.pace(a, now.Add(100*time.Millisecond)) != tooFast {
		t.Error("a tenth of a second is worth one message")
	}
}

// TestHeadersWithBlanksAndCapitals is the wsinv case of RFC 4475 in small: sipgo
// alone loses these parameters.
func TestHeadersWithBlanksAndCapitals(t *testing.T) {
	text := strings.ReplaceAll(request("INFO", "call", 7, "udp"), ";branch=", " ; BRANCH = ")
	text = strings.ReplaceAll(text, "To: <sip:c@d>;tag=t", "TO : \"Q; x=1\" <sip:c@d;Lr>  ;  TAG = t ;a=B")
	text = strings.ReplaceAll(text, "CSeq: 7 INFO", "CSEQ:  7   INFO")
	var m message
	if !m.parse([]byte(text)) || m.malformed() {
		t.Fatalf("malformed: %q", text)
	}
	msg, err := sip.ParseMessage(m.appendTo(nil))
	if err != nil {
		t.Fatal(err)
	}
	if tag, _ := msg.To().Params.Get("tag"); tag != "t" {
		t.Errorf("To tag %q in %v", tag, msg.To())
	}
	if branch, _ := msg.Via().Params.Get("branch"); branch != "z9hG4bKcall.7" {
		t.Errorf("branch %q in %v", branch, msg.Via())
	}
	if msg.CSeq().MethodName != sip.INFO || msg.To().DisplayName != "Q; x=1" {
		t.Errorf("%v, %v", msg.CSeq(), msg.To())
	}
}

func FuzzTidyParameters(f *testing.F) {
	f.Add(`"a;B=c" <sip:X@Y;LR> ; TAG = x ;Q`)
	f.Add(` ; ; = = "`)
	f.Add("<\\\"")
	tidyParameters := func(s string) string { return string(appendTidy(nil, []byte(s))) }
	f.Fuzz(func(t *testing.T, s string) {
		once := tidyParameters(s)
		if len(once) > len(s) {
			t.Fatalf("%q grew to %q", s, once)
		}
		if twice := tidyParameters(once); twice != once {
			t.Fatalf("%q became %q and then %q", s, once, twice)
		}
	})
}

func TestPortInUseIsToldPlainly(t *testing.T) {
	s := start(t, Config{}, &handler{}, nil)
	_, err := Listen(Config{UDP: s.Local("udp").String()}, &handler{}, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "listen for SIP on UDP") {
		t.Errorf("error %v", err)
	}
}
