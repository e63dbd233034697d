package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/stun/v4"
)

// reflexive finds out by STUN (RFC 8489) at which address and port the world
// sees our UDP socket, again and again, as a router may be given another.
type reflexive struct {
	server string // "host:port"; empty: off
	log    *slog.Logger
	send   func(data []byte, to netip.AddrPort) error
	first  chan struct{} // closed once the first inquiry is over

	mu      sync.Mutex // guards what follows
	mapped  netip.AddrPort
	asked   netip.AddrPort // the server, while an answer is awaited
	id      [stun.TransactionIDSize]byte
	answers chan netip.AddrPort
	failing bool
}

const (
	stunEvery = 5 * time.Minute
	stunRetry = 30 * time.Second // after an inquiry that failed
	// stunFirst and stunTries are RFC 8489 section 6.2.1's RTO and Rc, the
	// latter smaller: after 7.5 s the next inquiry is due soon anyway.
	stunFirst = 500 * time.Millisecond
	stunTries = 4
)

var errNoAnswer = errors.New("the STUN server does not answer")

func newReflexive(server string, log *slog.Logger) *reflexive {
	return &reflexive{server: server, log: log, first: make(chan struct{}), answers: make(chan netip.AddrPort, 1)}
}

// address is how the world sees us; zero while that is not known.
func (r *reflexive) address() netip.AddrPort {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.mapped
}

// run inquires until ctx ends.
func (r *reflexive) run(ctx context.Context) {
	for first := true; ; first = false {
		pause := stunEvery
		if err := r.inquire(ctx); err != nil && ctx.Err() == nil {
			pause = stunRetry
			r.failed(err)
		}
		if first {
			close(r.first)
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// failed tells the log, once until it works again. What was found before stays.
func (r *reflexive) failed(err error) {
	r.mu.Lock()
	tell := !r.failing
	r.failing = true
	r.mu.Unlock()
	if tell {
		r.log.Warn("finding our public address failed, trying on", "server", r.server, "error", err)
	}
}

// inquire asks the server once, with repetitions.
func (r *reflexive) inquire(ctx context.Context) error {
	server, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", hostOf(r.server))
	if err != nil {
		return fmt.Errorf("find the STUN server: %w", err)
	}
	port, err := net.DefaultResolver.LookupPort(ctx, "udp", portOf(r.server))
	if err != nil {
		return fmt.Errorf("find the STUN server: %w", err)
	}
	to := netip.AddrPortFrom(server[0].Unmap(), uint16(port))
	request, err := stun.Build(stun.TransactionID, stun.BindingRequest, stun.Fingerprint)
	if err != nil {
		return err
	}
	r.mu.Lock()
	r.asked, r.id = to, request.TransactionID
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		r.asked = netip.AddrPort{}
		r.mu.Unlock()
	}()
	for wait := stunFirst; wait < stunFirst<<stunTries; wait *= 2 {
		if err := r.send(request.Raw, to); err != nil {
			return fmt.Errorf("ask the STUN server: %w", err)
		}
		timer := time.NewTimer(wait)
		select {
		case mapped := <-r.answers:
			timer.Stop()
			r.found(mapped)
			return nil
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
	return errNoAnswer
}

func (r *reflexive) found(mapped netip.AddrPort) {
	r.mu.Lock()
	before := r.mapped
	r.mapped, r.failing = mapped, false
	r.mu.Unlock()
	if mapped != before {
		r.log.Info("the world sees our SIP socket", "at", mapped.String())
	}
}

// deliver takes a datagram if it is the answer that is awaited. It runs for
// every datagram, so it looks at the first byte before anything else.
func (r *reflexive) deliver(data []byte, from netip.AddrPort) bool {
	if len(data) < 20 || data[0] != 1 || !stun.IsMessage(data) {
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.asked.IsValid() || from != r.asked {
		return false
	}
	mapped, ok := readBinding(data, r.id)
	if !ok {
		return false
	}
	r.asked = netip.AddrPort{}
	r.answers <- mapped // has room: one answer an inquiry
	return true
}

// readBinding reads the address in a success response to a binding request.
func readBinding(data []byte, id [stun.TransactionIDSize]byte) (netip.AddrPort, bool) {
	m := stun.New()
	if err := stun.Decode(data, m); err != nil || m.Type != stun.BindingSuccess || m.TransactionID != id {
		return netip.AddrPort{}, false
	}
	var xor stun.XORMappedAddress
	var plain stun.MappedAddress // of RFC 3489 servers
	ip, port := net.IP(nil), 0
	if xor.GetFrom(m) == nil {
		ip, port = xor.IP, xor.Port
	} else if plain.GetFrom(m) == nil {
		ip, port = plain.IP, plain.Port
	}
	addr, ok := netip.AddrFromSlice(ip)
	if !ok || port <= 0 || port > 65535 || addr.Unmap().IsUnspecified() {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(addr.Unmap(), uint16(port)), true
}

// ownSocket is for a stack without UDP: it asks from a socket of its own, whose
// port then means nothing.
func (r *reflexive) ownSocket(ctx context.Context) error {
	conn, err := net.ListenUDP("udp4", nil)
	if err != nil {
		return fmt.Errorf("open a socket for STUN: %w", err)
	}
	r.send = func(data []byte, to netip.AddrPort) error {
		_, err := conn.WriteToUDPAddrPort(data, to)
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 2048)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				r.deliver(buf[:n], netip.AddrPortFrom(from.Addr().Unmap(), from.Port()))
			}
		}
	}()
	r.run(ctx)
	err = conn.Close()
	<-done
	return err
}

func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

func portOf(address string) string {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return "3478"
	}
	return port
}
