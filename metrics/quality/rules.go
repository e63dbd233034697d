package quality

import (
	"math"
	"time"
)

// Limits of the rules. What makes a sample Degraded is a fault when it lasts.
const (
	lossFrom    = 0.03
	jitterFrom  = 30 * time.Millisecond
	delayFrom   = 300 * time.Millisecond
	clippedFrom = 0.01
	silentBelow = -96.0 // dBov: 16 bit samples cannot tell it from nothing

	// forgiven is the pause that does not end a span, and lasting the time from
	// which a span counts, for faults that come and go and for silence.
	forgiven      = 12 * time.Second
	lasting       = 9 * time.Second
	lastingMute   = 19 * time.Second
	lastingOneWay = 9 * time.Second
)

// rule recognises one fault in one sample. Its figure is that of the symptom;
// 0 means that the sample is fine.
type rule struct {
	fault   Fault
	symptom Symptom
	way     Way
	least   time.Duration // that a span has to last
	figure  func(l *Leg, s *Sample, upstream float64) float64
}

// rules in the order in which the causes exclude each other: who says nothing
// at all loses no packets.
var rules = []rule{
	{OneWay, SymptomSilence, WaySaid, lastingOneWay, func(l *Leg, s *Sample, _ float64) float64 {
		return truth(s.Said.Packets == 0 && s.speaks() || s.Marks.Has(Unheard))
	}},
	{OneWay, SymptomSilence, WayHeard, lastingOneWay, func(_ *Leg, s *Sample, _ float64) float64 {
		return truth(s.hears() && s.Heard.Loss > 0.98)
	}},
	{DeadMicrophone, SymptomSilence, WaySaid, lastingMute, func(_ *Leg, s *Sample, _ float64) float64 {
		return truth(s.Said.Packets > 0 && s.speaks() && s.Said.Level != Unknown && s.Said.Level < silentBelow)
	}},
	{UplinkLoss, SymptomLoss, WaySaid, lasting, func(_ *Leg, s *Sample, _ float64) float64 {
		return over(s.Said.Loss, lossFrom, s.Said.Packets > 0)
	}},
	{DownlinkLoss, SymptomLoss, WayHeard, lasting, func(_ *Leg, s *Sample, upstream float64) float64 {
		lost := s.Heard.Loss
		if s.Heard.Concealed > lossFrom {
			lost = max(lost, s.Heard.Concealed)
		}
		return over(beyond(lost, upstream), lossFrom, s.hears() && s.Heard.Loss <= 0.98)
	}},
	{HighJitter, SymptomJitter, WaySaid, lasting, func(_ *Leg, s *Sample, _ float64) float64 {
		return over(s.Said.Jitter.Seconds(), jitterFrom.Seconds(), s.Said.Packets > 0)
	}},
	{HighJitter, SymptomJitter, WayHeard, lasting, func(_ *Leg, s *Sample, _ float64) float64 {
		return over(s.Heard.Jitter.Seconds(), jitterFrom.Seconds(), s.hears())
	}},
	{HighDelay, SymptomDelay, WayHeard, lasting, func(_ *Leg, s *Sample, _ float64) float64 {
		return over(s.RoundTrip.Seconds(), delayFrom.Seconds(), true)
	}},
	{Clipping, SymptomClipped, WaySaid, lasting, func(_ *Leg, s *Sample, _ float64) float64 {
		return over(s.Said.Clipped, clippedFrom, s.Said.Packets > 0)
	}},
	{ServerOverload, SymptomLate, WayHeard, lasting, func(_ *Leg, s *Sample, _ float64) float64 {
		return truth(s.Marks.Has(Overloaded))
	}},
}

// speaks tells whether the participant ought to be heard.
func (s *Sample) speaks() bool { return s.Marks&(Muted|Held|Reconnecting) == 0 }

// hears tells whether something is known of what the participant hears.
func (s *Sample) hears() bool { return s.Heard.Packets > 0 && !s.Marks.Has(Missing) }

func truth(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// over is a figure where it is known and more than a limit, and otherwise 0.
func over(figure, limit float64, known bool) float64 {
	if !known || math.IsNaN(figure) || figure <= limit {
		return 0
	}
	return figure
}

// beyond is the loss of the second of two ways, of which both lose all and the
// first one upstream.
func beyond(all, upstream float64) float64 {
	if all <= upstream || upstream >= 1 {
		return 0
	}
	return (all - upstream) / (1 - upstream)
}

// slice is a moment as coarse as samples of different legs can be compared.
type slice int64

func sliceOf(at time.Time) slice { return slice(at.UnixMilli() / 5000) }

// spoken is the loss on the way to us of who was talking in one slice.
type spoken struct {
	leg  string
	loss float64
}

// talkersLoss gathers, for each slice, those who talked and what was lost of it
// before it reached us. What never came cannot be passed on: the room keeps
// gaps of a speaker as gaps, so that browsers that listen report them as well.
func talkersLoss(lanes []Lane) map[slice][]spoken {
	lost := make(map[slice][]spoken)
	for i := range lanes {
		if lanes[i].Leg.Kind != Browser {
			continue // the room conceals what phones lost
		}
		for j := range lanes[i].Samples {
			s := &lanes[i].Samples[j]
			if s.Said.Packets > 0 && s.Said.Loss > lossFrom/3 {
				at := sliceOf(s.At)
				lost[at] = append(lost[at], spoken{lanes[i].Leg.ID, s.Said.Loss})
			}
		}
	}
	return lost
}

// upstreamOf is the most that others' uplinks can have added to what a leg lost.
// Phones hear a mix without gaps.
func upstreamOf(lost map[slice][]spoken, leg *Leg, at time.Time) float64 {
	most := 0.0
	if leg.Kind != Browser {
		return 0
	}
	for s := sliceOf(at) - 1; s <= sliceOf(at)+1; s++ {
		for _, o := range lost[s] {
			if o.leg != leg.ID {
				most = max(most, o.loss)
			}
		}
	}
	return most
}

// spansOf finds the faults of one leg.
func spansOf(lane *Lane, upstream map[slice][]spoken) []Finding {
	var found []Finding
	taken := make(map[int]Way) // samples in which one way was silent altogether
	for _, r := range rules {
		found = append(found, r.spans(lane, upstream, taken)...)
	}
	return detours(lane, found)
}

// spans are the stretches in which a rule's fault lasted.
func (r *rule) spans(lane *Lane, upstream map[slice][]spoken, taken map[int]Way) []Finding {
	var found []Finding
	var open *Finding
	bad, begun := 0, 0
	end := func() {
		if open != nil && open.To.Sub(open.From) >= r.least && 2*bad >= begun {
			open.Mean /= float64(bad)
			found = append(found, *open)
		}
		open, bad, begun = nil, 0, 0
	}
	for i := range lane.Samples {
		s := &lane.Samples[i]
		if open != nil && s.At.Add(-s.Span).Sub(open.To) > forgiven {
			end()
		}
		begun++
		if taken[i] == r.way && r.symptom != SymptomSilence {
			continue
		}
		figure := r.figure(&lane.Leg, s, upstreamOf(upstream, &lane.Leg, s.At))
		if figure == 0 {
			continue
		}
		if r.symptom == SymptomSilence {
			taken[i] = r.way
		}
		if open == nil {
			open, bad, begun = &Finding{Fault: r.fault, Symptom: r.symptom, Leg: lane.Leg.ID, Way: r.way, From: s.At.Add(-s.Span)}, 0, 1
		}
		bad++
		open.To = s.At
		open.Mean += figure
		open.Worst = max(open.Worst, figure)
	}
	end()
	return found
}

// detours renames what a leg suffers on a relay or over TCP, which turns loss
// into delay and jitter: the detour is the cause.
func detours(lane *Lane, found []Finding) []Finding {
	for i := range found {
		f := &found[i]
		if f.Symptom != SymptomJitter && f.Symptom != SymptomDelay {
			continue
		}
		around, all := 0, 0
		for j := range lane.Samples {
			if s := &lane.Samples[j]; s.At.After(f.From) && !s.At.After(f.To) {
				all++
				if s.Marks&(Relayed|OverTCP) != 0 {
					around++
				}
			}
		}
		if 2*around > all {
			f.Fault = Detour
		}
	}
	return found
}
