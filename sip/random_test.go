package sip

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// TestCallsOfEveryKind lets callers press what they like while hosts do to them
// what they like, some of them on hold, some hanging up and some just gone.
// Every call ends, each has its record, and nothing is left of any.
func TestCallsOfEveryKind(t *testing.T) {
	t.Parallel()
	const calls = 24
	h := open(t, func(cfg *Config) { cfg.MediaTimeout, cfg.HoldTimeout = time.Second, time.Second })
	h.conference.speaks(5 * time.Millisecond)
	done := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() { // nobody expects anything of these
		for {
			select {
			case <-h.conference.events:
			case <-done:
				return
			}
		}
	})
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var given seats
	h.directory.mu.Lock()
	h.directory.newSeat = func() *fakeSeat { return given.give(h, seed) }
	h.directory.mu.Unlock()

	var callers sync.WaitGroup
	for i := range calls {
		p := newPhone(t)
		if err := p.call(h, "100", offerOf(p.port(), "")); err != nil {
			t.Fatal(err)
		}
		callers.Go(func() { behave(p, rand.New(rand.NewPCG(seed, uint64(i)))) })
	}
	callers.Wait()
	for range calls {
		r := h.observer.record(t)
		if r.Cause == "" || r.Ended.IsZero() || r.Waited < 0 || r.Held < 0 || r.Entered.IsZero() != r.Entered.Before(r.Answered) {
			t.Errorf("record = %+v", r)
		}
	}
	if h.Calls() != 0 {
		t.Errorf("%d calls are still counted", h.Calls())
	}
	if seated, left := given.count(); seated != left || seated == 0 {
		t.Errorf("%d seats were given and %d left", seated, left)
	}
	close(done)
	watching.Wait()
}

// behave is one caller: into a meeting or not, then keys, then off.
func behave(p *phone, chance *rand.Rand) {
	time.Sleep(400 * time.Millisecond)
	p.press([]string{"1123456789##", "1123456789654321", "2123456789##", "1999", "*#*#"}[chance.IntN(5)])
	const keys = "0123456789*#*#*#*#"
	for range 40 {
		p.press(string(keys[chance.IntN(len(keys))]))
	}
	switch chance.IntN(3) {
	case 0:
		p.mute.Store(true) // gone without a word
	case 1:
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_, _ = p.dialog.Reinvite(ctx, []byte(offerOf(p.port(), "a=sendonly\r\n"))) // the call may have ended
		p.mute.Store(true)
	default:
		p.hangUpIfUp()
	}
}

// seats gives every caller a seat of their own, with a host who does
// things at random.
type seats struct {
	mu    sync.Mutex // guards given
	given []*fakeSeat
}

func (a *seats) give(h *house, seed uint64) *fakeSeat {
	a.mu.Lock()
	defer a.mu.Unlock()
	chance := rand.New(rand.NewPCG(seed, uint64(1000+len(a.given))))
	s := &fakeSeat{
		events: h.conference.events, notices: make(chan Notice, 64),
		arrival: Arrival{
			Waiting: chance.IntN(3) == 0, WaitsForHost: chance.IntN(2) == 0, NamesWanted: chance.IntN(2) == 0,
			Recording: chance.IntN(2) == 0, Muted: chance.IntN(2) == 0, Others: chance.IntN(5),
		},
		there: Attendance{People: 3, Waiting: chance.IntN(2), Names: []Attendee{{Kind: OnPhone, Caller: 2}, {Host: true}}},
	}
	for range 32 {
		s.notices <- Notice{Kind: NoticeKind(chance.IntN(int(MadeHost) + 2)), Count: chance.IntN(4)}
	}
	a.given = append(a.given, s)
	return s
}

func (a *seats) count() (given, left int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, s := range a.given {
		if s.gone() {
			left++
		}
	}
	return len(a.given), left
}
