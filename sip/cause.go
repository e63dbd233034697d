package sip

import (
	"context"
	"errors"

	"partyline/sip/billing"
	"partyline/sip/internal/dialog"
)

// Advice is what whoever dialled can do about a call that did not come to be, as
// a word that pages have a sentence for.
type Advice string

// The advices.
const (
	AdviceNone        Advice = ""             // nothing is wrong
	AdviceCallLater   Advice = "call-later"   //
	AdviceCheckNumber Advice = "check-number" //
	AdviceOtherNumber Advice = "other-number" // a person, not a machine, has to answer
	AdviceAskAdmin    Advice = "ask-admin"    // money, rules and carriers are theirs
)

// advices are what to do about each cause.
var advices = map[billing.Cause]Advice{
	billing.CauseBusy: AdviceCallLater, billing.CauseNoAnswer: AdviceCallLater, billing.CauseDeclined: AdviceCallLater,
	billing.CauseNotJoined: AdviceCallLater, CauseDropped: AdviceCallLater, CauseFault: AdviceCallLater, CauseShuttingDown: AdviceCallLater,
	billing.CauseWrongNumber: AdviceCheckNumber, billing.CauseUnreachable: AdviceOtherNumber,
	billing.CauseVoicemail: AdviceOtherNumber, billing.CauseFax: AdviceOtherNumber,
	billing.CauseNoMoney: AdviceAskAdmin, billing.CauseRefused: AdviceAskAdmin, billing.CauseTrunkDown: AdviceAskAdmin,
}

// AdviceFor tells what to do about a cause.
func AdviceFor(cause billing.Cause) Advice { return advices[cause] }

// causes are what final responses to an INVITE mean to whoever dialled.
var causes = map[int]billing.Cause{
	404: billing.CauseWrongNumber, 410: billing.CauseWrongNumber, 484: billing.CauseWrongNumber,
	485: billing.CauseWrongNumber, 604: billing.CauseWrongNumber,
	486: billing.CauseBusy, 600: billing.CauseBusy,
	408: billing.CauseNoAnswer, 480: billing.CauseNoAnswer, 487: billing.CauseNoAnswer,
	603: billing.CauseDeclined, 607: billing.CauseDeclined,
	// The carrier takes no calls of ours: wrong password, no credit with it.
	401: billing.CauseTrunkDown, 402: billing.CauseTrunkDown, 407: billing.CauseTrunkDown, 503: billing.CauseTrunkDown,
}

// reasons are what the cause of a Reason header (ITU-T Q.850) means. It is
// nearer to the truth than the status that a gateway on the way made of it.
var reasons = map[int]billing.Cause{
	1: billing.CauseWrongNumber, 22: billing.CauseWrongNumber, 28: billing.CauseWrongNumber,
	17: billing.CauseBusy,
	18: billing.CauseNoAnswer, 19: billing.CauseNoAnswer, 20: billing.CauseNoAnswer,
	21: billing.CauseDeclined,
	34: billing.CauseTrunkDown, 38: billing.CauseTrunkDown, 41: billing.CauseTrunkDown, 42: billing.CauseTrunkDown,
	2: billing.CauseUnreachable, 3: billing.CauseUnreachable, 27: billing.CauseUnreachable, 88: billing.CauseUnreachable,
}

// vague are statuses that gateways use for many things: what a Reason says then
// counts.
var vague = map[int]bool{403: true, 480: true, 487: true, 500: true, 502: true, 503: true, 504: true, 603: true}

// causeOf tells what a refusal of a call of ours means.
func causeOf(r *dialog.Rejected) billing.Cause {
	cause, known := causes[r.Status]
	if !known {
		cause = billing.CauseUnreachable
	}
	if told, ok := reasons[q850Of(r.Cause)]; ok && vague[r.Status] {
		cause = told
	}
	return cause
}

// q850Of is the Q.850 cause of a Reason header; 0 where it has none.
func q850Of(c dialog.Cause) int {
	if c.Protocol != "Q.850" {
		return 0
	}
	return c.Code
}

// elsewhere tells whether another trunk may take a call that failed: where this
// one did not answer at all, or said that it cannot.
func elsewhere(err error) bool {
	var r *dialog.Rejected
	if !errors.As(err, &r) {
		return true
	}
	return causeOf(r) == billing.CauseTrunkDown || r.Status == 500 || r.Status == 502 || r.Status == 504
}

// because tells why a context ended.
func because(ctx context.Context) billing.Cause {
	var b *Because
	switch err := context.Cause(ctx); {
	case errors.As(err, &b):
		return b.Cause
	case errors.Is(err, ErrShuttingDown):
		return CauseShuttingDown
	default:
		return billing.CauseCancelled
	}
}

// endings are the causes of calls that were answered, where records of money
// call them by other names than records of calls.
var endings = map[string]billing.Cause{
	"media-timeout": CauseDropped, "media-fault": CauseDropped, "lost": CauseDropped, "no-ack": CauseDropped,
	"not-admitted": CauseRemoved, "no-common-media": billing.CauseUnreachable,
}

func endingCause(cause string) billing.Cause {
	if known, ok := endings[cause]; ok {
		return known
	}
	return billing.Cause(cause)
}
