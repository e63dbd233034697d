package sip

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
)

// How long a call waits for others.
const (
	openLimit    = 2 * time.Second        // for a line in the conference
	errandLimit  = 8 * time.Second        // for the directory, the room and the seat
	settling     = 300 * time.Millisecond // after the answer, for the ACK, before anything is said
	hangUpLimit  = 8 * time.Second        // for the peer to confirm a BYE
	closeLimit   = 2 * time.Second        // the same when the gateway closes
	glanceEvery  = time.Second
	measureEvery = 5 // glances
)

// call is one telephone call. Its fields belong to the goroutine that runs
// serve, unless they say otherwise.
type call struct {
	g      *Gateway
	dialog *dialog.Dialog
	log    *slog.Logger
	caller Caller
	record Record
	called *called // of a call that we placed; nil for one that came in
	trail  *trail

	media    *media
	broken   chan error // what ended it, where it is read already; else nil
	line     audio.Line
	ear      *ear      // what the line is heard by
	sdp      []byte    // what the INVITE is answered with
	accepted time.Time // when it was

	menu     *ivr.Machine
	deadline *time.Timer // the menu's
	phrases  []audio.Phrase
	spoken   <-chan struct{} // closed when the present phrase was heard; nil when none is
	captured chan []audio.Frame

	acknowledged, settled, recalled bool // what the conversation waits for

	referrals chan *dialog.Referral // REFERs, from the transport
	heirs     chan chan<- estate    // calls that want to take this one's place
	heir      chan<- estate         // the one that does
	inherited bool                  // this call took the place of another

	before   Return // where the caller was lately
	meeting  Meeting
	identity Identity
	owner    Identity // of the phone that calls, where it is one of ours
	ahead    []byte   // keys that were dialled already
	seat     Seat
	notices  <-chan Notice
	outside  time.Time       // since when the caller waits to be let in; zero: does not
	held     time.Time       // since when the call is on hold; zero: is not
	account  quality.Account // of what was measured in the meeting
	glances  int

	errands  []errand
	busy     bool // with an errand
	outcomes chan outcome
	working  sync.WaitGroup // the errand and the goroutines of converse
	ending   *ending        // set when the call is to end
	patience time.Duration  // with which a BYE of ours is confirmed

	waiting stopwatch // for the first sound after a key; also read by the ear
}

// ending is why a call is over.
type ending struct {
	cause     string
	departure Departure
	bye       dialog.Cause // what the peer is told, where it is we who hang up
}

// newCall is a call that came over a trunk, for a number.
func (g *Gateway) newCall(d *dialog.Dialog, trunk dialplan.Trunk, number string) *call {
	c := &call{g: g, dialog: d, outcomes: make(chan outcome, 1), captured: make(chan []audio.Frame, 1), patience: hangUpLimit}
	c.trail = g.trailOf(d, trunk.Name)
	c.referrals, c.heirs = make(chan *dialog.Referral, 1), make(chan chan<- estate)
	c.caller = g.callerOf(d, trunk)
	c.record = Record{
		Call: d.Call(), Trunk: trunk.Name, Source: d.Peer(), Began: time.Now(),
		From: c.caller.From, To: Number(number),
	}
	c.log = g.log.With("call", d.Call(), "from", c.record.From, "trunk", trunk.Name)
	c.menu = ivr.New(ivr.Config{Languages: g.cfg.Languages, Language: trunk.Language, Keys: g.cfg.Keys})
	g.observer.CallStarted(c.record)
	return c
}

// carry answers the call, if it can be, and carries it to its end.
func (c *call) carry(ctx context.Context, trunk dialplan.Trunk) {
	if refused := c.open(ctx, trunk); refused != nil {
		c.refuse(*refused)
		return
	}
	defer c.close()
	c.converse(ctx)
}

// refuse rejects a call that was not answered, unless its caller gave up.
func (c *call) refuse(why refusal) {
	select {
	case <-c.dialog.Done():
		c.ended()
		c.log.Info("call given up before the answer", "cause", c.ending.cause)
		return
	case <-c.g.closing:
		why = refusedShutDown
	default:
	}
	why.reject(c.dialog)
	c.record.Status, c.record.Cause = why.status, why.rule
	c.log.Info("call refused", "status", why.status, "rule", why.rule, "to", c.record.To, "source", c.record.Source.String())
}

// converse answers the call and carries it until somebody ends it; ctx ends
// with the dialog.
func (c *call) converse(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	c.deadline = time.NewTimer(settling) // until the menu sets it
	defer c.deadline.Stop()
	defer c.leave()
	defer c.working.Wait()
	defer cancel()

	c.accepted = time.Now()
	handlers := c.media.handlers()
	handlers.Referred = c.referred
	c.dialog.Handle(handlers)
	c.g.carry(c)
	defer c.g.drop(c)
	answered, broken := c.answer(ctx), c.listen(ctx)

	begin := time.NewTimer(settling)
	defer begin.Stop()
	glance := time.NewTicker(glanceEvery)
	defer glance.Stop()
	if !c.recalled {
		c.send(c.recall())
	}
	c.runErrand(ctx)

	for c.ending == nil {
		select {
		case err := <-answered:
			c.confirmed(err)
		case <-begin.C:
			c.settled = true
		case digit := <-c.media.leg.Digits():
			c.key(digit)
		case <-c.deadline.C:
			c.step(ivr.Elapsed{})
		case <-c.spoken:
			c.sayNext()
		case spoken := <-c.captured:
			c.step(ivr.Captured{Spoken: evened(spoken)})
		case outcome := <-c.outcomes:
			c.returned(outcome)
		case notice, open := <-c.notices:
			c.noticed(notice, open)
		case <-c.media.changed:
			c.hold()
			c.follow()
		case r := <-c.referrals:
			c.refer(r)
		case heir := <-c.heirsNow():
			c.surrender(heir)
		case now := <-glance.C:
			c.glance(now)
		case err := <-broken:
			c.silent(ctx, err)
		case w := <-c.called.warnings():
			c.warned(w)
		case kind := <-c.called.machines():
			c.machine(kind)
		case <-c.called.alarms():
			c.called.onAlarm()
		case <-c.called.calledOff():
			c.calledOff(ctx)
		case <-ctx.Done():
			c.ended()
		case <-c.g.closing:
			c.shutDown(ctx)
		}
		if c.ready() {
			c.begin()
		}
		c.runErrand(ctx)
	}
}

// answer answers the call, unless it is one that we placed. The channel tells how
// that went.
func (c *call) answer(ctx context.Context) <-chan error {
	if c.acknowledged {
		return nil
	}
	answered := make(chan error, 1)
	c.working.Go(func() {
		answered <- guarded(c.log, "answering a call", func() error { return c.accept(ctx) })
	})
	return answered
}

// listen passes what the peer says on to the line, which for a call that we placed
// or took over is done already. The channel tells why that has ended.
func (c *call) listen(ctx context.Context) <-chan error {
	if c.broken != nil {
		return c.broken
	}
	broken := make(chan error, 1)
	c.media.hear(c.line.Write)
	c.working.Go(func() { broken <- c.media.run(ctx) })
	return broken
}

// ready tells whether the conversation can begin: the ACK is here and it is
// known where the caller was before, or nothing worth waiting for is missing.
func (c *call) ready() bool {
	lateOffer := c.called == nil && len(c.dialog.Offer()) == 0
	return c.acknowledged && c.recalled || c.settled && (c.acknowledged || !lateOffer)
}

// errUnusable means that the ACK's answer to our offer is none.
var errUnusable = errors.New("the answer to our offer cannot be used")

// accept sends the 200 and waits for its ACK.
func (c *call) accept(ctx context.Context) error {
	ack, err := c.dialog.Accept(ctx, c.sdp)
	if err != nil || len(c.dialog.Offer()) > 0 {
		return err
	}
	if err := c.media.accept(ack); err != nil {
		return fmt.Errorf("%w: %w", errUnusable, err)
	}
	return nil
}

// confirmed takes the ACK. Where none came, the dialog ends by itself and says
// how.
func (c *call) confirmed(err error) {
	switch {
	case err == nil:
		c.acknowledged = true
	case errors.Is(err, errUnusable):
		c.log.Info("hanging up", "error", err)
		c.ending = &ending{"no-common-media", Dropped, dialog.Cause{Protocol: "SIP", Code: 488, Text: "the answer cannot be used"}}
	case errors.Is(err, errFault):
		cause, bye := mediaEnding(err)
		c.ending = &ending{cause, Dropped, bye}
	}
}

// begin opens the conversation, once.
func (c *call) begin() {
	if !c.record.Answered.IsZero() {
		return
	}
	c.follow()
	c.record.Answered, c.record.Status = c.accepted, 200
	c.progressed()
	c.log.Info("call answered", "to", c.record.To, "codec", c.media.codec().String())
	if c.inherited {
		c.remind()
		return
	}
	c.waiting.start(c.accepted)
	answered := ivr.Answered{Invited: c.called.invited()}
	if before := c.before; c.called == nil && before.Meeting.ID != "" && len(c.ahead) == 0 {
		answered.Return = &ivr.Return{Host: before.Identity.Host, Dropped: before.Dropped, Language: before.Language}
	}
	if c.called.extends() {
		c.extend(answered)
		return
	}
	c.step(answered)
	for _, key := range c.ahead {
		c.step(ivr.Key(key))
	}
}

// progressed tells of the call as far as it has come.
func (c *call) progressed() {
	c.whose()
	c.g.observer.CallChanged(c.record)
}

// whose notes where the call has come to, and who it turned out to be.
func (c *call) whose() {
	c.record.Meeting = c.meeting.ID
	known := c.identity.on(c.owner)
	c.record.Person, c.record.Name = known.Person, known.Name
}

// knows notes that the phone that calls is a colleague's. One that dialled a
// meeting's number need not type it again.
func (c *call) knows(account Account) {
	c.owner = Identity{Person: account.Person, Name: account.Name, Owner: true}
	if dialled := c.dialog.Invitation().Recipient.User; meetingLike(dialled) {
		c.ahead = append([]byte(dialled), '#', '#')
	}
}

// silent ends a call from which nothing comes any more, unless it has ended by
// itself and its media with it.
func (c *call) silent(ctx context.Context, err error) {
	if ctx.Err() != nil {
		c.ended()
		return
	}
	cause, bye := mediaEnding(err)
	c.log.Info("call has no media", "error", err)
	c.ending = &ending{cause, Dropped, bye}
}

// shutDown ends a call because the gateway closes.
func (c *call) shutDown(ctx context.Context) {
	if ctx.Err() != nil {
		c.ended()
		return
	}
	c.patience = closeLimit
	c.ending = &ending{"shutting-down", ShutDown, dialog.Cause{Protocol: "Q.850", Code: 41, Text: "this server is stopping"}}
}

// ended notes how the peer, or the dialog itself, ended the call.
func (c *call) ended() {
	if c.record.Status == 0 {
		c.record.Status = 487 // RFC 3261 section 9.2
	}
	switch how := c.dialog.Ending(); how.How {
	case dialog.Cancelled:
		c.ending = &ending{cause: "cancelled", departure: HungUp}
	case dialog.PeerHungUp:
		c.ending = &ending{cause: "hung-up", departure: HungUp}
	case dialog.Unconfirmed:
		c.ending = &ending{cause: "no-ack", departure: Dropped}
	default:
		c.ending = &ending{cause: "lost", departure: Dropped}
	}
}

// leave gives everything up that the call holds: its seat first, so that the
// meeting knows at once, its line, and the call itself.
func (c *call) leave() {
	if c.ending == nil { // something panicked
		c.ending = &endingFault
	}
	if c.called != nil {
		c.media.hear(nil)
		_ = guarded(c.log, "telling that a call is over", func() error { c.called.ends(c.ending); return nil })
	}
	select {
	case outcome := <-c.outcomes: // a seat may have been given as the call ended, or something done
		c.note(outcome.done)
		if outcome.seat != nil {
			c.seat = outcome.seat
		}
		if outcome.left != nil {
			c.decline(*outcome.left)
		}
	default:
	}
	if c.heir != nil {
		c.bequeath()
	} else {
		c.rise()
	}
	ctx, cancel := context.WithTimeout(context.Background(), c.patience)
	defer cancel()
	if err := c.dialog.Bye(ctx, c.ending.bye); err != nil && !errors.Is(err, dialog.ErrEnded) {
		c.log.Info("hanging up was not confirmed", "error", err)
	}
}

// rise gives up the seat and the line.
func (c *call) rise() {
	c.waited()
	c.resumed()
	c.measure()
	if c.seat != nil {
		c.record.Departure = c.ending.departure
		c.seat.Leave(c.ending.departure)
	}
	if c.line == nil {
		return
	}
	if err := c.line.Close(); err != nil {
		c.log.Warn("closing a call's line failed", "error", err)
	}
}

// close frees the call's media.
func (c *call) close() {
	c.follow()
	c.record.Quality = qualityOf(c.media.leg.Statistics())
	c.record.Quality.Summary = c.account.Summary()
	c.g.heardOver(&c.record)
	_ = c.media.leg.Close()
}

// finish records the call.
func (c *call) finish() {
	r := &c.record
	r.Ended = time.Now()
	if c.ending != nil {
		r.Cause = c.ending.cause
	}
	if c.menu != nil {
		r.Language = c.menu.Language()
	}
	c.whose()
	c.trail.carries(c.media)
	var how dialog.How // none where nobody answered
	if c.dialog != nil {
		how = c.dialog.Ending().How
	}
	r.Signalling = c.trail.signalling(r, how)
	c.g.over(*r, c.trail)
	if r.Answered.IsZero() {
		return // the refusal was logged
	}
	c.log.Info("call ended", "cause", r.Cause, "duration", r.Ended.Sub(r.Answered).Round(time.Second),
		"meeting", r.Meeting, "lost", r.Quality.Lost, "received", r.Quality.Received,
		"moves", r.Moves, "waited", r.Waited.Round(time.Second), "held", r.Held.Round(time.Second),
		"objected", r.Objected, "recording_heard", !r.RecordingHeard.IsZero())
}
