package outbound

import "context"

// Ask asks a trunk's targets now whether they are there, once each, and tells
// how the trunk is then. It returns ErrNoTrunk or ErrClosed.
func (c *Carriers) Ask(ctx context.Context, trunk string) (State, error) {
	r, err := c.find(trunk)
	if err != nil {
		return State{}, err
	}
	r.probeAll(ctx)
	r.judge()
	return r.state(), nil
}
