package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"partyline/cmd/internal/bridge"
)

// earlyLegs is how many phones come to a meeting before newcomers are muted
// (the host is there, too).
const earlyLegs = 7

// layout is how many phones there are, and in how many meetings.
type layout struct {
	name        string
	rooms, each int
}

// chatter is how many of each meeting talk, and the aim for that: ms of CPU a
// second for each phone.
type chatter struct {
	name    string
	talkers int
	aim     float64
}

// layouts are those that are measured.
func layouts() []layout {
	return []layout{{"100 legs", 1, 100}, {"500 legs", 1, 500}, {"100 legs in rooms of ten", 10, 10}}
}

// chatters are what is measured in each.
func (l layout) chatters() []chatter {
	return []chatter{{"silent", 0, 0.5}, {"one talks", 1, 0}, {"all talk", l.each, 1}}
}

// measurePhones measures what G.711 calls in meetings cost.
func measurePhones(ctx context.Context, b *bench) error {
	for _, l := range layouts() {
		if err := b.measureLayout(ctx, l); err != nil {
			return fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return nil
}

func (b *bench) measureLayout(ctx context.Context, l layout) (err error) {
	if !slices.ContainsFunc(l.chatters(), func(c chatter) bool { return b.wanted(l.name + ", " + c.name) }) {
		return nil
	}
	s, err := b.start(ctx, fmt.Sprintf("media.max_participants=%d", l.each+1))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	var all gathering
	defer func() { all.close() }()
	for range l.rooms {
		if err := all.gather(ctx, s, l.each); err != nil {
			return err
		}
	}
	for _, c := range l.chatters() {
		name := l.name + ", " + c.name
		if !b.wanted(name) {
			continue
		}
		all.talk(c.talkers)
		if err := b.progress.wait(ctx, "warming up", 5*time.Second); err != nil {
			return err
		}
		if err := all.measure(ctx, s, name, c.aim); err != nil {
			return err
		}
	}
	return nil
}

// gathering is the phones of some meetings, each with its host.
type gathering struct {
	meetings []*phones
	hosts    []*bridge.Host
}

// gather fills another meeting with n phones, none of them muted.
func (c *gathering) gather(ctx context.Context, s *server, n int) error {
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	h, err := s.Host(ctx, m.ID)
	if err != nil {
		return err
	}
	c.hosts = append(c.hosts, h)
	p, err := newPhones()
	if err != nil {
		return err
	}
	p.first = n * len(c.meetings)
	c.meetings = append(c.meetings, p)
	if err := p.enter(ctx, s, m, h, min(earlyLegs, n)); err != nil {
		return err
	}
	if err := p.enter(ctx, s, m, h, max(n-earlyLegs, 0)); err != nil {
		return err
	}
	if err := p.unmute(ctx, min(earlyLegs, n)); err != nil {
		return err
	}
	return h.WaitFor(ctx, "nobody muted", func(r *bridge.Roster) bool { return mutedOf(r) == 0 })
}

// talk decides how many of each meeting talk.
func (c *gathering) talk(n int) {
	for _, p := range c.meetings {
		p.talk(n)
	}
}

// close hangs up.
func (c *gathering) close() {
	for _, p := range c.meetings {
		p.close()
	}
	for _, h := range c.hosts {
		h.Close()
	}
}

// statistics adds up what the phones sent, received and missed, and how many
// there are.
func (c *gathering) statistics() (sent, received uint64, lost int64, n float64) {
	for _, p := range c.meetings {
		s, r, l := p.statistics()
		sent, received, lost, n = sent+s, received+r, lost+l, n+float64(len(p.lines))
	}
	return sent, received, lost, n
}

// measure measures the phones as they are.
func (c *gathering) measure(ctx context.Context, s *server, name string, aim float64) error {
	sent, received, lost, n := c.statistics()
	i, parts, err := s.inWindows(ctx, name, s.bench.options.For)
	if err != nil {
		return err
	}
	sentNow, receivedNow, lostNow, _ := c.statistics()
	seconds := i.length().Seconds()
	cost, best := middle(parts, func(i interval) float64 { return 1000 * i.cpu().Seconds() / i.length().Seconds() / n })
	s.bench.add(name,
		figure{Name: "CPU per second and leg", Unit: "ms", Value: cost}.aim(aim),
		figure{Name: "at best", Unit: "ms", Value: best},
		figure{Name: "of one core", Unit: "%", Value: i.load()},
		figure{Name: "legs per core", Value: math.Floor(1000 / cost)},
		figure{Name: "sent to the server per leg", Unit: "1/s", Value: float64(sentNow-sent) / seconds / n},
		figure{Name: "received per leg", Unit: "1/s", Value: float64(receivedNow-received) / seconds / n},
		figure{Name: "lost", Value: float64(lostNow - lost)},
	)
	return nil
}

// statistics adds up what the phones sent, received and missed.
func (p *phones) statistics() (sent, received uint64, lost int64) {
	for _, l := range p.lines {
		s := l.Statistics()
		sent += s.Sent
		received += s.Received
		lost += s.Lost
	}
	return sent, received, lost
}
