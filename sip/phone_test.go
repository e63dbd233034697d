package sip

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtp"
	"go.uber.org/goleak"

	"partyline/sip/internal/dialog"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/transport"
)

// house is a gateway with fakes around it, on loopback.
type house struct {
	*Gateway
	conference *fakeConference
	directory  *fakeDirectory
	seat       *fakeSeat
	observer   *fakeObserver
	log        *logged
}

// TestMain sees to it that no goroutine outlives the tests.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts a gateway, which is closed when the test ends.
func open(t *testing.T, change func(*Config)) *house {
	t.Helper()
	cfg := DefaultConfig()
	cfg.UDP, cfg.TCP = "127.0.0.1:0", "127.0.0.1:0"
	cfg.FirstPort, cfg.LastPort = 26384, 27383
	cfg.Phones = nil
	if change != nil {
		change(&cfg)
	}
	h := &house{conference: newFakeConference(), observer: newFakeObserver(), log: &logged{}}
	h.seat = &fakeSeat{
		events: h.conference.events, notices: make(chan Notice, 10),
		arrival: Arrival{Others: 3, Running: 12 * time.Minute}, there: Attendance{People: 12},
	}
	h.directory = &fakeDirectory{conference: h.conference, seat: h.seat}
	log := slog.New(slog.NewTextHandler(h.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	gateway, err := New(cfg, h.conference, h.directory, fakeAccounts{}, h.observer, log)
	if err != nil {
		t.Fatal(err)
	}
	h.Gateway = gateway
	gateway.t1 = 50 * time.Millisecond
	if err := gateway.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := gateway.Close(); err != nil {
			t.Error(err)
		}
		for _, secret := range []string{"123456789", "654321", "111222", "111111111", "000000", "888888888", "999999999", "digits/1 digits/2"} {
			if strings.Contains(stacks.ReplaceAllString(h.log.String(), ""), secret) {
				t.Errorf("%s is in the log:\n%s", secret, h.log.String())
			}
		}
	})
	return h
}

// stacks are full of addresses, which look like anything.
var stacks = regexp.MustCompile(`stack="(?:[^"\\]|\\.)*"`)

// phone is a telephone for the tests: PCMA and RFC 4733 events, no more.
type phone struct {
	t        *testing.T
	endpoint *dialog.Endpoint
	dialog   *dialog.Dialog
	rtp      *net.UDPConn
	stop     chan struct{}
	picked   chan struct{} // by a callee
	work     sync.WaitGroup
	talking  sync.Once // of a callee

	mute      atomic.Bool  // sends no RTP at all
	refused   atomic.Int64 // refusals of a callee that have no ACK yet
	invited   time.Time    // when the INVITE left
	answered  time.Time    // when it was answered
	firstTone atomic.Int64 // Unix ns of the first prompt frame since listen
	frames    atomic.Int64 // of any kind

	sending  sync.Mutex // guards what follows
	remote   netip.AddrPort
	sequence uint16
	stamp    uint32
}

// offerOf is a phone's session description.
func offerOf(port int, attributes string) string {
	return "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n" +
		fmt.Sprintf("m=audio %d RTP/AVP 8 101\r\n", port) +
		"a=rtpmap:8 PCMA/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n" + attributes
}

// newPhone makes a phone that has not dialled yet.
func newPhone(t *testing.T) *phone {
	t.Helper()
	socket, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := dialog.Listen(dialog.Config{
		Transport: transport.Config{UDP: "127.0.0.1:0"}, T1: 50 * time.Millisecond,
	}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	p := &phone{t: t, endpoint: endpoint, rtp: socket, stop: make(chan struct{})}
	t.Cleanup(p.close)
	return p
}

// dial calls the gateway and waits until it is answered.
func dial(t *testing.T, h *house) *phone {
	t.Helper()
	p := newPhone(t)
	if err := p.call(h, "100", offerOf(p.port(), "")); err != nil {
		t.Fatal(err)
	}
	p.heard()
	time.Sleep(60 * time.Millisecond) // nobody presses a key sooner
	return p
}

func (p *phone) port() int { return p.rtp.LocalAddr().(*net.UDPAddr).Port }

// call places the call; the error is how it was refused.
func (p *phone) call(h *house, number, sdp string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	p.invited = time.Now()
	d, err := p.endpoint.Invite(ctx, dialog.Invitee{
		Target: fmt.Sprintf("sip:%s@%s", number, h.UDP()),
		From:   "sip:+8613800138000@127.0.0.1",
		Offer:  func(netip.Addr) ([]byte, error) { return []byte(sdp), nil },
	})
	if err != nil {
		return err
	}
	p.answered = time.Now()
	p.dialog = d
	p.remote = remoteOf(p.t, string(d.RemoteAnswer()))
	p.work.Go(p.send)
	p.work.Go(p.receive)
	return nil
}

// remoteOf finds where an answer wants RTP.
func remoteOf(t *testing.T, sdp string) netip.AddrPort {
	t.Helper()
	_, line, ok := strings.Cut(sdp, "m=audio ")
	var port uint16
	if _, err := fmt.Sscan(line, &port); !ok || err != nil {
		t.Fatalf("no audio in the answer:\n%s", sdp)
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
}

// send sends silence every 20 ms.
func (p *phone) send() {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	silence := make([]byte, 160)
	for i := range silence {
		silence[i] = 0xD5
	}
	for {
		select {
		case <-tick.C:
			p.sending.Lock()
			p.stamp += 160
			if !p.mute.Load() {
				p.packet(8, p.stamp, false, silence)
			}
			p.sending.Unlock()
		case <-p.stop:
			return
		}
	}
}

// packet sends one RTP packet; p.sending is held.
func (p *phone) packet(payloadType uint8, stamp uint32, marker bool, payload []byte) {
	p.sequence++
	packet := rtp.Packet{
		Header: rtp.Header{
			Version: 2, PayloadType: payloadType, Marker: marker,
			SequenceNumber: p.sequence, Timestamp: stamp, SSRC: 0x1234,
		},
		Payload: payload,
	}
	raw, err := packet.Marshal()
	if err != nil {
		p.t.Error(err)
		return
	}
	_, _ = p.rtp.WriteToUDPAddrPort(raw, p.remote)
}

// receive notes what is heard: the fakes make prompts 0xAA.
func (p *phone) receive() {
	buf := make([]byte, 1500)
	for {
		n, err := p.rtp.Read(buf)
		if err != nil {
			return
		}
		p.frames.Add(1)
		if n > 12 && buf[12] == 0xAA {
			p.firstTone.CompareAndSwap(0, time.Now().UnixNano())
		}
	}
}

// press presses keys as RFC 4733 events of 60 ms.
func (p *phone) press(keys string) {
	p.t.Helper()
	for _, key := range []byte(keys) {
		p.sending.Lock()
		stamp := p.stamp
		for i, duration := range []uint16{160, 320, 480, 480, 480} {
			payload, ok := dtmf.Encode(key, i >= 2, duration)
			if !ok {
				p.t.Fatalf("%q is no key", key)
			}
			p.packet(101, stamp, i == 0, payload[:])
		}
		p.stamp += 480
		p.sending.Unlock()
		time.Sleep(40 * time.Millisecond) // a fast finger
	}
}

// info presses keys by SIP INFO.
func (p *phone) info(keys string) {
	p.t.Helper()
	for _, key := range keys {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		err := p.dialog.Info(ctx, "application/dtmf-relay", fmt.Appendf(nil, "Signal=%c\r\nDuration=160\r\n", key))
		cancel()
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// listen begins to wait for the next prompt.
func (p *phone) listen() { p.firstTone.Store(0) }

// heard waits for the first frame of a prompt and tells when it came.
func (p *phone) heard() time.Time {
	p.t.Helper()
	for range 6000 {
		if at := p.firstTone.Load(); at != 0 {
			return time.Unix(0, at)
		}
		time.Sleep(5 * time.Millisecond)
	}
	p.t.Fatal("no prompt was heard")
	return time.Time{}
}

// hungUpOn waits until the gateway ends the call.
func (p *phone) hungUpOn() dialog.Ending {
	p.t.Helper()
	select {
	case <-p.dialog.Done():
	case <-time.After(30 * time.Second):
		p.t.Fatal("the gateway did not hang up")
	}
	return p.dialog.Ending()
}

func (p *phone) hangUp() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := p.dialog.Bye(ctx, dialog.Cause{}); err != nil {
		p.t.Error(err)
	}
}

// hangUpIfUp hangs up a call that may have ended already.
func (p *phone) hangUpIfUp() {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	_ = p.dialog.Bye(ctx, dialog.Cause{})
}

func (p *phone) close() {
	if err := p.endpoint.Close(); err != nil {
		p.t.Error(err)
	}
	close(p.stop)
	_ = p.rtp.Close()
	p.work.Wait()
}

// wire is a SIP peer made of a socket and text, for what no decent user agent
// can be brought to do.
type wire struct {
	t     *testing.T
	conn  *net.UDPConn
	call  string
	toTag string
	cseq  int
}

func newWire(t *testing.T, h *house) *wire {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(h.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &wire{t: t, conn: conn, call: fmt.Sprintf("wire-%d", time.Now().UnixNano())}
}

// message makes a request of the call.
func (w *wire) message(method, contentType, body string) string {
	if method != "ACK" {
		w.cseq++
	}
	to := "<sip:100@127.0.0.1>"
	if w.toTag != "" {
		to += ";tag=" + w.toTag
	}
	m := fmt.Sprintf("%s sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%d%s;rport\r\n",
		method, w.conn.LocalAddr(), time.Now().UnixNano(), method) +
		fmt.Sprintf("From: <sip:+8613800138000@127.0.0.1>;tag=w\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\n", to, w.call, w.cseq, method) +
		fmt.Sprintf("Contact: <sip:w@%s>\r\nMax-Forwards: 70\r\n", w.conn.LocalAddr())
	if body != "" {
		m += "Content-Type: " + contentType + "\r\n"
	}
	return m + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
}

func (w *wire) send(message string) {
	w.t.Helper()
	if _, err := w.conn.Write([]byte(message)); err != nil {
		w.t.Fatal(err)
	}
}

// receive reads the next message that begins so, and skips others.
func (w *wire) receive(begins string, limit time.Duration) (string, bool) {
	w.t.Helper()
	_ = w.conn.SetReadDeadline(time.Now().Add(limit))
	buf := make([]byte, 65536)
	for {
		n, err := w.conn.Read(buf)
		if err != nil {
			return "", false
		}
		if strings.HasPrefix(string(buf[:n]), begins) {
			return string(buf[:n]), true
		}
	}
}

// header reads a header of a message.
func header(message, name string) string {
	for line := range strings.Lines(message) {
		key, value, found := strings.Cut(line, ":")
		if found && strings.EqualFold(key, name) {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// junk is a datagram that is no SIP.
func junk(i int) []byte {
	return binary.BigEndian.AppendUint64([]byte("not a SIP message, only noise from a scanner"), uint64(i))
}

// final waits for the final response to an INVITE and acknowledges it.
func (w *wire) final() string {
	w.t.Helper()
	for {
		response, ok := w.receive("SIP/2.0", 20*time.Second)
		if !ok {
			w.t.Fatal("no final response came")
		}
		if !strings.HasPrefix(response, "SIP/2.0 1") {
			return response
		}
	}
}

// respond makes a 200 to a request.
func respond(request string) string {
	out := "SIP/2.0 200 OK\r\n"
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		out += name + ": " + header(request, name) + "\r\n"
	}
	return out + "Content-Length: 0\r\n\r\n"
}
