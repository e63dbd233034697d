package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// errGone is how a caller's part ends when the call was ended from elsewhere.
var errGone = errors.New("the call has ended")

// keysOfCallers are pressed in the room at random: what there is, and what
// there is not.
var keysOfCallers = []string{"*6", "*9", "*5", "*1", "*#", "*41", "*42", "*0", "*2", "*7", "*8", "*3", "12", "##", "*", "*A"}

// caller makes one call: into a room, through a few random acts, and out.
func (k *soak) caller(ctx context.Context, i int) {
	random := rand.New(rand.NewPCG(uint64(i), 2))
	room := k.rooms[random.IntN(len(k.rooms))]
	agent := k.agents[i%len(k.agents)]
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	k.tally.count("placed")
	call, err := agent.Dial(ctx, "sip:conference@"+k.server.SIP.String())
	if err != nil {
		k.tally.fault(fmt.Errorf("call %d: %w", i, err))
		return
	}
	err = k.visit(ctx, call, room.Number, random)
	if err != nil && !errors.Is(err, errGone) {
		k.tally.fault(fmt.Errorf("call %d: %w", i, err))
	}
	if err := k.goAway(ctx, call, random); err != nil {
		k.tally.fault(fmt.Errorf("call %d, hanging up: %w", i, err))
	}
}

// visit enters the meeting and does a few things there.
func (k *soak) visit(ctx context.Context, call *softphone.Call, number string, random *rand.Rand) error {
	if random.IntN(20) == 0 {
		k.tally.count("gave up in the menu")
		return k.act(ctx, call, "half a number", func() error { return call.Press(ctx, number[:4]) })
	}
	if err := k.act(ctx, call, "entered", func() error { return call.Press(ctx, number+",,#") }); err != nil {
		return err
	}
	for range 2 + random.IntN(8) {
		if err := dawdle(ctx, call, random); err != nil {
			return err
		}
		var err error
		switch n := random.IntN(10); {
		case n < 6:
			keys := keysOfCallers[random.IntN(len(keysOfCallers))]
			err = k.act(ctx, call, "keys", func() error { return call.Press(ctx, keys) })
		case n < 8:
			err = k.act(ctx, call, "held", func() error { return k.hold(ctx, call, random) })
		default:
			err = k.act(ctx, call, "keys by INFO", func() error { return call.PressINFO(ctx, "*6") })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// hold puts the conference on hold for a moment.
func (k *soak) hold(ctx context.Context, call *softphone.Call, random *rand.Rand) error {
	if err := call.Hold(ctx); err != nil {
		return err
	}
	if err := dawdle(ctx, call, random); err != nil {
		return err
	}
	return call.Resume(ctx)
}

// act does something that fails only because the call has ended meanwhile, as
// hosts remove callers.
func (k *soak) act(ctx context.Context, call *softphone.Call, what string, do func() error) error {
	k.tally.count(what)
	err := do()
	if err == nil {
		return nil
	}
	select {
	case <-call.Done():
		return errGone
	case <-ctx.Done():
	case <-time.After(10 * time.Second): // a BYE may be under way
		if isDone(call) {
			return errGone
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

func isDone(call *softphone.Call) bool {
	select {
	case <-call.Done():
		return true
	default:
		return false
	}
}

// dawdle waits for up to five seconds.
func dawdle(ctx context.Context, call *softphone.Call, random *rand.Rand) error {
	select {
	case <-time.After(time.Duration(random.IntN(5000)) * time.Millisecond):
		return nil
	case <-call.Done():
		return errGone
	case <-ctx.Done():
		return ctx.Err()
	}
}

// goAway ends the call: mostly by BYE, at times by falling silent.
func (k *soak) goAway(ctx context.Context, call *softphone.Call, random *rand.Rand) error {
	if isDone(call) {
		k.tally.count("sent away")
		return nil
	}
	if random.IntN(8) == 0 {
		k.tally.count("fell silent")
		call.StopSending(true)
		select {
		case <-call.Done():
			return nil
		case <-time.After(45 * time.Second):
			return errors.New("a silent call was not ended")
		}
	}
	if err := k.act(ctx, call, "hung up", func() error { return call.Hangup(ctx) }); !errors.Is(err, errGone) {
		return err
	}
	return nil
}

// kill starts a phone in a process of its own and kills it in the meeting.
func (k *soak) kill(ctx context.Context, number string) error {
	phone := exec.Command(k.server.bench.program, "phone", "sip:conference@"+k.server.SIP.String(),
		"--keys", number+",,#", "--listen", "127.0.0.1:0", "--from", "sip:+4940123456@127.0.0.1", "--for", "1m")
	if err := phone.Start(); err != nil {
		return err
	}
	k.tally.count("placed")
	k.tally.count("killed")
	select {
	case <-time.After(6 * time.Second):
	case <-ctx.Done():
	}
	_ = phone.Process.Kill()
	_ = phone.Wait() // by our own signal
	return nil
}

// mischief has one host do something to one caller.
func (k *soak) mischief(ctx context.Context, random *rand.Rand) {
	room := k.rooms[random.IntN(len(k.rooms))]
	who, ok := anyPhone(&room.host.Roster, random)
	if !ok {
		return
	}
	act := wire.Act{Action: wire.Mute, Participant: who}
	switch n := random.IntN(10); {
	case n < 1:
		act.Action = wire.Remove
	case n < 2:
		act.Action = wire.LowerHand
	case n < 4:
		act.Action = wire.AskUnmute
	case n < 7:
		elsewhere := k.rooms[random.IntN(len(k.rooms))].ID
		if elsewhere == room.ID {
			return
		}
		act = wire.Act{Action: wire.Move, Participants: []uint32{who}, To: &wire.Place{Meeting: elsewhere}}
	}
	reply := k.order(ctx, room, act)
	if done, ok := reply.(*wire.Done); ok && done.Undo != "" && random.IntN(3) == 0 {
		k.order(ctx, room, wire.Act{Action: wire.UndoMove, Value: done.Undo})
	}
}

// order has a host do something, and gives the reply; nil if there was none.
func (k *soak) order(ctx context.Context, room soakRoom, act wire.Act) wire.Message {
	k.tally.count("host: " + string(act.Action))
	reply, err := room.host.Act(ctx, act)
	if err != nil && ctx.Err() == nil && !isGone(err) {
		k.tally.fault(fmt.Errorf("host: %s: %w", act.Action, err))
	}
	return reply
}

// isGone tells whether an act failed because the caller had left meanwhile.
func isGone(err error) bool {
	var refused *bridge.RefusedError
	return errors.As(err, &refused) && refused.Code == wire.CodeNotFound
}

// anyPhone picks a phone of the room.
func anyPhone(r *bridge.Roster, random *rand.Rand) (uint32, bool) {
	var phones []uint32
	for _, p := range r.Everybody() {
		if p.Via == wire.Phone {
			phones = append(phones, p.Participant)
		}
	}
	if len(phones) == 0 {
		return 0, false
	}
	return phones[random.IntN(len(phones))], true
}
