package transport

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
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

	"partyline/sip/internal/resolve"
)

// Config says where to listen and whom to admit.
type Config struct {
	UDP, TCP, TLS string // addresses such as ":5060", which is IPv4 and IPv6; empty: off
	// CertFile and KeyFile are what TLS shows, PEM. They are looked at again at
	// each handshake, so that a renewed certificate needs no restart.
	CertFile, KeyFile string
	Roots             *x509.CertPool // who vouches for the peers we call over TLS without an Identity; nil: the system's

	// Resolver finds the addresses of peers that are known by name; nil: one that
	// asks the system's name servers.
	Resolver *resolve.Resolver

	Advertise netip.Addr // what peers are told to reach us at; zero: see STUN
	STUN      string     // "host:port" of a server that tells our public address; empty: peers are told the local address facing each

	Allow   func(netip.Addr) bool // whose messages are read at all; nil: everybody's
	Trust   func(netip.Addr) bool // who is never banned, as a carrier must not be for what others send in its name; nil: nobody
	Rate    int                   // messages a second from one address; 200 when zero
	Pending int                   // INVITEs without any answer of ours beyond 100 at which further ones get 503; 256 when zero

	Idle        time.Duration // after which a silent stream is closed; 2 h when zero, as calls may say nothing for long
	MessageTime time.Duration // from the first to the last byte of a message on a stream; 10 s when zero
	WriteTime   time.Duration // for a message to be taken from us by a stream's other end; 5 s when zero
	PerSource   int           // streams from one address at once; 64 when zero

	// Tap, if set, is told of every message as it passes a socket, in either
	// direction and from many goroutines.
	Tap func(Passing)

	Abilities Abilities // what is refused before it reaches the Handler
}

func (c Config) withDefaults() Config {
	if c.Resolver == nil {
		c.Resolver = resolve.New(resolve.Config{})
	}
	c.Rate = cmp.Or(max(c.Rate, 0), 200)
	c.Pending = cmp.Or(max(c.Pending, 0), 256)
	c.PerSource = cmp.Or(max(c.PerSource, 0), maxConnectionsPerSource)
	c.Idle = cmp.Or(max(c.Idle, 0), 2*time.Hour)
	c.MessageTime = cmp.Or(max(c.MessageTime, 0), 10*time.Second)
	c.WriteTime = cmp.Or(max(c.WriteTime, 0), 5*time.Second)
	return c
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

// Stack is a set of SIP sockets with their transactions. Its methods may be
// called from any goroutine.
type Stack struct {
	cfg     Config
	log     *slog.Logger
	handler Handler
	screen  *screen
	stun    *reflexive
	order   *order
	layer   *sip.TransportLayer
	tx      *sip.TransactionLayer
	udp     *net.UDPConn
	limit   int                       // of sources that one read loop of udp sees
	reader  atomic.Pointer[datagrams] // the read loop of udp
	tcp     *streams
	tls     *streams
	ctx     context.Context // ends when Close begins
	cancel  context.CancelFunc
	closed  sync.Once
	parking *parking
	unread  chan struct{} // closed when nobody reads udp any more
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

// stunWait is how long Listen waits to learn our public address.
const stunWait = 2 * time.Second

// Listen opens the sockets and begins to serve them.
func Listen(cfg Config, handler Handler, log *slog.Logger) (*Stack, error) {
	return listen(cfg, handler, log, maxSources)
}

// listen lets a read loop see no more than limit sources.
func listen(cfg Config, handler Handler, log *slog.Logger, limit int) (*Stack, error) {
	tuneLibrary()
	cfg = cfg.withDefaults()
	s := &Stack{cfg: cfg, log: log, handler: handler, limit: limit, parking: newParking(), unread: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.screen = newScreen(newGate(cfg, log), cfg)
	s.stun = newReflexive(cfg.STUN, log)
	s.order = newOrder(s.serve, s.screen.overload.handled)
	s.tcp = newStreams(s.ctx, "tcp", cfg, s.screen)
	s.tls = newStreams(s.ctx, "tls", cfg, s.screen)
	if err := s.open(); err != nil {
		s.cancel()
		return nil, errors.Join(err, s.closeSockets())
	}
	s.layer = sip.NewTransportLayer(net.DefaultResolver, sip.NewParser(), nil,
		sip.WithTransportLayerLogger(slog.New(slog.DiscardHandler)))
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
		_ = s.udp.SetReadBuffer(4 << 20) // for bursts; the system gives what it allows
		s.reader.Store(s.newReader())
		s.stun.send = func(data []byte, to netip.AddrPort) error {
			_, err := s.udp.WriteToUDPAddrPort(data, to)
			return err
		}
	}
	if s.cfg.TCP != "" {
		if err = s.tcp.listen(s.cfg.TCP); err != nil {
			return fmt.Errorf("listen for SIP on TCP %s: %w", s.cfg.TCP, err)
		}
	}
	s.tls.client = &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: s.cfg.Roots}
	if s.cfg.TLS == "" {
		return nil
	}
	cert, err := newCertificate(s.cfg.CertFile, s.cfg.KeyFile, s.log)
	if err != nil {
		return err
	}
	s.tls.server = &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: cert.get}
	if err = s.tls.listen(s.cfg.TLS); err != nil {
		return fmt.Errorf("listen for SIP on TLS %s: %w", s.cfg.TLS, err)
	}
	return nil
}

func (s *Stack) newReader() *datagrams {
	d := newDatagrams(s.udp, s.screen, s.stun, s.limit, s.ctx.Done())
	d.parking = s.parking
	return d
}

func (s *Stack) start() {
	if s.udp != nil {
		s.serving.Go(s.serveUDP)
	}
	for _, streams := range []*streams{s.tcp, s.tls} {
		if streams.listener != nil {
			s.serving.Go(streams.welcome)
		}
	}
	s.serving.Go(func() { _ = s.layer.ServeTCP(s.tcp) })
	s.serving.Go(func() { _ = s.layer.ServeTLS(s.tls) })
	s.serving.Go(s.tidy)
	if s.cfg.STUN == "" || s.cfg.Advertise.IsValid() {
		return
	}
	s.serving.Go(func() {
		if s.udp != nil {
			s.stun.run(s.ctx)
		} else if err := s.stun.ownSocket(s.ctx); err != nil {
			s.stun.failed(err)
		}
	})
	wait := time.NewTimer(stunWait)
	defer wait.Stop()
	select {
	case <-s.stun.first:
	case <-wait.C:
	}
}

// stopReading has the UDP read loop stop, and waits until it has; false where
// there is none that could.
func (s *Stack) stopReading() bool {
	if s.udp == nil || s.udp.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	select {
	case <-s.parking.arrived:
	case <-s.unread:
	}
	return true
}

// serveUDP reads the UDP socket, anew whenever sipgo is to forget its sources.
func (s *Stack) serveUDP() {
	defer close(s.unread)
	for {
		_ = s.layer.ServeUDP(s.reader.Load())
		if s.ctx.Err() != nil {
			return
		}
		s.reader.Store(s.newReader())
	}
}

// tidy lets what is kept of past requests expire.
func (s *Stack) tidy() {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	forget := time.Now().Add(memory)
	for {
		select {
		case <-s.ctx.Done():
			return
		case now := <-second.C:
			due := now.After(forget)
			if due {
				forget = now.Add(memory)
			}
			s.order.tidy(now, due)
			s.screen.overload.tidy(now, due)
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

// Local is the address listened on for a network ("udp", "tcp", "tls"); zero
// when off.
func (s *Stack) Local(network string) netip.AddrPort {
	network = strings.ToLower(network)
	if network == "udp" && s.udp != nil {
		return addrPort(s.udp.LocalAddr())
	}
	if streams := s.streams(network); streams != nil && streams.listener != nil {
		return addrPort(streams.listener.Addr())
	}
	return netip.AddrPort{}
}

// Blame counts against an address for what the layers above find wrong with it,
// such as a password that is not right; 20 within a minute or so gets it banned
// for minutes. Refusals with 401, 403, 404 and 407 count 1 each without this.
func (s *Stack) Blame(who netip.Addr, weight float64) {
	s.screen.gate.blame(who, weight, time.Now())
}

// Counters is what a stack has done since it was opened, and how it is.
type Counters struct {
	Admitted   uint64            // INVITEs for new calls that went on
	Shed       uint64            // those answered 503 for overload
	Dropped    map[string]uint64 // messages and connections turned away, by reason
	Banned     int               // addresses not listened to now
	Pending    int               // INVITEs that wait for an answer now
	Overloaded bool
	Streams    int // open now
}

// Counters tells what happened so far.
func (s *Stack) Counters() Counters {
	c := Counters{Dropped: make(map[string]uint64), Streams: s.tcp.connections() + s.tls.connections()}
	s.screen.overload.count(&c)
	s.screen.gate.count(&c, time.Now())
	return c
}

// closeSockets closes what open bound.
func (s *Stack) closeSockets() error {
	errs := []error{s.tcp.Close(), s.tls.Close()}
	if s.udp != nil {
		errs = append(errs, s.udp.Close())
	}
	return errors.Join(errs...)
}

// Close stops listening, waits for requests being handled and drops every
// transaction and connection.
func (s *Stack) Close() error {
	var err error
	s.closed.Do(func() {
		s.cancel()
		stopped := s.stopReading()
		s.order.stop()
		s.tx.Close()
		err = s.layer.Close()
		if stopped {
			s.bury()
		}
		close(s.parking.leave)
		if s.udp != nil {
			err = errors.Join(err, s.udp.Close())
		}
		err = errors.Join(err, s.tcp.Close(), s.tls.Close())
		s.serving.Wait()
	})
	return err
}
