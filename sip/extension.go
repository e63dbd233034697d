package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/registrar"
)

// phonesTrunk is what calls of the company's own phones are counted under.
const phonesTrunk = "phones"

// ringLimit is how long a phone rings before the call is given up.
const ringLimit = 60 * time.Second

// The refusals of calls between phones.
var (
	refusedExtension = refusal{status: 404, q850: 1, rule: "extension-unknown", text: "nobody has this number"}
	refusedAbsent    = refusal{status: 480, q850: 20, rule: "phone-absent", text: "none of their phones is registered"}
	refusedNoAnswer  = refusal{status: 480, q850: 19, rule: "no-answer", text: "nobody answered"}
	refusedBusy      = refusal{status: 486, q850: 17, rule: "busy", text: "they are busy"}
	refusedDeclined  = refusal{status: 603, q850: 21, rule: "declined", text: "they do not take the call"}
)

// pair is a call between two phones of the company. Both are lines in a room of
// their own, as two callers in a meeting are: one way of carrying sound, whatever
// the two phones speak.
type pair struct {
	g      *Gateway
	log    *slog.Logger
	caller party
	callee party
	sdp    []byte // what the caller is answered with
	record Record
	trail  *trail
	wishes chan wish // REFERs, from the transport
}

// party is one of the two.
type party struct {
	account Account // whose phone it is
	dialog  *dialog.Dialog
	media   *media
	line    audio.Line
	broken  chan error // what ended its media
	held    time.Time  // since when they have the other one on hold; zero: they have not
}

// close frees what the party holds.
func (p *party) close() {
	if p.line != nil {
		_ = p.line.Close() // the room knows before the socket goes
	}
	if p.media != nil {
		_ = p.media.leg.Close()
	}
}

// bye ends the party's call, if it stands.
func (p *party) bye(cause dialog.Cause) {
	if p.dialog == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), hangUpLimit)
	defer cancel()
	_ = p.dialog.Bye(ctx, cause) // the other side may have gone, or never says so
}

// connect rings the phones of an extension for a phone of ours, and joins the
// two when one answers. It returns when the call is over.
func (g *Gateway) connect(ctx context.Context, d *dialog.Dialog, from Account) {
	number := d.Invitation().Recipient.User
	p := &pair{g: g, log: g.log.With("call", d.Call(), "account", from.User), caller: party{account: from, dialog: d}, wishes: make(chan wish, 1)}
	p.trail = g.trailOf(d, phonesTrunk)
	p.record = Record{
		Call: d.Call(), Trunk: phonesTrunk, Source: d.Peer(), Began: time.Now(),
		From: Number(from.Extension), To: Number(number), Person: from.Person, Name: from.Name,
	}
	g.observer.CallStarted(p.record)
	defer p.finish()

	to, err := g.extension(ctx, number)
	if err != nil {
		p.refuse(refusalOf(err))
		return
	}
	if refused := p.open(); refused != nil {
		p.refuse(*refused)
		return
	}
	defer p.caller.close()
	d.Ring()
	if refused := p.ring(ctx, from, to); refused != nil {
		p.refuse(*refused)
		return
	}
	defer p.callee.close()
	p.talk(ctx)
}

func (g *Gateway) extension(ctx context.Context, number string) (Account, error) {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	return g.accounts.Extension(ctx, number)
}

func refusalOf(err error) refusal {
	if errors.Is(err, ErrNoAccount) {
		return refusedExtension
	}
	return refusedFault
}

func (p *pair) refuse(why refusal) {
	p.record.Status, p.record.Cause = why.status, why.rule
	select {
	case <-p.caller.dialog.Done():
		p.record.Status, p.record.Cause = 487, "cancelled"
	default:
		why.reject(p.caller.dialog)
	}
	p.log.Info("call refused", "status", p.record.Status, "rule", p.record.Cause)
}

// open makes the caller's media, so that a call that cannot be carried rings
// nobody.
func (p *pair) open() *refusal {
	l, err := leg.Open(p.g.ports, p.g.legConfig(), p.log)
	if err != nil {
		return &refusedPorts
	}
	p.caller.media = newMedia(l, p.caller.dialog.Host(), dialplan.SRTPOffered)
	if p.sdp, err = p.caller.media.answer(p.caller.dialog.Offer()); err != nil {
		_ = l.Close()
		return refusalFor(err)
	}
	return nil
}

// ring calls all phones of the callee at once and keeps the first that answers.
func (p *pair) ring(ctx context.Context, from, to Account) *refusal {
	bindings := p.g.phonesOf(to)
	if len(bindings) == 0 {
		return &refusedAbsent
	}
	ctx, cancel := context.WithTimeout(ctx, ringLimit)
	answers := make(chan answered, len(bindings))
	var ringing sync.WaitGroup
	for _, b := range bindings {
		ringing.Go(func() {
			answer := answered{err: errFault} // unless it says otherwise
			_ = guarded(p.log, "ringing a phone", func() error {
				answer = p.call(ctx, from, to, b)
				return nil
			})
			answers <- answer
		})
	}
	var worst *refusal
	for range bindings {
		answer := <-answers
		if answer.err != nil {
			worst = graver(worst, answer.err)
			continue
		}
		if p.callee.dialog == nil {
			p.callee = answer.party
			p.callee.account = to
			cancel() // the others stop ringing
			continue
		}
		answer.bye(dialog.Cause{Protocol: "SIP", Code: 200, Text: "answered elsewhere"})
		answer.close()
	}
	cancel()
	ringing.Wait()
	if p.callee.dialog == nil {
		return worst
	}
	return nil
}

// phonesOf is where an account's phones are. One that registered with a password
// that has been changed since is theirs no more.
func (g *Gateway) phonesOf(a Account) []registrar.Binding {
	proof := a.proof()
	return slices.DeleteFunc(g.registrar.Find(a.User, time.Now()), func(b registrar.Binding) bool { return b.Proof != proof })
}

// answered is what became of ringing one phone.
type answered struct {
	party
	err error
}

// call rings one phone.
func (p *pair) call(ctx context.Context, from, to Account, at registrar.Binding) answered {
	g, log := p.g, p.log
	l, err := leg.Open(g.ports, g.legConfig(), log)
	if err != nil {
		return answered{err: err}
	}
	var there party
	answering := false
	defer func() { // also where something panics
		if !answering {
			there.bye(dialog.Cause{Protocol: "SIP", Code: 488, Text: "the answer cannot be used"})
			_ = l.Close()
		}
	}()
	there.dialog, err = g.endpoint.Invite(ctx, dialog.Invitee{
		Target: at.URI, Through: dialog.Way{Network: at.Flow.Network, Peer: at.Flow.Source}, Headers: routes(at.Path),
		From: "sip:" + from.Extension + "@" + g.hostFacing(at), Display: from.Name,
		Inviting: func(call string) { p.trail.follows(ask{call: call, trunk: phonesTrunk, outbound: true, forked: true}) },
		Offer: func(host netip.Addr) ([]byte, error) {
			there.media = newMedia(l, host, encryption(at))
			return there.media.answer(nil)
		},
	})
	if err == nil {
		there.dialog.Handle(there.media.handlers())
		err = there.media.accept(there.dialog.RemoteAnswer())
	}
	if err != nil {
		return answered{err: err}
	}
	answering = true
	log.Info("phone answered", "extension", to.Extension)
	return answered{party: there}
}

// encryption is for phones that registered over TLS: keys in the clear would
// protect nothing, and some phones refuse what they do not know.
func encryption(at registrar.Binding) dialplan.SRTP {
	if at.Flow.Network == "tls" {
		return dialplan.SRTPOffered
	}
	return dialplan.SRTPOff
}

// routes are the Path of a registration as the request's route set (RFC 3327
// section 5.4).
func routes(path []string) []sipmsg.Header {
	var headers []sipmsg.Header
	for _, hop := range path {
		headers = append(headers, sipmsg.NewHeader("Route", hop))
	}
	return headers
}

// hostFacing is how we name ourselves to a phone.
func (g *Gateway) hostFacing(at registrar.Binding) string {
	host := g.endpoint.Facing(at.Flow.Network, at.Flow.Source.Addr())
	if host.Is6() {
		return "[" + host.String() + "]"
	}
	return host.String()
}

// graver keeps the refusal that tells the caller most: that somebody is busy
// or declined, before that nobody answered.
func graver(now *refusal, err error) *refusal {
	next := &refusedNoAnswer
	var rejected *dialog.Rejected
	if errors.As(err, &rejected) {
		switch {
		case rejected.Status == sipmsg.StatusBusyHere || rejected.Status == 600:
			next = &refusedBusy
		case rejected.Status == sipmsg.StatusGlobalDecline:
			next = &refusedDeclined
		case rejected.Status == sipmsg.StatusNotAcceptableHere:
			next = &refusedOffer
		}
	}
	if now == nil || now == &refusedNoAnswer || next == &refusedDeclined {
		return next
	}
	return now
}

// talk answers the caller and carries the conversation until one of the two
// hangs up.
func (p *pair) talk(ctx context.Context) {
	var working sync.WaitGroup
	defer working.Wait()
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // the caller may go, and leave the other one here
	defer cancel()
	if err := p.join(ctx, &working); err != nil {
		p.log.Error("two phones could not be joined", "error", err)
		p.record.Status, p.record.Cause = 500, "fault"
		p.caller.dialog.Reject(500, dialog.Cause{Protocol: "Q.850", Code: 41, Text: "the conference does not answer"})
		p.callee.bye(dialog.Cause{Protocol: "Q.850", Code: 41})
		return
	}
	p.record.Status, p.record.Answered = 200, time.Now()
	p.g.observer.CallChanged(p.record)
	confirmed := make(chan error, 1)
	working.Go(func() { confirmed <- guarded(p.log, "answering a call", func() error { return p.accept(ctx) }) })
	for {
		select {
		case err := <-confirmed:
			if err != nil && !errors.Is(err, dialog.ErrEnded) {
				p.end("no-ack", dialog.Cause{Protocol: "Q.850", Code: 41})
				return
			}
		case <-p.caller.dialog.Done():
			p.end("hung-up", dialog.Cause{Protocol: "Q.850", Code: 16})
			return
		case <-p.callee.dialog.Done():
			p.end("hung-up-by-callee", dialog.Cause{Protocol: "Q.850", Code: 16})
			return
		case err := <-p.caller.broken:
			p.end(mediaEnding(err))
			return
		case err := <-p.callee.broken:
			p.end(mediaEnding(err))
			return
		case <-p.caller.media.changed:
			p.hold(&p.caller)
		case <-p.callee.media.changed:
			p.hold(&p.callee)
		case w := <-p.wishes:
			if p.grant(ctx, w, &working) {
				p.record.Cause = "put-through"
				return
			}
		case <-p.g.closing:
			p.end("shutting-down", dialog.Cause{Protocol: "Q.850", Code: 41, Text: "this server is stopping"})
			return
		}
	}
}

// hold takes one of the two out of the sound, or back into it, as their phone wants.
func (p *pair) hold(one *party) {
	held := one.media.held()
	one.line.Hold(held)
	if held == !one.held.IsZero() {
		return
	}
	p.resumed(one)
	if held {
		one.held = time.Now()
		p.record.Holds++
	}
}

// resumed adds up how long one of the two had the other on hold.
func (p *pair) resumed(one *party) {
	if !one.held.IsZero() {
		p.record.Held += time.Since(one.held)
		one.held = time.Time{}
	}
}

// accept sends the 200 and waits for its ACK, which has the answer in it where
// the INVITE had no offer.
func (p *pair) accept(ctx context.Context) error {
	ack, err := p.caller.dialog.Accept(ctx, p.sdp)
	if err != nil || len(p.caller.dialog.Offer()) > 0 {
		return err
	}
	return p.caller.media.accept(ack)
}

// join puts both into a room of their own.
func (p *pair) join(ctx context.Context, working *sync.WaitGroup) error {
	room := "pair " + p.record.Call
	for i, one := range []*party{&p.caller, &p.callee} {
		other := []*party{&p.callee, &p.caller}[i]
		opening, cancel := context.WithTimeout(ctx, openLimit)
		defer cancel()
		line, err := p.g.conference.Answer(opening, one.media.leg)
		if err != nil {
			return fmt.Errorf("line: %w", err)
		}
		one.line, one.broken = line, make(chan error, 1)
		handlers := one.media.handlers()
		handlers.Referred = func(r *dialog.Referral) error { return p.referred(one, other, r) }
		one.dialog.Handle(handlers)
		one.media.hear(line.Write)
		working.Go(func() { one.broken <- one.media.run(ctx) })
		if err := p.g.conference.Join(opening, room, uint32(i+1), line); err != nil {
			return fmt.Errorf("room: %w", err)
		}
	}
	return nil
}

// end hangs up on whoever is left.
func (p *pair) end(cause string, bye dialog.Cause) {
	p.record.Cause = cause
	var both sync.WaitGroup
	both.Go(func() { p.caller.bye(bye) })
	both.Go(func() { p.callee.bye(bye) })
	both.Wait()
}

// finish records the call.
func (p *pair) finish() {
	p.record.Ended = time.Now()
	p.resumed(&p.caller)
	p.resumed(&p.callee)
	if m := p.caller.media; m != nil {
		p.record.Codec = m.codec()
		p.record.Quality = qualityOf(m.leg.Statistics())
	}
	p.trail.carries(p.caller.media)
	p.trail.carries(p.callee.media)
	p.record.Signalling = p.trail.signalling(&p.record, p.caller.dialog.Ending().How)
	p.g.over(p.record, p.trail)
	if !p.record.Answered.IsZero() {
		p.log.Info("call between phones ended", "cause", p.record.Cause, "duration", p.record.Ended.Sub(p.record.Answered).Round(time.Second))
	}
}

// extensionLike tells whether what was dialled can be a short number.
func extensionLike(number string) bool {
	return len(number) >= 3 && len(number) <= 5 && strings.Trim(number, "0123456789") == ""
}

// meetingLike tells whether what was dialled can be a meeting's number.
func meetingLike(number string) bool {
	return len(number) == ivr.NumberDigits && strings.Trim(number, "0123456789") == ""
}
