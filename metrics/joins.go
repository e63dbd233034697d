package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"partyline/metrics/quality"
)

// Joins counts how people get in, from the click to the first sound.
type Joins struct {
	all, failed *prometheus.CounterVec
	stages      *prometheus.HistogramVec
	examples    *examples
}

func newJoins(c catalogue) *Joins {
	m := c.part("joins")
	j := &Joins{
		all:      m.counter("total", "Ways into a meeting that came to an end, well or not.", "kind", "outcome"),
		failed:   m.counter("failed_total", "Ways in that did not get to the first sound, by the stage that was not reached and why.", "kind", "stage", "cause"),
		stages:   m.histogram("stage_seconds", "From the click, or the INVITE, to a stage of a way in.", waits, "kind", "stage"),
		examples: c.examples,
	}
	for _, kind := range kinds {
		j.all.WithLabelValues(string(kind), entered)
		j.all.WithLabelValues(string(kind), failed)
	}
	return j
}

// The outcomes of a way in.
const (
	entered = "joined"
	failed  = "failed"
)

var (
	kinds  = []quality.Kind{quality.Browser, quality.Phone}
	stages = []quality.Stage{
		quality.StageClick, quality.StageMicrophone, quality.StageSignalled, quality.StageICE, quality.StageDTLS,
		quality.StageSent, quality.StageReceived, quality.StageHeard,
	}
	// failures are the causes that have a time series of their own.
	failures = []string{"denied", "no-microphone", "refused", "timeout", "network", "left"}
)

// joined counts a way in that is over. Words that are in no list of ours, which
// a client might make up, count as "other".
func (j *Joins) joined(one quality.Join) {
	kind := word(one.Kind, kinds)
	for _, step := range one.Steps {
		if step.After >= 0 && slices.Contains(stages, step.Stage) {
			j.examples.observe(j.stages.WithLabelValues(kind, string(step.Stage)), step.After, one.Leg)
		}
	}
	if one.Failed == "" {
		j.all.WithLabelValues(kind, entered).Inc()
		return
	}
	j.all.WithLabelValues(kind, failed).Inc()
	j.failed.WithLabelValues(kind, word(one.Failed, stages), word(one.Cause, failures)).Inc()
}

// word is a word of a closed list, or "other".
func word[T ~string](said T, list []T) string {
	if slices.Contains(list, said) {
		return string(said)
	}
	return "other"
}
