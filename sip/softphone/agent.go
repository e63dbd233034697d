package softphone

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/offer"
	"partyline/sip/internal/transport"
)

// Config is what a softphone needs. Only NewCodec has no default.
type Config struct {
	NewCodec func(audio.Codec) (Codec, error) // makes a codec for one direction of one call
	Codecs   []audio.Codec                    // in order of preference; PCMU and PCMA when nil
	Listen   string                           // for SIP on UDP and TCP; ":0" when empty
	Ports    [2]uint16                        // range of RTP ports; 40000 to 49999 when zero
	From     string                           // "sip:name@host"; the agent's own address when empty
	Display  string                           // name shown to the other side
	User     string                           // for digest authentication
	Password string
	SRTP     dialplan.SRTP // whether sound is encrypted
	Timeout  time.Duration // without media, after which a call is hung up; 60 s when zero
	// Transcript, if set, is written one line for each event. It is called
	// under a lock and should not block for long.
	Transcript io.Writer
	Log        *slog.Logger // discarded when nil
	Faults     Faults
	// Incoming, if set, takes every call that comes in, on a goroutine of its
	// own, in place of Accept. A call that still stands when it returns is ended.
	Incoming func(context.Context, *Ringing)
	// Register, if set, takes each REGISTER and answers it with Respond; it must
	// not block.
	Register func(transport.Incoming)
	Agent    string // User-Agent; "Partyline phone" when empty
	Rate     int    // SIP messages a second from one address; 200 when zero
	// Forgetful keeps nothing: neither what calls hear nor the transcript, which
	// is only written.
	Forgetful bool
}

// Faults make the softphone misbehave, for tests of the other side.
type Faults struct {
	OmitACK  bool                  // never acknowledge an answer
	Payloads map[audio.Codec]uint8 // payload types to offer instead of the usual ones
	Events   []TelephoneEvents     // telephone-event formats to offer instead of the usual ones
	NoEvents bool                  // offer no telephone events
	Ptime    time.Duration         // of G.711 and G.722 packets sent, whatever the other side asks for
}

// TelephoneEvents is a payload type for RFC 4733 and its clock rate in Hz.
type TelephoneEvents struct {
	Payload uint8
	Clock   int
}

func (c Config) withDefaults() (Config, error) {
	if c.NewCodec == nil {
		return c, errors.New("softphone: no codecs are given")
	}
	if len(c.Codecs) == 0 {
		c.Codecs = []audio.Codec{audio.PCMU, audio.PCMA}
	}
	if c.Listen == "" {
		c.Listen = ":0"
	}
	if c.Ports == [2]uint16{} {
		c.Ports = [2]uint16{40000, 49999}
	}
	c.Agent = cmp.Or(c.Agent, "Partyline phone")
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

// capabilities are what is offered.
func (c Config) capabilities() offer.Capabilities {
	can := offer.Capabilities{Codecs: c.Codecs, Payloads: c.Faults.Payloads, SRTP: c.SRTP}
	if c.Faults.NoEvents {
		can.Events = []offer.Events{}
	}
	for _, e := range c.Faults.Events {
		can.Events = append(can.Events, offer.Events{Payload: e.Payload, Clock: e.Clock})
	}
	return can
}

// Agent is a softphone: it places and takes any number of calls. Its methods
// may be called from any goroutine.
type Agent struct {
	cfg      Config
	endpoint *dialog.Endpoint
	ports    *leg.Ports
	script   *transcript
	incoming chan *dialog.Dialog
	sole     bool // made for one call, and closed with it

	mu     sync.Mutex     // guards closed, and calls against a Wait before an Add
	closed bool           // no call may begin any more
	calls  sync.WaitGroup // those that began
}

// New opens the softphone's sockets.
func New(cfg Config) (*Agent, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	ports, err := leg.NewPorts(netip.IPv4Unspecified(), cfg.Ports[0], cfg.Ports[1])
	if err != nil {
		return nil, err
	}
	a := &Agent{
		cfg: cfg, ports: ports, incoming: make(chan *dialog.Dialog),
		script: &transcript{start: time.Now(), out: cfg.Transcript, forgetful: cfg.Forgetful},
	}
	a.endpoint, err = dialog.Listen(dialog.Config{
		Transport: transport.Config{UDP: cfg.Listen, TCP: cfg.Listen, Rate: cfg.Rate},
		Agent:     cfg.Agent, User: "phone", Observe: a.observe, Register: cfg.Register,
	}, a.ring, cfg.Log)
	if err != nil {
		return nil, err
	}
	return a, nil
}

func (a *Agent) observe(m dialog.Message) {
	if m.Sent {
		a.script.note(Sent, "%s to %s", m.Summary, m.Peer)
	} else {
		a.script.note(Received, "%s from %s", m.Summary, m.Peer)
	}
}

// UDP is the address that SIP over UDP arrives at.
func (a *Agent) UDP() netip.AddrPort { return a.endpoint.UDP() }

// TCP is the address that SIP over TCP arrives at.
func (a *Agent) TCP() netip.AddrPort { return a.endpoint.TCP() }

// Transcript is what happened so far, in order.
func (a *Agent) Transcript() []Event { return a.script.events() }

// Close hangs up all calls and closes the sockets.
func (a *Agent) Close() error {
	a.mu.Lock()
	a.closed = true
	a.mu.Unlock()
	err := a.endpoint.Close()
	a.calls.Wait()
	return err
}

// errEnded is returned for what needs a call that has ended.
var errEnded = errors.New("the call has ended")

// Refused is why a call was not answered.
type Refused struct {
	Status int    // SIP status
	Reason string // its reason phrase
}

// Error names both.
func (r *Refused) Error() string { return fmt.Sprintf("call refused: %d %s", r.Status, r.Reason) }

// Dial calls a SIP address, "sip:number@host" with ";transport=tcp" where
// wanted, and returns once it is answered. A refusal is a *Refused; when ctx
// ends first, Dial returns at once and the call is cancelled behind it.
func (a *Agent) Dial(ctx context.Context, target string) (*Call, error) {
	return a.DialFrom(ctx, a.cfg.From, target)
}

// DialFrom is Dial for somebody else, "sip:name@host".
func (a *Agent) DialFrom(ctx context.Context, from, target string) (*Call, error) {
	c, err := a.newCall()
	if err != nil {
		return nil, err
	}
	who := dialog.Invitee{
		Target: target, From: from, Display: a.cfg.Display, User: a.cfg.User, Password: a.cfg.Password,
		Handlers: c.handlers(), OmitACK: a.cfg.Faults.OmitACK,
		Offer: func(host netip.Addr) ([]byte, error) {
			c.session = offer.New(netip.AddrPortFrom(host, c.leg.Port()), a.cfg.capabilities())
			return c.session.Offer(offer.SendRecv), nil
		},
	}
	d, err := a.endpoint.Invite(ctx, who)
	if err != nil {
		_ = c.leg.Close()
		return nil, refusal(err)
	}
	if err := c.established(d, d.RemoteAnswer()); err != nil {
		c.fail(d)
		return nil, err
	}
	return c, nil
}

// refusal turns a final response into a *Refused.
func refusal(err error) error {
	var r *dialog.Rejected
	if errors.As(err, &r) {
		return &Refused{Status: r.Status, Reason: r.Reason}
	}
	return fmt.Errorf("dial: %w", err)
}

// ring lets a call ring until somebody accepts it or the caller gives up.
func (a *Agent) ring(ctx context.Context, d *dialog.Dialog) {
	if a.cfg.Incoming != nil {
		a.cfg.Incoming(ctx, &Ringing{agent: a, dialog: d})
		return
	}
	d.Ring()
	select {
	case a.incoming <- d:
		<-ctx.Done()
	case <-ctx.Done():
	}
}

// Accept answers the next call that comes in.
func (a *Agent) Accept(ctx context.Context) (*Call, error) {
	select {
	case d := <-a.incoming:
		return (&Ringing{agent: a, dialog: d}).Answer(ctx)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// begin counts a call in, whose end Close waits for, unless the softphone is
// closing.
func (a *Agent) begin() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.closed {
		return false
	}
	a.calls.Add(1)
	return true
}

// Respond answers a request that Config.Register took.
func (a *Agent) Respond(in transport.Incoming, status int, headers ...sip.Header) {
	a.endpoint.Respond(in, status, headers...)
}

// Dial makes a softphone for one call, which closes it when it has ended.
func Dial(ctx context.Context, cfg Config, target string) (*Call, error) {
	a, err := New(cfg)
	if err != nil {
		return nil, err
	}
	a.sole = true
	c, err := a.Dial(ctx, target)
	if err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return c, nil
}
