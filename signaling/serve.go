package signaling

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/time/rate"

	"partyline/signaling/wire"
)

// closeTryAgain closes on a client that reads too slowly, or seems gone.
const closeTryAgain = websocket.CloseTryAgainLater

// ServeHTTP takes one WebSocket from its upgrade to its end.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.arrive() {
		w.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
		http.Error(w, "The server is stopping. Try again in a few seconds.", http.StatusServiceUnavailable)
		return
	}
	defer s.work.Done()
	conn, err := s.upgrader.Upgrade(hijackable{w}, r, nil)
	if err != nil {
		s.log.Info("WebSocket refused", "err", err, "origin", r.Header.Get("Origin"))
		return // Upgrade has answered
	}
	socket := newSocket(conn)
	if !s.keep(socket) {
		socket.refuse(ErrShuttingDown)
	}
	s.observer.SocketOpened()
	go socket.write()
	s.converse(context.WithoutCancel(r.Context()), socket)
	socket.discard()
	<-socket.written
	_ = conn.Close() // the writer may have closed it already
	s.lose(socket)
	s.observer.SocketClosed(socket.reason())
}

// hijackable finds the connection below whatever wraps the ResponseWriter, such
// as what counts requests; the upgrader looks at the outermost only.
type hijackable struct{ http.ResponseWriter }

func (h hijackable) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(h.ResponseWriter).Hijack()
}

// arrive counts a socket in, unless the server is stopping.
func (s *Server) arrive() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.work.Add(1)
	return true
}

// keep remembers a socket, for Shutdown to close.
func (s *Server) keep(socket *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sockets[socket] = true
	return !s.closing
}

func (s *Server) lose(socket *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, socket)
}

// converse says hello, does what the client asks, and closes.
func (s *Server) converse(ctx context.Context, socket *socket) {
	limit := rate.NewLimiter(messagesPerSecond, messagesAtOnce)
	socket.conn.SetPingHandler(func(payload string) error {
		if !limit.Allow() { // pings of the WebSocket itself count as well
			return errTooFast
		}
		return ignoreTimeout(socket.conn.WriteControl(websocket.PongMessage, []byte(payload), time.Now().Add(time.Second)))
	})
	session, err := s.greet(socket)
	if err != nil {
		if code, _ := explain(err); code == wire.CodeInternal {
			socket.finish(err)
			return
		}
		s.log.Info("WebSocket refused", "err", err)
		socket.refuse(err)
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := &conversation{server: s, session: session, socket: socket, log: s.log, gone: ctx}
	err = c.read(limit, cancel)
	socket.finish(err)
	session.detach(socket, errors.Is(err, errSaidLeave))
}

// ignoreTimeout lets a pong that cannot be written at once be: the writer will
// notice soon enough.
func ignoreTimeout(err error) error {
	var timeout net.Error
	if errors.Is(err, websocket.ErrCloseSent) || errors.As(err, &timeout) && timeout.Timeout() {
		return nil
	}
	return err
}

// greet reads hello and gives the socket its session.
func (s *Server) greet(socket *socket) (*session, error) {
	data, err := socket.receive(helloWithin)
	if err != nil {
		return nil, err
	}
	message, err := wire.Decode(data)
	if err != nil {
		s.observer.Received("bad")
		return nil, err
	}
	s.observer.Received(message.Kind())
	hello, ok := message.(*wire.Hello)
	if !ok {
		return nil, &wire.DecodeError{Reason: "hello comes first"}
	}
	if hello.Protocol != wire.Version {
		return nil, errVersion
	}
	if hello.Session != "" {
		session, err := s.resume(hello.Session)
		if err != nil {
			return nil, err
		}
		if err := session.attach(socket, hello.After, true, s.cfg.Version); err != nil {
			session.end(wire.LeftDropped, false) // or its seat would stay beside the new one
			return nil, err
		}
		return session, nil
	}
	identity, ok := s.tickets.redeem(hello.Ticket)
	if !ok {
		return nil, errBadTicket
	}
	session, err := s.begin(identity)
	if err != nil {
		return nil, err
	}
	return session, session.attach(socket, 0, false, s.cfg.Version)
}

// refuse tells the client why and closes.
func (c *socket) refuse(err error) {
	code, text := explain(err)
	refused := wire.Refused{Code: code, Message: text}
	if code == wire.CodeShuttingDown {
		refused.RetryAfter = int(retryAfter.Seconds())
	}
	c.close(websocket.CloseNormalClosure, whyRefused, &refused)
}

// breaches says how each breach of a rule is closed on.
var breaches = []struct {
	err  error
	code wire.Code
	text string
	with int
}{
	{errTooLarge, wire.CodeTooLarge, "The message was too large.", websocket.CloseMessageTooBig},
	{errNotText, wire.CodeBadMessage, "Only text frames are understood.", websocket.CloseUnsupportedData},
	{errTooFast, wire.CodeTooFast, "Too many messages.", websocket.ClosePolicyViolation},
	{errGarbage, wire.CodeBadMessage, "Too many messages that were not understood.", websocket.ClosePolicyViolation},
}

// finish closes after reading has failed: with a word when the client broke a
// rule, in silence when the connection is lost.
func (c *socket) finish(err error) {
	for _, b := range breaches {
		if errors.Is(err, b.err) {
			c.close(b.with, whyRule, &wire.Refused{Code: b.code, Message: b.text})
			return
		}
	}
	var network net.Error
	switch {
	case errors.Is(err, errSaidLeave):
		c.close(websocket.CloseNormalClosure, whyLeft)
	case errors.As(err, &network) && network.Timeout():
		c.close(closeTryAgain, whySilent)
	default:
		c.close(websocket.CloseNormalClosure, whyBroken)
	}
}
