package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// legs is how many phones are in the meeting, and earlyLegs those of them who
// come before newcomers are muted (the host is there, too).
const (
	legs      = 100
	earlyLegs = 7
)

// measurePhones measures what G.711 calls in one meeting cost.
func measurePhones(ctx context.Context, b *bench) (err error) {
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	h, err := watch(ctx, s.Server, m.ID)
	if err != nil {
		return err
	}
	defer h.close()
	p, err := newPhones()
	if err != nil {
		return err
	}
	defer p.close()
	if err := p.enter(ctx, s, m, h, earlyLegs); err != nil {
		return err
	}
	if err := p.enter(ctx, s, m, h, legs-earlyLegs); err != nil {
		return err
	}
	if err := p.unmute(ctx, earlyLegs); err != nil {
		return err
	}
	if err := h.waitFor(ctx, "nobody muted", func(r *roster) bool { return r.muted() == 0 }); err != nil {
		return err
	}
	for _, c := range []struct {
		name    string
		talkers int
		aim     float64 // ms of CPU a second for each
	}{
		{"silent", 0, 0}, {"one talks", 1, 0}, {"all talk", legs, 1.5},
	} {
		if !b.wanted(c.name) {
			continue
		}
		p.talk(c.talkers)
		if err := b.progress.wait(ctx, "warming up", 5*time.Second); err != nil {
			return err
		}
		if err := p.measure(ctx, s, fmt.Sprintf("%d legs, %s", legs, c.name), c.aim); err != nil {
			return err
		}
	}
	return nil
}

// measure measures the phones as they are.
func (p *phones) measure(ctx context.Context, s *server, name string, aim float64) error {
	sent, received, lost := p.statistics()
	i, parts, err := s.inWindows(ctx, name, s.bench.options.For)
	if err != nil {
		return err
	}
	sentNow, receivedNow, lostNow := p.statistics()
	seconds, n := i.length().Seconds(), float64(len(p.lines))
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
