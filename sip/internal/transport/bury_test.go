package transport

import (
	"errors"
	"net"
	"net/netip"
	"testing"

	"github.com/emiago/sipgo/sip"
)

// TestNothingIsSentAfterTheEnd: what comes too late opens no socket, which would
// stay open.
func TestNothingIsSentAfterTheEnd(t *testing.T) {
	h := &handler{}
	s := start(t, Config{}, h, nil)
	peer, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(s.Local("udp")))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = peer.Close() }()
	if _, err := peer.Write([]byte(request("INFO", "late", 1, "udp"))); err != nil {
		t.Fatal(err)
	}
	await(t, "the request", func() bool { return h.count() > 0 })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	to := netip.MustParseAddrPort(peer.LocalAddr().String())
	made := func(method sip.RequestMethod) *sip.Request {
		req := sip.NewRequest(method, sip.Uri{Scheme: "sip", Host: to.Addr().String(), Port: int(to.Port())})
		req.SetTransport("UDP")
		req.SetDestination(to.String())
		id := sip.CallIDHeader("late")
		req.AppendHeader(&id)
		req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: method})
		return req
	}
	if err := s.Send(made(sip.ACK), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("an ACK: %v", err)
	}
	if _, err := s.Request(t.Context(), made(sip.OPTIONS), nil); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a request: %v", err)
	}
	if _, err := s.layer.GetConnection("udp", to.String()); err != nil {
		t.Errorf("a socket is opened for what comes from a peer: %v", err)
	}
}
