package grafana

import "partyline/metrics/rules"

// server is the dashboard of the program itself, and of reminders.
func server() dashboard {
	d := dashboard{name: "server", title: rules.Text{English: "Partyline: server and reminders", Chinese: "Partyline：服务器与提醒"}}
	d.rows = append(d.rows, row{rules.Text{English: "Machine", Chinese: "机器"}, []panel{
		{title: rules.Text{English: "Processor cores in use", Chinese: "占用的处理器核数"}, kind: lines, unit: number, queries: []query{{rate("instance", "process_cpu_seconds_total"), "{{instance}}"}}},
		{title: rules.Text{English: "Memory", Chinese: "内存"}, kind: lines, unit: octets, queries: []query{{"sum by (instance) (" + of("process_resident_memory_bytes") + ")", "{{instance}}"}}},
		{title: rules.Text{English: "Room left for data", Chinese: "数据目录剩余空间"}, kind: lines, unit: octets, queries: []query{{"min by (instance) (" + of("partyline_disk_free_bytes") + ")", "{{instance}}"}}},
		{title: rules.Text{English: "Goroutines", Chinese: "协程数"}, kind: lines, unit: number, queries: []query{{"sum by (instance) (" + of("go_goroutines") + ")", "{{instance}}"}}},
	}}, row{rules.Text{English: "Sound", Chinese: "声音"}, []panel{
		{title: rules.Text{English: "Packets", Chinese: "数据包"}, kind: lines, unit: perSecond, queries: []query{{rate("direction", "partyline_media_packets_total"), "{{direction}}"}}},
		{title: rules.Text{English: "Bit rate", Chinese: "码率"}, kind: lines, unit: bits, queries: []query{{"8 * " + rate("direction", "partyline_media_bytes_total"), "{{direction}}"}}},
		{title: rules.Text{English: "Packets not forwarded", Chinese: "未转发的数据包"}, kind: stacked, unit: perSecond, queries: []query{{rate("reason", "partyline_media_packets_dropped_total"), "{{reason}}"}}},
		{
			title: rules.Text{English: "Lost before, and healed by RED", Chinese: "丢失的与 RED 修复的数据包"}, kind: lines, unit: perSecond,
			queries: []query{{rate("job", "partyline_media_packets_lost_total"), "lost {{job}}"}, {rate("job", "partyline_media_packets_recovered_total"), "healed {{job}}"}},
		},
	}}, row{rules.Text{English: "Pages and sockets", Chinese: "页面与连接"}, []panel{
		{title: rules.Text{English: "Requests", Chinese: "请求"}, kind: stacked, unit: perSecond, queries: []query{{rate("status", "partyline_http_requests_total"), "{{status}}"}}},
		{title: rules.Text{English: "Time to answer, one in twenty longer", Chinese: "应答时间（第 95 百分位）"}, kind: lines, unit: duration, limit: 0.5, queries: []query{{percentile(0.95, "job", "partyline_http_request_seconds"), "{{job}}"}}},
		{title: rules.Text{English: "WebSockets", Chinese: "WebSocket 连接"}, kind: lines, unit: number, queries: []query{{"sum by (instance) (" + of("partyline_sockets_open") + ")", "{{instance}}"}}},
		{title: rules.Text{English: "Reports not believed", Chinese: "不可信的报告"}, kind: stacked, unit: perSecond, queries: []query{{rate("reason", "partyline_quality_reports_refused_total"), "{{reason}}"}}},
	}}, row{rules.Text{English: "Reminders", Chinese: "提醒"}, []panel{
		{title: rules.Text{English: "Sent", Chinese: "已发送"}, kind: stacked, unit: perMinute, queries: []query{{"60 * " + rate("channel", "partyline_reminders_sent_total"), "{{channel}}"}}},
		{title: rules.Text{English: "Late by, one in twenty more", Chinese: "迟到时间（第 95 百分位）"}, kind: lines, unit: duration, limit: 5, queries: []query{{percentile(0.95, "channel", "partyline_reminders_lateness_seconds"), "{{channel}}"}}},
		{title: rules.Text{English: "Failed", Chinese: "失败"}, kind: stacked, unit: perMinute, queries: []query{{"60 * " + rate("channel, reason", "partyline_reminders_failed_total"), "{{channel}}: {{reason}}"}}},
		{title: rules.Text{English: "Answers", Chinese: "答复"}, kind: stacked, unit: perMinute, queries: []query{{"60 * " + rate("act", "partyline_reminders_acknowledged_total"), "{{act}}"}}},
	}})
	return d
}
