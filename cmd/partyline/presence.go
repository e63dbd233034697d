package main

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"partyline/signaling"
)

// presence knows who is in rooms, and so needs no reminder of what begins there.
// The zero value knows of nobody.
type presence struct {
	mu   sync.Mutex // guards what follows
	here map[string]guestOf
	came chan struct{} // somebody did; made by the first to need it
}

// guestOf is somebody who may have been invited, in a meeting's room.
type guestOf struct {
	meeting string
	key     string // the person's id, or that of their invitation
}

// greetEvery is how often those in rooms are told of, so that whoever came long
// before the start, and stays, is known to be there when it comes.
const greetEvery = 10 * time.Minute

// greeter is told who is where.
type greeter interface {
	Joined(ctx context.Context, meeting, key, where string) error
}

// seated notes that somebody came, or went on to another meeting.
func (p *presence) seated(v signaling.Visit) {
	key := cmp.Or(v.Person, v.Invitee)
	if key == "" {
		return
	}
	p.mu.Lock()
	if p.here == nil {
		p.here = make(map[string]guestOf)
	}
	p.here[v.ID] = guestOf{v.Meeting, key}
	p.mu.Unlock()
	select {
	case p.arrival() <- struct{}{}:
	default: // it is looked anyway
	}
}

// left notes that a visit is over.
func (p *presence) left(visit string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.here, visit)
}

func (p *presence) arrival() chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.came == nil {
		p.came = make(chan struct{}, 1)
	}
	return p.came
}

// now gives those in rooms by their visits.
func (p *presence) now() map[string]guestOf {
	p.mu.Lock()
	defer p.mu.Unlock()
	return maps.Clone(p.here)
}

// greet tells of newcomers at once, and of all others now and then, until ctx is
// done.
func (p *presence) greet(ctx context.Context, to greeter, log *slog.Logger) {
	ticker := time.NewTicker(greetEvery)
	defer ticker.Stop()
	known := make(map[string]guestOf)
	for {
		all := p.now()
		for _, visit := range slices.Sorted(maps.Keys(all)) {
			guest := all[visit]
			if known[visit] == guest {
				continue
			}
			if err := to.Joined(ctx, guest.meeting, guest.key, "room"); err != nil && ctx.Err() == nil {
				log.Warn("a reminder could not be settled", "meeting", guest.meeting, "error", err)
			}
		}
		known = all
		select {
		case <-p.arrival():
		case <-ticker.C:
			known = make(map[string]guestOf)
		case <-ctx.Done():
			return
		}
	}
}

// visits tells both who keep records of them and who remind people.
type visits struct {
	*legs
	presence *presence
	gauges   *gauges
}

// Seated implements signaling.Visits.
func (v visits) Seated(visit signaling.Visit) {
	v.legs.Seated(visit)
	v.presence.seated(visit)
	v.gauges.Seated(visit)
}

// Left implements signaling.Visits.
func (v visits) Left(id string, how signaling.Leaving) {
	v.legs.Left(id, how)
	v.presence.left(id)
	v.gauges.Left(id, how)
}
