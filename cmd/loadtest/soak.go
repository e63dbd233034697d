package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"partyline/cmd/internal/bridge"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// A soak has callers come, do everything that callers do, and go in every way
// there is. What counts is what is left of them: nothing.
const (
	soakRooms     = 50
	soakPerMinute = 200
	soakAgents    = 40                     // softphones, which share the calls
	soakBehind    = 2 * time.Minute        // for what is over to be given up: rooms wait for returners
	soakMischief  = 150 * time.Millisecond // between two acts of the hosts
	soakKill      = 7 * time.Second        // between two phones that are killed
	soakSlack     = 12                     // goroutines of the HTTP server and the runtime that come and go
)

// soak is one under way.
type soak struct {
	server *server
	rooms  []soakRoom
	agents []*softphone.Agent
	tally  soakTally
}

// soakRoom is a meeting with somebody in it who sees who is there.
type soakRoom struct {
	bridge.Meeting
	host *bridge.Host
}

// soakTally counts what was done.
type soakTally struct {
	mu     sync.Mutex // guards what follows
	counts map[string]int
	faults []error
}

func (t *soakTally) count(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[what]++
}

func (t *soakTally) fault(err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.faults) < 20 {
		t.faults = append(t.faults, err)
	}
	t.counts["failed"]++
}

// measureSoak soaks a server for as long as was asked for, and looks at what is
// left when everybody has gone.
func measureSoak(ctx context.Context, b *bench) (err error) {
	s, err := b.start(ctx, "sip.media_timeout=5s")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	k := &soak{server: s, tally: soakTally{counts: make(map[string]int)}}
	if err := k.prepare(ctx); err != nil {
		return err
	}
	before, err := k.settle(ctx, unrecorded)
	if err != nil {
		return err
	}
	if err := k.enterRooms(ctx); err != nil {
		return err
	}
	k.run(ctx, b.options.Soak)
	k.leaveRooms()
	if err := ctx.Err(); err != nil {
		return err
	}
	left, err := k.settle(ctx, func(now reading) []string { return leftOver(before, now) })
	if err != nil {
		return err
	}
	k.report(b, before, left)
	return k.judge(b.options.Soak, before, left)
}

// prepare makes the meetings and the phones, and has one call before anything
// is counted.
func (k *soak) prepare(ctx context.Context) error {
	var err error
	if k.agents, err = newAgents(soakAgents); err != nil {
		return err
	}
	k.rooms = make([]soakRoom, soakRooms)
	err = inParallel(ctx, soakRooms, 8, func(i int) error {
		k.rooms[i].Meeting, err = k.server.Meeting(ctx, fmt.Sprintf("Soak %d", i+1))
		return err
	}, nil)
	if err != nil {
		return err
	}
	return dialOnce(ctx, k.agents[0], k.server).failure
}

// enterRooms seats a host in each meeting.
func (k *soak) enterRooms(ctx context.Context) error {
	return inParallel(ctx, len(k.rooms), 8, func(i int) (err error) {
		k.rooms[i].host, err = k.server.Host(ctx, k.rooms[i].ID)
		return err
	}, nil)
}

// leaveRooms has the hosts go, and the phones.
func (k *soak) leaveRooms() {
	for _, room := range k.rooms {
		if room.host != nil {
			room.host.Close()
		}
	}
	if err := closeAll(k.agents); err != nil {
		k.tally.fault(err)
	}
}

// run has calls come at a steady rate until the time is over, and waits for
// the last one to end.
func (k *soak) run(ctx context.Context, length time.Duration) {
	ctx, done := context.WithCancel(ctx)
	defer done()
	var others sync.WaitGroup
	mischief, enough := context.WithTimeout(ctx, length)
	defer enough()
	others.Go(func() { k.hosts(mischief) })
	others.Go(func() { k.killed(mischief) })
	total := int(length.Minutes() * soakPerMinute)
	var callers errgroup.Group
	ticker := time.NewTicker(length / time.Duration(total))
	defer ticker.Stop()
	for i := range total {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		k.server.bench.progress.bar("soaking", float64(i), float64(total))
		callers.Go(func() error { k.caller(ctx, i); return nil })
	}
	_ = callers.Wait() // faults are in the tally
	others.Wait()
}

// hosts do to callers what hosts do, here and there.
func (k *soak) hosts(ctx context.Context) {
	random := rand.New(rand.NewPCG(50, 1))
	ticker := time.NewTicker(soakMischief)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			k.mischief(ctx, random)
		case <-ctx.Done():
			return
		}
	}
}

// killed has phones die without a word: their process is killed in the middle
// of the meeting.
func (k *soak) killed(ctx context.Context) {
	ticker := time.NewTicker(soakKill)
	defer ticker.Stop()
	for i := 0; ; i++ {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return
		}
		if err := k.kill(ctx, k.rooms[i%len(k.rooms)].Number); err != nil && ctx.Err() == nil {
			k.tally.fault(fmt.Errorf("a phone to be killed: %w", err))
		}
	}
}

// settle waits until there is no more left of what it is told to look for, or
// says what the server shows when it had time enough.
func (k *soak) settle(ctx context.Context, left func(now reading) []string) (reading, error) {
	deadline := time.Now().Add(soakBehind)
	for {
		now, err := k.server.read(ctx, true)
		if err != nil || len(left(now)) == 0 || time.Now().After(deadline) {
			return now, err
		}
		if err := k.server.bench.progress.wait(ctx, "settling", time.Second); err != nil {
			return now, err
		}
	}
}

// unrecorded tells how many calls have no record so far: it is written a moment
// after the caller is told that the call is over.
func unrecorded(now reading) []string {
	started, ended := now.total("partyline_calls_started_total"), now.total("partyline_calls_ended_total")
	if started == ended {
		return nil
	}
	return []string{fmt.Sprintf("%v calls came, and %v have a record", started, ended)}
}

// leftOver names what is there that was not before.
func leftOver(before, now reading) []string {
	left := unrecorded(now)
	for _, gauge := range []string{
		`partyline_calls_running{trunk="demo"}`, "partyline_calls_dialogs", "partyline_calls_rtp_port_pairs",
		"partyline_media_rooms", "partyline_media_legs", "partyline_meetings_running",
		`partyline_meetings_participants{kind="phone"}`, `partyline_meetings_participants{kind="browser"}`,
	} {
		if n := now.metrics[gauge]; n != 0 {
			left = append(left, fmt.Sprintf("%s is %v", gauge, n))
		}
	}
	if n := now.metrics["go_goroutines"] - before.metrics["go_goroutines"]; n > soakSlack {
		left = append(left, fmt.Sprintf("%v goroutines more than before", n))
	}
	return left
}

// total adds up a counter over its labels.
func (r reading) total(name string) (sum float64) {
	for series, value := range r.metrics {
		if series == name || strings.HasPrefix(series, name+"{") {
			sum += value
		}
	}
	return sum
}

// report adds the figures to the bench's results.
func (k *soak) report(b *bench, before, left reading) {
	name := fmt.Sprintf("%v in %d rooms", b.options.Soak, soakRooms)
	calls := left.total("partyline_calls_started_total") - before.total("partyline_calls_started_total")
	b.add(name,
		figure{Name: "calls", Value: calls},
		figure{Name: "recorded", Value: left.total("partyline_calls_ended_total") - before.total("partyline_calls_ended_total")},
		figure{Name: "failed", Value: float64(k.tally.counts["failed"])},
		figure{Name: "goroutines more", Value: left.metrics["go_goroutines"] - before.metrics["go_goroutines"]},
		figure{Name: "heap more", Unit: "MB", Value: (left.metrics["go_memstats_heap_inuse_bytes"] - before.metrics["go_memstats_heap_inuse_bytes"]) / 1e6},
		figure{Name: "CPU", Unit: "s", Value: (left.cpu - before.cpu).Seconds()},
	)
	var done []string
	for _, what := range slices.Sorted(maps.Keys(k.tally.counts)) {
		done = append(done, fmt.Sprintf("%s %d", what, k.tally.counts[what]))
	}
	b.progress.say("  done: %s", strings.Join(done, ", "))
}

// soakActs are what a soak is for, so that one without any of them proves
// nothing.
var soakActs = []string{"host: " + string(wire.Move), "held", "killed", "fell silent"}

// idle tells which acts a soak of a minute or more has not done.
func (t *soakTally) idle(length time.Duration) (errs []error) {
	if length < time.Minute {
		return nil // in which some may not have come up
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, what := range soakActs {
		if t.counts[what] == 0 {
			errs = append(errs, fmt.Errorf("nothing was done of: %s", what))
		}
	}
	return errs
}

// judge tells everything that is not as it should be.
func (k *soak) judge(length time.Duration, before, left reading) error {
	errs := append(k.tally.faults, k.tally.idle(length)...)
	for _, what := range leftOver(before, left) {
		errs = append(errs, fmt.Errorf("left over: %s", what))
	}
	came := left.total("partyline_calls_started_total") - before.total("partyline_calls_started_total")
	if placed := k.tally.counts["placed"]; int(came) != placed {
		errs = append(errs, fmt.Errorf("%d calls were placed, and %v came", placed, came))
	}
	return errors.Join(errs...)
}
