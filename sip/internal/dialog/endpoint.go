package dialog

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Config is what an endpoint needs beside its sockets. The zero value serves.
type Config struct {
	Transport transport.Config
	Agent     string        // User-Agent and Server header; "Partyline" when empty
	User      string        // user part of our Contact; "partyline" when empty
	T1, T2    time.Duration // RFC 3261 section 17.1.1.1; 500 ms and 4 s when zero
	// SessionExpires is how long a call stands without anybody refreshing it (RFC
	// 4028), which is done twice as often; 30 min when zero, and no less than 90 s.
	SessionExpires time.Duration
	second         time.Duration // how long the seconds of RFC 4028 are, for tests
	// Observe, if set, is told of every message, for transcripts. It is called
	// from many goroutines and must not block.
	Observe func(Message)
	// Register, if set, takes each REGISTER and answers it with Respond; it
	// must not block. REGISTER is answered 405 otherwise.
	Register func(transport.Incoming)
}

func (c Config) withDefaults() Config {
	if c.Agent == "" {
		c.Agent = "Partyline"
	}
	if c.User == "" {
		c.User = "partyline"
	}
	if c.T1 <= 0 {
		c.T1 = 500 * time.Millisecond
	}
	if c.T2 <= 0 {
		c.T2 = 4 * time.Second
	}
	if c.second <= 0 {
		c.second = time.Second
	}
	if c.SessionExpires <= 0 {
		c.SessionExpires = 30 * time.Minute
	}
	c.SessionExpires = max(c.SessionExpires, shortest*time.Second)
	c.Transport.Abilities = c.examined()
	return c
}

// Message is one SIP message that was sent or received.
type Message struct {
	Sent    bool
	Peer    string // network address
	Summary string // method or status, without numbers: "INVITE", "180 Ringing (INVITE)"
	Call    string // Call-ID
}

// Answering is what an endpoint's owner does with a call that comes in. It
// reads from top to bottom: reject, or ring, accept and stay; when it returns, a
// call that still stands is ended (480 before the answer, BYE after it). ctx
// ends with the call.
type Answering func(ctx context.Context, d *Dialog)

// Endpoint is a SIP user agent: it takes calls and places them. Its methods may
// be called from any goroutine.
type Endpoint struct {
	cfg    Config
	answer Answering
	log    *slog.Logger
	stack  *transport.Stack
	ready  chan struct{} // closed once stack is set
	work   sync.WaitGroup
	calls  sync.WaitGroup // being placed
	ctx    context.Context
	cancel context.CancelFunc // ends ctx, when Close begins

	ended *memory[identity] // answered calls that are over
	given *memory[identity] // calls that we placed, whose answers may come late; without remote tag

	mu      sync.Mutex // guards what follows
	dialogs map[identity]*Dialog
	invited map[invitation]struct{} // INVITEs that asked for a call which stands
	placing map[string]*placing     // calls on their way out, by Call-ID
	refuse  time.Duration           // Retry-After of refused INVITEs; 0: none is refused
	closed  bool                    // takes and places no calls any more
	drained bool                    // starts nothing any more
}

// identity tells one dialog from another (RFC 3261 section 12).
type identity struct{ call, localTag, remoteTag string }

// invitation tells one INVITE from another, by whatever path it came.
type invitation struct {
	call, fromTag string
	sequence      uint32
}

func invitationOf(req *sip.Request) invitation {
	from, _ := tags(req)
	return invitation{callID(req), from, req.CSeq().SeqNo}
}

const (
	// remembered is how long we know of a call that has ended: a transfer that
	// names it may have been under way.
	remembered = 32 * time.Second
	// answerable is how long after we gave up on a call its answer is still ended.
	answerable = 5 * time.Minute
	// maxRemembered bounds what is remembered for either purpose.
	maxRemembered = 20000
)

// Listen opens the sockets. A nil answer refuses every call with 480.
func Listen(cfg Config, answer Answering, log *slog.Logger) (*Endpoint, error) {
	e := &Endpoint{
		cfg: cfg.withDefaults(), answer: answer, log: log,
		ready: make(chan struct{}), placing: make(map[string]*placing),
		dialogs: make(map[identity]*Dialog), invited: make(map[invitation]struct{}),
		ended: newMemory[identity](remembered, maxRemembered), given: newMemory[identity](answerable, maxRemembered),
	}
	if e.answer == nil {
		e.answer = func(context.Context, *Dialog) {}
	}
	stack, err := transport.Listen(e.cfg.Transport, e, log)
	if err != nil {
		return nil, err
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.stack = stack
	close(e.ready)
	return e, nil
}

// UDP is the UDP address listened on; zero when off.
func (e *Endpoint) UDP() netip.AddrPort { return e.stack.Local("udp") }

// TCP is the TCP address listened on; zero when off.
func (e *Endpoint) TCP() netip.AddrPort { return e.stack.Local("tcp") }

// Refuse makes every new INVITE be answered 503 with Retry-After, so that
// running calls can end; zero takes calls again.
func (e *Endpoint) Refuse(retryAfter time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.refuse = retryAfter
}

// TLS is the TLS address listened on; zero when off.
func (e *Endpoint) TLS() netip.AddrPort { return e.stack.Local("tls") }

// Counters tells what the sockets did so far.
func (e *Endpoint) Counters() transport.Counters { return e.stack.Counters() }

// Facing is our address as a peer is told it.
func (e *Endpoint) Facing(network string, peer netip.Addr) netip.Addr {
	return e.stack.Facing(network, peer).Addr()
}

// Blame counts against an address that it did something wrong; one that does so
// often is not listened to for a while.
func (e *Endpoint) Blame(who netip.Addr, weight float64) { e.stack.Blame(who, weight) }

// Calls is how many dialogs there are, early ones included.
func (e *Endpoint) Calls() int {
	e.mu.Lock()
	defer e.mu.Unlock()
	return len(e.dialogs)
}

// Close ends all calls, waits for their functions and closes the sockets. Calls
// being placed are cancelled where RFC 3261 permits it; a peer that says nothing
// is waited for no longer than T1, and one that says something no longer than
// 4*T1.
func (e *Endpoint) Close() error {
	e.mu.Lock()
	e.closed = true
	standing := make([]*Dialog, 0, len(e.dialogs))
	for _, d := range e.dialogs {
		standing = append(standing, d)
	}
	e.mu.Unlock()
	e.cancel()
	var shut sync.WaitGroup
	for _, d := range standing {
		shut.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			d.finish(ctx, sip.StatusServiceUnavailable)
		})
	}
	shut.Wait()
	e.calls.Wait()
	e.mu.Lock()
	e.drained = true
	e.mu.Unlock()
	e.work.Wait()
	return e.stack.Close()
}

// spawn starts a goroutine that Close waits for; it reports false once Close
// has got that far.
func (e *Endpoint) spawn(f func()) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.drained {
		return false
	}
	e.work.Go(f)
	return true
}

// enter begins work that Close waits for; it reports false once Close has got
// that far.
func (e *Endpoint) enter() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.drained {
		e.work.Add(1)
	}
	return !e.drained
}

// ServeSIP takes a request from the transport.
func (e *Endpoint) ServeSIP(in transport.Incoming) {
	<-e.ready
	if in.IsAck() {
		if d := e.find(in); d != nil {
			d.acknowledged(in.Request)
		}
		return
	}
	if in.Method == sip.REGISTER && e.cfg.Register != nil {
		e.cfg.Register(in)
		return
	}
	if _, tag := tags(in.Request); tag != "" && !in.Initial {
		d := e.find(in)
		if d == nil {
			e.respond(in, sip.StatusCallTransactionDoesNotExists)
			return
		}
		d.serve(in)
		return
	}
	e.unrelated(in)
}

// unrelated takes a request outside of any call.
func (e *Endpoint) unrelated(in transport.Incoming) {
	if in.Method != sip.INVITE && in.GetHeader("Replaces") != nil { // RFC 3891 section 3
		e.respond(in, sip.StatusBadRequest)
		return
	}
	event, _ := parameters(value(in.Request, "Event"))
	switch {
	case in.Method == sip.INVITE:
		e.invite(in)
	case in.Method == sip.OPTIONS:
		e.respond(in, sip.StatusOK, abilities()...)
	case in.Method == sip.REFER: // whom it came from we would not know
		e.respond(in, sip.StatusForbidden)
	case in.Method == sip.SUBSCRIBE, in.Method == sip.NOTIFY && !strings.EqualFold(event, "refer"):
		e.respond(in, statusBadEvent, allowedEvents())
	default: // BYE, CANCEL, INFO, UPDATE, PRACK: they mean something only within a call
		e.respond(in, sip.StatusCallTransactionDoesNotExists)
	}
}

// Received reports a message for the transcript, and a provisional response to
// the call that it belongs to: sipgo's transactions may deliver 180 after 200.
func (e *Endpoint) Received(msg sip.Message) {
	e.observe(false, msg, msg.Source())
	res, ok := msg.(*sip.Response)
	if !ok {
		return
	}
	e.mu.Lock()
	p := e.placing[callID(res)]
	e.mu.Unlock()
	if p == nil {
		return
	}
	p.heard.Store(true)
	if res.StatusCode > sip.StatusTrying && res.IsProvisional() {
		p.progressed(res)
	}
}

func (e *Endpoint) observe(sent bool, msg sip.Message, peer string) {
	if e.cfg.Observe == nil {
		return
	}
	m := Message{Sent: sent, Peer: peer}
	if id := msg.CallID(); id != nil {
		m.Call = id.Value()
	}
	switch msg := msg.(type) {
	case *sip.Request:
		m.Summary = string(msg.Method)
	case *sip.Response:
		m.Summary = fmt.Sprintf("%d %s", msg.StatusCode, msg.Reason)
		if cseq := msg.CSeq(); cseq != nil {
			m.Summary += " (" + string(cseq.MethodName) + ")"
		}
	}
	e.cfg.Observe(m)
}

// Respond answers a request that is no part of a call.
func (e *Endpoint) Respond(in transport.Incoming, status int, headers ...sip.Header) {
	e.respond(in, status, headers...)
}

// respond answers a request with a status and no body.
func (e *Endpoint) respond(in transport.Incoming, status int, headers ...sip.Header) {
	res := e.response(in.Request, status, nil)
	for _, h := range headers {
		res.AppendHeader(h)
	}
	e.send(in.Tx, res)
}

// response builds a response to a request.
func (e *Endpoint) response(req *sip.Request, status int, body []byte) *sip.Response {
	res := sip.NewResponseFromRequest(req, status, phrase(status), body)
	res.SipVersion = "SIP/2.0"
	res.AppendHeader(sip.NewHeader("Server", e.cfg.Agent))
	if body != nil {
		res.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	}
	return res
}

// send sends a response in its transaction.
func (e *Endpoint) send(tx *sip.ServerTx, res *sip.Response) {
	e.observe(true, res, res.Destination())
	if err := tx.Respond(res); err != nil {
		e.log.Debug("sending a SIP response failed", "call", callID(res), "status", res.StatusCode, "error", err)
	}
}

// find looks for the dialog a request belongs to.
func (e *Endpoint) find(in transport.Incoming) *Dialog {
	if in.CallID() == nil {
		return nil
	}
	from, to := tags(in.Request)
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.dialogs[identity{in.CallID().Value(), to, from}]
}

// add registers a dialog; it reports false once the endpoint is closed.
func (e *Endpoint) add(d *Dialog) bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return false
	}
	e.dialogs[d.id] = d
	if d.tx != nil {
		e.invited[invitationOf(d.invitation)] = struct{}{}
	}
	return true
}

// remove forgets a dialog; that it was there, and answered, stays known for a
// while.
func (e *Endpoint) remove(d *Dialog, answered bool) {
	e.mu.Lock()
	if e.dialogs[d.id] == d {
		delete(e.dialogs, d.id)
		if d.tx != nil {
			delete(e.invited, invitationOf(d.invitation))
		}
	}
	e.mu.Unlock()
	if answered {
		e.ended.note(d.id, time.Now())
	}
}

// invite takes an INVITE that asks for a new call.
func (e *Endpoint) invite(in transport.Incoming) {
	e.mu.Lock()
	refuse, closed := e.refuse, e.closed
	_, merged := e.invited[invitationOf(in.Request)]
	e.mu.Unlock()
	switch {
	case merged: // it reached us twice by different paths: RFC 3261 section 8.2.2.2
		e.respond(in, sip.StatusLoopDetected)
		return
	case refuse > 0 || closed:
		seconds := max(1, int(refuse.Seconds()))
		e.respond(in, sip.StatusServiceUnavailable, sip.NewHeader("Retry-After", strconv.Itoa(seconds)))
		return
	case in.Contact() == nil:
		e.respond(in, sip.StatusBadRequest)
		return
	case tooSmall(in.Request):
		e.respond(in, statusIntervalTooSmall, minimumHeader())
		return
	}
	replaced, status := e.replaced(in.Request)
	if status != 0 {
		e.respond(in, status)
		return
	}
	d := e.called(in)
	d.replaces = replaced
	e.attend(in, d)
}

// attend has the owner attend to a call that came in.
func (e *Endpoint) attend(in transport.Incoming, d *Dialog) {
	if !e.add(d) {
		e.respond(in, sip.StatusServiceUnavailable)
		return
	}
	if !in.Tx.OnCancel(func(cancel *sip.Request) { d.end(Ending{How: Cancelled, Cause: causeOf(cancel)}) }) {
		d.end(Ending{How: Cancelled})
		return
	}
	e.respond(in, sip.StatusTrying)
	e.spawn(func() {
		defer func() {
			ctx, cancel := context.WithTimeout(context.Background(), 64*e.cfg.T1)
			defer cancel()
			d.finish(ctx, sip.StatusTemporarilyUnavailable)
		}()
		defer e.recovered(d)
		e.answer(d.ctx, d)
	})
}

// recovered keeps a panic to the call that it happened in.
func (e *Endpoint) recovered(d *Dialog) {
	if what := recover(); what != nil {
		e.log.Error("a call panicked", "call", d.Call(), "panic", what, "stack", stack())
		d.Reject(sip.StatusInternalServerError, Cause{})
	}
}
