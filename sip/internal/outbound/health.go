package outbound

import (
	"context"
	"errors"
	"sync"
	"time"

	"partyline/sip/internal/dialog"
)

const (
	// probeTime is how long an OPTIONS may take; over UDP it is sent four times
	// in that time.
	probeTime = 4 * time.Second
	// probeSoon is the part of the usual time after which a target about which we
	// are changing our mind is asked again.
	probeSoon = 6
)

// watch asks the carrier's targets now and then whether they are there, until
// ctx ends. It also keeps what the DNS says of them at hand for calls, and NATs
// between us and them open.
func (r *carrier) watch(ctx context.Context) {
	for {
		wavering := r.probeAll(ctx)
		r.judge()
		wait := r.c.cfg.Probe
		if wavering {
			wait /= probeSoon
		}
		wait += time.Duration(r.c.cfg.Resolver.Random(int(wait/10) + 1)) // so that trunks do not all ask at once
		if !pause(ctx, wait) {
			return
		}
	}
}

// probeAll asks each target once.
func (r *carrier) probeAll(ctx context.Context) (wavering bool) {
	targets, err := r.resolve(ctx, r.targets)
	if err != nil {
		return true
	}
	var work sync.WaitGroup
	for _, t := range targets {
		work.Go(func() { r.probe(ctx, t) })
	}
	work.Wait()
	for _, t := range targets {
		wavering = wavering || t.wavering()
	}
	return wavering
}

// probe asks one target. Any answer will do: it is there. A stream that brings
// none twice is given up, so that the next request opens another.
func (r *carrier) probe(ctx context.Context, t *target) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	way, err := r.way(t.hop)
	began := time.Now()
	if err == nil {
		err = r.endpoint.Probe(ctx, r.domain(t), way)
	}
	var answered *dialog.Rejected
	if errors.As(err, &answered) {
		err = nil
	}
	if errors.Is(ctx.Err(), context.Canceled) {
		return // we are stopping
	}
	if errors.Is(err, context.DeadlineExceeded) {
		err = dialog.ErrSilent
		if t.wavering() {
			r.endpoint.Drop(way)
		}
	}
	if now := time.Now(); t.probed(now, now.Sub(began), err) {
		r.c.log.Info("a trunk's target has changed", "trunk", r.trunk.Name, "target", t.name(), "state", string(t.state(now).Health), "error", err)
	}
}
