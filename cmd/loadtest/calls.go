package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"partyline/cmd/internal/voice"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// callLasts is how long a caller listens to the menu before hanging up.
const callLasts = 700 * time.Millisecond

// measureCalls has callers come at a steady rate, whatever became of those
// before them, listen to the greeting and hang up.
func measureCalls(ctx context.Context, b *bench) error {
	for _, rate := range []int{10, 50, 100} {
		name := fmt.Sprintf("%d a second", rate)
		if !b.wanted(name) {
			continue
		}
		if err := callAt(ctx, b, name, rate); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return measureRates(ctx, b)
}

// callsEach is how many calls a second one softphone places: its own gate lets
// 200 SIP messages a second in, and a call brings four.
const callsEach = 25

func newAgents(n int) ([]*softphone.Agent, error) {
	var agents []*softphone.Agent
	for i := range n {
		agent, err := softphone.New(softphone.Config{
			NewCodec: voice.NewCodec, Codecs: []audio.Codec{audio.PCMU}, Listen: "127.0.0.1:0", Ports: phonePorts,
			From: fmt.Sprintf("sip:+4930%07d@127.0.0.1", i),
		})
		if err != nil {
			return nil, errors.Join(err, closeAll(agents))
		}
		agents = append(agents, agent)
	}
	return agents, nil
}

func closeAll(agents []*softphone.Agent) error {
	var errs []error
	for _, agent := range agents {
		errs = append(errs, agent.Close())
	}
	return errors.Join(errs...)
}

// dialled is how one call went.
type dialled struct {
	answered time.Duration // from INVITE to 200
	heard    time.Duration // from 200 to the first sound; negative: none
	failure  error
}

func callAt(ctx context.Context, b *bench, name string, rate int) (err error) {
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	agents, err := newAgents(1 + rate/callsEach)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(agents)) }()
	if one := dialOnce(ctx, agents[0], s); one.failure != nil { // also warms up
		return one.failure
	}
	all := make([]dialled, int(b.options.For.Seconds()*float64(rate)))
	var callers errgroup.Group
	var placing sync.WaitGroup
	placing.Go(func() {
		ticker := time.NewTicker(time.Second / time.Duration(rate))
		defer ticker.Stop()
		for i := range all {
			<-ticker.C
			callers.Go(func() error { all[i] = dialOnce(ctx, agents[i%len(agents)], s); return nil })
		}
		_ = callers.Wait() // they keep their failures
	})
	// The last ones hang up later than For.
	i, err := s.over(ctx, name, b.options.For+callLasts+300*time.Millisecond)
	placing.Wait()
	if err != nil {
		return err
	}
	b.add(name, callFigures(all, i)...)
	return nil
}

func callFigures(all []dialled, i interval) []figure {
	var answered, heard []time.Duration
	failed := 0
	for _, d := range all {
		if d.failure != nil || d.heard < 0 {
			failed++
			continue
		}
		answered, heard = append(answered, d.answered), append(heard, d.heard)
	}
	return []figure{
		{Name: "calls", Value: float64(len(all))},
		{Name: "failed", Value: float64(failed)},
		{Name: "CPU per call", Unit: "ms", Value: 1000 * i.cpu().Seconds() / float64(len(all))},
		milliseconds("answered p50", percentile(answered, 0.5)),
		milliseconds("p95", percentile(answered, 0.95)),
		milliseconds("prompt after p50", percentile(heard, 0.5)),
		milliseconds("prompt after p95", percentile(heard, 0.95)).aim(500),
	}
}

// dialOnce makes one call.
func dialOnce(ctx context.Context, agent *softphone.Agent, s *server) (d dialled) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	began := time.Now()
	call, err := agent.Dial(ctx, "sip:conference@"+s.SIP.String())
	if err != nil {
		return dialled{failure: err}
	}
	answered := time.Now()
	select {
	case <-time.After(callLasts):
	case <-call.Done():
		return dialled{failure: errors.New("the server hung up")}
	case <-ctx.Done():
	}
	heard := call.Heard()
	d = dialled{answered: answered.Sub(began), heard: onset(heard).Sub(answered), failure: call.Hangup(ctx)}
	return d
}

// audible is an amplitude that nothing but sound reaches.
const audible = 300

// onset is when a recording begins to be more than noise; the zero time if it
// never does.
func onset(r softphone.Recording) time.Time {
	for i, v := range r.Sound {
		if v > audible || v < -audible {
			return r.Start.Add(time.Duration(i) * time.Second / audio.Rate)
		}
	}
	return time.Time{}
}
