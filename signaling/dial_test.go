package signaling_test

import (
	"context"
	"log/slog"
	"net"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling"
	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// exchange is a telephone gateway: each call waits for what the test has it
// do.
type exchange struct {
	w     *world
	calls chan *outgoing
}

// outgoing is a call that was placed.
type outgoing struct {
	dialout.Order
	ctx    context.Context
	tell   func(dialout.Progress)
	end    chan dialout.Outcome
	caller atomic.Pointer[caller] // once joined
}

func (x *exchange) Find(_ context.Context, _ dialout.Caller, who wire.Callee) (dialout.Callee, error) {
	if who.Person == "zoe" {
		return dialout.Callee{}, dialout.ErrNobody
	}
	if who.Person != "" {
		return dialout.Callee{Person: who.Person, Name: who.Person, Numbers: []dialout.Number{dialout.Number("+861000" + who.Person)}, Known: true}, nil
	}
	if who.Numbers[0] == "bad" {
		return dialout.Callee{}, dialout.ErrBadNumber
	}
	return dialout.Callee{Name: who.Name, Numbers: []dialout.Number{dialout.Number(who.Numbers[0])}}, nil
}

func (x *exchange) Quote(_ context.Context, o dialout.Order) (wire.Price, error) {
	return wire.Price{Number: o.Number.String(), Rate: 180000, Payer: wire.Payer{Kind: wire.PayerCompany}}, nil
}

func (x *exchange) Dial(ctx context.Context, o dialout.Order, tell func(dialout.Progress)) dialout.Outcome {
	call := &outgoing{Order: o, ctx: ctx, tell: tell, end: make(chan dialout.Outcome, 1)}
	x.calls <- call
	select {
	case out := <-call.end:
		return out
	case <-ctx.Done():
		if c := call.caller.Load(); c != nil {
			c.seat.Leave(wire.LeftByThemselves)
		}
		return dialout.Outcome{Cause: dialout.Cancelled}
	}
}

func (x *exchange) Meter(id string) (dialout.Meter, bool) {
	return dialout.Meter{Rate: 180000, Since: time.Now(), Spent: 90000}, true
}

// inCompany is inWorld where people can be called.
func inCompany(t *testing.T, test func(t *testing.T, w *world, x *exchange), changes ...func(*signaling.Config)) {
	t.Helper()
	x := &exchange{}
	inWorldWith(t, x, func(t *testing.T, w *world) {
		x.w, x.calls = w, make(chan *outgoing, 600)
		test(t, w, x)
	}, changes...)
}

// next is the call that was placed next.
func (x *exchange) next() *outgoing {
	x.w.t.Helper()
	timer := time.NewTimer(time.Minute)
	defer timer.Stop()
	select {
	case call := <-x.calls:
		return call
	case <-timer.C:
		x.w.t.Fatal("nobody was called for a minute")
		return nil
	}
}

// joins lets whoever was called answer and press 1.
func (x *exchange) joins(call *outgoing) *caller {
	x.w.t.Helper()
	call.tell(dialout.Progress{State: wire.CallAnswered, At: time.Now()})
	c, err := x.w.call(signaling.Entrant{Role: meeting.Guest, Call: call.ID, Number: "•••999"})
	if err != nil {
		x.w.t.Fatal(err)
	}
	call.caller.Store(c)
	return c
}

// hangsUp ends a call that has joined.
func (c *outgoing) hangsUp() {
	c.caller.Load().seat.Leave(wire.LeftByThemselves)
	c.end <- dialout.Outcome{Cause: dialout.HungUp, Spent: 90000, Ended: time.Now()}
}

// dials has somebody called, and gives the answer.
func (c *client) dials(kind wire.DialKind, to ...wire.Callee) *wire.Dialling {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: wire.DialOut, Dial: &wire.Dial{Key: time.Now().String(), Kind: kind, To: to}})
	return next[*wire.Dialling](c)
}

// callIn waits until a call of somebody is in a state.
func (c *client) callIn(name string, state wire.CallState) wire.Call {
	c.t.Helper()
	for {
		if call := next[*wire.CallChanged](c).Call; call.Name == name && call.State == state {
			return call
		}
	}
}

func bea() wire.Callee { return wire.Callee{Name: "Bea", Numbers: []string{"+8613800138000"}} }

// TestDial: who is called shows to hosts and to whoever dialled, and nobody
// else; the phone is seated by the name it was called by.
func TestDial(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		ann, cat := w.colleague("ann"), w.colleague("cat")
		guest := w.guest("zoe")
		under := ann.dials(wire.DialInto, bea())
		if under.Batch.Total != 1 || under.Calls[0].Number != "•••000" || under.Calls[0].ByName != "ann" || under.Calls[0].Meeting != sync1 {
			t.Errorf("under way: %+v", under)
		}
		call := x.next()
		call.tell(dialout.Progress{State: wire.CallRinging, At: time.Now()})
		for _, c := range []*client{boss, ann} {
			if got := c.callIn("Bea", wire.CallRinging); got.Call != under.Calls[0].Call {
				t.Errorf("rings: %+v", got)
			}
		}
		x.joins(call)
		for _, c := range []*client{boss, ann} {
			if got := c.callIn("Bea", wire.CallJoined); got.Participant != 5 {
				t.Errorf("joined: %+v", got)
			}
		}
		p := next[*wire.ParticipantJoined](cat).Participant
		for p.Participant != 5 {
			p = next[*wire.ParticipantJoined](cat).Participant
		}
		if p.Name != "Bea" || p.Role != wire.RoleGuest || p.Number != "•••000" {
			t.Errorf("seated as %+v", p)
		}
		call.hangsUp()
		if got := ann.callIn("Bea", wire.CallEnded); got.Cause != "hung-up" || got.Spent != 90000 {
			t.Errorf("over: %+v", got)
		}
		for _, c := range []*client{cat, guest} {
			for _, kind := range c.waiting() {
				if slices.Contains([]string{"call", "batch", "money", "receipt", "dialling"}, kind) {
					t.Errorf("a %s was told to somebody whom it is none of", kind)
				}
			}
		}
	})
}

// TestWhoMayDial: guests never; others than hosts as the meeting says.
func TestWhoMayDial(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		ann, guest := w.colleague("ann"), w.guest("zoe")
		act := func(c *client, a wire.Action) *wire.Act {
			return &wire.Act{ID: c.id(), Action: a, Dial: &wire.Dial{Key: "k", Kind: wire.DialInto, To: []wire.Callee{bea()}}}
		}
		for _, a := range []wire.Action{wire.DialOut, wire.Quote} {
			if code := guest.fails(act(guest, a)); code != wire.CodeNotAllowed {
				t.Errorf("%s by a guest: %s", a, code)
			}
		}
		w.meetings.change(func(m *meeting.Meeting) { m.HostsDial = true })
		if err := w.server.MeetingChanged(t.Context(), sync1); err != nil {
			t.Fatal(err)
		}
		if room := next[*wire.RoomChanged](ann).Room; !room.HostsDial || !room.Dial {
			t.Errorf("the room: %+v", room)
		}
		for _, a := range []wire.Action{wire.DialOut, wire.Quote} {
			if code := ann.fails(act(ann, a)); code != wire.CodeNotAllowed {
				t.Errorf("%s by a colleague where hosts dial: %s", a, code)
			}
		}
		boss.dials(wire.DialInto, bea())
		x.next()
		for to, want := range map[string]wire.Code{"bad": wire.CodeBadNumber} {
			m := act(boss, wire.DialOut)
			m.Dial.Key, m.Dial.To[0].Numbers = to, []string{to}
			if code := boss.fails(m); code != want {
				t.Errorf("dial %s: %s", to, code)
			}
		}
		m := act(boss, wire.DialOut)
		m.Dial.To = []wire.Callee{{Person: "zoe"}}
		if code := boss.fails(m); code != wire.CodeNotFound {
			t.Errorf("dial a colleague without a number: %s", code)
		}
	})
	inWorld(t, func(t *testing.T, w *world) {
		boss, entry := w.host()
		if entry.Room.Dial {
			t.Error("people can be called where there is no telephone")
		}
		m := &wire.Act{ID: boss.id(), Action: wire.Quote, Dial: &wire.Dial{Kind: wire.DialInto, To: []wire.Callee{bea()}}}
		if code := boss.fails(m); code != wire.CodeUnavailable {
			t.Errorf("where there is no telephone: %s", code)
		}
	})
}

// TestQuoteInRoom: what it costs, before anybody is called.
func TestQuoteInRoom(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		ann := w.colleague("ann")
		ann.send(&wire.Act{ID: ann.id(), Action: wire.Quote, Dial: &wire.Dial{Kind: wire.DialInto, To: []wire.Callee{bea(), {Person: "bob"}}}})
		q := next[*wire.Quoted](ann)
		if q.Re != ann.last || q.Rate != 360000 || q.Currency != "CNY" || q.Prices[0].Name != "Bea" || q.Prices[1].Number != "•••bob" {
			t.Errorf("quoted %+v", q)
		}
	})
}

// TestDialCancel: whoever dialled ends a call, and so do hosts, ringing or
// joined; others do not.
func TestDialCancel(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		ann, cat := w.colleague("ann"), w.colleague("cat")
		under := ann.dials(wire.DialInto, bea(), wire.Callee{Person: "bob"})
		first := x.next()
		second := x.next()
		cancel := func(c *client, id string) *wire.Act {
			return &wire.Act{ID: c.id(), Action: wire.DialCancel, Value: id}
		}
		if code := cat.fails(cancel(cat, under.Calls[0].Call)); code != wire.CodeNotAllowed {
			t.Errorf("by a third: %s", code)
		}
		phone := x.joins(second)
		ann.callIn("bob", wire.CallJoined)
		ann.send(cancel(ann, under.Calls[0].Call))
		<-first.ctx.Done()
		if call := ann.callIn("Bea", wire.CallEnded); call.Cause != "cancelled" {
			t.Errorf("cancelled: %+v", call)
		}
		boss.send(cancel(boss, under.Batch.Batch))
		<-phone.gone
		if call := boss.callIn("bob", wire.CallEnded); call.Cause != "cancelled" {
			t.Errorf("cancelled by the host: %+v", call)
		}
		if code := ann.fails(cancel(ann, "nothing")); code != wire.CodeNotFound {
			t.Errorf("of nothing: %s", code)
		}
	})
}

// TestRemoveCalled: a host who removes somebody that was called ends the call
// too; they hear why first.
func TestRemoveCalled(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		boss.dials(wire.DialInto, bea())
		call := x.next()
		phone := x.joins(call)
		boss.act(wire.Remove, boss.callIn("Bea", wire.CallJoined).Participant)
		if heard := phone.heard(); !slices.Contains(heard, signaling.Removed) {
			t.Errorf("heard %v", heard)
		}
		call.end <- dialout.Outcome{Cause: dialout.HungUp}
		if got := boss.callIn("Bea", wire.CallEnded); got.Cause != "removed" {
			t.Errorf("over: %+v", got)
		}
	})
}

// TestCalledAsThemselves: a colleague who is called is one in the meeting, and
// is let in where a host wants them.
func TestCalledAsThemselves(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		boss.act(wire.Lock, 0)
		boss.dials(wire.DialInto, wire.Callee{Person: "bob"})
		x.joins(x.next())
		p := next[*wire.ParticipantJoined](ann).Participant
		if p.Name != "bob" || p.Role != wire.RoleParticipant || p.Via != wire.Phone {
			t.Errorf("bob is %+v", p)
		}
		ann.dials(wire.DialInto, bea())
		phone := x.joins(x.next())
		if !phone.seat.Arrival().Waiting {
			t.Error("whom a participant called does not wait at a locked door")
		}
	})
}

// TestCallMeTakesOver: one's own phone goes on in the place of one's browser,
// which is told still what the call costs.
func TestCallMeTakesOver(t *testing.T) {
	for _, kind := range []wire.DialKind{wire.DialMe, wire.DialCallback} {
		t.Run(string(kind), func(t *testing.T) {
			inCompany(t, func(t *testing.T, w *world, x *exchange) {
				boss, _ := w.host()
				boss.act(wire.RaiseHand, 0)
				var others []wire.Callee
				if kind == wire.DialCallback {
					others = append(others, bea())
				}
				boss.dials(kind, others...)
				call := x.next()
				phone := x.joins(call)
				if a := phone.seat.Arrival(); !a.Host || !a.Hand || a.Others != 0 {
					t.Errorf("arrived as %+v", a)
				}
				if as := next[*wire.HandedOver](boss).As; as != 2 {
					t.Errorf("handed over to %d", as)
				}
				if kind == wire.DialCallback {
					x.next().tell(dialout.Progress{State: wire.CallRinging})
					boss.callIn("Bea", wire.CallRinging)
				}
				next[*wire.Money](boss)
			})
		})
	}
}

// TestComesBack: calls go on without the browser of whoever dialled, and are
// there when the page is loaded again.
func TestComesBack(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		w.host()
		ann := w.colleague("ann")
		under := ann.dials(wire.DialInto, bea())
		call := x.next()
		ann.cut()
		call.tell(dialout.Progress{State: wire.CallRinging})
		synctest.Wait()
		again, _ := w.join("ann", "ann")
		if got := again.callIn("Bea", wire.CallRinging); got.Call != under.Calls[0].Call {
			t.Errorf("on a new page: %+v", got)
		}
		resumed := w.resume(ann)
		if got := resumed.callIn("Bea", wire.CallRinging); got.Call != under.Calls[0].Call {
			t.Errorf("on the old one: %+v", got)
		}
	})
}

// TestReceipt: whoever dialled learns on leaving what it cost, and everybody
// does when the meeting ends.
func TestReceipt(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		ann.dials(wire.DialInto, bea())
		call := x.next()
		x.joins(call)
		time.Sleep(time.Minute)
		ann.send(&wire.Leave{ID: ann.id()})
		if r := next[*wire.Receipt](ann); r.Spent != 90000 || r.Running != 1 || r.Seconds != 60 || r.Calls[0].Name != "Bea" {
			t.Errorf("receipt %+v", r)
		}
		next[*wire.Done](ann)
		boss.act(wire.EndMeeting, 0)
		if got := slices.Contains(boss.waiting(), "receipt"); got {
			t.Error("a receipt for whoever dialled nobody")
		}
		call.end <- dialout.Outcome{Cause: dialout.HungUp, Spent: 180000}
		if got := ann.callIn("Bea", wire.CallEnded); got.Cause != "meeting-ended" {
			t.Errorf("over: %+v", got)
		}
	})
}

// TestMoneyInRoom: the meter to hosts and whoever dialled; a minute before the
// money is spent a banner, and then that call ends alone.
func TestMoneyInRoom(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		ann, _ := w.colleague("ann"), w.colleague("cat")
		ann.dials(wire.DialInto, bea(), wire.Callee{Person: "bob"})
		first, second := x.next(), x.next()
		x.joins(first)
		x.joins(second)
		for _, c := range []*client{boss, ann} {
			m := next[*wire.Money](c)
			for len(m.Legs) < 2 {
				m = next[*wire.Money](c)
			}
			if m.Rate != 360000 || m.Meeting != sync1 || m.Spent != 180000 {
				t.Errorf("the meter: %+v", m)
			}
		}
		first.tell(dialout.Progress{Warning: dialout.Warning{About: "money", Within: time.Minute}})
		for _, c := range []*client{boss, ann} {
			if warned := next[*wire.MoneyWarning](c); warned.Name != "Bea" || warned.Seconds != 60 {
				t.Errorf("warned: %+v", warned)
			}
		}
		first.caller.Load().seat.Leave(wire.LeftByThemselves)
		first.end <- dialout.Outcome{Cause: dialout.NoMoney, Answered: time.Now(), Spent: 90000}
		if got := boss.callIn("Bea", wire.CallEnded); got.Cause != "no-money" {
			t.Errorf("over: %+v", got)
		}
		synctest.Wait()
		if occupied, _ := w.server.Occupancy(sync1); occupied.Participants != 4 || second.ctx.Err() != nil {
			t.Errorf("more than one call ended: %d are here", occupied.Participants)
		}
	})
}

// TestLastEmployee: when nobody of the company is in the meeting any more, its
// calls end after a while, having been told; whoever comes back stops that.
func TestLastEmployee(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		ann, guest := w.colleague("ann"), w.guest("zoe")
		ann.dials(wire.DialInto, bea())
		call := x.next()
		phone := x.joins(call)
		own := w.phone()
		ann.send(&wire.Leave{ID: ann.id()})
		left := time.Now()
		if at := next[*wire.CallsEnding](guest).EndsAt; at != left.Add(61*time.Second).UnixMilli() {
			t.Errorf("ends at %v", time.UnixMilli(at).Sub(left))
		}
		if heard := phone.heard(); !slices.Contains(heard, signaling.EmployeesGone) {
			t.Errorf("the phone heard %v", heard)
		}
		time.Sleep(30 * time.Second)
		ann.join()
		if at := next[*wire.CallsEnding](guest).EndsAt; at != 0 {
			t.Errorf("ends at %d though somebody came back", at)
		}
		time.Sleep(time.Hour)
		if heard := phone.heard(); call.ctx.Err() != nil || !slices.Contains(heard, signaling.EmployeesBack) {
			t.Errorf("the phone heard %v; ended: %v", heard, call.ctx.Err())
		}
		ann.send(&wire.Leave{ID: ann.id()})
		<-phone.gone
		if got := ann.callIn("Bea", wire.CallEnded); got.Cause != "last-employee" {
			t.Errorf("over: %+v", got)
		}
		synctest.Wait()
		select {
		case <-own.gone:
			t.Error("who dialled in at their own cost was sent away")
		default:
		}
	})
}

// TestLastEmployeeElsewhere: a colleague in a break-out room counts, and so
// does one who was called.
func TestLastEmployeeElsewhere(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		boss.dials(wire.DialInto, bea(), wire.Callee{Person: "bob"})
		first, second := x.next(), x.next()
		x.joins(first)
		x.joins(second)
		boss.send(&wire.Act{ID: boss.id(), Action: wire.Breakouts, Value: 1})
		next[*wire.Done](boss)
		boss.send(&wire.Act{ID: boss.id(), Action: wire.Move, Participants: []uint32{1, 3}, To: &wire.Place{Breakout: 1}})
		next[*wire.Done](boss)
		time.Sleep(time.Hour)
		if first.ctx.Err() != nil {
			t.Fatal("a call ended while colleagues were in a break-out room")
		}
		boss.send(&wire.Leave{ID: boss.id()})
		time.Sleep(time.Hour)
		if first.ctx.Err() != nil {
			t.Fatal("a call ended while a colleague was there who had been called")
		}
		second.hangsUp()
		time.Sleep(2 * time.Minute)
		if first.ctx.Err() == nil {
			t.Error("a call goes on with nobody of the company in the meeting")
		}
	})
}

// TestFirstEmployee: calls into a meeting that nobody of the company ever came
// to end too, though not as soon.
func TestFirstEmployee(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		_, err := w.server.Calls().Dial(t.Context(), dialout.Wish{
			By: dialout.Caller{Person: "ann"}, Meeting: sync1, Dial: wire.Dial{Kind: wire.DialInto, To: []wire.Callee{bea()}},
		})
		if err != nil {
			t.Fatal(err)
		}
		call := x.next()
		x.joins(call)
		time.Sleep(4 * time.Minute)
		if call.ctx.Err() != nil {
			t.Error("ended early")
		}
		time.Sleep(2 * time.Minute)
		if call.ctx.Err() == nil {
			t.Error("goes on")
		}
	})
}

// TestLastEmployeeOff: the rule can be switched off.
func TestLastEmployeeOff(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		ann := w.colleague("ann")
		ann.dials(wire.DialInto, bea())
		call := x.next()
		x.joins(call)
		ann.send(&wire.Leave{ID: ann.id()})
		time.Sleep(time.Hour)
		if call.ctx.Err() != nil {
			t.Error("ended")
		}
	}, func(c *signaling.Config) { c.EmployeeGrace = 0 })
}

// TestAdminsAreTold: approvals and budgets reach admins wherever they are.
func TestAdminsAreTold(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		admin := w.come(signaling.Identity{Person: "boss", Name: "李雷", Admin: true})
		ann := w.colleague("ann")
		w.server.Feed().TellAdmins(&wire.ApprovalChanged{Approval: wire.Approval{ID: "a1", Country: "KE"}})
		w.server.Feed().TellAdmins(&wire.BudgetNotice{Percent: 80}, "ann")
		if a := next[*wire.ApprovalChanged](admin).Approval; a.Country != "KE" {
			t.Errorf("approval %+v", a)
		}
		next[*wire.BudgetNotice](admin)
		if got := ann.waiting(); slices.Contains(got, "approval") || !slices.Contains(got, "budget-notice") {
			t.Errorf("ann was told %v", got)
		}
	})
}

// TestProgressIsQuick: from the gateway's word to the frame on the browser's
// socket the server takes no time of its own: nothing waits for a clock.
func TestProgressIsQuick(t *testing.T) {
	inCompany(t, func(t *testing.T, w *world, x *exchange) {
		boss, _ := w.host()
		boss.dials(wire.DialInto, bea())
		call := x.next()
		for _, state := range []wire.CallState{wire.CallRinging, wire.CallAnswered, wire.CallConfirmed, wire.CallJoined} {
			began := time.Now()
			call.tell(dialout.Progress{State: state})
			boss.callIn("Bea", state)
			if took := time.Since(began); took != 0 {
				t.Errorf("%s took %v", state, took)
			}
		}
	})
}

// BenchmarkProgress is from the gateway's word about a call to the frame at the
// browser of whoever dialled, over loopback; people are promised 300 ms.
func BenchmarkProgress(b *testing.B) {
	x := &exchange{calls: make(chan *outgoing, 1)}
	cfg := signaling.DefaultConfig()
	server, err := signaling.New(cfg, newMeetings(), newAudio(), &records{}, x, &counts{n: map[string]int{}}, slog.New(slog.DiscardHandler))
	if err != nil {
		b.Fatal(err)
	}
	web := httptest.NewServer(server)
	defer web.Close()
	w := &world{t: b, server: server}
	w.dial = func() (net.Conn, error) { return net.Dial("tcp", web.Listener.Addr().String()) }
	x.w = w
	boss, _ := w.host()
	boss.dials(wire.DialInto, bea())
	call := x.next()
	states := []wire.CallState{wire.CallRinging, wire.CallAnswered, wire.CallConfirmed, wire.CallJoined}
	price := &wire.Price{Rate: 1}
	b.ResetTimer()
	for i := range b.N {
		p := dialout.Progress{Price: price}
		if i < len(states) {
			p.State = states[i]
		}
		began := time.Now()
		call.tell(p)
		next[*wire.CallChanged](boss)
		if took := time.Since(began); took > 300*time.Millisecond {
			b.Errorf("took %v", took)
		}
	}
	b.StopTimer()
	call.end <- dialout.Outcome{Cause: dialout.HungUp}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := server.Shutdown(ctx); err != nil {
		b.Error(err)
	}
}
