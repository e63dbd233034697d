package rules

import "fmt"

// Ratio is a share that admins go by: a counter's rate over another's, so that it
// can be had over any window.
type Ratio struct {
	Name  string   // as it is recorded: "poor_intervals"
	By    []string // labels that it is told apart by, beside the job
	Part  string   // selector of what is counted; %s is the window
	Whole string
}

// The shares of quality that have a target.
var (
	// PoorShare is over intervals, and so known while calls go on.
	PoorShare = Ratio{
		Name:  "poor_intervals",
		Part:  `sum by (job) (rate(partyline_quality_intervals_total{class="poor"}[%[1]s]))`,
		Whole: `sum by (job) (rate(partyline_quality_intervals_total{class!="unclassified"}[%[1]s]))`,
	}
	// SetUpFailures are ways in of browsers that did not get to the first sound, and
	// INVITEs that the network or a server failed. Who is busy or does not answer is
	// no failure, and neither is a stranger whom no trunk took.
	SetUpFailures = Ratio{
		Name: "set_up_failures",
		Part: `sum by (job) (rate(partyline_joins_total{kind="browser",outcome="failed"}[%[1]s]))` +
			` + (sum by (job) (rate(partyline_sip_invites_total{trunk!="",outcome=~"ineffective|refused"}[%[1]s])) or 0 * sum by (job) (partyline_joins_total))`,
		Whole: `sum by (job) (rate(partyline_joins_total{kind="browser"}[%[1]s]))` +
			` + (sum by (job) (rate(partyline_sip_invites_total{trunk!="",outcome!="redirected"}[%[1]s])) or 0 * sum by (job) (partyline_joins_total))`,
	}
	// Drops are legs that ended against everybody's will.
	Drops = Ratio{
		Name:  "drops",
		Part:  `sum by (job) (rate(partyline_quality_legs_ended_total{outcome="dropped"}[%[1]s]))`,
		Whole: `sum by (job) (rate(partyline_quality_legs_ended_total[%[1]s]))`,
	}
)

// Ratios of how calls are set up, for each trunk and direction. RFC 6076 leaves
// out redirected INVITEs; E.425 counts as effective all that got to somebody.
var (
	SER  = sip("ser", "answered", redirectedLeftOut)
	SEER = sip("seer", "answered|unavailable|busy|declined", redirectedLeftOut)
	ISA  = sip("isa", "ineffective", everyInvite)
	ASR  = sip("asr", "answered", everyInvite)
	NER  = sip("ner", "answered|busy|unavailable|unanswered|declined", everyInvite)
)

// The wholes of ratios of INVITEs.
const (
	redirectedLeftOut = `{outcome!="redirected"}`
	everyInvite       = ``
)

func sip(name, outcomes, whole string) Ratio {
	return Ratio{
		Name: name, By: []string{"trunk", "direction"},
		Part:  `sum by (job, trunk, direction) (rate(partyline_sip_invites_total{outcome=~"` + outcomes + `"}[%[1]s]))`,
		Whole: `sum by (job, trunk, direction) (rate(partyline_sip_invites_total` + whole + `[%[1]s]))`,
	}
}

// PoorTrunk is the share of poor intervals of phones over a trunk.
var PoorTrunk = Ratio{
	Name: "poor_phone_intervals", By: []string{"trunk"},
	Part:  `sum by (job, trunk) (rate(partyline_quality_intervals_total{kind="phone",class="poor"}[%[1]s]))`,
	Whole: `sum by (job, trunk) (rate(partyline_quality_intervals_total{kind="phone",class!="unclassified"}[%[1]s]))`,
}

// Over is the ratio over a window, such as "5m" or Grafana's "$__rate_interval".
// It is NaN where nothing happened.
func (r Ratio) Over(window string) string {
	return "(" + fmt.Sprintf(r.Part, window) + ")\n/\n(" + fmt.Sprintf(r.Whole, window) + ")"
}

// Recorded is the name that the ratio over a window is recorded under, as
// Prometheus advises: level, metric, operations.
func (r Ratio) Recorded(window string) string {
	level := "job"
	for _, label := range r.By {
		level += "_" + label
	}
	return level + ":partyline_" + r.Name + ":ratio_rate" + window
}

// PostDialDelay is the post-dial delay that a share of a trunk's calls stays
// within, in seconds.
func PostDialDelay(share float64, window string) string {
	return fmt.Sprintf(`histogram_quantile(%g, sum by (job, trunk, direction, le) (rate(partyline_sip_request_delay_seconds_bucket[%s])))`, share, window)
}

// CallDuration is the mean duration of calls over a trunk, in seconds (ACD).
func CallDuration(window string) string {
	return fmt.Sprintf(`sum by (job, trunk) (rate(partyline_calls_duration_seconds_sum[%[1]s]))`+"\n/\n"+`sum by (job, trunk) (rate(partyline_calls_duration_seconds_count[%[1]s]))`, window)
}
