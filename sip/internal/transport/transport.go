package transport

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Config says where to listen and whom to admit.
type Config struct {
	UDP, TCP  string                // addresses such as ":5060"; empty: off
	Advertise netip.Addr            // what peers are told to reach us at; zero: the local address facing each
	Allow     func(netip.Addr) bool // whose messages are read at all; nil: everybody's
	Rate      int                   // messages a second from one address; 200 when zero
	Idle      time.Duration         // after which a silent TCP connection is closed; 2 h when zero, as calls may say nothing for long
}

// Incoming is a request with the transaction to answer it in.
type Incoming struct {
	*sip.Request
	Tx *sip.ServerTx
	// Initial says that the INVITE came without a To tag and so asks for a new
	// dialog. A tag has been put into its To since, so that every response of
	// its transaction carries the same one (RFC 3261 section 8.2.6.2).
	Initial bool
}

// Handler is told what arrives. Requests of one Call-ID come one at a time and
// in the order of their arrival; ServeSIP must not block for long. A panic in it
// is logged and answered 500.
type Handler interface {
	ServeSIP(Incoming)
	// Stray takes a response for which there is no transaction (any more).
	Stray(*sip.Response)
	// Received is told of every message as it arrives, in order, on the
	// goroutine that reads; it must not block.
	Received(sip.Message)
}

// Stack is a set of SIP sockets with their transactions.
type Stack struct {
	cfg     Config
	log     *slog.Logger
	handler Handler
	gate    *gate
	order   *order
	layer   *sip.TransportLayer
	tx      *sip.TransactionLayer
	udp     *net.UDPConn
	limit   int                       // of sources that one read loop of udp sees
	reader  atomic.Pointer[datagrams] // the read loop of udp
	tcp     *connections
	closing chan struct{}
	closed  sync.Once
	serving sync.WaitGroup
}

// tuneLibrary sets what sipgo keeps in package variables. sipgo refuses
// datagrams above UDPMTUSize rather than send them in fragments; an INVITE with
// a few headers of a carrier's is larger, and everybody reassembles. Its log
// lines hold whole messages with numbers in clear, so they go nowhere.
var tuneLibrary = sync.OnceFunc(func() {
	sip.UDPMTUSize = 65535 - 28 + 200
	sip.SetDefaultLogger(slog.New(slog.DiscardHandler))
})

// Listen opens the sockets and begins to serve them.
func Listen(cfg Config, handler Handler, log *slog.Logger) (*Stack, error) {
	return listen(cfg, handler, log, maxSources)
}

// listen lets a read loop see no more than limit sources.
func listen(cfg Config, handler Handler, log *slog.Logger, limit int) (*Stack, error) {
	tuneLibrary()
	if cfg.Rate <= 0 {
		cfg.Rate = 200
	}
	if cfg.Idle <= 0 {
		cfg.Idle = 2 * time.Hour
	}
	s := &Stack{cfg: cfg, log: log, handler: handler, limit: limit, closing: make(chan struct{})}
	s.gate = newGate(cfg.Allow, cfg.Rate, log)
	s.order = newOrder(s.serve)
	if err := s.open(); err != nil {
		return nil, err
	}
	s.layer = sip.NewTransportLayer(net.DefaultResolver, sip.NewParser(sip.WithHeadersParsers(headerParsers())), nil,
		sip.WithTransportLayerLogger(slog.New(slog.DiscardHandler)),
		sip.WithTransportLayerTransports(sip.TransportsConfig{
			TCP: &sip.TransportTCP{ReadTimeout: cfg.Idle, WriteTimeout: 5 * time.Second},
		}))
	s.layer.OnMessage(s.arrived) // before the transaction layer's, which starts goroutines
	s.tx = sip.NewTransactionLayer(s.layer,
		sip.WithTransactionLayerLogger(slog.New(slog.DiscardHandler)),
		sip.WithTransactionLayerUnhandledResponseHandler(handler.Stray))
	s.tx.OnRequest(s.order.deliver)
	s.start()
	return s, nil
}

// open binds the sockets that are configured.
func (s *Stack) open() (err error) {
	if s.cfg.UDP != "" {
		if s.udp, err = listenDatagrams(s.cfg.UDP); err != nil {
			return fmt.Errorf("listen for SIP on UDP %s: %w", s.cfg.UDP, err)
		}
		s.reader.Store(newDatagrams(s.udp, s.gate, s.limit, s.closing))
	}
	if s.cfg.TCP != "" {
		if s.tcp, err = listenConnections(s.cfg.TCP, s.gate, s.closing); err != nil {
			if s.udp != nil {
				_ = s.udp.Close()
			}
			return fmt.Errorf("listen for SIP on TCP %s: %w", s.cfg.TCP, err)
		}
	}
	return nil
}

func (s *Stack) start() {
	if s.udp != nil {
		s.serving.Go(s.serveUDP)
	}
	if s.tcp != nil {
		s.serving.Go(func() { _ = s.layer.ServeTCP(s.tcp) })
	}
	s.serving.Go(s.tidy)
}

// serveUDP reads the UDP socket, anew whenever sipgo is to forget its sources.
func (s *Stack) serveUDP() {
	for {
		_ = s.layer.ServeUDP(s.reader.Load())
		select {
		case <-s.closing:
			return
		default:
			s.reader.Store(newDatagrams(s.udp, s.gate, s.limit, s.closing))
		}
	}
}

// tidy lets the order expire what it keeps.
func (s *Stack) tidy() {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	forget := time.Now().Add(memory)
	for {
		select {
		case <-s.closing:
			return
		case now := <-second.C:
			due := now.After(forget)
			if due {
				forget = now.Add(memory)
			}
			s.order.tidy(now, due)
		}
	}
}

// arrived is called by the read loops for each message, in order.
func (s *Stack) arrived(msg sip.Message) {
	s.handler.Received(msg)
	req, ok := msg.(*sip.Request)
	if !ok {
		return
	}
	in := Incoming{Request: req}
	if to := req.To(); to != nil && req.IsInvite() && !to.Params.Has("tag") {
		to.Params.Add("tag", sip.GenerateTagN(16))
		in.Initial = true
	}
	s.order.announce(req, in, time.Now())
}

// serve calls the handler and keeps its panics to the request that caused them.
func (s *Stack) serve(in Incoming) {
	defer func() {
		if what := recover(); what != nil {
			s.log.Error("handling a SIP request panicked", "method", in.Method, "panic", what, "stack", string(debug.Stack()))
			if !in.IsAck() {
				_ = in.Tx.Respond(sip.NewResponseFromRequest(in.Request, sip.StatusInternalServerError, "Server Internal Error", nil))
			}
		}
		if in.IsAck() { // nothing answers an ACK, so nothing else would end this
			in.Tx.Terminate()
		}
	}()
	s.handler.ServeSIP(in)
}

// Request sends a request in a transaction of its own. The request must say its
// network (SetTransport); a Via is added. The caller must drain Responses until
// Done.
func (s *Stack) Request(ctx context.Context, req *sip.Request) (*sip.ClientTx, error) {
	s.address(req)
	tx, err := s.tx.Request(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("send %s: %w", req.Method, err)
	}
	return tx, nil
}

// Send sends a request outside of any transaction: an ACK.
func (s *Stack) Send(req *sip.Request) error {
	s.address(req)
	if err := s.layer.WriteMsg(req); err != nil {
		return fmt.Errorf("send %s: %w", req.Method, err)
	}
	return nil
}

// address adds a Via, unless there is one, and picks the listening socket for
// UDP, so that answers come where NATs and firewalls expect them.
func (s *Stack) address(req *sip.Request) {
	network := strings.ToLower(req.Transport())
	if req.Via() == nil {
		local := s.Facing(network, s.host(req.Destination()))
		via := &sip.ViaHeader{
			ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: strings.ToUpper(network),
			Host: local.Addr().String(), Port: int(local.Port()), Params: sip.NewParams(),
		}
		via.Params.Add("branch", sip.GenerateBranch())
		via.Params.Add("rport", "")
		req.PrependHeader(via)
	}
	if network == "udp" && s.udp != nil {
		local := s.Local("udp")
		req.Laddr = sip.Addr{IP: local.Addr().AsSlice(), Port: int(local.Port())}
		select { // sipgo must have adopted the socket, or it would bind another
		case <-s.reader.Load().reading:
		case <-s.closing:
		}
	}
}

// host gives the address of a destination, or the zero Addr for a name.
func (s *Stack) host(destination string) netip.Addr {
	host, _, err := net.SplitHostPort(destination)
	if err != nil {
		host = destination
	}
	a, _ := netip.ParseAddr(host)
	return a
}

// Local is the address listened on for a network ("udp", "tcp"); zero when off.
func (s *Stack) Local(network string) netip.AddrPort {
	switch {
	case strings.EqualFold(network, "udp") && s.udp != nil:
		return addrPort(s.udp.LocalAddr())
	case strings.EqualFold(network, "tcp") && s.tcp != nil:
		return addrPort(s.tcp.Addr())
	default:
		return netip.AddrPort{}
	}
}

// Connected tells whether a stream to a peer is open.
func (s *Stack) Connected(network string, peer netip.AddrPort) bool {
	pool := s.layer.Pool(network)
	if pool == nil {
		return false
	}
	conn := pool.Get(peer.String())
	if conn == nil {
		return false
	}
	_, _ = conn.TryClose() // gives the reference back that Get took
	return true
}

// Facing is the address that a peer is to be told for a network: the one
// configured, or the local address from which packets to the peer leave.
func (s *Stack) Facing(network string, peer netip.Addr) netip.AddrPort {
	local := s.Local(network)
	host := s.cfg.Advertise
	if !host.IsValid() {
		host = local.Addr()
	}
	if !host.IsValid() || host.IsUnspecified() {
		host = towards(peer)
	}
	return netip.AddrPortFrom(host, local.Port())
}

// towards finds the local address on the route to a peer; no packet is sent.
func towards(peer netip.Addr) netip.Addr {
	if !peer.IsValid() {
		peer = netip.AddrFrom4([4]byte{192, 0, 2, 1}) // any address outside
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(netip.AddrPortFrom(peer, 9)))
	if err != nil {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1})
	}
	defer func() { _ = conn.Close() }()
	return addrPort(conn.LocalAddr()).Addr()
}

// Close stops listening, waits for requests being handled and drops every
// transaction and connection.
func (s *Stack) Close() error {
	var errs []error
	s.closed.Do(func() {
		close(s.closing)
		if s.udp != nil {
			errs = append(errs, s.udp.Close())
		}
		if s.tcp != nil {
			errs = append(errs, s.tcp.Close())
		}
		s.order.stop()
		s.tx.Close()
		errs = append(errs, s.layer.Close())
		s.serving.Wait()
	})
	return errors.Join(errs...)
}
