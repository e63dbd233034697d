package rules

import (
	"fmt"
	"slices"
	"time"
)

// Target is what a share should stay below, over three days.
type Target struct {
	Ratio Ratio
	Most  float64 // share of 1
	// Enough is an expression that is there when so much happened in the last
	// hour that a share means something.
	Enough string
	name   string // in alerts
	what   Text
	advice Text
}

// Targets are those that every page of quality shows.
func Targets() []Target {
	return []Target{
		{
			PoorShare, 0.02, `sum by (job) (increase(partyline_quality_intervals_total{class!="unclassified"}[1h])) > 120`, "PoorQuality",
			Text{"poor call quality", "通话质量差"},
			Text{
				"Open Quality, Break-downs: see which site, network, browser or trunk the poor calls have in common.",
				"打开“质量”中的“细分”：看看质量差的通话集中在哪个地点、网络、浏览器或线路。",
			},
		},
		{
			SetUpFailures, 0.005, `sum by (job) (increase(partyline_joins_total[1h])) > 10`, "SetUpFailures",
			Text{"people who could not get in, or calls that could not be set up", "有人无法入会，或电话无法接通"},
			Text{
				"Open Quality, Joins: see which step fails and why. For phones see Trunks.",
				"打开“质量”中的“入会”：看看哪一步失败以及原因。电话请看“线路”。",
			},
		},
		{
			Drops, 0.02, `sum by (job) (increase(partyline_quality_legs_ended_total[1h])) > 10`, "Drops",
			Text{"dropped calls", "通话意外中断"},
			Text{
				"Open Quality, Meetings: see whose connection was lost, and whether they share a network or a trunk.",
				"打开“质量”中的“会议”：看看是谁的连接中断了，是否在同一网络或线路上。",
			},
		},
	}
}

// burn is how fast the share that the target allows is being used up: by which
// factor, looked at over a long window and, so that the alert ends soon after
// the trouble does, a short one.
type burn struct {
	factor      float64
	long, short string
	wait        time.Duration
	severity    Severity
	name        string
}

// burns follow Google's SRE workbook, for a target over three days: a tenth of
// what is allowed within an hour, a quarter within six, all within three days.
var burns = []burn{
	{7.2, "1h", "5m", 2 * time.Minute, Critical, "Fast"},
	{3, "6h", "30m", 15 * time.Minute, Warning, "Steady"},
	{1, "3d", "6h", time.Hour, Warning, "Slow"},
}

// windows are those that targets are looked at over.
var windows = []string{"5m", "30m", "1h", "6h", "3d"}

// recorded are the ratios that alerts and dashboards look at.
func recorded() []Rule {
	var rules []Rule
	add := func(r Ratio, windows ...string) {
		for _, w := range windows {
			rules = append(rules, Rule{Record: r.Recorded(w), Expr: r.Over(w)})
		}
	}
	for _, t := range Targets() {
		add(t.Ratio, windows...)
	}
	for _, r := range []Ratio{SER, SEER, ISA, ASR, NER, PoorTrunk} {
		add(r, "15m", "1h")
	}
	return rules
}

// targets are the alerts that a target is being missed.
func targets() []Rule {
	var rules []Rule
	for _, t := range Targets() {
		for _, b := range burns {
			most := min(t.Most*b.factor, 0.9)
			rules = append(rules, Rule{
				Alert: "Partyline" + t.name + b.name,
				Expr: fmt.Sprintf("%s > %.4g\nand\n%s > %.4g\nand\n%s",
					t.Ratio.Recorded(b.long), most, t.Ratio.Recorded(b.short), most, t.Enough),
				For: b.wait, Severity: b.severity,
				Summary: Text{
					fmt.Sprintf("{{ $value | humanizePercentage }} of the last %s: %s (target %.2g %%)", span(b.long).English, t.what.English, t.Most*100),
					fmt.Sprintf("最近%s%s的比例为 {{ $value | humanizePercentage }}（目标 %.2g %%）", span(b.long).Chinese, t.what.Chinese, t.Most*100),
				},
				Advice: t.advice,
			})
		}
	}
	return slices.Clip(rules)
}

// span is a window in words.
func span(window string) Text {
	switch window {
	case "1h":
		return Text{"hour", "一小时"}
	case "6h":
		return Text{"six hours", "六小时"}
	default:
		return Text{"three days", "三天"}
	}
}
