package hep

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"partyline/sip/evidence"
	"partyline/sip/internal/transport"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// packet is a HEP3 packet as a collector reads it, by the protocol's document.
type packet struct {
	family, protocol, kind byte
	source, destination    netip.AddrPort
	at                     time.Time
	agent                  uint32
	password, payload      string
}

// read reads a packet. Every chunk must be there at most once and have its length.
func read(data []byte) (p packet, err error) {
	if len(data) < 6 || string(data[:4]) != "HEP3" || int(binary.BigEndian.Uint16(data[4:])) != len(data) {
		return p, fmt.Errorf("no HEP3 packet of %d bytes", len(data))
	}
	chunks := make(map[uint16][]byte)
	for rest := data[6:]; len(rest) > 0; {
		if len(rest) < 6 {
			return p, io.ErrUnexpectedEOF
		}
		vendor, kind, size := binary.BigEndian.Uint16(rest), binary.BigEndian.Uint16(rest[2:]), int(binary.BigEndian.Uint16(rest[4:]))
		if _, twice := chunks[kind]; vendor != 0 || size < 6 || size > len(rest) || twice {
			return p, fmt.Errorf("chunk %d of vendor %d has %d bytes", kind, vendor, size)
		}
		chunks[kind] = rest[6:size]
		rest = rest[size:]
	}
	for kind, size := range map[uint16]int{1: 1, 2: 1, 7: 2, 8: 2, 9: 4, 10: 4, 11: 1, 12: 4} {
		if len(chunks[kind]) != size {
			return p, fmt.Errorf("chunk %d has %d bytes of content", kind, len(chunks[kind]))
		}
	}
	p.family, p.protocol, p.kind = chunks[1][0], chunks[2][0], chunks[11][0]
	addresses := [2]uint16{3, 4}
	if p.family == 10 {
		addresses = [2]uint16{5, 6}
	}
	source, ok := netip.AddrFromSlice(chunks[addresses[0]])
	destination, ok2 := netip.AddrFromSlice(chunks[addresses[1]])
	if !ok || !ok2 || source.Is4() != (p.family == 2) {
		return p, fmt.Errorf("addresses are %x and %x", chunks[addresses[0]], chunks[addresses[1]])
	}
	p.source = netip.AddrPortFrom(source, binary.BigEndian.Uint16(chunks[7]))
	p.destination = netip.AddrPortFrom(destination, binary.BigEndian.Uint16(chunks[8]))
	p.at = time.Unix(int64(binary.BigEndian.Uint32(chunks[9])), int64(binary.BigEndian.Uint32(chunks[10]))*1000).UTC()
	p.agent, p.password, p.payload = binary.BigEndian.Uint32(chunks[12]), string(chunks[14]), string(chunks[15])
	return p, nil
}

const options = "OPTIONS sip:+4930901820123@198.51.100.7 SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.5;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\n" +
	"Call-ID: 1@b\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"

var (
	here  = netip.MustParseAddrPort("203.0.113.5:5060")
	there = netip.MustParseAddrPort("[::ffff:198.51.100.7]:5070")
	six   = netip.MustParseAddrPort("[2001:db8::7]:5061")
	at    = time.Date(2026, 12, 1, 10, 0, 0, 123456000, time.UTC)
)

func facing(network string, peer netip.Addr) netip.AddrPort {
	if peer.Unmap().Is4() {
		return here
	}
	return netip.MustParseAddrPort("[2001:db8::5]:5061")
}

func TestExporter(t *testing.T) {
	collector, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer collector.Close()
	e := New(Config{Collector: collector.LocalAddr().String(), Agent: 2001, Password: "pass"}, facing, slog.New(slog.DiscardHandler))
	data := []byte(options)
	e.Pass(transport.Passing{At: at, Out: true, Network: "udp", Peer: there, Data: data})
	e.Pass(transport.Passing{At: at, Network: "tls", Peer: six, Data: data})
	clear(data) // it is the sender's again
	masked := string(evidence.Mask([]byte(options), evidence.Everything))
	plain := netip.MustParseAddrPort("198.51.100.7:5070")
	for _, want := range []packet{
		{2, 17, 1, here, plain, at, 2001, "pass", masked},
		{10, 6, 1, six, facing("tls", six.Addr()), at, 2001, "pass", masked},
	} {
		buf := make([]byte, 1<<16)
		_ = collector.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, _, err := collector.ReadFrom(buf)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := read(buf[:n]); err != nil || got != want {
			t.Errorf("%v: %+v, want %+v", err, got, want)
		}
	}
	e.Close()
	if strings.Contains(masked, "4930901820123") {
		t.Error("a number is shown")
	}
}

// TestExporterNeverWaits: a collector that is nowhere to be found costs messages and
// nothing else, and calls know nothing of it.
func TestExporterNeverWaits(t *testing.T) {
	e := New(Config{Collector: "nowhere.invalid:9060"}, facing, slog.New(slog.DiscardHandler))
	const many = 3 * waiting
	for range many {
		e.Pass(transport.Passing{At: at, Network: "udp", Peer: there, Data: []byte(options)})
	}
	e.Close()
	if c := e.Counts(); c.Sent+c.Broken > 0 || c.Unreachable == 0 || c.Unreachable+c.QueueFull != many {
		t.Errorf("of %d messages %+v", many, c)
	}
	var none *Exporter
	none.Pass(transport.Passing{})
	none.Close()
}

func TestConfigIsChecked(t *testing.T) {
	for collector, good := range map[string]bool{"homer.example.com:9060": true, "[::1]:9060": true, "homer": false, "homer:": false, "": false} {
		if err := (Config{Collector: collector}).Validate(); (err == nil) != good {
			t.Errorf("%q: %v", collector, err)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []Config{{Network: "sctp"}, {Network: "tls", CA: "nowhere.pem"}, {Network: "tls", CA: empty}} {
		c.Collector = "homer:9060"
		if err := c.Validate(); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

// TestSngrep has a collector not of our making take the messages of a call.
func TestSngrep(t *testing.T) {
	switch _, err := exec.LookPath("sngrep"); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip("sngrep is not installed (Debian package sngrep)")
	}
	probe, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	collector := probe.LocalAddr().String()
	_ = probe.Close()
	file := filepath.Join(t.TempDir(), "hep.pcap")
	command := exec.CommandContext(t.Context(), "sngrep", "-N", "-q", "-L", "udp:"+collector, "-O", file)
	command.Env = append(os.Environ(), "TERM=xterm", "HOME="+t.TempDir())
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	e := New(Config{Collector: collector, Agent: 7, Masking: evidence.SecretsOnly}, facing, slog.New(slog.DiscardHandler))
	defer e.Close()
	invite := strings.ReplaceAll(options, "OPTIONS", "INVITE")
	deadline := time.Now().Add(20 * time.Second)
	for { // until it listens
		e.Pass(transport.Passing{At: time.Now(), Out: true, Network: "udp", Peer: there, Data: []byte(invite)})
		written, _ := os.ReadFile(file)
		if bytes.Contains(written, []byte("INVITE sip:+4930901820123@198.51.100.7 SIP/2.0\r\n")) {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("sngrep wrote %d bytes, without the message, and said %q", len(written), said.String())
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	_ = command.Process.Signal(os.Interrupt)
	_ = command.Wait()
}

// FuzzPacket: whatever passes, a collector can read the packet.
func FuzzPacket(f *testing.F) {
	f.Add([]byte(options), "pass", true, "198.51.100.7:5070")
	f.Add([]byte{}, "", false, "[2001:db8::7]:1")
	f.Fuzz(func(t *testing.T, data []byte, password string, out bool, peer string) {
		address, err := netip.ParseAddrPort(peer)
		if err != nil || len(password) > 1000 {
			return
		}
		m := message{transport.Passing{At: at, Out: out, Network: "udp", Peer: address, Data: data}, here}
		got, err := read(Config{Password: password}.appendTo(nil, m))
		if err != nil || got.password != password || !got.at.Equal(at) {
			t.Errorf("%v: %+v", err, got)
		}
	})
}
