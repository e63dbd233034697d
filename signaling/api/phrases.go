package api

import (
	"fmt"

	"partyline/sip/billing"
)

// chinese translates the sentences that may be shown, those of auth included.
// What is missing is shown in English.
var chinese = map[string]string{
	"The request was not understood.":                                                                      "无法理解该请求。",
	"Something in the request is not valid; see the fields.":                                               "请求中有无效内容，请查看各字段。",
	"The request is too large.":                                                                            "请求过大。",
	"The request came in too slowly. Try again.":                                                           "请求传输过慢，请重试。",
	"Requests are JSON: send Content-Type application/json.":                                               "请求须为 JSON：请发送 Content-Type application/json。",
	"There is nothing here. Check the link or the number.":                                                 "找不到内容，请检查链接或号码。",
	"This cannot be done here.":                                                                            "此处不支持该操作。",
	"The request came from another website and was refused.":                                               "该请求来自其他网站，已被拒绝。",
	"Please sign in.":                                                                                      "请先登录。",
	"E-mail or password is wrong.":                                                                         "邮箱或密码不正确。",
	"Choose a password of at least 10 characters that is neither your name nor your e-mail.":               "密码至少 10 个字符，且不能是您的姓名或邮箱。",
	"Too many wrong tries. Wait a little and try again.":                                                   "错误次数过多，请稍候再试。",
	"This link is wrong or was used already. Ask for a new one.":                                           "链接有误或已被使用，请索取新的链接。",
	"This link is too old. Ask for a new one.":                                                             "链接已过期，请索取新的链接。",
	"This installation is set up already. Please sign in.":                                                 "系统已完成设置，请登录。",
	"You are not allowed to do this.":                                                                      "您没有权限这样做。",
	"This e-mail address belongs to another account.":                                                      "该邮箱已属于另一个账号。",
	"Somebody has to be admin. Make another person admin first.":                                           "必须至少有一位管理员，请先把另一人设为管理员。",
	"There is no such person, or the account is not active.":                                               "没有此人，或该账号已停用。",
	"This person is invited already.":                                                                      "此人已被邀请。",
	"There are too many of these already.":                                                                 "数量已达上限。",
	"This meeting has ended.":                                                                              "会议已结束。",
	"This is still being recorded. Stop the recording first.":                                              "录音仍在进行，请先停止录音。",
	"No SIP phones can register here. The administrator can set that up.":                                  "此处未开放 SIP 话机注册，可由管理员开启。",
	"Many people are signing in at once. Try again in a few seconds.":                                      "同时登录的人过多，请几秒后再试。",
	"The storage does not work at the moment. The administrator finds the reason in the log.":              "存储暂时无法使用，管理员可在日志中查看原因。",
	"There is a budget for this payer and period already. Change that one.":                                "该付款方在此周期内已有预算，请修改原预算。",
	"More than this limit is spent or held already. Agree to that if no more calls shall be paid from it.": "已用和已占用的金额超过此限额；若不再允许由其支付通话，请确认。",
	"Something went wrong on the server. Try again.":                                                       "服务器出错，请重试。",

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
