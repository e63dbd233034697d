package main

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/errgroup"
)

// How many are there when memory is first looked at, and how many come then:
// the difference is theirs alone.
const (
	firstBrowsers, moreBrowsers = 20, 200
	firstPhones, morePhones     = 10, 100
)

// measureMemory measures what one more browser and one more phone take.
func measureMemory(ctx context.Context, b *bench) error {
	var errs []error
	for _, kind := range []struct {
		name    string
		measure func(context.Context, *bench) error
	}{{"browsers", browsersMemory}, {"phones", phonesMemory}} {
		if b.wanted(kind.name) {
			errs = append(errs, kind.measure(ctx, b))
		}
	}
	return errors.Join(errs...)
}

func browsersMemory(ctx context.Context, b *bench) (err error) {
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	var all crowd
	defer func() { all.close() }()
	more := func(n int) error {
		these, err := enterAll(ctx, s, m.ID, n, func(int) kindOf { return kindOf{red: true, muted: len(all) > 0} })
		all = append(all, these...)
		return err
	}
	talkFor := func(ctx context.Context) error { return talk(ctx, all[:1]) }
	return s.weigh(ctx, "browser", 400, firstBrowsers, moreBrowsers, more, talkFor)
}

func phonesMemory(ctx context.Context, b *bench) (err error) {
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	h, err := s.Host(ctx, m.ID)
	if err != nil {
		return err
	}
	defer h.Close()
	p, err := newPhones()
	if err != nil {
		return err
	}
	defer p.close()
	more := func(n int) error { return p.enter(ctx, s, m, h, n) }
	talkFor := func(ctx context.Context) error {
		p.talk(1)
		<-ctx.Done()
		return nil
	}
	return s.weigh(ctx, "phone", 0, firstPhones, morePhones, more, talkFor)
}

// weigh looks at the memory with a few, with many more, and while one of them
// talks.
func (s *server) weigh(ctx context.Context, what string, aim float64, first, then int, more func(int) error, talkFor func(context.Context) error) error {
	if err := more(first); err != nil {
		return err
	}
	few, err := s.settled(ctx)
	if err != nil {
		return err
	}
	if err := more(then); err != nil {
		return err
	}
	many, err := s.settled(ctx)
	if err != nil {
		return err
	}
	s.bench.add(what+", idle", weight(few, many, then, aim)...)
	talking, stop := context.WithCancel(ctx)
	defer stop()
	load, talking := errgroup.WithContext(talking)
	load.Go(func() error { return talkFor(talking) })
	if err := s.bench.progress.wait(talking, "one talks", s.bench.options.For); err != nil {
		return errors.Join(err, load.Wait())
	}
	loud, err := s.settled(talking)
	if err == nil {
		s.bench.add(what+", one of them talks", weight(few, loud, then, aim)...)
		err = s.profile(ctx, "memory "+what, time.Second)()
	}
	stop()
	return errors.Join(err, load.Wait())
}

// weight is what each of n takes.
func weight(few, many reading, n int, aim float64) []figure {
	i := interval{few, many}
	each := func(name, unit string, amount float64) figure {
		return figure{Name: name, Unit: unit, Value: amount / float64(n)}
	}
	return []figure{
		each("resident", "kB each", float64(many.rss-few.rss)*1024/1000).aim(aim),
		each("heap", "kB each", i.count("go_memstats_heap_alloc_bytes")/1000),
		each("stacks", "kB each", i.count("go_memstats_stack_inuse_bytes")/1000),
		each("goroutines", "each", i.count("go_goroutines")),
		{Name: "resident in all", Unit: "MB", Value: float64(many.rss) * 1024 / 1e6},
	}
}

// settled reads once the garbage collector has been round twice, and what it
// found has had time to go back to the system. Asking for the metrics makes
// enough garbage to bring it about within seconds, where an idle server waits
// for minutes.
func (s *server) settled(ctx context.Context) (reading, error) {
	const rounds, collections = 2, "go_gc_duration_seconds_count"
	before, err := s.read(ctx, true)
	if err != nil {
		return reading{}, err
	}
	until := time.Now().Add(3 * time.Minute)
	for now := before; now.metrics[collections] < before.metrics[collections]+rounds; {
		if now, err = s.read(ctx, true); err != nil {
			return reading{}, err
		}
		if time.Now().After(until) {
			return reading{}, errors.New("the garbage collector did not run")
		}
	}
	if err := s.bench.progress.wait(ctx, "settling", 5*time.Second); err != nil {
		return reading{}, err
	}
	return s.read(ctx, false)
}
