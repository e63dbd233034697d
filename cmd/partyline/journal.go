package main

import (
	"sync"
	"time"

	"github.com/google/uuid"

	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// This file is where legs that nobody dials come into the records: phones that
// call in, and browsers.

var _ signaling.Visits = (*legs)(nil)

// legs writes such legs into the journal.
type legs struct {
	journal  *billing.Journal
	currency billing.Currency
	home     dialplan.Country
	// rate is what a call in costs the company, with its deck's version.
	rate func(to dialplan.Number, trunk string, at time.Time) (billing.Rate, string, bool)

	mu  sync.Mutex
	ids map[phoneLeg]string // of phones' legs, until what is kept of their signalling was told
}

// phoneLeg tells a call that came in from others. One that was put through goes on
// under its Call-ID as another call.
type phoneLeg struct {
	call  string // Call-ID
	began int64  // ns since 1970
}

func legOf(r *sip.Record) phoneLeg { return phoneLeg{r.Call, r.Began.UnixNano()} }

// id is that of a phone's record, from sip.Observer.CallStarted to Traced.
func (l *legs) id(r *sip.Record) string {
	if r.Order != "" {
		return r.Order
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ids[legOf(r)]
}

// forget takes note that nothing more will be told of a call.
func (l *legs) forget(r *sip.Record) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ids, legOf(r))
}

func newLegs(journal *billing.Journal, desk *billing.Desk, currency billing.Currency, home dialplan.Country) *legs {
	return &legs{journal: journal, currency: currency, home: home, rate: desk.InboundRate, ids: make(map[phoneLeg]string)}
}

// rings begins the record of a call that came in.
func (l *legs) rings(r *sip.Record) {
	if r.Order != "" {
		return // whoever placed it has a record of it
	}
	id := uuid.Must(uuid.NewV7()).String()
	l.mu.Lock()
	l.ids[legOf(r)] = id
	l.mu.Unlock()
	c := billing.CDR{
		ID: id, Kind: billing.PhoneIn, Direction: billing.Inbound, Attempt: 1, CallID: r.Call, Trunk: r.Trunk, Currency: l.currency,
		Setup: r.Began.UTC(), Beat: r.Began.UTC(), From: dialplan.Number(r.From), To: dialplan.Number(r.To),
	}
	if number, err := dialplan.Parse(string(r.To), l.home); err == nil {
		c.To = number
	}
	if r.Trunk == phonesTrunk {
		c.Kind = billing.SIP
	} else if rate, deck, found := l.rate(c.To, r.Trunk, r.Began); found {
		c.Rate, c.Deck, c.Destination = rate, deck, rate.Destination
	}
	l.copyOf(&c, r)
	l.journal.Open(c)
}

// phonesTrunk is what the gateway calls the company's own phones.
const phonesTrunk = "phones"

// changes notes that a call was answered, or came into a meeting.
func (l *legs) changes(r *sip.Record) {
	if r.Order != "" {
		return
	}
	l.journal.Change(l.id(r), func(c *billing.CDR) { l.copyOf(c, r) })
}

// ends closes the record.
func (l *legs) ends(r *sip.Record) {
	if r.Order != "" {
		return
	}
	l.journal.Close(l.id(r), func(c *billing.CDR) {
		l.copyOf(c, r)
		c.End, c.Cause, c.Status, c.Keys, c.Quality = r.Ended.UTC(), billing.Cause(r.Cause), r.Status, r.Keys, r.Heard()
		c.Q850, c.Side = billing.Q850(r.Status), billing.SideUs
		if r.Cause == string(billing.CauseHungUp) || r.Status == 487 {
			c.Side = billing.SideThem
		}
		if !r.RecordingHeard.IsZero() {
			c.Notice = r.RecordingHeard.UTC()
		}
	})
}

// copyOf copies what becomes known of a call while it runs.
func (*legs) copyOf(c *billing.CDR, r *sip.Record) {
	c.Meeting, c.Person, c.PersonName = r.Meeting, r.Person, r.Name
	c.Name, c.Known = r.Name, r.Person != ""
	if !r.Answered.IsZero() {
		c.State, c.Answer, c.Status = billing.Answered, r.Answered.UTC(), r.Status
	}
	if !r.Entered.IsZero() {
		c.Join = "pin"
	}
}

// Seated begins the record of a browser, or notes that it has moved.
func (l *legs) Seated(v signaling.Visit) {
	if v.Kind != meeting.Browser {
		return // the gateway tells of phones
	}
	at := v.At.UTC()
	l.journal.Open(billing.CDR{
		ID: v.ID, Kind: billing.Web, Direction: billing.Inbound, State: billing.Answered, Attempt: 1, Meeting: v.Meeting,
		Person: v.Person, PersonName: v.Name, Name: v.Name, Known: v.Person != "", Join: "token",
		Setup: at, Answer: at, Beat: at, Currency: l.currency, Quality: billing.Quality{Codec: "opus"},
	})
	l.journal.Change(v.ID, func(c *billing.CDR) { c.Meeting = v.Meeting })
}

// Left closes the record of a browser.
func (l *legs) Left(id string, how signaling.Leaving) {
	l.journal.Close(id, func(c *billing.CDR) {
		c.End, c.Quality.Class, c.Side, c.Cause = how.At.UTC(), how.Quality, billing.SideUs, causes[how.Reason]
		if how.Reason == wire.LeftByThemselves {
			c.Side = billing.SideThem
		}
	})
}

// causes are how visits end, in the words of records.
var causes = map[wire.LeftReason]billing.Cause{
	wire.LeftByThemselves: billing.CauseHungUp,
	wire.LeftDropped:      billing.CauseUnreachable,
	wire.LeftRemoved:      "removed",
	wire.LeftEnded:        "ended",
	wire.LeftMoved:        "moved",
	wire.LeftHandedOver:   "handed-over",
}
