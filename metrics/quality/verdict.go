package quality

import (
	"cmp"
	"slices"
	"time"
)

// Lane is one leg of a meeting with what is stored of it, in the order of time.
type Lane struct {
	Leg     Leg
	Samples []Sample
	Events  []Event
}

// Fault is what was wrong.
type Fault string

// The faults.
const (
	UplinkLoss     Fault = "uplink-loss"     // the participant's packets got lost on the way to us
	DownlinkLoss   Fault = "downlink-loss"   // ours on the way to the participant
	HighJitter     Fault = "jitter"          // packets came unevenly
	HighDelay      Fault = "delay"           // the way is long
	Detour         Fault = "relay"           // media went by TCP or a relay, and suffered from it
	DeadMicrophone Fault = "dead-microphone" // unmuted, and there was nothing but digital silence
	Clipping       Fault = "clipping"        // the microphone is set too loud
	OneWay         Fault = "one-way"         // nothing at all came, or nothing arrived
	CarrierFault   Fault = "carrier"         // the telephone network between us and the phones of one trunk
	ServerOverload Fault = "server-overload" // this server was too late for everybody
	ServerNetwork  Fault = "server-network"  // everybody suffered at once: the network is this server's
)

// Symptom is what people noticed of a fault.
type Symptom string

// The symptoms.
const (
	SymptomLoss    Symptom = "loss"    // holes; Figure is a share
	SymptomJitter  Symptom = "jitter"  // holes and stretched sound; Figure is seconds
	SymptomDelay   Symptom = "delay"   // people talk over each other; Figure is seconds there and back
	SymptomSilence Symptom = "silence" // nothing; Figure is 1
	SymptomClipped Symptom = "clipped" // harsh sound; Figure is a share of samples
	SymptomLate    Symptom = "late"    // the mix came late; Figure is 1
)

// Way is a direction, as the participant of the leg sees it.
type Way string

// The ways.
const (
	WaySaid  Way = "said"
	WayHeard Way = "heard"
)

// Finding is one fault on one leg, or of what its fellows share.
type Finding struct {
	Fault    Fault
	Symptom  Symptom
	Leg      string // id; of those who share the fault, the one that suffered most
	Way      Way
	From, To time.Time
	Mean     float64  // of the symptom's figure within the span
	Worst    float64  // of one sample
	Others   []string // ids of the other legs that share the fault
	Alone    bool     // nobody else had any fault at that time
}

// Verdict is what was wrong in a meeting, the worst first.
type Verdict struct {
	Findings []Finding
	Legs     int     // that were looked at
	Affected int     // that have, or share, a finding
	Missing  float64 // share of samples whose other side reported nothing
}

// Judge finds what was wrong from the samples of all legs of one meeting.
func Judge(lanes []Lane) Verdict {
	v := Verdict{Legs: len(lanes), Missing: missing(lanes)}
	spans := make([]Finding, 0, len(lanes))
	upstream := talkersLoss(lanes)
	for i := range lanes {
		spans = append(spans, spansOf(&lanes[i], upstream)...)
	}
	legs := make(map[string]*Leg, len(lanes))
	for i := range lanes {
		legs[lanes[i].Leg.ID] = &lanes[i].Leg
	}
	v.Findings = shared(spans, legs, lanes)
	alone(v.Findings)
	slices.SortStableFunc(v.Findings, func(a, b Finding) int { return cmp.Compare(b.weight(), a.weight()) })
	v.Affected = affected(v.Findings)
	return v
}

// weight ranks findings: how bad, for how long, for how many.
func (f *Finding) weight() float64 {
	badness := 1.0
	switch f.Symptom {
	case SymptomLoss:
		badness = f.Mean / 0.03
	case SymptomJitter:
		badness = f.Mean / 0.030
	case SymptomDelay:
		badness = f.Mean / 0.300
	case SymptomSilence, SymptomLate:
		badness = 20
	case SymptomClipped:
		badness = f.Mean / clippedFrom
	}
	return badness * f.To.Sub(f.From).Seconds() * float64(1+len(f.Others))
}

func missing(lanes []Lane) float64 {
	all, without := 0, 0
	for i := range lanes {
		for j := range lanes[i].Samples {
			all++
			if lanes[i].Samples[j].Marks.Has(Missing) {
				without++
			}
		}
	}
	if all == 0 {
		return 1
	}
	return float64(without) / float64(all)
}

// alone marks the findings that no other leg's finding overlaps.
func alone(findings []Finding) {
	for i := range findings {
		f := &findings[i]
		f.Alone = len(f.Others) == 0 && !slices.ContainsFunc(findings, func(o Finding) bool {
			return o.Leg != f.Leg && o.From.Before(f.To) && f.From.Before(o.To)
		})
	}
}

func affected(findings []Finding) int {
	legs := make(map[string]struct{})
	for i := range findings {
		legs[findings[i].Leg] = struct{}{}
		for _, other := range findings[i].Others {
			legs[other] = struct{}{}
		}
	}
	return len(legs)
}
