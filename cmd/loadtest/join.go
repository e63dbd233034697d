package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"partyline/cmd/internal/bridge"
)

const (
	syntheticJoins = 60
	chromiumJoins  = 5
)

// measureJoin measures how long it takes from a click on "Join" until
// somebody is heard who talks already.
func measureJoin(ctx context.Context, b *bench) (err error) {
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	talkers, err := enterAll(ctx, s, m.ID, 1, func(int) kindOf { return kindOf{} })
	if err != nil {
		return err
	}
	defer talkers.close()
	talking, stop := context.WithCancel(ctx)
	load, talking := errgroup.WithContext(talking)
	load.Go(func() error { return talk(talking, talkers) })
	defer func() { stop(); err = errors.Join(err, load.Wait()) }()
	if b.wanted("synthetic") {
		if err := joinSynthetic(talking, s, m.ID); err != nil {
			return fmt.Errorf("synthetic: %w", err)
		}
	}
	if b.wanted("Chromium") {
		if err := joinChromium(talking, s, m.Link); err != nil {
			return fmt.Errorf("chromium: %w", err)
		}
	}
	return nil
}

// joinSynthetic counts from the request for a ticket to the first RTP packet.
func joinSynthetic(ctx context.Context, s *server, meeting string) error {
	var all []time.Duration
	i, err := s.during(ctx, func() error {
		for n := range syntheticJoins {
			began := time.Now()
			l, err := enter(ctx, s.Server, meeting, kindOf{muted: true, red: true})
			if err != nil {
				return err
			}
			_, err = bridge.Await(ctx, l.Session, l.ear.first)
			heard := l.ear.heardAt
			l.close()
			if err != nil {
				return fmt.Errorf("heard nothing: %w", err)
			}
			all = append(all, heard.Sub(began))
			s.bench.progress.bar("joining", float64(n+1), syntheticJoins)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.bench.add("synthetic", append(joinFigures(all), figure{
		Name: "CPU per join", Unit: "ms", Value: 1000 * i.cpu().Seconds() / float64(len(all)),
	})...)
	return nil
}

// joinChromium counts from the click to the first sound that the page plays.
func joinChromium(ctx context.Context, s *server, link string) error {
	if err := s.bench.cores.share(); err != nil {
		return err
	}
	var all []time.Duration
	for n := range chromiumJoins {
		page, err := s.bench.openPage(ctx, "Guest", "")
		if err != nil {
			return err
		}
		took, err := page.joinTime(link)
		page.Close()
		if err != nil {
			return err
		}
		all = append(all, took)
		s.bench.progress.bar("Chromium joins", float64(n+1), chromiumJoins)
	}
	s.bench.add("Chromium", joinFigures(all)...)
	return nil
}

func joinFigures(all []time.Duration) []figure {
	return []figure{
		{Name: "joins", Value: float64(len(all))},
		milliseconds("click to first audio p50", percentile(all, 0.5)).aim(1000),
		milliseconds("p95", percentile(all, 0.95)).aim(1000),
	}
}
