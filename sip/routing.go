package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/ivr"
	"partyline/sip/internal/outbound"
)

// SetTrunks makes these the trunks, in place of those of the configuration and
// of earlier calls. Calls that stand go on. The error tells all that is wrong,
// and then nothing has changed.
func (g *Gateway) SetTrunks(trunks []dialplan.Trunk) error {
	plan, err := planOf(trunks)
	if err != nil {
		return fmt.Errorf("trunks: %w", err)
	}
	g.changing.Lock()
	defer g.changing.Unlock()
	if err := g.carriers.Set(plan.Outbound()); err != nil {
		return fmt.Errorf("trunks: %w", err)
	}
	g.plan.Store(&plan)
	return nil
}

// planOf checks trunks, and what their callers are spoken to in.
func planOf(trunks []dialplan.Trunk) (dialplan.Plan, error) {
	plan, err := dialplan.NewPlan(trunks)
	wrong := []error{err}
	for _, trunk := range trunks {
		if err := (ivr.Config{Language: trunk.Language}).Validate(); trunk.Language != "" && err != nil {
			wrong = append(wrong, fmt.Errorf("trunk %q: %w", trunk.Name, err))
		}
	}
	return plan, errors.Join(wrong...)
}

// TrunkState is how a trunk is that calls go out by, for the page of trunks.
type TrunkState = outbound.State

// Trunks tells how the trunks are that calls go out by, by name.
func (g *Gateway) Trunks() []TrunkState { return g.carriers.States() }

// AskTrunk asks a trunk's targets now whether they are there, and tells how it
// is then. It fails for a trunk that no calls go out by.
func (g *Gateway) AskTrunk(ctx context.Context, trunk string) (TrunkState, error) {
	return g.carriers.Ask(ctx, trunk)
}

// CallsOn counts the calls that run over a trunk, in and out.
func (g *Gateway) CallsOn(trunk string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.onTrunk[trunk]
}

// way is a trunk that a call may take, and why.
type way struct {
	dialplan.Trunk
	why string
}

// Routes are the trunks that a call may take, the best first, as things stand;
// none where there is none that calls the number at a known price.
func (g *Gateway) Routes(to dialplan.Dialled) []billing.Route {
	routes, _ := g.routes(to)
	return billed(routes)
}

func billed(routes []way) []billing.Route {
	out := make([]billing.Route, len(routes))
	for i, r := range routes {
		out[i] = billing.Route{Trunk: r.Name, Why: r.why}
	}
	return out
}

// routes are the trunks for a number. Where each that could be taken is down or
// full, those are given all the same, and possible is false: the call is then
// recorded as one that no trunk took.
func (g *Gateway) routes(to dialplan.Dialled) (routes []way, possible bool) {
	candidates := g.candidates(to)
	found, why := dialplan.Routes(to, candidates)
	possible = len(found) > 0
	if !possible {
		for i := range candidates {
			candidates[i].Busy, candidates[i].Down = false, false
		}
		found, _ = dialplan.Routes(to, candidates)
	}
	for _, r := range found {
		routes = append(routes, way{r.Trunk, why.String()})
	}
	return routes, possible
}

// candidates are all trunks that place calls, as things stand.
func (g *Gateway) candidates(to dialplan.Dialled) []dialplan.Candidate {
	down := make(map[string]bool)
	for _, state := range g.carriers.States() {
		down[state.Trunk] = state.Health == outbound.Down
	}
	now := time.Now()
	var candidates []dialplan.Candidate
	for _, trunk := range g.plan.Load().Outbound() {
		c := dialplan.Candidate{Trunk: trunk, Grade: g.grades.Grade(trunk.Name, now), Busy: g.full(trunk), Down: down[trunk.Name]}
		if g.billing != nil {
			price, ok := g.billing.Price(to.Number, trunk.Name, now)
			c.Price, c.Priced = int64(price), ok
		}
		candidates = append(candidates, c)
	}
	return candidates
}

// full tells whether all lines of a trunk are taken.
func (g *Gateway) full(trunk dialplan.Trunk) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.crowded(trunk)
}

// crowded tells whether a trunk can take no more calls; g.mu is held.
func (g *Gateway) crowded(trunk dialplan.Trunk) bool {
	used := g.onTrunk[trunk.Name]
	return trunk.MaxCalls > 0 && used >= trunk.MaxCalls || trunk.Outbound.Channels > 0 && used >= trunk.Outbound.Channels
}

// origin finds the trunk of a call that came to an address at which we
// registered with its carrier, wherever it came from.
func (g *Gateway) origin(d *dialog.Dialog) (trunk dialplan.Trunk, number string, ok bool) {
	names, number := g.carriers.Origin(d)
	plan := g.plan.Load()
	for _, name := range names {
		if trunk, known := plan.Trunk(name); known && trunk.Serves(number) {
			return trunk, number, true
		}
	}
	return dialplan.Trunk{}, "", false
}

// peers are the addresses that calls stand with. They are heard for as long,
// whatever becomes of their trunk.
type peers struct {
	mu    sync.RWMutex // guards calls
	calls map[netip.Addr]int
}

func (p *peers) add(peer netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls == nil {
		p.calls = make(map[netip.Addr]int)
	}
	p.calls[peer.Unmap()]++
}

func (p *peers) remove(peer netip.Addr) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.calls[peer.Unmap()]--; p.calls[peer.Unmap()] <= 0 {
		delete(p.calls, peer.Unmap())
	}
}

func (p *peers) has(peer netip.Addr) bool {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.calls[peer.Unmap()] > 0
}

// heardOver remembers of a call's trunk how what came by it sounded, for the
// routes of later calls.
func (g *Gateway) heardOver(r *Record) {
	if mos := score(&r.Quality.Summary.Said); r.Trunk != "" && mos > 0 {
		g.grades.Heard(r.Trunk, time.Now(), float64(mos)/100)
	}
}
