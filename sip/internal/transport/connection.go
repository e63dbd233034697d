package transport

import (
	"bytes"
	"errors"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// connection is a stream as sipgo reads it: whole messages that the screen let
// pass, and nothing in between. Keep-alives are answered here.
type connection struct {
	net.Conn          // TLS, where that is spoken
	raw      net.Conn // beneath TLS
	owner    *streams
	peer     netip.AddrPort
	counted  bool           // came in, and takes one of the places
	name     netip.AddrPort // by which sipgo finds it
	key      flow           // of one that we opened
	adopted  chan struct{}  // closed once sipgo has it in its pool
	gone     chan struct{}  // closed with it
	heard    atomic.Int64   // when something last came, in ns since 1970
	once     sync.Once
	fault    atomic.Pointer[error] // why nothing more can be read

	// For the goroutine that reads:
	in      []byte    // read and not yet a whole message
	out     []byte    // of a message, not yet taken by sipgo
	written []byte    // the room that out is cut from
	since   time.Time // first byte of in
	head    int       // length of the head, once it is parsed into message
	ends    int       // line ends since the last message
	message message
}

// Errors that end a connection: a stream cannot be dropped from in between.
var (
	errTooFast = errors.New("peer sends faster than allowed")
	errBanned  = errors.New("peer is not listened to")
	errFraming = errors.New("peer sends what is not a SIP message, or has no end")
)

// Read returns bytes of the next message for sipgo.
func (c *connection) Read(buf []byte) (int, error) {
	for len(c.out) == 0 {
		if err := c.advance(); err != nil {
			c.fault.CompareAndSwap(nil, &err)
			return 0, err
		}
	}
	n := copy(buf, c.out)
	c.out = c.out[n:]
	return n, nil
}

// advance takes the next message, or reads more of it.
func (c *connection) advance() error {
	c.pong()
	whole, err := c.whole()
	switch {
	case err != nil:
		return err
	case whole > 0:
		return c.judge(whole)
	}
	return c.fill()
}

// pong takes line ends from between messages; two of them ask for one back
// (RFC 5626 section 3.5.1).
func (c *connection) pong() {
	if c.head > 0 {
		return
	}
	rest := c.in
	for bytes.HasPrefix(rest, lineEnd) {
		rest = rest[2:]
		if c.ends++; c.ends%2 == 0 {
			_, _ = c.Write(lineEnd)
		}
	}
	c.consume(len(c.in) - len(rest))
}

// consume forgets the first n bytes that were read.
func (c *connection) consume(n int) {
	if n == 0 {
		return
	}
	c.in = c.in[:copy(c.in, c.in[n:])]
	c.since = time.Now()
	if len(c.in) == 0 && cap(c.in) > 4096 {
		c.in = nil
	}
}

// whole tells how long the message is that in begins with; 0 while some of it
// is missing.
func (c *connection) whole() (int, error) {
	if c.head == 0 {
		if len(c.in) > 0 && c.in[0] != '\r' && !tokenCharacter(c.in[0]) {
			return 0, c.unusable(notSIP)
		}
		head := headLength(c.in)
		if head == 0 {
			if len(c.in) > maxMessage {
				return 0, c.unusable(tooLarge)
			}
			return 0, nil
		}
		if !c.message.parse(c.in[:head]) {
			return 0, c.unusable(notSIP)
		}
		c.head, c.ends = head, 0
	}
	if c.message.length < 0 { // missing, unreadable or given twice: the end is unknown
		c.refuse(refusal{status: 400})
		return 0, c.unusable(garbled)
	}
	whole := c.head + c.message.length
	if whole > maxMessage {
		c.refuse(refusal{status: 513})
		return 0, c.unusable(tooLarge)
	}
	if len(c.in) < whole {
		return 0, nil
	}
	return whole, nil
}

// unusable counts a stream that cannot be read on.
func (c *connection) unusable(v verdict) error {
	now := time.Now()
	c.owner.screen.gate.blame(c.peer.Addr(), 2, now)
	c.owner.screen.gate.refused(v, c.owner.network, c.peer, now)
	return errFraming
}

// refuse answers the message at hand, if it is a request.
func (c *connection) refuse(why refusal) {
	if !c.message.request {
		return
	}
	if what, out := c.owner.screen.answer(&c.message, why, c.peer, c.owner.network, nil, time.Now()); what == reply {
		_, _ = c.Write(out)
	}
}

// judge takes the message that in begins with; out then holds it if it is for
// sipgo.
func (c *connection) judge(whole int) error {
	now := time.Now()
	gate := c.owner.screen.gate
	for _, v := range [...]verdict{gate.source(c.peer.Addr(), now), gate.pace(c.peer.Addr(), now)} {
		switch v {
		case admitted:
		case tooFast:
			gate.refused(v, c.owner.network, c.peer, now)
			return errTooFast
		case notListed:
			if c.counted { // a peer that we called may be on no list
				return errBanned
			}
		default:
			gate.refused(v, c.owner.network, c.peer, now)
			return errBanned
		}
	}
	c.message.body = c.in[c.head:whole]
	what, out := c.owner.screen.examine(&c.message, c.peer, c.owner.network, c.written[:0], now)
	if what != drop {
		c.owner.screen.tap.came(c.owner.network, c.peer, c.in[:whole], now)
	}
	c.head, c.written = 0, out
	c.consume(whole)
	switch what {
	case pass:
		c.out = out
	case reply:
		if _, err := c.Write(out); err != nil {
			return err
		}
	}
	return nil
}

// fill reads more. A connection may be silent for long, but a message that has
// begun must come to its end soon.
func (c *connection) fill() error {
	deadline := c.since.Add(c.owner.messageTime)
	if len(c.in) == 0 {
		deadline = time.Now().Add(c.owner.idle)
	}
	if err := c.SetReadDeadline(deadline); err != nil {
		return err
	}
	c.in = slices.Grow(c.in, 1024)
	n, err := c.Conn.Read(c.in[len(c.in):cap(c.in)])
	if len(c.in) == 0 {
		c.since = time.Now()
	}
	c.in = c.in[:len(c.in)+n]
	if n > 0 {
		c.heard.Store(time.Now().UnixNano())
		return nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) && len(c.in) > 0 {
		return errors.Join(err, c.unusable(tooSlow))
	}
	return err
}

// Write sends a message of ours. A peer that does not take it in time loses the
// connection: half a message cannot be taken back.
func (c *connection) Write(data []byte) (int, error) {
	now := time.Now()
	c.owner.screen.tap.went(c.owner.network, c.peer, data, now)
	c.owner.screen.leaving(data, c.peer.Addr(), now)
	if err := c.SetWriteDeadline(now.Add(c.owner.writeTime)); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(data)
	if err != nil {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			c.owner.screen.gate.refused(tooSlow, c.owner.network, c.peer, now)
		}
		_ = c.Close()
	}
	return n, err
}

// Close closes the connection and frees its place.
func (c *connection) Close() error {
	err := net.ErrClosed
	c.once.Do(func() {
		c.owner.leave(c)
		close(c.gone)
		err = c.Conn.Close()
	})
	var unsent *net.OpError
	if errors.Is(err, net.ErrClosed) || errors.As(err, &unsent) && unsent.Op == "write" { // TLS says goodbye to somebody who is gone
		return nil
	}
	return err
}
