package reminder

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/internal/ical"
	"partyline/signaling/notify"
)

// Config is how people are reminded.
type Config struct {
	// PublicURL is how people reach us, such as https://meet.example.com, for the
	// links in messages.
	PublicURL string
	// Zone is the company's: of months, and of people who have none.
	Zone *time.Location
	// Poll is how often it is looked for what is due, at the latest; Plan is how
	// often the agenda is read.
	Poll, Plan time.Duration
	// Lease is how long a node may take to send what it has claimed; another one
	// does it then. CallLease is the same for a phone call, which nobody repeats.
	Lease, CallLease time.Duration
	// SendWithin is how long one message may take.
	SendWithin time.Duration
	// Batch is how many reminders of a channel are sent at the same time, Calls how
	// many phones ring.
	Batch, Calls int
	// Quota is how many times a month somebody may override quiet hours.
	Quota int
}

// DefaultConfig looks every second, and reads the agenda every 20 s.
func DefaultConfig() Config {
	return Config{
		Zone: time.UTC, Poll: time.Second, Plan: 20 * time.Second, Lease: time.Minute, CallLease: 10 * time.Minute,
		SendWithin: 15 * time.Second, Batch: 128, Calls: 20, Quota: 3,
	}
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	switch {
	case c.Zone == nil:
		return errors.New("reminders need a time zone")
	case c.Poll <= 0 || c.Plan <= 0 || c.SendWithin <= 0 || c.Batch <= 0 || c.Calls <= 0:
		return errors.New("reminders need positive times and numbers")
	case c.Lease < 2*c.SendWithin:
		return errors.New("a lease must last for twice the time that a message may take")
	case c.Quota < 0 || c.Quota > 100:
		return errors.New("0 to 100 overrides a month")
	}
	return nil
}

// Service reminds people. Its methods may be called from any goroutine.
type Service struct {
	cfg     Config
	store   Store
	agenda  Agenda
	reach   Reach
	watch   Observer
	now     func() time.Time
	log     *slog.Logger
	links   Links
	owner   string // of what this process claims
	zones   ical.Zones
	nudge   chan struct{}
	lanes   []*lane
	turn    sync.Mutex // one plans at a time
	planned map[string]plan
	known   atomic.Pointer[view]
	ringing calls
}

// Reach is how people are reached. What is nil cannot be used.
type Reach struct {
	Senders   map[notify.Channel]notify.Sender
	Directory Directory
	Phone     Phone
	Hosts     Hosts
}

// New makes a service that reminds nobody until it runs. Observer and clock
// may be nil. It fails when the configuration is wrong, or the store does not
// give the key of links.
func New(
	ctx context.Context, cfg Config, store Store, agenda Agenda, reach Reach, observer Observer, clock func() time.Time, log *slog.Logger,
) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	if observer == nil {
		observer = silent{}
	}
	if clock == nil {
		clock = time.Now
	}
	key, err := store.LinkKey(ctx)
	if err != nil {
		return nil, fmt.Errorf("key of the reminders' links: %w", err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make an id: %w", err)
	}
	s := &Service{
		cfg: cfg, store: store, agenda: agenda, reach: reach, watch: observer, now: clock, log: log,
		links: Links{key}, owner: id.String(), nudge: make(chan struct{}, 1), planned: make(map[string]plan),
	}
	for _, c := range notify.Channels() {
		if s.served(c) {
			s.lanes = append(s.lanes, newLane(s, c))
		}
	}
	return s, nil
}

// served tells whether the installation has a channel.
func (s *Service) served(c notify.Channel) bool {
	if c == notify.Phone {
		return s.reach.Phone != nil
	}
	return s.reach.Senders[c] != nil
}

// Run reminds people until ctx is done. What is being sent then is finished,
// and calls that ring are ended.
func (s *Service) Run(ctx context.Context) {
	var work sync.WaitGroup
	work.Go(func() { s.keepPlanning(ctx) })
	for _, l := range s.lanes {
		work.Go(func() { l.run(ctx) })
	}
	work.Wait()
}

// Changed has the agenda read now: something in it is different.
func (s *Service) Changed() {
	select {
	case s.nudge <- struct{}{}:
	default:
	}
}

// wake has the lanes look for what is due.
func (s *Service) wake() {
	for _, l := range s.lanes {
		l.stir()
	}
}

// keepPlanning reads the agenda again and again.
func (s *Service) keepPlanning(ctx context.Context) {
	for {
		if err := s.Plan(ctx); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "reminders could not be planned", "err", err)
		}
		if !wait(ctx, s.cfg.Plan, s.nudge) {
			return
		}
	}
}

// wait waits for a time or a wake-up, and reports false when ctx is done. The
// timer is monotonic: how long it takes does not depend on the wall clock.
func wait(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-wake:
	}
	return ctx.Err() == nil
}

// zone is a person's, or the company's.
func (s *Service) zone(name string) *time.Location {
	if loc, err := s.zones.Zone(name); err == nil {
		return loc
	}
	return s.cfg.Zone
}
