package sip

import (
	"time"

	"partyline/metrics/quality"
)

// Attempt is an INVITE that asked for a new call and what became of it.
type Attempt struct {
	Trunk    string // empty where no trunk took the call
	Outbound bool   // we called
	Setup    quality.Setup
	PDD      time.Duration // from INVITE to the first 18x or 200; zero: neither came
}

// Trace is what is kept of a call that is over, so that it can be looked at and
// shown to a carrier. Numbers and secrets in it are masked.
type Trace struct {
	Messages []quality.Message // the ladder: every SIP message, in the order of time
	Missing  int               // messages left out of Messages, in its middle, since there were too many
	// Evidence is all of it in one packed piece, headers of RTP and RTCP included:
	// package evidence unpacks it and makes files of it. Empty where nothing is kept.
	Evidence []byte
}

// over tells that a call has ended, and what is kept of it.
func (g *Gateway) over(r Record) {
	g.observer.CallEnded(r)
	g.observer.Traced(r, Trace{})
}
