package grafana

import (
	"fmt"

	"partyline/metrics/rules"
)

// window is what Grafana chooses for a rate.
const window = "$__rate_interval"

// of limits a metric to the servers that were chosen.
func of(metric string, matchers ...string) string {
	inside := `job=~"$job"`
	for _, m := range matchers {
		inside += "," + m
	}
	return metric + "{" + inside + "}"
}

// rate is the sum of a counter's rates by some labels.
func rate(by, metric string, matchers ...string) string {
	return fmt.Sprintf("sum by (%s) (rate(%s[%s]))", by, of(metric, matchers...), window)
}

// percentile is that of a histogram, by some labels.
func percentile(p float64, by, metric string, matchers ...string) string {
	if by != "" {
		by += ", "
	}
	return fmt.Sprintf("histogram_quantile(%g, sum by (%sle) (rate(%s[%s])))", p, by, of(metric+"_bucket", matchers...), window)
}

// mean is that of a histogram, by some labels.
func mean(by, metric string, matchers ...string) string {
	return rate(by, metric+"_sum", matchers...) + "\n/\n" + rate(by, metric+"_count", matchers...)
}

// callQuality is the dashboard of how people hear each other.
func callQuality() dashboard {
	d := dashboard{name: "quality", title: rules.Text{English: "Partyline: call quality", Chinese: "Partyline：通话质量"}}
	d.rows = append(d.rows, now(), health())
	d.rows = append(d.rows, row{
		rules.Text{English: "Connections", Chinese: "连接"}, []panel{
			{
				title: rules.Text{English: "How connections are", Chinese: "连接质量"}, kind: stacked, unit: number,
				what:    rules.Text{English: "Each participant counts once every 5 s. Whoever says nothing is unclassified, never good.", Chinese: "每位参与者每 5 秒计一次。没有说话的人不计入“良好”，而是“未分类”。"},
				queries: []query{{"5 * " + rate("class", "partyline_quality_intervals_total"), "{{class}}"}},
			},
			{
				title: rules.Text{English: "Opinion score, estimated", Chinese: "估算的语音评分"}, kind: lines, unit: number, limit: 3.6, above: true,
				what:    rules.Text{English: "ITU-T G.107 for narrowband and G.107.1 for wideband: two scales, never to be averaged. Opus is an estimate.", Chinese: "窄带按 ITU-T G.107，宽带按 G.107.1：两种尺度不能一起平均。Opus 为估算值。"},
				queries: []query{{mean("band, direction", "partyline_quality_mos"), "{{band}} {{direction}}"}},
			},
		},
	}, row{
		rules.Text{English: "Networks", Chinese: "网络"}, []panel{
			{
				title: rules.Text{English: "Packets lost", Chinese: "丢包率"}, kind: lines, unit: share, limit: 0.03,
				queries: []query{{mean("kind, direction", "partyline_quality_loss_ratio"), "{{kind}} {{direction}}"}},
			},
			{
				title: rules.Text{English: "Sound made up", Chinese: "补偿的声音"}, kind: lines, unit: share, limit: 0.03,
				queries: []query{{mean("kind, direction", "partyline_quality_concealed_ratio"), "{{kind}} {{direction}}"}},
			},
			{
				title: rules.Text{English: "Jitter, one interval in twenty above", Chinese: "抖动（第 95 百分位）"}, kind: lines, unit: duration, limit: 0.03,
				queries: []query{{percentile(0.95, "kind, direction", "partyline_quality_jitter_seconds"), "{{kind}} {{direction}}"}},
			},
			{
				title: rules.Text{English: "Round trip, one interval in twenty above", Chinese: "往返时延（第 95 百分位）"}, kind: lines, unit: duration, limit: 0.3,
				queries: []query{{percentile(0.95, "kind", "partyline_quality_round_trip_seconds"), "{{kind}}"}},
			},
		},
	}, joins())
	return d
}

// now is a row of figures.
func now() row {
	return row{rules.Text{English: "Now", Chinese: "实时"}, []panel{
		{title: rules.Text{English: "Meetings", Chinese: "会议"}, kind: figure, unit: number, queries: []query{{"sum(" + of("partyline_meetings_running") + ")", ""}}},
		{title: rules.Text{English: "People", Chinese: "参与者"}, kind: figure, unit: number, queries: []query{{"sum by (kind) (" + of("partyline_meetings_participants") + ")", "{{kind}}"}}},
		{title: rules.Text{English: "Measured connections", Chinese: "被测量的连接"}, kind: figure, unit: number, queries: []query{{"sum by (kind) (" + of("partyline_quality_legs") + ")", "{{kind}}"}}},
		{title: rules.Text{English: "Trunks down", Chinese: "断开的线路"}, kind: figure, unit: number, limit: 1, queries: []query{{"count(max by (trunk) (" + of("partyline_trunks_up") + ") == 0) or vector(0)", ""}}},
	}}
}

// health is a row of the shares that have a target.
func health() row {
	r := row{title: rules.Text{English: "Health, against targets", Chinese: "健康度（对照目标）"}}
	titles := []rules.Text{
		{English: "Poor (target 2 %)", Chinese: "质量差（目标 2 %）"},
		{English: "Set-up failures (target 0.5 %)", Chinese: "入会或接通失败（目标 0.5 %）"},
		{English: "Drops (target 2 %)", Chinese: "意外中断（目标 2 %）"},
	}
	for i, t := range rules.Targets() {
		r.panels = append(r.panels, panel{
			title: titles[i], kind: lines, unit: share, limit: t.Most,
			queries: []query{{t.Ratio.Over("1h"), "{{job}}"}},
		})
	}
	return r
}

// joins is a row about the ways in.
func joins() row {
	return row{rules.Text{English: "Ways in", Chinese: "入会"}, []panel{
		{
			title: rules.Text{English: "Until each step, one join in twenty longer", Chinese: "到达各步骤的时间（第 95 百分位）"}, kind: lines, unit: duration,
			queries: []query{{percentile(0.95, "stage", "partyline_joins_stage_seconds", `kind="browser"`), "{{stage}}"}},
		},
		{
			title: rules.Text{English: "Why people do not get in", Chinese: "入会失败的原因"}, kind: stacked, unit: perMinute,
			queries: []query{{"60 * " + rate("stage, cause", "partyline_joins_failed_total"), "{{stage}}: {{cause}}"}},
		},
		{
			title: rules.Text{English: "Time to the first sound", Chinese: "听到第一声的时间"}, kind: heat, unit: duration,
			queries: []query{{rate("le", "partyline_joins_stage_seconds_bucket", `stage="heard"`), "{{le}}"}},
		},
	}}
}
