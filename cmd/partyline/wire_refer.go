package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
)

// referrals has telephones called into meetings because a colleague's own phone
// asks for it: as if they had done so in the browser, under the same rules. The
// call is its batch's, and goes on when the phone is gone.
type referrals struct {
	accounts *auth.Accounts
	book     *meeting.Book
	calls    *dialout.Exchange
	log      *slog.Logger
	running  sync.WaitGroup
}

// referWithin bounds how long is looked up who asks, and for whom.
const referWithin = 10 * time.Second

// takeReferrals has the phones' wishes carried out until the house is closed. It
// is called before the phones start.
func (h *house) takeReferrals() {
	r := &referrals{accounts: h.accounts, book: h.book, calls: h.people.Calls(), log: h.log.With("part", "referrals")}
	ctx, stop := context.WithCancel(context.Background())
	h.phones.Refer(func(who sip.Identity, m sip.Meeting, number sip.Number, report func(int)) error {
		if !who.Owner {
			return fmt.Errorf("the phone of somebody else: %w", meeting.ErrNotAllowed)
		}
		r.running.Go(func() { r.carryOut(ctx, who, m.ID, number, report) })
		return nil
	})
	h.onClose(func() error {
		stop()
		r.running.Wait()
		return nil
	})
}

// carryOut has a telephone called, and reports how it goes until that is decided.
func (r *referrals) carryOut(ctx context.Context, who sip.Identity, id string, number sip.Number, report func(status int)) {
	begun, err := r.dial(ctx, who, id, number)
	if err != nil {
		r.log.Info("a call that a phone asks for is not placed", "person", who.Person, "meeting", id, "number", number, "error", err)
		report(refusedReferral(err))
		return
	}
	latest := make(chan wire.Call, 1)
	now, forget, ok := r.calls.Watch(begun.Batch.Batch, func(m wire.Message) {
		if changed, is := m.(*wire.CallChanged); is {
			select {
			case <-latest: // nobody has asked for it yet
			default:
			}
			latest <- changed.Call
		}
	})
	defer forget()
	if !ok {
		report(503)
		return
	}
	told := 0
	for call := now.Calls[0]; ; {
		status := referralStatus(call)
		if status != told && status != 0 {
			report(status)
		}
		if told = status; told >= 200 {
			return
		}
		select {
		case call = <-latest:
		case <-ctx.Done():
			report(503)
			return
		}
	}
}

// dial asks for the call by the rules that the browser's wishes are under.
func (r *referrals) dial(ctx context.Context, who sip.Identity, id string, number sip.Number) (dialout.Snapshot, error) {
	ctx, cancel := context.WithTimeout(ctx, referWithin)
	defer cancel()
	by, err := r.accounts.Person(ctx, who.Person)
	if err != nil {
		return dialout.Snapshot{}, fmt.Errorf("who asks: %w", err)
	}
	m, err := r.book.Get(ctx, id)
	if err != nil {
		return dialout.Snapshot{}, fmt.Errorf("into which meeting: %w", err)
	}
	role := meeting.RoleFor(m.CredentialOf(by.ID))
	if who.Host {
		role = meeting.Host
	}
	if !by.Active || !m.MayDial(role, by.ID) {
		return dialout.Snapshot{}, meeting.ErrNotAllowed
	}
	return r.calls.Dial(ctx, dialout.Wish{
		By:      dialout.Caller{Person: by.ID, Name: by.Name, Language: by.Language},
		Meeting: m.ID, MeetingName: m.Name, Host: role == meeting.Host,
		Dial: wire.Dial{Kind: wire.DialInto, To: []wire.Callee{{Numbers: []string{string(number)}}}},
	})
}

// refusedReferral is the SIP status of what cannot be asked for.
func refusedReferral(err error) int {
	switch {
	case errors.Is(err, dialout.ErrBadNumber), errors.Is(err, dialout.ErrNobody):
		return 404
	case errors.Is(err, dialout.ErrTooMany):
		return 486
	case errors.Is(err, dialout.ErrShuttingDown), errors.Is(err, dialout.ErrUnavailable):
		return 503
	default:
		return 603
	}
}

// referralStatus is the SIP status of a call as it stands; 0 where there is
// nothing to tell.
func referralStatus(c wire.Call) int {
	step := sip.Progress{Cause: billing.Cause(c.Cause), Status: c.Status}
	switch c.State {
	case wire.CallRinging:
		step.State = sip.CallRinging
	case wire.CallConfirmed, wire.CallJoined:
		step.State = sip.CallJoined
	case wire.CallApproval, wire.CallRetrying:
		return 182 // queued
	case wire.CallEnded:
		step.State = sip.CallEnded
		if sip.StatusOf(step) == 0 {
			return 603
		}
	default:
		return 0
	}
	return sip.StatusOf(step)
}
