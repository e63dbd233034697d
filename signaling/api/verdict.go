package api

import (
	"math"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// verdictBody is what was wrong.
type verdictBody struct {
	OK       bool          `json:"ok" doc:"nothing was found, and enough was measured to tell"`
	Sentence string        `json:"sentence" doc:"in the reader's language" example:"Nothing was wrong."`
	Findings []findingBody `json:"findings" nullable:"false" doc:"the worst first"`
	Legs     int           `json:"legs" doc:"that were looked at" example:"5"`
	Affected int           `json:"affected" doc:"of them" example:"1"`
	Missing  float64       `json:"missing" doc:"share of samples that one side alone measured, 0 to 1" example:"0.1"`
}

type findingBody struct {
	Leg      string    `json:"leg" doc:"of those who share it, the one that suffered most" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name     string    `json:"name" example:"Bob"`
	Side     string    `json:"side" enum:"said,heard" example:"said"`
	From     time.Time `json:"from"`
	To       time.Time `json:"to"`
	Cause    string    `json:"cause" enum:"uplink-loss,downlink-loss,jitter,delay,relay,dead-microphone,clipping,one-way,carrier,server-overload,server-network" example:"uplink-loss"`
	Symptom  string    `json:"symptom" enum:"loss,jitter,delay,silence,clipped,late" example:"loss"`
	Mean     float64   `json:"mean" doc:"of the symptom: a share, or ms of jitter and delay" example:"0.14"`
	Worst    float64   `json:"worst" doc:"of one sample" example:"0.3"`
	Others   []string  `json:"others" nullable:"false" doc:"legs that share it"`
	Alone    bool      `json:"alone" doc:"nobody else had anything at that time"`
	Sentence string    `json:"sentence" doc:"in the reader's language" example:"Bob lost 14 % of what he said."`
	Advice   string    `json:"advice,omitempty" doc:"what can be done, likewise" example:"A cable is better than Wi-Fi."`
}

// doubtful is the share of samples of one side alone from which nothing can be
// told.
const doubtful = 0.8

// toVerdict puts a verdict on some legs into words.
func toVerdict(v *quality.Verdict, rows []*health.Row, w *verdictWords) verdictBody {
	legs, worst := make(map[string]*quality.Leg, len(rows)), quality.Unclassified
	for _, r := range rows {
		class, _ := r.Summary.Class()
		legs[r.Leg.ID], worst = &r.Leg, max(worst, class)
	}
	b := verdictBody{
		Findings: make([]findingBody, len(v.Findings)), Legs: v.Legs, Affected: v.Affected, Missing: *rounded(v.Missing),
	}
	for i := range v.Findings {
		b.Findings[i] = toFinding(&v.Findings[i], legs, w)
	}
	switch {
	case len(b.Findings) == 1:
		b.Sentence = b.Findings[0].Sentence
	case len(b.Findings) > 1:
		b.Sentence = w.join(b.Findings[0].Sentence, w.more(len(b.Findings)-1))
	case v.Legs == 0 || v.Missing > doubtful:
		b.Sentence = w.unknown
	case worst > quality.Good:
		b.Sentence = w.unclear
	default:
		b.OK, b.Sentence = true, w.fine
	}
	return b
}

func toFinding(f *quality.Finding, legs map[string]*quality.Leg, w *verdictWords) findingBody {
	leg := legs[f.Leg]
	if leg == nil {
		leg = &quality.Leg{ID: f.Leg}
	}
	b := findingBody{
		Leg: f.Leg, Name: leg.Name, Side: string(f.Way), From: f.From, To: f.To, Cause: string(f.Fault), Symptom: string(f.Symptom),
		Mean: figureOf(f.Symptom, f.Mean), Worst: figureOf(f.Symptom, f.Worst), Others: append([]string{}, f.Others...), Alone: f.Alone,
	}
	b.Sentence, b.Advice = w.sentence(f, leg), w.adviceFor(f, leg)
	return b
}

// adviceFor does not send those to a cable who have one.
func (w *verdictWords) adviceFor(f *quality.Finding, leg *quality.Leg) string {
	switch f.Fault {
	case quality.UplinkLoss, quality.DownlinkLoss, quality.HighJitter:
		if advice := w.over[leg.Access]; advice != "" {
			return advice
		}
	}
	return w.advice[f.Fault]
}

// figureOf is a symptom's figure as pages take it: seconds become ms.
func figureOf(s quality.Symptom, figure float64) float64 {
	if s == quality.SymptomJitter || s == quality.SymptomDelay {
		return health.Milliseconds(time.Duration(figure * float64(time.Second)))
	}
	return math.Round(figure*10_000) / 10_000
}
