package signaling

import (
	"errors"
	"io"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"partyline/signaling/wire"
)

// The clocks and limits of a WebSocket; PROTOCOL.md names them.
const (
	helloWithin  = 10 * time.Second
	pingEvery    = 15 * time.Second
	silentAfter  = 40 * time.Second
	writeWithin  = 10 * time.Second
	closeWithin  = 2 * time.Second
	stuckAfter   = time.Second
	queueLength  = 256  // messages that may wait for a client that has read nothing for stuckAfter
	queueMost    = 1024 // and for one that reads: muting all of a large room is no reason to lose people
	lossyLength  = 64   // as many may wait before what is only of the moment is left out
	closeReplace = 4001
)

// Why a socket closed, as counted by an Observer.
const (
	whyLeft     = "left"
	whyBroken   = "broken"
	whyRefused  = "refused"
	whySlow     = "slow"
	whySilent   = "silent"
	whyRule     = "rule"
	whyReplaced = "replaced"
	whyShutdown = "shutdown"
)

// socket is one WebSocket with its queue of messages to write. One goroutine
// reads, one writes; push and close may be called by anybody and never block.
type socket struct {
	conn    *websocket.Conn
	wake    chan struct{} // holds one token while there is something to do
	written chan struct{} // closed when the writer has returned

	mu      sync.Mutex // guards what follows
	queue   []outgoing
	most    int       // how many may wait in it
	moved   time.Time // when the writer last took one, or could first have
	closing bool
	code    int // to close with
	why     string
}

// outgoing is a message with its sequence number, or 0. The frame is made when
// it is written: until then a message to many takes its room in memory once.
type outgoing struct {
	body wire.Body
	seq  uint64
}

func newSocket(conn *websocket.Conn) *socket {
	return &socket{
		conn: conn, wake: make(chan struct{}, 1), written: make(chan struct{}),
		most: queueMost, moved: time.Now(), code: websocket.CloseNormalClosure, why: whyBroken,
	}
}

// push queues a message. It reports false when the client reads too slowly;
// the caller then closes. Stir must follow.
func (c *socket) push(m outgoing) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.closing:
		return true
	case lossy(m.body.Kind()) && len(c.queue) >= lossyLength:
		return true
	case len(c.queue) >= c.most, len(c.queue) >= queueLength && time.Since(c.moved) > stuckAfter:
		return false
	}
	if len(c.queue) == 0 {
		c.moved = time.Now() // until now there was nothing to take
	}
	c.queue = append(c.queue, m)
	return true
}

// lossy messages are true only at the moment when they are sent.
func lossy(kind string) bool {
	return kind == "speakers" || kind == "quality" || kind == "fare" || kind == "now" || kind == "ping"
}

// preload queues what a session missed. However much it is, as many live
// messages as ever may wait behind it.
func (c *socket) preload(missed []outgoing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.queue = append(c.queue, missed...)
		c.most = queueMost + len(c.queue)
	}
}

// stir makes the writer look.
func (c *socket) stir() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// close makes the writer say goodbye with a code, after the messages that wait
// and, perhaps, a last one. Both halves are given closeWithin for it.
func (c *socket) close(code int, why string, last ...wire.Message) {
	c.mu.Lock()
	if !c.closing {
		c.closing, c.code, c.why = true, code, why
		if why == whySlow {
			c.queue = nil // it would not read them in time; a resume brings them
		}
		for _, m := range last {
			c.queue = append(c.queue, outgoing{body: wire.Marshal(m)})
		}
		until := time.Now().Add(closeWithin)
		// Deadlines of a net.Conn may be set at any time, by anybody; an error
		// means that it is closed already.
		_ = c.conn.NetConn().SetReadDeadline(until)
		_ = c.conn.NetConn().SetWriteDeadline(until)
	}
	c.mu.Unlock()
	c.stir()
}

// reason is why the socket closed.
func (c *socket) reason() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.why
}

// next takes the message to write now. Without one, it tells whether it is
// time to say goodbye.
func (c *socket) next() (m outgoing, ok, goodbye bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.queue) == 0 {
		c.queue, c.most = nil, queueMost
		return outgoing{}, false, c.closing
	}
	c.moved = time.Now()
	m = c.queue[0]
	c.queue[0] = outgoing{}
	c.queue = c.queue[1:]
	return m, true, false
}

// write is the writing half. It returns when the socket closes.
func (c *socket) write() {
	defer close(c.written)
	ping := time.NewTicker(pingEvery)
	defer ping.Stop()
	for {
		select {
		case <-c.wake:
		case <-ping.C:
			c.push(outgoing{body: wire.Marshal(&wire.Ping{})})
		}
		for {
			m, ok, goodbye := c.next()
			if goodbye {
				c.sayGoodbye()
				return
			}
			if !ok {
				break
			}
			if c.writeMessage(m) != nil {
				_ = c.conn.Close() // the reader sees it and ends the conversation
				return
			}
		}
	}
}

func (c *socket) writeMessage(m outgoing) error {
	within := writeWithin
	c.mu.Lock()
	if c.closing {
		within = closeWithin
	}
	c.mu.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(within)); err != nil {
		return err
	}
	return c.conn.WriteMessage(websocket.TextMessage, m.body.Frame(m.seq))
}

func (c *socket) sayGoodbye() {
	c.mu.Lock()
	code, why := c.code, c.why
	c.mu.Unlock()
	// Whether it arrives or not, the connection is over.
	_ = c.conn.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, why), time.Now().Add(closeWithin))
}

// Errors of receive that close the socket with a code of their own.
var (
	errTooLarge  = errors.New("message too large")
	errNotText   = errors.New("frame is not text")
	errTooFast   = errors.New("too many messages")
	errGarbage   = errors.New("too many messages that make no sense")
	errSaidLeave = errors.New("peer closed")
)

// receive waits for the next message. Within is how long the peer may be
// silent.
func (c *socket) receive(within time.Duration) ([]byte, error) {
	c.mu.Lock()
	if !c.closing {
		_ = c.conn.SetReadDeadline(time.Now().Add(within)) // fails only when closed; so will the read
	}
	c.mu.Unlock()
	kind, reader, err := c.conn.NextReader()
	if err != nil {
		if websocket.IsCloseError(err, websocket.CloseNormalClosure, websocket.CloseGoingAway) {
			return nil, errSaidLeave
		}
		return nil, err
	}
	if kind != websocket.TextMessage {
		return nil, errNotText
	}
	data, err := io.ReadAll(io.LimitReader(reader, wire.MaxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(data) > wire.MaxMessage {
		return nil, errTooLarge
	}
	return data, nil
}

// discard reads until the peer has said goodbye too, or closeWithin is over:
// closing with unread data would throw away what was just written.
func (c *socket) discard() {
	for {
		if _, _, err := c.conn.NextReader(); err != nil {
			return
		}
	}
}
