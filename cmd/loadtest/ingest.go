package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sync/errgroup"
)

// alone is how many people talk to an empty room each, where nothing is
// forwarded: what is left is what a packet costs on its way in.
const alone = 40

const packetsIn = `partyline_media_packets_total{direction="in"}`

// measureIngest measures what a browser's packet costs that nobody hears:
// socket, ICE, SRTP, RED and ranking.
func measureIngest(ctx context.Context, b *bench) (err error) {
	name := fmt.Sprintf("in only, %d × 1", alone)
	if !b.wanted(name) {
		return nil
	}
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var talkers crowd
	defer func() { talkers.close() }()
	for range alone {
		m, err := s.Meeting(ctx, "Load")
		if err != nil {
			return err
		}
		one, err := enterAll(ctx, s, m.ID, 1, func(int) kindOf { return kindOf{red: true} })
		if err != nil {
			return err
		}
		talkers = append(talkers, one...)
	}
	loadCtx, stop := context.WithCancel(ctx)
	defer stop()
	load, loadCtx := errgroup.WithContext(loadCtx)
	load.Go(func() error { return talk(loadCtx, talkers) })
	err = observeIngest(loadCtx, name, s)
	stop()
	return errors.Join(err, load.Wait())
}

func observeIngest(ctx context.Context, name string, s *server) error {
	if err := s.bench.progress.wait(ctx, "warming up", 3*time.Second); err != nil {
		return err
	}
	i, parts, err := s.inWindows(ctx, name, s.bench.options.For)
	if err != nil {
		return err
	}
	cost, best := middle(parts, func(i interval) float64 { return i.cpu().Seconds() * 1e6 / i.count(packetsIn) })
	s.bench.add(name,
		figure{Name: "CPU per packet in", Unit: "µs", Value: cost},
		figure{Name: "at best", Unit: "µs", Value: best},
		figure{Name: "received", Unit: "1/s", Value: math.Round(i.count(packetsIn) / i.length().Seconds())},
	)
	return nil
}
