package sip

import (
	"context"
	"sync"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
)

// One of two phones that talk to each other may put the other one through: to a
// meeting, by its number, or into the place of a call that it has with one. The
// other phone's call is then one like those that come in.

// wish is a REFER of one of the two.
type wish struct {
	from, other *party
	*dialog.Referral
}

// referred takes a REFER, on the transport's goroutine.
func (p *pair) referred(from, other *party, r *dialog.Referral) error {
	switch {
	case r.Replaces != "":
		if old := p.g.named(r.Replaces); old == nil || old.caller.Trunk != phonesTrunk {
			return errNotTheirs
		}
	case !meetingLike(r.To.User):
		return errElsewhere
	}
	select {
	case p.wishes <- wish{from, other, r}:
		return nil
	default:
		return &dialog.Rejected{Status: 486, Reason: "Busy Here"}
	}
}

// grant puts one of the two through and carries their call to its end; false
// where that cannot be, and the two go on.
func (p *pair) grant(ctx context.Context, w wish, working *sync.WaitGroup) bool {
	c := p.becomes(w.other)
	opening, cancel := context.WithTimeout(ctx, errandLimit)
	defer cancel()
	if w.Replaces != "" {
		old := p.g.named(w.Replaces)
		if old == nil || c.inherit(opening, old.dialog) != nil {
			w.Report(481)
			return false
		}
	} else {
		if _, err := p.g.directory.FindMeeting(opening, Secret(w.To.User), c.caller); err != nil {
			w.Report(referralStatus(err))
			return false
		}
		if c.seek(opening) != nil {
			w.Report(503)
			return false
		}
		c.ahead = append([]byte(w.To.User), '#')
	}
	w.Report(200)
	p.g.observer.CallStarted(c.record)
	defer c.finish()
	c.media.hear(c.line.Write)
	for _, one := range []*party{w.from, w.other} {
		_ = one.line.Close()
		one.line = nil
	}
	working.Go(w.from.letGo)
	c.converse(w.other.dialog.Context())
	return true
}

// letGo ends the call of whoever put the other one through, unless they do so
// themselves once they know that it went well.
func (p *party) letGo() {
	patience := time.NewTimer(letGoAfter)
	defer patience.Stop()
	select {
	case <-p.dialog.Done():
	case <-patience.C:
		p.bye(dialog.Cause{Protocol: "Q.850", Code: 16, Text: "put through"})
	}
}

// letGoAfter is how long whoever puts somebody through may stay.
const letGoAfter = time.Second

// becomes makes the call of one of the two a call like those that come in.
func (p *pair) becomes(one *party) *call {
	c := &call{
		g: p.g, dialog: one.dialog, media: one.media, broken: one.broken, patience: hangUpLimit,
		outcomes: make(chan outcome, 1), captured: make(chan []audio.Frame, 1),
		referrals: make(chan *dialog.Referral, 1), heirs: make(chan chan<- estate),
		acknowledged: true, recalled: true, trail: p.g.trailOf(one.dialog, phonesTrunk),
		owner: Identity{Person: one.account.Person, Name: one.account.Name, Owner: true},
	}
	c.caller = Caller{Call: one.dialog.Call(), Trunk: phonesTrunk, Source: one.dialog.Peer().Addr().String(), From: Number(one.account.Extension)}
	c.record = Record{
		Call: one.dialog.Call(), Trunk: phonesTrunk, Source: one.dialog.Peer(), Began: time.Now(), From: c.caller.From, To: p.record.To,
	}
	c.log = p.log.With("put_through", one.dialog.Call())
	c.menu = ivr.New(ivr.Config{Languages: p.g.cfg.Languages, Language: p.g.speaks(one.account.Language), Keys: p.g.cfg.Keys})
	return c
}
