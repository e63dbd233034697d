package carrier

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/softphone"
)

// ErrNoBridge is returned for a call that nobody is there to take.
var ErrNoBridge = errors.New("no bridge is known: give its address, or have it register")

// Call has somebody dial in, and returns when their call is over. A refusal is
// a *softphone.Refused.
func (c *Carrier) Call(ctx context.Context, who Caller) error {
	i := slices.IndexFunc(who.Steps, func(s Step) bool { return s.Verb == Dial })
	if i < 0 {
		return errors.New("the caller dials nobody")
	}
	l := &line{carrier: c, from: string(who.Number), to: who.Steps[i].Text}
	for _, s := range who.Steps[:i] {
		if err := actions[s.Verb](l, ctx, s); err != nil {
			return ctx.Err()
		}
	}
	bridge, err := c.bridge()
	if err != nil {
		return err
	}
	return l.dial(ctx, bridge, who.Steps[i+1:], who.Line)
}

// bridge is where callers dial in, "host:port".
func (c *Carrier) bridge() (string, error) {
	if c.cfg.Bridge != "" {
		if _, _, err := net.SplitHostPort(c.cfg.Bridge); err != nil {
			return net.JoinHostPort(c.cfg.Bridge, "5060"), nil
		}
		return c.cfg.Bridge, nil
	}
	for _, a := range c.cfg.Scenario.Accounts {
		if places := c.registrar.Find(a.User, time.Now()); len(places) > 0 {
			return places[0].Flow.Source.String(), nil
		}
	}
	return "", ErrNoBridge
}

// dial calls, does the steps and hangs up.
func (l *line) dial(ctx context.Context, bridge string, steps []Step, number int) error {
	c := l.carrier
	l.record = c.book.open(Record{
		From: dialplan.Number(l.from), To: dialplan.Number(l.to), Placed: true, Line: number, Invited: time.Now(),
	})
	l.note("dials in")
	call, err := c.agent.DialFrom(ctx, fmt.Sprintf("sip:%s@%s", l.from, c.UDP()), fmt.Sprintf("sip:%s@%s", l.to, bridge))
	if err != nil {
		l.change(func(r *Record) { r.Ended, r.How, r.Status = time.Now(), err.Error(), statusOf(err) })
		l.note("is not answered: %v", err)
		return err
	}
	l.call, l.answered = call, true
	l.change(func(r *Record) { r.Call, r.Answered, r.Status = call.ID(), time.Now(), http.StatusOK })
	l.worsen()
	l.note("is answered with %v", call.Codec())
	ended, cancel := context.WithCancel(ctx)
	defer cancel()
	c.work.Go(func() {
		defer cancel()
		select {
		case <-call.Done():
		case <-ended.Done():
		}
	})
	l.follow(ended, steps)
	l.bye()
	<-call.Done()
	l.change(func(r *Record) { r.end(time.Now(), call.Ending()) })
	l.note("ended: %s", call.Ending().How)
	return nil
}

// statusOf is the final status that a call got; 487 where the caller gave up.
func statusOf(err error) int {
	var refused *softphone.Refused
	if errors.As(err, &refused) {
		return refused.Status
	}
	return 487
}
