package rules

import "time"

// phones are the alerts about telephony.
func phones() []Rule {
	return []Rule{
		{
			Alert: "PartylineTrunkDown", Expr: `max by (job, trunk) (partyline_trunks_up) == 0`, For: 2 * time.Minute, Severity: Critical,
			Summary: Text{"Trunk {{ $labels.trunk }} is down: nobody can be called over it", "线路 {{ $labels.trunk }} 已断开：无法通过它呼出"},
			Advice:  Text{"Open Trunks: its light says why. Tell the carrier, or let calls go over another trunk.", "打开“线路”：指示灯会说明原因。请联系运营商，或改用其他线路。"},
		},
		{
			Alert: "PartylineCallsNotDelivered",
			Expr: NER.Recorded("1h") + `{trunk!="",direction="out"} < 0.85` + "\nand\n" +
				`sum by (job, trunk, direction) (increase(partyline_sip_invites_total{direction="out"}[1h])) > 20`,
			For: 10 * time.Minute, Severity: Warning,
			Summary: Text{"Only {{ $value | humanizePercentage }} of calls over {{ $labels.trunk }} got to a phone (NER)", "线路 {{ $labels.trunk }} 仅有 {{ $value | humanizePercentage }} 的呼叫到达对方电话（NER）"},
			Advice:  Text{"Open Quality, Trunks: the codes say what the carrier answers.", "打开“质量”中的“线路”：应答码会说明运营商的答复。"},
		},
		{
			Alert: "PartylineTrunkSoundsPoor",
			Expr: PoorTrunk.Recorded("15m") + ` > 0.1` + "\nand\n" +
				`sum by (job, trunk) (increase(partyline_quality_intervals_total{kind="phone",class!="unclassified"}[15m])) > 60`,
			For: 5 * time.Minute, Severity: Warning,
			Summary: Text{"{{ $value | humanizePercentage }} of the time phones over {{ $labels.trunk }} sound poor", "线路 {{ $labels.trunk }} 上的电话有 {{ $value | humanizePercentage }} 的时间音质差"},
			Advice:  Text{"Send the carrier the evidence file of one of these calls, from the page of its leg.", "在通话详情页下载其中一个通话的证据文件，发给运营商。"},
		},
		{
			Alert: "PartylineSlowToRing",
			Expr: PostDialDelay(0.95, "30m") + ` > 10` + "\nand\n" +
				`sum by (job, trunk, direction) (increase(partyline_sip_request_delay_seconds_count[30m])) > 20`,
			For: 10 * time.Minute, Severity: Warning,
			Summary: Text{"One call in twenty over {{ $labels.trunk }} takes {{ $value | humanizeDuration }} or longer until it rings", "线路 {{ $labels.trunk }} 上每二十个呼叫就有一个要等 {{ $value | humanizeDuration }} 以上才响铃"},
			Advice:  Text{"Ask the carrier about its post-dial delay.", "请向运营商询问拨号后时延。"},
		},
		{
			Alert: "PartylinePinGuessing", Expr: `sum by (job) (increase(partyline_calls_ended_total{cause="out-of-tries"}[10m])) > 10`, Severity: Warning,
			Summary: Text{"{{ $value | printf \"%.0f\" }} callers ran out of tries at meeting codes within ten minutes", "十分钟内有 {{ $value | printf \"%.0f\" }} 个来电输错会议号码过多"},
			Advice:  Text{"Somebody may be guessing. The lock slows them down; see Calls for where they call from.", "可能有人在猜号码。系统会自动限速；请在“通话记录”中查看来电来源。"},
		},
		{
			Alert: "PartylineCallsTurnedAway", Expr: `sum by (job) (increase(partyline_sip_invites_shed_total[5m])) > 0`, Severity: Critical,
			Summary: Text{"{{ $value | printf \"%.0f\" }} calls were turned away for overload within five minutes", "五分钟内有 {{ $value | printf \"%.0f\" }} 个来电因过载被拒绝"},
			Advice:  Text{"Raise sip.max_calls or sip.rate if the machine has room; else see who calls so much.", "如果机器有余量，请提高 sip.max_calls 或 sip.rate；否则请查看是谁在大量呼叫。"},
		},
	}
}

// service are the alerts about the server itself.
func service() []Rule {
	return []Rule{
		{
			Alert: "PartylineGone", Expr: `absent(partyline_build_info)`, For: 3 * time.Minute, Severity: Critical,
			Summary: Text{"No Partyline answers Prometheus", "Prometheus 读取不到任何 Partyline 服务"},
			Advice:  Text{"See whether it runs: `partyline healthz`, and the log.", "请检查服务是否在运行：`partyline healthz` 以及日志。"},
		},
		{
			Alert: "PartylineDiskLow", Expr: `min by (job, instance) (partyline_disk_free_bytes) < 1073741824`, For: 10 * time.Minute, Severity: Warning,
			Summary: Text{"Only {{ $value | humanize1024 }}B are free where data is kept", "数据目录只剩 {{ $value | humanize1024 }}B"},
			Advice:  Text{"Make room, or keep recordings and figures for fewer days.", "请腾出空间，或缩短录音和质量数据的保留天数。"},
		},
		{
			Alert: "PartylineDiskFull", Expr: `min by (job, instance) (partyline_disk_free_bytes) < 104857600`, For: time.Minute, Severity: Critical,
			Summary: Text{"Only {{ $value | humanize1024 }}B are free: nothing can be saved soon", "只剩 {{ $value | humanize1024 }}B：很快将无法保存任何数据"},
			Advice:  Text{"Make room now.", "请立即腾出空间。"},
		},
		{
			Alert:   "PartylineServerTooSlow",
			Expr:    `sum by (job, instance) (rate(partyline_media_packets_dropped_total{reason="unsent"}[5m])) / sum by (job, instance) (rate(partyline_media_packets_total{direction="out"}[5m])) > 0.01`,
			For:     2 * time.Minute,
			Summary: Text{"This server cannot send {{ $value | humanizePercentage }} of its sound: everybody hears holes", "服务器有 {{ $value | humanizePercentage }} 的声音发不出去：所有人都会听到断续"}, Severity: Critical,
			Advice: Text{"See the machine's load and its network.", "请检查机器负载和网络。"},
		},
		{
			Alert: "PartylineRemindersLate", Expr: `sum by (job, channel) (increase(partyline_reminders_missed_windows_total[15m])) > 0`, Severity: Warning,
			Summary: Text{"{{ $value | printf \"%.0f\" }} reminders by {{ $labels.channel }} were more than five minutes late", "通过 {{ $labels.channel }} 发送的 {{ $value | printf \"%.0f\" }} 条提醒迟了五分钟以上"},
			Advice:  Text{"See Bots or the mail server's settings, and press Test.", "请检查“机器人”或邮件服务器的设置，并点击“测试”。"},
		},
		{
			Alert: "PartylineRemindersFail",
			Expr: `sum by (job, channel) (increase(partyline_reminders_failed_total[1h])) > 3` + "\nand\n" +
				`sum by (job, channel) (increase(partyline_reminders_failed_total[1h])) > 0.2 * (sum by (job, channel) (increase(partyline_reminders_sent_total[1h])) or 0 * sum by (job, channel) (partyline_reminders_failed_total))`,
			Severity: Warning,
			Summary:  Text{"{{ $value | printf \"%.0f\" }} reminders by {{ $labels.channel }} failed within an hour", "一小时内通过 {{ $labels.channel }} 发送的 {{ $value | printf \"%.0f\" }} 条提醒失败"},
			Advice:   Text{"See Bots or the mail server's settings, and press Test.", "请检查“机器人”或邮件服务器的设置，并点击“测试”。"},
		},
		{
			Alert: "PartylinePagesFail",
			Expr: `sum by (job) (rate(partyline_http_requests_total{status=~"5.."}[5m])) / sum by (job) (rate(partyline_http_requests_total[5m])) > 0.02` + "\nand\n" +
				`sum by (job) (increase(partyline_http_requests_total{status=~"5.."}[5m])) > 5`,
			For: 5 * time.Minute, Severity: Warning,
			Summary: Text{"{{ $value | humanizePercentage }} of requests fail", "{{ $value | humanizePercentage }} 的请求失败"},
			Advice:  Text{"See the log; the database or the disk may be away.", "请查看日志；可能是数据库或磁盘不可用。"},
		},
		{
			Alert: "PartylineFiguresLost", Expr: `sum by (job) (increase(partyline_quality_samples_forgotten_total[15m])) > 0`, Severity: Warning,
			Summary: Text{"Quality figures could not be stored and are missing from the pages", "质量数据无法保存，页面上会有缺失"},
			Advice:  Text{"See whether the database answers and the disk has room.", "请检查数据库是否可用、磁盘是否有空间。"},
		},
		{
			Alert: "PartylineReportsRefused", Expr: `sum by (job, reason) (rate(partyline_quality_reports_refused_total[10m])) > 1`, For: 10 * time.Minute, Severity: Warning,
			Summary: Text{"{{ $value | printf \"%.1f\" }} reports a second are not believed ({{ $labels.reason }})", "每秒有 {{ $value | printf \"%.1f\" }} 份报告不可信（{{ $labels.reason }}）"},
			Advice:  Text{"A broken or hostile client. See Now for who is in which meeting.", "可能是有故障或恶意的客户端。请在“实时”页面查看。"},
		},
	}
}
