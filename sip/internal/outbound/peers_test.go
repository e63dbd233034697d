package outbound

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/dialog"
)

// outcome is what a Call returned.
type outcome struct {
	d     *dialog.Dialog
	tried []Attempt
	err   error
}

// calling calls a peer that says what a test wants, in the background. When the
// test ends, no dialog may be left.
func calling(t *testing.T, ctx context.Context, who Invitee) (*late, *dialog.Endpoint, <-chan outcome) {
	t.Helper()
	peer := &late{t: t, conn: hole(t)}
	e := endpoint(t, dialog.Config{}, nil)
	c := carriers(t, Config{Probe: time.Hour, Patience: 20 * time.Second}, e, trunk("udp", addressOf(peer.conn)))
	outcomes := make(chan outcome, 1)
	go func() {
		d, tried, err := c.Call(ctx, "alpha", who)
		outcomes <- outcome{d, tried, err}
	}()
	return peer, e, outcomes
}

func take(t *testing.T, outcomes <-chan outcome) outcome {
	t.Helper()
	select {
	case o := <-outcomes:
		return o
	case <-time.After(20 * time.Second):
		t.Fatal("Call does not return")
		return outcome{}
	}
}

// gone waits until an endpoint has no dialog.
func gone(t *testing.T, e *dialog.Endpoint) {
	t.Helper()
	eventually(t, "no dialog is left", func() bool { return e.Calls() == 0 })
}

// TestForkRingsOnAndOn: two branches of a fork ring twenty times in turns, each
// with an early dialog; both answer. The second is acknowledged and ended, and
// nothing is left of either.
func TestForkRingsOnAndOn(t *testing.T) {
	var progress int
	who := callee()
	who.Progress = func(int, string, []byte) { progress++ }
	peer, e, outcomes := calling(t, limited(t), who)
	invite := peer.next(sip.INVITE)
	for i := range 20 {
		peer.respond(invite, 180+3*(i%2), fmt.Sprint("branch", i%2))
	}
	peer.respond(invite, 200, "branch1")
	o := take(t, outcomes)
	if o.err != nil || progress != 20 {
		t.Fatalf("%v after %d provisional responses", o.err, progress)
	}
	peer.respond(invite, 200, "branch0")
	bye := peer.next(sip.BYE)
	if tag, _ := bye.To().Params.Get("tag"); tag != "branch0" {
		t.Errorf("the wrong branch is ended: %s", tag)
	}
	peer.respond(bye, 200, "branch0")
	eventually(t, "one dialog is left", func() bool { return e.Calls() == 1 })
	go func() {
		bye := peer.next(sip.BYE)
		peer.respond(bye, 200, "branch1")
	}()
	if err := o.d.Bye(limited(t), dialog.Cause{}); err != nil {
		t.Error(err)
	}
	gone(t, e)
}

// TestLostBye: nobody answers the BYE. The call is over for us at once, and we
// wait no longer than we want to.
func TestLostBye(t *testing.T) {
	t.Parallel()
	peer, e, outcomes := calling(t, limited(t), callee())
	peer.respond(peer.next(sip.INVITE), 200, "callee")
	o := take(t, outcomes)
	if o.err != nil {
		t.Fatal(o.err)
	}
	peer.next(sip.ACK)
	ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
	defer cancel()
	if err := o.d.Bye(ctx, dialog.Cause{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Bye: %v", err)
	}
	if how := o.d.Ending(); how.How != dialog.WeHungUp {
		t.Errorf("ended as %v", how.How)
	}
	gone(t, e)
	if first, again := peer.next(sip.BYE), peer.next(sip.BYE); first.CSeq().SeqNo != again.CSeq().SeqNo {
		t.Error("the BYE was not repeated")
	}
}

// TestPeerHangsUpInsteadOfAnswering: BYE in an early dialog, then 487.
func TestPeerHangsUpInsteadOfAnswering(t *testing.T) {
	peer, e, outcomes := calling(t, limited(t), callee())
	invite := peer.next(sip.INVITE)
	peer.respond(invite, 180, "callee")
	eventually(t, "an early dialog", func() bool { return e.Calls() == 1 })
	peer.respond(invite, 487, "callee")
	peer.next(sip.ACK)
	o := take(t, outcomes)
	var refused *dialog.Rejected
	if !errors.As(o.err, &refused) || refused.Status != 487 || len(o.tried) != 1 {
		t.Errorf("%+v", o)
	}
	gone(t, e)
}

// TestAnswerThatIsNone: a 200 without a tag makes no call, and is no reason to
// call somewhere else.
func TestAnswerThatIsNone(t *testing.T) {
	peer, e, outcomes := calling(t, limited(t), callee())
	invite := peer.next(sip.INVITE)
	res := sip.NewResponseFromRequest(invite, 200, "OK", nil)
	res.To().Params.Remove("tag")
	if _, err := peer.conn.WriteToUDP([]byte(res.String()), peer.from); err != nil {
		t.Fatal(err)
	}
	if o := take(t, outcomes); o.err == nil || errors.Is(o.err, ErrNoTarget) || o.d != nil {
		t.Errorf("%+v", o)
	}
	gone(t, e)
}

// TestCancelCrossesAnswer: the caller gives up as the callee answers.
func TestCancelCrossesAnswer(t *testing.T) {
	ctx, cancel := context.WithCancel(limited(t))
	peer, e, outcomes := calling(t, ctx, callee())
	invite := peer.next(sip.INVITE)
	peer.respond(invite, 183, "callee")
	eventually(t, "an early dialog", func() bool { return e.Calls() == 1 })
	cancel()
	if o := take(t, outcomes); !errors.Is(o.err, context.Canceled) {
		t.Errorf("%+v", o)
	}
	peer.next(sip.CANCEL)
	peer.respond(invite, 200, "callee")
	peer.next(sip.ACK)
	peer.respond(peer.next(sip.BYE), 200, "callee")
	gone(t, e)
}
