package bridge

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"time"

	"partyline/signaling/wire"
)

// CSV is a body that is sent to the API as it is.
type CSV string

// Prices has a rate deck come in force.
func (s *Server) Prices(ctx context.Context, deck CSV) error {
	var preview struct {
		Deck struct {
			Version string `json:"version"`
		} `json:"deck"`
		Faults []struct {
			Line    int    `json:"line"`
			Message string `json:"message"`
		} `json:"faults"`
	}
	if err := s.Call(ctx, http.MethodPost, "/decks", deck, &preview); err != nil {
		return err
	}
	if len(preview.Faults) > 0 {
		return fmt.Errorf("rate deck: %v", preview.Faults)
	}
	return s.Call(ctx, http.MethodPost, "/decks/"+url.PathEscape(preview.Deck.Version)+"/activation", map[string]any{"confirm": true}, nil)
}

// Trunk has calls go out to an address, and show a number.
func (s *Server) Trunk(ctx context.Context, name string, at netip.AddrPort, number string) error {
	return s.Call(ctx, http.MethodPost, "/trunks", map[string]any{
		"name": name,
		"outbound": map[string]any{
			"targets": []any{map[string]any{"host": at.Addr().String(), "port": at.Port()}},
			"caller":  map[string]any{"owned": []string{number}, "default": number},
		},
	}, nil)
}

// Dialler is the first admin in a meeting of theirs, without sound, who has
// people called. Its methods may be called from any goroutine.
type Dialler struct {
	*Session
	Roster

	mu      sync.Mutex // guards what follows
	calls   map[string]wire.Call
	seen    map[string][]wire.CallState // by call, in their order
	money   []*wire.Money
	changed chan struct{} // closed when a call has changed, and made anew
}

// Dialler seats the first admin in a meeting, muted.
func (s *Server) Dialler(ctx context.Context, meeting string) (*Dialler, error) {
	ticket, err := s.Ticket(ctx, meeting)
	if err != nil {
		return nil, err
	}
	d := &Dialler{
		Roster: Roster{there: make(map[uint32]wire.Participant), changed: make(chan struct{}, 1)},
		calls:  make(map[string]wire.Call), seen: make(map[string][]wire.CallState), changed: make(chan struct{}),
	}
	if d.Session, err = s.Connect(ctx, ticket, d.see); err != nil {
		return nil, err
	}
	joined, err := d.Join(ctx, meeting, true)
	if err != nil {
		d.Close()
		return nil, err
	}
	for _, p := range joined.Roster {
		d.see(&wire.ParticipantJoined{Participant: p})
	}
	return d, nil
}

func (d *Dialler) see(m wire.Message) {
	d.Roster.see(m)
	d.mu.Lock()
	defer d.mu.Unlock()
	switch m := m.(type) {
	case *wire.CallChanged:
		d.calls[m.Call.Call] = m.Call
		d.seen[m.Call.Call] = append(d.seen[m.Call.Call], m.Call.State)
	case *wire.Money:
		d.money = append(d.money, m)
	default:
		return
	}
	close(d.changed)
	d.changed = make(chan struct{})
}

// Call has a number called into the meeting, and gives the call's id.
func (d *Dialler) Call(ctx context.Context, number string) (string, error) {
	calls, err := d.CallAll(ctx, wire.Dial{Kind: wire.DialInto, To: []wire.Callee{{Numbers: []string{number}}}})
	if err != nil {
		return "", err
	}
	return calls[0].Call, nil
}

// CallAll has people called, in whichever way.
func (d *Dialler) CallAll(ctx context.Context, wish wire.Dial) ([]wire.Call, error) {
	if wish.Key == "" {
		wish.Key = fmt.Sprintf("key-%d", time.Now().UnixNano())
	}
	reply, err := d.Act(ctx, wire.Act{Action: wire.DialOut, Dial: &wish})
	if err != nil {
		return nil, err
	}
	under, ok := reply.(*wire.Dialling)
	if !ok || len(under.Calls) == 0 {
		return nil, fmt.Errorf("dial: answered by %s", reply.Kind())
	}
	return under.Calls, nil
}

// Seen is the states that a call was told to be in, in their order.
func (d *Dialler) Seen(call string) []wire.CallState {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.seen[call])
}

// Money is what the burn meter has told so far.
func (d *Dialler) Money() []*wire.Money {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.money)
}

// Await waits until a call is, or was, in a state, and gives it as it is now.
func (d *Dialler) Await(ctx context.Context, call string, state wire.CallState) (wire.Call, error) {
	return d.AwaitCall(ctx, call, string(state), func(wire.Call) bool {
		return slices.Contains(d.seen[call], state)
	})
}

// AwaitCall waits until a call is as wanted.
func (d *Dialler) AwaitCall(ctx context.Context, call, what string, is func(wire.Call) bool) (wire.Call, error) {
	ctx, cancel := context.WithTimeout(ctx, rosterTimeout)
	defer cancel()
	for {
		d.mu.Lock()
		c, so, changed := d.calls[call], is(d.calls[call]), d.changed
		states := slices.Clone(d.seen[call])
		d.mu.Unlock()
		if so {
			return c, nil
		}
		select {
		case <-changed:
		case <-d.Done():
			return c, fmt.Errorf("the connection ended before the call was %s: it was %v", what, states)
		case <-ctx.Done():
			return c, fmt.Errorf("the call is not %s, it was %v by %+v: %w", what, states, c.Refusal, ctx.Err())
		}
	}
}
