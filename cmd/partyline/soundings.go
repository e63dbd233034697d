package main

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/wire"
)

// soundings is where it is known how connections fare.
type soundings struct {
	collector *quality.Collector
	pulse     *health.Pulse
	desk      *health.Desk
	gauges    *gauges
	fares     *fares
	scores    scores
}

// sweepEvery is how often what is old is looked for.
const sweepEvery = time.Hour

// openSoundings begins to collect what is measured. It stands before there are
// rooms and phones, and ends after them, so that nothing of them is lost.
func (h *house) openSoundings(ctx context.Context) error {
	s := &h.soundings
	s.pulse = health.NewPulse(nil)
	s.fares = &fares{last: make(map[string]advised)}
	s.scores = scores{h.legObserver(), s.pulse, s.fares}
	s.collector = quality.NewCollector(h.store, s.scores, h.log.With("part", "quality"))
	h.runs(s.collector.Run)
	watchLegs(h.metrics, s.collector)
	s.desk = health.NewDesk(health.Config{
		Live: s.collector, Pulse: s.pulse, Zone: h.cfg.money().Zone,
		Around: health.Around{Organiser: h.organiser, Trunks: h.trunkLights, Spend: h.spending, Reminders: h.due},
	}, h.store)
	if err := s.desk.LoadSubnets(ctx); err != nil {
		return fmt.Errorf("subnets: %w", err)
	}
	s.gauges = newGauges(s.collector, s.site, h.office.legs, h.cfg.numbering())
	h.sweep()
	return nil
}

// site is the subnet of the company that an address is in.
func (s *soundings) site(address string) (health.Subnet, bool) {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return health.Subnet{}, false
	}
	return s.desk.Site(ip)
}

// sweep deletes what is old until the house is closed.
func (h *house) sweep() {
	keep := h.cfg.Quality.retention()
	h.runs(func(ctx context.Context) {
		ticker := time.NewTicker(sweepEvery)
		defer ticker.Stop()
		for {
			deleted, err := h.store.Sweep(ctx, keep, time.Now())
			if err != nil && ctx.Err() == nil {
				h.log.Error("old figures of quality could not be deleted", "error", err)
			}
			if deleted > 0 {
				h.log.Info("old figures of quality deleted", "rows", deleted)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	})
}

// organiser is the name of who organises a meeting.
func (h *house) organiser(ctx context.Context, id string) string {
	m, err := h.store.Meeting(ctx, id)
	if err != nil {
		return ""
	}
	person, err := h.accounts.Person(ctx, m.Organiser)
	if err != nil {
		return ""
	}
	return person.Name
}

// trunkLights tells which trunks answer.
func (h *house) trunkLights() []wire.PresentTrunk {
	if h.phones == nil {
		return nil
	}
	var lights []wire.PresentTrunk
	for _, t := range h.phones.Trunks() {
		lights = append(lights, wire.PresentTrunk{Trunk: t.Trunk, State: string(t.Health), Calls: h.phones.CallsOn(t.Trunk)})
	}
	return lights
}

// spending is what the calls that go on cost at this moment.
func (h *house) spending() *wire.PresentSpend {
	return &wire.PresentSpend{Currency: h.cfg.money().Currency.Code, PerMinute: int64(h.office.desk.PerMinute())}
}

// due counts the reminders of the next ten minutes. Those that should have been
// sent a minute ago are late.
func (h *house) due(ctx context.Context) *wire.PresentDue {
	now := time.Now()
	due, late, err := h.store.RemindersDue(ctx, now.Add(10*time.Minute), now.Add(-time.Minute))
	if err != nil {
		return nil
	}
	return &wire.PresentDue{Due: due, Late: late}
}

// scores tells metrics, picture and participants what the collector makes of
// legs.
type scores struct {
	legObserver
	pulse *health.Pulse
	fares *fares
}

var _ quality.Observer = scores{}

// Classed implements quality.Observer.
func (s scores) Classed(leg quality.Leg, class quality.Class) { s.fares.classed(&leg, class) }

// Scored implements quality.Observer.
func (s scores) Scored(leg quality.Leg, sample quality.Sample, score quality.Score) {
	s.legObserver.Scored(leg, sample, score)
	s.fares.scored(&leg, &sample, &score)
}

// Finished implements quality.Observer.
func (s scores) Finished(r quality.Record) {
	s.legObserver.Finished(r)
	s.fares.forget(r.Leg.ID)
}

// Entered implements quality.Observer.
func (s scores) Entered(join quality.Join) {
	s.legObserver.Entered(join)
	s.pulse.Entered(join)
}

// Refused implements quality.Observer.
func (s scores) Refused(why quality.Refusal) {
	s.legObserver.Refused(why)
	s.pulse.Refused(why)
}

// Forgotten implements quality.Observer.
func (s scores) Forgotten(samples int) {
	s.legObserver.Forgotten(samples)
	s.pulse.Forgotten(samples)
}

// qualityConfig is how long it is kept how calls sounded.
type qualityConfig struct {
	SamplesDays  int `toml:"samples_days"`
	EvidenceDays int `toml:"evidence_days"`
	LegsDays     int `toml:"legs_days"`
	RollUpsDays  int `toml:"rollups_days"`
}

func defaultQuality() qualityConfig {
	return qualityConfig{SamplesDays: 30, EvidenceDays: 14, LegsDays: 400, RollUpsDays: 800}
}

func (q qualityConfig) retention() store.Retention {
	days := func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }
	return store.Retention{Samples: days(q.SamplesDays), Evidence: days(q.EvidenceDays), Legs: days(q.LegsDays), RollUps: days(q.RollUpsDays)}
}
