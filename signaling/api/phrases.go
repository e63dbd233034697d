package api

import (
	"fmt"

	"partyline/signaling/internal/ical"
	"partyline/sip/billing"
)

// chinese translates the sentences that may be shown, those of auth included.
// What is missing is shown in English.
var chinese = map[string]string{
	"The request was not understood.":                                                                       "无法理解该请求。",
	"Something in the request is not valid; see the fields.":                                                "请求中有无效内容，请查看各字段。",
	"The request is too large.":                                                                             "请求过大。",
	"The request came in too slowly. Try again.":                                                            "请求传输过慢，请重试。",
	"Requests are JSON: send Content-Type application/json.":                                                "请求须为 JSON：请发送 Content-Type application/json。",
	"There is nothing here. Check the link or the number.":                                                  "找不到内容，请检查链接或号码。",
	"This cannot be done here.":                                                                             "此处不支持该操作。",
	"The request came from another website and was refused.":                                                "该请求来自其他网站，已被拒绝。",
	"Please sign in.":                                                                                       "请先登录。",
	"E-mail or password is wrong.":                                                                          "邮箱或密码不正确。",
	"Choose a password of at least 10 characters that is neither your name nor your e-mail.":                "密码至少 10 个字符，且不能是您的姓名或邮箱。",
	"Too many wrong tries. Wait a little and try again.":                                                    "错误次数过多，请稍候再试。",
	"This link is wrong or was used already. Ask for a new one.":                                            "链接有误或已被使用，请索取新的链接。",
	"This link is too old. Ask for a new one.":                                                              "链接已过期，请索取新的链接。",
	"This installation is set up already. Please sign in.":                                                  "系统已完成设置，请登录。",
	"You are not allowed to do this.":                                                                       "您没有权限这样做。",
	"This e-mail address belongs to another account.":                                                       "该邮箱已属于另一个账号。",
	"Somebody has to be admin. Make another person admin first.":                                            "必须至少有一位管理员，请先把另一人设为管理员。",
	"There is no such person, or the account is not active.":                                                "没有此人，或该账号已停用。",
	"This person is invited already.":                                                                       "此人已被邀请。",
	"There are too many of these already.":                                                                  "数量已达上限。",
	"This meeting has ended.":                                                                               "会议已结束。",
	"This is still being recorded. Stop the recording first.":                                               "录音仍在进行，请先停止录音。",
	"Another bot has this name.":                                                                            "已有同名的机器人。",
	"A bot's name has 1 to 80 printable characters.":                                                        "机器人名称须为 1 到 80 个可显示的字符。",
	"This reminder is for somebody else.":                                                                   "这条提醒是发给别人的。",
	"Noted, thank you.":                                                                                     "已记录，谢谢。",
	"There are no bots of this kind.":                                                                       "没有这种类型的机器人。",
	"A secret has up to 200 characters.":                                                                    "密钥最多 200 个字符。",
	"A webhook needs a secret of at least 16 characters, by which the other side knows us.":                 "Webhook 需要至少 16 个字符的密钥，对方靠它确认消息来自我们。",
	"This is not the address of a bot. Copy it once more from the other side's settings.":                   "这不是机器人的地址，请从对方的设置里重新复制。",
	"The address has to begin with https://.":                                                               "地址必须以 https:// 开头。",
	"Enter your own user id at this service; nobody else, and not everybody.":                               "请填写您自己在该服务中的用户 ID，不能是别人或全体成员。",
	"This browser's address for push messages does not make sense.":                                         "此浏览器的推送地址无效。",
	"Address and secret of this bot were stored with another key file. Put that back, or enter them again.": "此机器人的地址和密钥是用另一个密钥文件保存的，请放回该文件，或重新填写。",
	"Address and secret of this bot are damaged. Enter them again.":                                         "此机器人的地址和密钥已损坏，请重新填写。",
	"No SIP phones can register here. The administrator can set that up.":                                   "此处未开放 SIP 话机注册，可由管理员开启。",
	"Many people are signing in at once. Try again in a few seconds.":                                       "同时登录的人过多，请几秒后再试。",
	"The storage does not work at the moment. The administrator finds the reason in the log.":               "存储暂时无法使用，管理员可在日志中查看原因。",
	"There is a budget for this payer and period already. Change that one.":                                 "该付款方在此周期内已有预算，请修改原预算。",
	"More than this limit is spent or held already. Agree to that if no more calls shall be paid from it.":  "已用和已占用的金额超过此限额；若不再允许由其支付通话，请确认。",
	"This is not a number that can be called.":                                                              "该号码无法呼叫。",
	"No telephone number of this person is known.":                                                          "没有此人的电话号码。",
	"Nobody can be called from here. The administrator can set up a trunk.":                                 "此处无法拨打电话，可由管理员设置中继线路。",
	"This key was used for other calls. Give each wish a key of its own.":                                   "该键已用于其他呼叫，请每次使用新的键。",
	"The server is stopping. Try again in a few seconds.":                                                   "服务器正在停止，请几秒后再试。",
	"Give each wish a key of its own, so that nobody is called twice.":                                      "请为每次请求提供唯一的键，以免重复呼叫。",
	"The header line has no column “prefix”.":                                                               "表头中没有“prefix”（网段）列。",
	"The header line has no column “site”.":                                                                 "表头中没有“site”（地点）列。",
	"Type at least two characters.":                                                                         "请至少输入两个字符。",
	"This network stands in the file twice.":                                                                "该网段在文件中出现了两次。",
	"This is not a network. Write it as 10.1.0.0/16 or 2001:db8::/48.":                                      "这不是网段，请写成 10.1.0.0/16 或 2001:db8::/48。",
	"A site has 1 to 80 printable characters.":                                                              "地点须为 1 到 80 个可显示的字符。",
	"Write wired, wifi, vpn or cellular in the column access.":                                              "access 列请填写 wired（有线）、wifi（无线）、vpn 或 cellular（移动）。",
	"A city has at most 80 printable characters.":                                                           "城市最多 80 个可显示的字符。",
	"A country has two letters, such as CN or DE.":                                                          "国家为两个字母，例如 CN 或 DE。",
	"Something went wrong on the server. Try again.":                                                        "服务器出错，请重试。",

	"This is over.": "已经结束。",
	"At most three times, five minutes apart.":                                        "最多三次，每次至少间隔五分钟。",
	"No override is left this month. Those that people found not urgent count twice.": "本月的紧急打扰次数已用完；被认为不紧急的算两次。",
	"Quiet hours are overridden for this already.":                                    "已为此事打扰过休息中的同事。",
	"Answers are join, coming, late, cannot, snooze and heard; at most 60 minutes.":   "请选择一种答复，时间最长 60 分钟。",
	"A message comes up to a day before, a ring up to 10 minutes before, a call up to 30 minutes after, and hosts are told 1 to 60 minutes after; each once.": "消息最早提前一天，响铃最早提前 10 分钟，电话最晚在开始后 30 分钟，通知主持人在开始后 1 到 60 分钟；每种一次。",
	"Choose at most three times before the start, each up to a day; messages come by push, mail and the chats.":                                               "最多选择三个提前时间，每个不超过一天；消息可通过推送、邮件和聊天工具发送。",
	"Quiet hours are at most four spans a day in a known time zone; resting lasts a month at most.":                                                           "每天最多四个休息时段，须选择有效的时区；“休息一下”最长一个月。",
	"Say why it is urgent, in 5 to 200 characters.":                                                                                                           "请用 5 到 200 个字说明为什么紧急。",
	"An announcement has a title of at most 80 characters, a text of at most 1,000, and 1 to 5,000 people.":                                                   "公告标题不超过 80 个字，正文不超过 1000 个字，接收人 1 到 5000 位。",
	"Some of these people have no active account.":                                                                                                            "其中有人没有可用的账号。",

	"There is no such person.":                                                                           "没有此人。",
	"There is no such meeting.":                                                                          "没有此会议。",
	"There is no such trunk: set it up first.":                                                           "没有此中继，请先设置。",
	"Choose a payer that is yours: see those that a quote lists.":                                        "请选择您可以使用的付款方：报价中已列出。",
	"This stands in the configuration file. Change it there.":                                            "该项位于配置文件中，请在其中修改。",
	"A price rises a hundredfold, or something that was free gets a price. Look at it and confirm it.":   "有价格上涨百倍以上，或原本免费的号码开始收费，请核对并确认。",
	"This deck is or was in force and stays as it is. Upload a new one.":                                 "该费率表正在或曾经生效，不能更改，请上传新的版本。",
	"You asked for this yourself. Another admin has to agree.":                                           "这是您本人提出的申请，须由另一位管理员同意。",
	"You have saved this number already.":                                                                "您已保存过该号码。",
	"The passwords of this trunk were stored with another key file. Put that back, or enter them again.": "该中继的密码由另一密钥文件加密，请放回该文件或重新填写密码。",
	"The passwords of this trunk are damaged. Enter them again.":                                         "该中继的密码已损坏，请重新填写。",
	"The configuration file has a trunk of the same name.":                                               "配置文件中已有同名中继。",
	"Times of day are like 22:00.":                                                                       "时间须如 22:00。",
	"Send the file as it is, with Content-Type text/csv.":                                                "请直接发送文件，Content-Type 为 text/csv。",
	"A trunk's name has 1 to 40 letters, digits, dots, dashes and underscores.":                          "中继名称须为 1 到 40 个字母、数字、点、短横线或下划线。",
	"Another trunk has this name.":                                                                       "已有同名中继。",
	"Write networks such as 203.0.113.0/24, or addresses such as 203.0.113.7.":                           "请填写网段（如 203.0.113.0/24）或地址（如 203.0.113.7）。",
	"Two accounts have the same user.":                                                                   "有两个账户的用户名相同。",
	"This is no certificate in PEM.":                                                                     "这不是 PEM 格式的证书。",
	"Certificate and key do not belong together.":                                                        "证书与私钥不匹配。",
	"A reason has at most 200 printable characters: callers are told.":                                   "请填写理由（最多 200 个字符），拨打者会看到。",
	"Countries are two capital letters, such as DE, or * for all.":                                       "国家须为两个大写字母（如 DE），或用 * 表示全部。",
	"The price ceiling is an amount per minute; 0 is none.":                                              "价格上限为每分钟金额，0 表示不限。",
	"Calls are counted over 1 minute to 24 hours.":                                                       "呼叫计数的时段须为 1 分钟到 24 小时。",
	"A number of calls is 0 for no limit, or more.":                                                      "呼叫数须为 0（不限）或正数。",
	"A call may last 1 minute to 24 hours; 0 is no limit.":                                               "单次通话时长须为 1 分钟到 24 小时，0 表示不限。",
	"A deck comes in force now or later, never in the past.":                                             "费率表只能立即或在将来生效，不能早于现在。",
	"Give a month, or a beginning and a later end.":                                                      "请填写月份，或开始时间和更晚的结束时间。",

	"A name has 1 to 80 characters.":                                        "名称须为 1 到 80 个字符。",
	"A name has 1 to 80 printable characters.":                              "名称须为 1 到 80 个可显示的字符。",
	"The name contains characters that cannot be shown.":                    "名称中有无法显示的字符。",
	"This is not an e-mail address.":                                        "邮箱格式不正确。",
	"Write the phone number with its country code, such as +8613800138000.": "请填写带国家代码的电话号码，例如 +8613800138000。",
	"The language is one of en, zh-CN.":                                     "语言须为 en 或 zh-CN。",
	"The time zone is an IANA name, such as Asia/Shanghai.":                 "时区须为 IANA 名称，例如 Asia/Shanghai。",
	"Departments and cost centres have at most 60 printable characters.":    "部门和成本中心最多 60 个可显示的字符。",
	"Whom a person may call is everyone, known or nobody.":                  "可拨打范围须为 everyone（任何人）、known（已知）或 nobody（禁止）。",
	"A meeting has room for 2 to 1,000 participants.":                       "会议人数上限为 2 到 1000 人。",
	"Give either a colleague or a name.":                                    "请填写同事或姓名之一。",
	"Give exactly one of link, meeting and number.":                         "请仅填写链接、会议和号码之一。",

	"A newer answer is known already.":                              "已有更新的答复。",
	"A title has 1 to 80 printable characters.":                     "标题须为 1 到 80 个可显示的字符。",
	"An agenda has at most 4,000 printable characters.":             "议程最多 4000 个可显示的字符。",
	"A meeting lasts 1 minute to 24 hours.":                         "会议时长须为 1 分钟到 24 小时。",
	"Say when the meeting begins, such as 2026-03-01T09:00.":        "请填写开始时间，例如 2026-03-01T09:00。",
	"This time has passed.":                                         "该时间已过。",
	"By this rule the meeting has no dates.":                        "按此重复规则，会议没有任何日期。",
	"On another day the meeting needs another rule.":                "改到其他日期后需要新的重复规则。",
	"The time zone and the rule are those of all dates.":            "时区和重复规则适用于所有日期，不能只改一次。",
	"A meeting has at most 1,000 invitees.":                         "会议最多邀请 1000 人。",
	"Only colleagues can be hosts.":                                 "只有同事可以担任主持人。",
	"The answer is accepted, tentative or declined.":                "答复须为接受、暂定或谢绝。",
	"A to-do has 1 to 500 printable characters.":                    "待办须为 1 到 500 个可显示的字符。",
	"Say when it is due, such as 2026-03-01T17:00.":                 "请填写截止时间，例如 2026-03-01T17:00。",
	"The end comes after the beginning, and not too long after it.": "结束须晚于开始，且间隔不能过长。",
	"Times are like 2026-03-01T09:00.":                              "时间须如 2026-03-01T09:00。",

	"This is not what the page before said.":                         "这不是上一页给出的游标。",
	"Say what kind of payer it is.":                                  "请说明付款方的类型。",
	"A limit is at least 0 and at most 1,000,000,000.":               "限额须在 0 到 1,000,000,000 之间。",
	"Name the person, department, cost centre or meeting that pays.": "请填写付款的人员、部门、成本中心或会议。",

	"The file is not UTF-8 text. Save it as “CSV UTF-8”.": "文件不是 UTF-8 文本，请另存为“CSV UTF-8”。",
	"The file has no header line.":                        "文件没有标题行。",
	"The file has more than 5,000 lines. Split it.":       "文件超过 5000 行，请拆分。",
	"Two columns of the header line mean the same.":       "标题行中有两列含义相同。",
	"The header line has no column “name”.":               "标题行缺少“姓名”列。",
	"The header line has no column “email”.":              "标题行缺少“邮箱”列。",
	"The quotes in this line do not match.":               "此行的引号不成对。",
	"This line has more columns than the header.":         "此行的列数多于标题行。",
	"Write yes or no in the column admin.":                "“管理员”列请填写是或否。",
}

// say gives a sentence in the language, or as it is.
func say(language, english string) string {
	if language == "zh-CN" {
		if s, ok := chinese[english]; ok {
			return s
		}
	}
	return english
}

// refusedRule tells why a meeting does not recur so.
func refusedRule(language string, e *ical.RuleError) string {
	if language == "zh-CN" {
		return fmt.Sprintf("会议不能这样重复（%s）：可按天、周、月或年重复。", e.Part)
	}
	return fmt.Sprintf("The meeting cannot recur like this: %s %s.", e.Part, e.Reason)
}

// sameEmail tells where else in a file an e-mail stands.
func sameEmail(language string, line int) string {
	if language == "zh-CN" {
		return fmt.Sprintf("第 %d 行有相同的邮箱。", line)
	}
	return fmt.Sprintf("The same e-mail address stands in line %d.", line)
}

// belowSpent tells why a limit is not taken without being agreed to.
func belowSpent(language string, s billing.Standing) string {
	used, limit := s.Spent+s.Held, s.Budget.Limit
	if language == "zh-CN" {
		return fmt.Sprintf("本周期已用 %s、已占用 %s，合计 %s，超过限额 %s。若不再允许由其支付通话，请确认。", s.Spent, s.Held, used, limit)
	}
	return fmt.Sprintf("%s is spent and %s held in this period already, together %s, more than the limit of %s. "+
		"Agree to that if no more calls shall be paid from it.", s.Spent, s.Held, used, limit)
}
