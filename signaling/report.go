package signaling

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"golang.org/x/time/rate"

	"partyline/metrics/quality"
	"partyline/signaling/wire"
)

// Why what a browser reports is not believed; Observer.Refused counts them.
const (
	refusedShare = "share" // of more than all, or of less than nothing
	refusedTime  = "time"  // that no network takes
	refusedCount = "count" // of more packets than come in that while
	refusedLevel = "level" // louder than loud
	refusedSpan  = "span"  // an interval too short or too long
	refusedClock = "clock" // of a browser that jumps
	refusedFlood = "flood" // more reports than there is time for
	refusedLeg   = "leg"   // one that is not, or no longer
	refusedStage = "stage" // of a join, unknown or out of order
)

const (
	shortestSpan  = 200 * time.Millisecond
	longestSpan   = 30 * time.Second
	longestWait   = 10 * time.Minute // of whatever is measured in a network
	longestJoin   = 30 * time.Minute
	mostPackets   = 1000 // per second: of 10 ms of sound, in up to eight slots
	mostStreams   = 8    // that are heard at once
	mostBitrate   = 50_000_000
	shortestRun   = 5 * time.Millisecond // that is concealed at a time: decoders work in steps of 10 ms
	quietest      = -127.0               // dBov
	longestFact   = 80                   // bytes
	reportsEvery  = 1500 * time.Millisecond
	reportsAtOnce = 5
	// clockJump is how late a report may come behind the soonest before its
	// browser's clock is not the one it was.
	clockJump = time.Minute
	// clockWrong is how far a clock may be off at all.
	clockWrong = 100 * 365 * 24 * time.Hour
)

// reports is what a session keeps of what it was told. Whoever has the turn uses
// it.
type reports struct {
	limit *rate.Limiter
	off   time.Duration // of the browser's clock behind ours, by the report that took the shortest way
	known bool
	marks quality.Marks // by the facts
}

func newReports() reports {
	return reports{limit: rate.NewLimiter(rate.Every(reportsEvery), reportsAtOnce)}
}

// read is our time of what a browser says was then. It reports false when its
// clock has jumped; from then on the new one counts.
func (r *reports) read(at, now time.Time) (time.Time, bool) {
	off := now.Sub(at)
	if off.Abs() > clockWrong {
		return time.Time{}, false
	}
	jumped := r.known && (off-r.off).Abs() > clockJump
	if !r.known || off < r.off || jumped {
		r.off, r.known = off, true
	}
	return at.Add(r.off), !jumped
}

// stats takes a browser's report. One that makes no sense is left out.
func (c *conversation) stats(_ context.Context, m *wire.Stats) (wire.Message, error) {
	seat := c.session.seated()
	sample, why := c.session.reports.sample(m, time.Now())
	switch {
	case seat == nil:
		why = refusedLeg
	case why == "":
		seat.room.mail.put(func() { seat.room.reported(seat.number, m, sample) })
		return nil, nil
	}
	c.server.observer.Refused(why)
	return nil, nil
}

// reported passes a report on, unless it is about a leg that is no more.
func (r *room) reported(number uint32, m *wire.Stats, sample quality.Sample) {
	if !r.hasLeg(number, m.Leg) {
		r.observer.Refused(refusedLeg)
		return
	}
	r.observer.Reported(quality.Key{Room: r.id, Participant: number, Leg: m.Leg}, sample, m.Facts)
}

// sample is a report as a sample, or why it cannot be one.
func (r *reports) sample(m *wire.Stats, now time.Time) (s quality.Sample, why string) {
	span := time.Duration(m.Span) * time.Millisecond
	if m.Span < shortestSpan.Milliseconds() || m.Span > longestSpan.Milliseconds() {
		return s, refusedSpan
	}
	at, ok := r.read(time.UnixMilli(m.At), now)
	if !ok {
		return s, refusedClock
	}
	if !r.limit.AllowN(now, 1) {
		return s, refusedFlood
	}
	said, why := streamOf(&m.Said, span)
	if why != "" {
		return s, why
	}
	heard, why := streamOf(&m.Heard, span)
	if why != "" {
		return s, why
	}
	if !possible(m.RTT, longestWait) {
		return s, refusedTime
	}
	r.learn(m.Facts)
	s = quality.Sample{At: at, Span: span, Said: said, Heard: heard, RoundTrip: milliseconds(m.RTT), Marks: r.marks}
	if m.Muted {
		s.Marks |= quality.Muted
	}
	return s, ""
}

// learn notes how the leg goes through the network, and cuts what is too long.
func (r *reports) learn(f *wire.Facts) {
	if f == nil {
		return
	}
	for _, text := range []*string{&f.Codec, &f.Access, &f.Device, &f.Agent, &f.System, &f.Transport, &f.Candidate} {
		*text = cut(*text)
	}
	f.Device = impersonal(f.Device)
	r.marks = 0
	if f.Candidate == "relay" {
		r.marks |= quality.Relayed
	}
	if f.Transport == "tcp" || f.Transport == "tls" {
		r.marks |= quality.OverTCP
	}
}

// cut is a text without what cannot be printed, and not longer than a fact.
func cut(text string) string {
	kept := make([]rune, 0, longestFact)
	size := 0
	for _, c := range text {
		if !unicode.IsPrint(c) {
			continue
		}
		if size += len(string(c)); size > longestFact {
			break
		}
		kept = append(kept, c)
	}
	return string(kept)
}

// impersonal is a microphone's label without whose it is: "Ann’s AirPods".
func impersonal(label string) string {
	for _, mark := range []string{"’s ", "'s ", "的"} {
		if _, rest, found := strings.Cut(label, mark); found && rest != "" {
			return rest
		}
	}
	return label
}

// streamOf is one direction of a report, or why it cannot be.
func streamOf(d *wire.Direction, span time.Duration) (s quality.Stream, why string) {
	for _, share := range []float64{d.Loss, d.Concealed, d.Silent, d.Clipped, d.Talking} {
		if !(share >= 0 && share <= 1) {
			return s, refusedShare
		}
	}
	for _, ms := range []float64{d.Jitter, d.Spread, d.Buffer, d.Run} {
		if !possible(ms, longestWait) {
			return s, refusedTime
		}
	}
	most := int64(span.Seconds()*mostPackets) + mostPackets
	for _, n := range []int64{d.Packets, d.Gap, d.Late, d.Healed, d.Events} {
		if n < 0 || n > most {
			return s, refusedCount
		}
	}
	if d.Bitrate < 0 || d.Bitrate > mostBitrate {
		return s, refusedCount
	}
	level := quality.Unknown
	if d.Level != nil {
		level = *d.Level
		if !(level >= quietest && level <= 0) {
			return s, refusedLevel
		}
	}
	if !(d.Swing >= 0 && d.Swing <= -quietest) {
		return s, refusedLevel
	}
	return quality.Stream{
		Packets: uint64(d.Packets), Loss: d.Loss, Burst: burstOf(d, span), Gap: int(d.Gap), Late: uint64(d.Late), Healed: uint64(d.Healed),
		Concealed: d.Concealed, Jitter: milliseconds(d.Jitter), Spread: milliseconds(d.Spread), Buffer: milliseconds(d.Buffer),
		Bitrate: int(d.Bitrate), Level: level, Swing: d.Swing, Clipped: d.Clipped, Talking: d.Talking,
	}, ""
}

// burstOf is the burst ratio of what was concealed, or 0, not known, where the
// counters do not fit together: each browser has its own idea of an event.
func burstOf(d *wire.Direction, span time.Duration) float64 {
	run := milliseconds(d.Run)
	if d.Events == 0 || d.Concealed == 0 || run < shortestRun || float64(d.Events)*d.Run > mostStreams*float64(span.Milliseconds()) {
		return 0
	}
	return quality.ConcealedBurst(run, d.Concealed)
}

// possible tells whether milliseconds are some, and not too many.
func possible(ms float64, most time.Duration) bool {
	return ms >= 0 && ms <= float64(most.Milliseconds())
}

func milliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// stages are those of a browser's join, in their order.
var stages = []quality.Stage{
	quality.StageClick, quality.StageMicrophone, quality.StageSignalled, quality.StageICE, quality.StageDTLS,
	quality.StageSent, quality.StageReceived, quality.StageHeard,
}

// causes are why joins fail; others are "other".
var causes = []string{"denied", "no-microphone", "refused", "timeout", "network", "left", "other"}

// joins takes what a browser tells of somebody's way in.
func (c *conversation) joins(_ context.Context, m *wire.Joins) (wire.Message, error) {
	now := time.Now()
	join, ok := joinOf(m, now)
	switch {
	case !ok:
		c.server.observer.Refused(refusedStage)
	case !c.session.reports.limit.AllowN(now, 1):
		c.server.observer.Refused(refusedFlood)
	default:
		if m.Leg != "" {
			join.Leg = c.session.stayed()
		}
		c.server.observer.Came(join)
	}
	return nil, nil
}

// joinOf is a join as it was told, unless that makes no sense.
func joinOf(m *wire.Joins, now time.Time) (quality.Join, bool) {
	longest := longestJoin.Milliseconds()
	if m.Ago < 0 || m.Ago > longest || m.Failed != "" && !slices.Contains(stages, quality.Stage(m.Failed)) {
		return quality.Join{}, false
	}
	join := quality.Join{
		Kind: quality.Browser, Began: now.Add(-time.Duration(m.Ago) * time.Millisecond),
		Steps: make([]quality.Step, len(m.Steps)), Failed: quality.Stage(m.Failed),
	}
	last := -1
	for i, s := range m.Steps {
		place := slices.Index(stages, quality.Stage(s.Stage))
		if place <= last || s.MS < 0 || s.MS > longest {
			return quality.Join{}, false
		}
		last = place
		join.Steps[i] = quality.Step{Stage: stages[place], After: time.Duration(s.MS) * time.Millisecond}
	}
	if join.Failed != "" {
		join.Cause = "other"
		if slices.Contains(causes, m.Cause) {
			join.Cause = m.Cause
		}
	}
	return join, true
}
