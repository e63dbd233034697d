package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"
)

// forwardCase is talkers whom listeners hear, all of them at once.
type forwardCase struct {
	talkers, listeners int
	red                bool
	// reports are sent as browsers send them. Without any, a listener that
	// can take RED gets two copies with every packet, as one that loses some.
	reports bool
	aim     float64 // µs for each packet forwarded
}

func (c forwardCase) name() string {
	name := fmt.Sprintf("%d × %d", c.talkers, c.listeners)
	switch {
	case c.red && c.reports:
		name += ", RED"
	case c.red:
		name += ", RED with two copies"
	}
	return name
}

// measureForward measures what a packet costs that goes from one browser to
// another: talkers × listeners × 50 of them a second.
func measureForward(ctx context.Context, b *bench) error {
	for _, c := range []forwardCase{
		{talkers: 6, listeners: 100, reports: true, aim: 8},
		{talkers: 6, listeners: 100, red: true, reports: true, aim: 8},
		{talkers: 6, listeners: 100, red: true},
		{talkers: 2, listeners: 100, reports: true},
		{talkers: 6, listeners: 50, reports: true},
	} {
		if !b.wanted(c.name()) {
			continue
		}
		if err := c.measure(ctx, b); err != nil {
			return fmt.Errorf("%s: %w", c.name(), err)
		}
	}
	return measureIngest(ctx, b)
}

// attendEvery is which listeners have what comes decrypted: every so many.
const attendEvery = 25

// settle is how long a load runs before it is measured: until listeners that
// lose nothing have made that clear in three reports.
const settle = 18 * time.Second

func (c forwardCase) measure(ctx context.Context, b *bench) (err error) {
	s, err := b.start(ctx, fmt.Sprintf("media.slots=%d", c.talkers))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	talkers, err := enterAll(ctx, s, m.ID, c.talkers, func(int) kindOf { return kindOf{red: c.red} })
	if err != nil {
		return err
	}
	defer talkers.close()
	listeners, err := enterAll(ctx, s, m.ID, c.listeners, func(i int) kindOf {
		return kindOf{red: c.red, muted: true, attends: i%attendEvery == 0}
	})
	if err != nil {
		return err
	}
	defer listeners.close()
	loadCtx, cancel := context.WithCancel(ctx)
	load, loadCtx := errgroup.WithContext(loadCtx)
	load.Go(func() error { return talk(loadCtx, talkers) })
	warmUp := 3 * time.Second
	if c.reports {
		load.Go(func() error { return append(append(crowd{}, listeners...), talkers...).report(loadCtx) })
		if c.red {
			warmUp = settle
		}
	}
	err = c.observe(loadCtx, s, warmUp, listeners)
	cancel()
	return errors.Join(err, load.Wait())
}

// observe measures while the load runs.
func (c forwardCase) observe(ctx context.Context, s *server, warmUp time.Duration, listeners crowd) error {
	if err := s.bench.progress.wait(ctx, "warming up", warmUp); err != nil {
		return err
	}
	before := listeners.tally()
	i, parts, err := s.inWindows(ctx, c.name(), s.bench.options.For)
	if err != nil {
		return err
	}
	after := listeners.tally()
	if err := c.check(listeners); err != nil {
		return err
	}
	out := i.count(packetsOut)
	received := after.received - before.received
	cost, best := middle(parts, func(i interval) float64 { return i.cpu().Seconds() * 1e6 / i.count(packetsOut) })
	s.bench.add(c.name(),
		figure{Name: "CPU per packet", Unit: "µs", Value: cost}.aim(c.aim),
		figure{Name: "at best", Unit: "µs", Value: best},
		figure{Name: "packets per CPU second", Value: math.Round(1e6 / cost)},
		figure{Name: "forwarded", Unit: "1/s", Value: math.Round(out / i.length().Seconds())},
		figure{Name: "of one core", Unit: "%", Value: i.load()},
		figure{Name: "octets per packet", Value: float64(after.octets-before.octets) / float64(max(received, 1))},
		figure{Name: "lost", Value: float64(after.lost - before.lost)},
		figure{Name: "dropped by the server", Value: i.count(dropped("unsent")) + i.count(dropped("behind"))},
	)
	return nil
}

// check makes sure that those who attend could decrypt what came.
func (c forwardCase) check(listeners crowd) error {
	for _, l := range listeners {
		if got, read := l.ear.tally().received, l.read.Load(); l.ear.attends && float64(read) < 0.9*float64(got) {
			return fmt.Errorf("a listener got %d packets and could decrypt %d", got, read)
		}
	}
	return nil
}

// The server's metrics.
const packetsOut = `partyline_media_packets_total{direction="out"}`

func dropped(reason string) string {
	return fmt.Sprintf("partyline_media_packets_dropped_total{reason=%q}", reason)
}
