package carrier

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"sync"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/digest"
	"partyline/sip/internal/registrar"
	"partyline/sip/softphone"
)

// Config is what a telephone company needs. Only NewCodec has no default.
type Config struct {
	NewCodec func(audio.Codec) (softphone.Codec, error) // as softphones take it
	Codecs   []audio.Codec                              // in order of preference; PCMU and PCMA when nil
	Listen   string                                     // for SIP on UDP and TCP; "127.0.0.1:0" when empty
	Ports    [2]uint16                                  // range of RTP ports; 50000 to 59999 when zero
	Scenario Scenario                                   // that of [Default] when it has no rules
	// Bridge is where callers dial in, "host:port"; empty: where an account
	// registered.
	Bridge string
	SRTP   dialplan.SRTP
	// Out, if set, is written a line for each event. It is called under a lock
	// and should not block for long.
	Out io.Writer
	Log *slog.Logger // discarded when nil
}

func (c Config) withDefaults() (Config, error) {
	c.Listen = cmp.Or(c.Listen, "127.0.0.1:0")
	if c.Ports == [2]uint16{} {
		c.Ports = [2]uint16{50000, 59999}
	}
	if c.Out == nil {
		c.Out = io.Discard
	}
	if len(c.Scenario.Rules) > 0 {
		return c, nil
	}
	usual, err := Parse(strings.NewReader(Default))
	usual.Callers = c.Scenario.Callers
	c.Scenario = usual
	return c, err
}

// Carrier is a running telephone company. Its methods may be called from any
// goroutine.
type Carrier struct {
	cfg       Config
	agent     *softphone.Agent
	sounds    map[string]softphone.Sound
	guard     *digest.Guard
	registrar *registrar.Registrar
	book      book
	opened    chan struct{} // closed once agent is set
	ctx       context.Context
	cancel    context.CancelFunc
	work      sync.WaitGroup

	out sync.Mutex // guards writing to cfg.Out
}

// rate is how many SIP messages a second are taken from one address: many more
// than a bridge's own limit is.
const rate = 20_000

// New opens the company's sockets, and has its callers begin.
func New(cfg Config) (*Carrier, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	sounds, err := loadSounds(cfg.Scenario)
	if err != nil {
		return nil, err
	}
	c := &Carrier{
		cfg: cfg, sounds: sounds, opened: make(chan struct{}),
		guard:     digest.New(realm, time.Now),
		registrar: registrar.New(registrar.DefaultConfig()),
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.agent, err = softphone.New(softphone.Config{
		NewCodec: cfg.NewCodec, Codecs: cfg.Codecs, Listen: cfg.Listen, Ports: cfg.Ports, SRTP: cfg.SRTP, Log: cfg.Log,
		Agent: "Simulated telephone company", Rate: rate, Forgetful: true,
		Incoming: c.called, Register: c.register,
	})
	if err != nil {
		c.cancel()
		return nil, fmt.Errorf("simulated telephone company: %w", err)
	}
	close(c.opened)
	for _, caller := range cfg.Scenario.Callers {
		c.work.Go(func() {
			if err := c.Call(c.ctx, caller); err != nil && c.ctx.Err() == nil {
				c.note(string(caller.Number), "", "%v", err)
			}
		})
	}
	return c, nil
}

// UDP is where the company takes calls over UDP.
func (c *Carrier) UDP() netip.AddrPort { return c.agent.UDP() }

// TCP is where the company takes calls over TCP.
func (c *Carrier) TCP() netip.AddrPort { return c.agent.TCP() }

// Records are the calls that the company knows of, in the order in which they
// began; of very many, the latest.
func (c *Carrier) Records() []Record { return c.book.copies() }

// Registered tells from how many places an account is registered.
func (c *Carrier) Registered(user string) int { return len(c.registrar.Find(user, time.Now())) }

// Close hangs up every call and closes the sockets.
func (c *Carrier) Close() error {
	c.cancel()
	err := c.agent.Close()
	c.work.Wait()
	return err
}

// note writes a line about a call; numbers are masked but for the digits that
// tell what happens.
func (c *Carrier) note(from, to, format string, args ...any) {
	who := dialplan.Number(to).Masked()
	switch {
	case from != "" && to != "":
		who = dialplan.Number(from).Masked() + " → " + who
	case to == "":
		who = dialplan.Number(from).Masked()
	}
	if from == "" && to == "" {
		who = "-"
	}
	c.out.Lock()
	defer c.out.Unlock()
	fmt.Fprintf(c.cfg.Out, "%s  %-17s  %s\n", time.Now().Format("15:04:05.000"), who, fmt.Sprintf(format, args...))
}

// called takes a call that comes in: it does what the scenario says of the
// number.
func (c *Carrier) called(ctx context.Context, r *softphone.Ringing) {
	<-c.opened
	rule, known := c.cfg.Scenario.For(r.To())
	l := &line{carrier: c, ringing: r, from: r.From(), to: r.To()}
	l.record = c.book.open(Record{
		Call: r.ID(), From: dialplan.Number(r.From()), To: dialplan.Number(r.To()), Line: rule.Line, Invited: time.Now(),
	})
	c.note(l.from, l.to, "INVITE")
	defer l.close()
	if !known {
		l.refuse(404)
		return
	}
	l.follow(ctx, rule.Steps)
}

// isStale tells whether credentials were right once.
func isStale(err error) bool {
	return errors.Is(err, digest.ErrStale) || errors.Is(err, digest.ErrReplayed)
}
