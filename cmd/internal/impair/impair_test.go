package impair

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestRelayLosesTheShareItWasTold(t *testing.T) {
	server, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	r, err := Start(server.LocalAddr().(*net.UDPAddr).AddrPort(), Network{Loss: 0.3, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	client, err := net.DialUDP("udp4", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(r.Port()))))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()

	const sent = 2000
	got := 0
	buffer := make([]byte, 64)
	for range sent {
		if _, err := client.Write([]byte{0x80, 111}); err != nil { // looks like RTP
			t.Fatal(err)
		}
		// A STUN-like datagram behind each one is never lost: it paces the loop.
		if _, err := client.Write([]byte{0x00, 0x01}); err != nil {
			t.Fatal(err)
		}
		for {
			_ = server.SetReadDeadline(time.Now().Add(5 * time.Second))
			n, err := server.Read(buffer)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 && buffer[0] == 0 {
				break
			}
			got++
		}
	}
	if share := 1 - float64(got)/sent; share < 0.27 || share > 0.33 {
		t.Errorf("lost %.3f, want 0.30 ± 0.03", share)
	}
}
