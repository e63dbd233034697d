package grafana

import "partyline/metrics/rules"

// telephony is the dashboard of trunks and phone calls.
func telephony() dashboard {
	d := dashboard{name: "telephony", title: rules.Text{English: "Partyline: telephony", Chinese: "Partyline：电话"}}
	d.rows = append(d.rows, row{rules.Text{English: "Now", Chinese: "实时"}, []panel{
		{title: rules.Text{English: "Trunks", Chinese: "线路"}, kind: figure, unit: number, limit: 1, above: true, queries: []query{{"max by (trunk) (" + of("partyline_trunks_up") + ")", "{{trunk}}"}}},
		{title: rules.Text{English: "Calls", Chinese: "通话"}, kind: figure, unit: number, queries: []query{{"sum by (trunk) (" + of("partyline_calls_running") + ")", "{{trunk}}"}}},
		{title: rules.Text{English: "Registered phones", Chinese: "已注册的话机"}, kind: figure, unit: number, queries: []query{{"sum(" + of("partyline_sip_registered_phones") + ")", ""}}},
		{title: rules.Text{English: "Banned addresses", Chinese: "被封禁的地址"}, kind: figure, unit: number, queries: []query{{"sum(" + of("partyline_sip_banned_sources") + ")", ""}}},
	}}, ratios(), row{rules.Text{English: "Set-up", Chinese: "呼叫建立"}, []panel{
		{
			title: rules.Text{English: "How INVITEs end", Chinese: "INVITE 的结果"}, kind: stacked, unit: perMinute,
			queries: []query{{"60 * " + rate("trunk, direction, outcome", "partyline_sip_invites_total"), "{{trunk}} {{direction}}: {{outcome}}"}},
		},
		{
			title: rules.Text{English: "Until it rings (PDD), one call in twenty longer", Chinese: "拨号后时延 PDD（第 95 百分位）"}, kind: lines, unit: duration, limit: 10,
			queries: []query{{percentile(0.95, "trunk, direction", "partyline_sip_request_delay_seconds"), "{{trunk}} {{direction}}"}},
		},
		{
			title: rules.Text{English: "Until somebody answers, median", Chinese: "应答时间（中位数）"}, kind: lines, unit: duration,
			queries: []query{{percentile(0.5, "trunk, direction", "partyline_sip_answer_delay_seconds"), "{{trunk}} {{direction}}"}},
		},
		{
			title: rules.Text{English: "Messages sent again", Chinese: "重传的消息"}, kind: lines, unit: perMinute,
			queries: []query{{"60 * " + rate("trunk, direction", "partyline_sip_retransmissions_total"), "{{trunk}} {{direction}}"}},
		},
	}}, row{rules.Text{English: "Calls", Chinese: "通话"}, []panel{
		{
			title: rules.Text{English: "What ends calls", Chinese: "通话结束的原因"}, kind: stacked, unit: perMinute,
			queries: []query{{"60 * " + rate("cause", "partyline_calls_ended_total"), "{{cause}}"}},
		},
		{
			title: rules.Text{English: "Mean duration (ACD)", Chinese: "平均通话时长 ACD"}, kind: lines, unit: duration,
			queries: []query{{rules.CallDuration("1h"), "{{trunk}}"}},
		},
		{
			title: rules.Text{English: "Poor sound of phones", Chinese: "电话音质差的比例"}, kind: lines, unit: share, limit: 0.02,
			queries: []query{{rules.PoorTrunk.Over("1h"), "{{trunk}}"}},
		},
		{
			title: rules.Text{English: "Turned away unread", Chinese: "未读即拒绝的消息"}, kind: stacked, unit: perMinute,
			queries: []query{{"60 * " + rate("reason", "partyline_sip_dropped_total"), "{{reason}}"}},
		},
	}})
	return d
}

// ratios is a row of those of RFC 6076 and E.425.
func ratios() row {
	r := row{title: rules.Text{English: "Set-up ratios over an hour", Chinese: "一小时内的接通比率"}}
	for _, one := range []struct {
		ratio rules.Ratio
		title rules.Text
	}{
		{rules.ASR, rules.Text{English: "ASR: answered", Chinese: "ASR：应答率"}},
		{rules.NER, rules.Text{English: "NER: got to a phone", Chinese: "NER：网络接通率"}},
		{rules.SER, rules.Text{English: "SER (RFC 6076)", Chinese: "SER（RFC 6076）"}},
		{rules.SEER, rules.Text{English: "SEER (RFC 6076)", Chinese: "SEER（RFC 6076）"}},
		{rules.ISA, rules.Text{English: "ISA: failed attempts (RFC 6076)", Chinese: "ISA：无效尝试（RFC 6076）"}},
	} {
		r.panels = append(r.panels, panel{
			title: one.title, kind: lines, unit: share,
			queries: []query{{one.ratio.Over("1h"), "{{trunk}} {{direction}}"}},
		})
	}
	return r
}
