package main

import (
	"time"

	"partyline/metrics"
	"partyline/metrics/quality"
	"partyline/sfu"
	"partyline/signaling"
	"partyline/signaling/wire"
	"partyline/sip"
)

// callObserver tells the metrics of phone calls and the journal of those that come
// in.
type callObserver struct {
	metrics *metrics.Metrics
	legs    *legs
	stories *stories
	lookout *lookout
}

var _ sip.Observer = callObserver{}

// CallStarted counts an INVITE and begins its record.
func (o callObserver) CallStarted(r sip.Record) {
	o.metrics.Calls.Started(r.Trunk)
	o.legs.rings(&r)
}

// CallChanged notes how far a call has come.
func (o callObserver) CallChanged(r sip.Record) { o.legs.changes(&r) }

// CallEnded counts how a call went and closes its record.
func (o callObserver) CallEnded(r sip.Record) {
	o.legs.ends(&r)
	leg := o.legs.id(&r)
	o.stories.called(leg, &r)
	o.lookout.ended(r.Cause)
	o.metrics.SIP.Signalled(leg, r.Trunk, r.Order != "", r.Signalling)
	o.metrics.Calls.Ended(metrics.Call{
		Leg: leg, Trunk: r.Trunk, Cause: r.Cause,
		Answer: between(r.Began, r.Answered), Menu: between(r.Answered, r.Entered), Duration: between(r.Answered, r.Ended),
		Sent: r.Quality.Sent, Received: r.Quality.Received, Lost: r.Quality.Lost,
		Strangers: r.Quality.Strangers, Malformed: r.Quality.Malformed,
		Jitter: r.Quality.Jitter, RoundTrip: r.Quality.RoundTrip, RemoteLoss: r.Quality.RemoteLoss,
	})
}

// between is the time from one moment to a later one, and zero where either
// never came.
func between(from, to time.Time) time.Duration {
	if from.IsZero() || to.IsZero() {
		return 0
	}
	return to.Sub(from)
}

// Digit counts a key.
func (o callObserver) Digit(method string) { o.metrics.Calls.Digit(method) }

// Prompted counts a wait.
func (o callObserver) Prompted(latency time.Duration) { o.metrics.Calls.Prompted(latency) }

// Measured is for the collector, which has it counted and shown with its score.
func (callObserver) Measured(quality.Key, quality.Sample) {}

// Glanced is for the collector as well.
func (callObserver) Glanced(quality.Key, quality.Sample) {}

// Attempted counts what became of an INVITE.
func (o callObserver) Attempted(a sip.Attempt) {
	o.metrics.SIP.Attempted(a.Trunk, a.Outbound, a.Setup)
	o.lookout.attempted(a)
}

// Happened notes what befell a call.
func (o callObserver) Happened(sip.Record, quality.Event) {}

// Traced takes what is kept of a call's signalling.
func (o callObserver) Traced(r sip.Record, _ sip.Trace) { o.legs.forget(&r) }

// sessionObserver tells the metrics of WebSockets and meetings.
type sessionObserver struct {
	*metrics.Sessions
	legs quality.Observer
}

var _ signaling.Observer = sessionObserver{}

// Reported is for the collector.
func (sessionObserver) Reported(quality.Key, quality.Sample, *wire.Facts) {}

// Refused counts a report that was not believed.
func (o sessionObserver) Refused(reason string) { o.legs.Refused(quality.Refusal(reason)) }

// Came counts and tells of a way in.
func (o sessionObserver) Came(join quality.Join) { o.legs.Entered(join) }

// watchLegs serves how many legs are measured.
func watchLegs(m *metrics.Metrics, collector *quality.Collector) {
	m.WatchLegs(func() map[quality.Kind]int {
		legs := make(map[quality.Kind]int)
		for _, one := range collector.Now() {
			legs[one.Leg.Kind]++
		}
		return legs
	})
}

// watchTraffic serves the media path's counters.
func watchTraffic(m *metrics.Metrics, hub *sfu.Hub) {
	m.WatchTraffic(func() metrics.Traffic { return metrics.Traffic(hub.Traffic()) })
}

// watchPhones serves what calls hold, and the lights of the trunks that have one.
func watchPhones(m *metrics.Metrics, phones *sip.Gateway) {
	m.WatchPhones(func() metrics.Phones { return metrics.Phones(phones.Standing()) })
	m.WatchTrunks(func() map[string]bool {
		up := make(map[string]bool)
		for _, t := range phones.Trunks() {
			if t.Health != "unknown" {
				up[t.Trunk] = t.Health == "up"
			}
		}
		return up
	})
}

// watchDisk serves the room that is left where data is kept.
func watchDisk(m *metrics.Metrics, dir string) {
	m.WatchDisk(func() (uint64, bool) {
		free, err := freeSpace(dir)
		return free, err == nil
	})
}
