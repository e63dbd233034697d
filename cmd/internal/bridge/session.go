package bridge

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"partyline/signaling/wire"
)

// Session is a client's WebSocket, as signaling/PROTOCOL.md has it. Its methods
// may be called from any goroutine.
type Session struct {
	conn  *websocket.Conn
	done  chan struct{}      // closed when nothing more is read
	watch func(wire.Message) // is shown every event, unless nil

	mu      sync.Mutex // guards what follows, and writing
	last    uint32     // request number
	waiting map[uint32]chan wire.Message
	legs    map[string]chan struct{} // closed when connected
	why     error                    // the connection ended
}

// requestTimeout bounds every wait for the server.
const requestTimeout = 20 * time.Second

// Connect opens a session with a ticket of [Server.Ticket]. Watch, unless nil, is
// shown every event, by the session's own goroutine.
func (s *Server) Connect(ctx context.Context, ticket string, watch func(wire.Message)) (*Session, error) {
	return connect(ctx, s.URL, ticket, watch)
}

func connect(ctx context.Context, url, ticket string, watch func(wire.Message)) (*Session, error) {
	ctx, cancel := context.WithTimeout(ctx, requestTimeout)
	defer cancel()
	dialer := websocket.Dialer{HandshakeTimeout: requestTimeout, ReadBufferSize: 1024, WriteBufferSize: 1024}
	conn, response, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(url, "http")+"/ws", http.Header{"Origin": {url}})
	if err != nil {
		return nil, fmt.Errorf("WebSocket: %w", err)
	}
	_ = response.Body.Close() // the package leaves nothing in it
	s := &Session{
		conn: conn, done: make(chan struct{}), watch: watch,
		waiting: make(map[uint32]chan wire.Message), legs: make(map[string]chan struct{}),
	}
	if err := s.hello(ticket); err != nil {
		return nil, errors.Join(err, conn.Close())
	}
	go s.read()
	return s, nil
}

func (s *Session) hello(ticket string) error {
	err := s.send(&wire.Hello{Protocol: 1, Client: "bridge", Ticket: ticket})
	if err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	_ = s.conn.SetReadDeadline(time.Now().Add(requestTimeout))
	_, text, err := s.conn.ReadMessage()
	if err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	m, _, err := wire.DecodeServer(text)
	if err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	if refused, ok := m.(*wire.Refused); ok {
		return fmt.Errorf("hello: %s: %s", refused.Code, refused.Message)
	}
	return s.conn.SetReadDeadline(time.Time{})
}

func (s *Session) send(m wire.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn.WriteMessage(websocket.TextMessage, wire.Encode(m))
}

// read takes what comes until the connection ends. Of the many events in a
// room only those are decoded that are of use here.
func (s *Session) read() {
	defer close(s.done)
	for {
		_, text, err := s.conn.ReadMessage()
		if err != nil {
			s.mu.Lock()
			s.why = err
			s.mu.Unlock()
			return
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(string(text[:min(len(text), 40)]), `{"type":"`), `"`)
		switch kind {
		case "ping":
			_ = s.send(&wire.Pong{}) // the next read tells if it failed
		case "joined", "waiting", "answer", "done", "quote", "dialling", "error", "leg":
			if m, _, err := wire.DecodeServer(text); err == nil {
				s.take(m)
			}
		default:
			if s.watch == nil {
				continue
			}
			if m, _, err := wire.DecodeServer(text); err == nil {
				s.watch(m)
			}
		}
	}
}

// take hands a reply to who waits for it.
func (s *Session) take(m wire.Message) {
	var re uint32
	switch m := m.(type) {
	case *wire.Joined:
		re = m.Re
	case *wire.Waiting:
		re = m.Re
	case *wire.Answer:
		re = m.Re
	case *wire.Done:
		re = m.Re
	case *wire.Quoted:
		re = m.Re
	case *wire.Dialling:
		re = m.Re
	case *wire.Error:
		re = m.Re
	case *wire.Leg:
		if m.State == wire.LegConnected {
			s.mu.Lock()
			defer s.mu.Unlock()
			if up := s.legs[m.Leg]; up != nil {
				close(up)
				delete(s.legs, m.Leg)
			}
		}
		return
	}
	s.mu.Lock()
	reply := s.waiting[re]
	delete(s.waiting, re)
	s.mu.Unlock()
	if reply != nil {
		reply <- m // it has room for the one reply
	}
}

// Ask sends the request that is made for a number, and waits for its reply. An
// error as a reply is a [*RefusedError].
func (s *Session) Ask(ctx context.Context, request func(id uint32) wire.Message) (wire.Message, error) {
	reply := make(chan wire.Message, 1)
	s.mu.Lock()
	s.last++
	id := s.last
	s.waiting[id] = reply
	s.mu.Unlock()
	m := request(id)
	if err := s.send(m); err != nil {
		return nil, fmt.Errorf("%s: %w", m.Kind(), err)
	}
	got, err := Await(ctx, s, reply)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.Kind(), err)
	}
	if refusal, ok := got.(*wire.Error); ok {
		return nil, fmt.Errorf("%s: %w", m.Kind(), &RefusedError{refusal.Code, refusal.Message})
	}
	return got, nil
}

// tell sends a request without waiting for its reply, for whoever reads replies.
func (s *Session) tell(request func(id uint32) wire.Message) error {
	s.mu.Lock()
	s.last++
	id := s.last
	s.mu.Unlock()
	return s.send(request(id))
}

// RefusedError is what the server said instead of doing what it was asked for.
type RefusedError struct {
	Code    wire.Code
	Message string
}

// Error gives the code and the server's words.
func (e *RefusedError) Error() string { return fmt.Sprintf("%s: %s", e.Code, e.Message) }

// Await waits for something that the server causes.
func Await[T any](ctx context.Context, s *Session, c <-chan T) (T, error) {
	timeout := time.NewTimer(requestTimeout)
	defer timeout.Stop()
	var none T
	select {
	case v := <-c:
		return v, nil
	case <-s.done:
		s.mu.Lock()
		defer s.mu.Unlock()
		return none, fmt.Errorf("the connection ended: %w", s.why)
	case <-timeout.C:
		return none, fmt.Errorf("nothing within %v", requestTimeout)
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// Act does something, and gives the reply.
func (s *Session) Act(ctx context.Context, act wire.Act) (wire.Message, error) {
	return s.Ask(ctx, func(id uint32) wire.Message {
		act.ID = id
		return &act
	})
}

// Done is closed when the connection has ended.
func (s *Session) Done() <-chan struct{} { return s.done }

// Join takes a seat and gives the room as found.
func (s *Session) Join(ctx context.Context, meeting string, muted bool) (*wire.Joined, error) {
	m, err := s.Ask(ctx, func(id uint32) wire.Message { return &wire.Join{ID: id, Meeting: meeting, Muted: muted} })
	if err != nil {
		return nil, err
	}
	joined, ok := m.(*wire.Joined)
	if !ok {
		return nil, fmt.Errorf("join: answered by %s", m.Kind())
	}
	return joined, nil
}

// Offer brings an SDP offer. The channel is closed once the leg is connected.
func (s *Session) Offer(ctx context.Context, leg, sdp string) (answer string, connected <-chan struct{}, err error) {
	up := make(chan struct{})
	s.mu.Lock()
	s.legs[leg] = up
	s.mu.Unlock()
	m, err := s.Ask(ctx, func(id uint32) wire.Message { return &wire.Offer{ID: id, Leg: leg, SDP: sdp} })
	if err != nil {
		return "", nil, err
	}
	reply, ok := m.(*wire.Answer)
	if !ok {
		return "", nil, fmt.Errorf("offer: answered by %s", m.Kind())
	}
	return reply.SDP, up, nil
}

// Close leaves for good.
func (s *Session) Close() {
	s.mu.Lock()
	_ = s.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""), time.Now().Add(time.Second))
	s.mu.Unlock()
	select {
	case <-s.done:
	case <-time.After(time.Second):
	}
	_ = s.conn.Close() // it is closed by now, one way or the other
	<-s.done
}
