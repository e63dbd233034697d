package alert

import (
	"fmt"
	"strings"
)

// Words are an alert for somebody who reads "zh-CN" or "en": a title of at most
// 80 characters, and what to do.
func (a Alert) Words(language string) (title, text string) {
	w := words[a.Kind]
	say := w.english
	if language == "zh-CN" {
		say = w.chinese
	}
	title, text = say.title, say.text
	if a.Over {
		title, text = say.over, say.overText
	}
	return cut(strings.NewReplacer("{of}", a.Of, "{figure}", a.figure()).Replace(title)), text
}

// phrases are one kind's, in one language. {of} is which one it is about.
type phrases struct{ title, text, over, overText string }

// mostTitle is the length of a title, in characters.
const mostTitle = 80

func cut(title string) string {
	if r := []rune(title); len(r) > mostTitle {
		return string(r[:mostTitle-1]) + "…"
	}
	return title
}

// figure is the alert's, as people read it.
func (a Alert) figure() string {
	switch a.Kind {
	case PoorCalls, SetUpFailures:
		return fmt.Sprintf("%.1f %%", a.Figure*100)
	case BudgetUsed:
		return fmt.Sprintf("%.0f %%", a.Figure*100)
	case DiskLow:
		return fmt.Sprintf("%.1f GB", a.Figure/(1<<30))
	default:
		return fmt.Sprintf("%.0f", a.Figure)
	}
}

var words = map[Kind]struct{ english, chinese phrases }{
	TrunkDown: {
		phrases{
			"Trunk {of} is down", "Nobody can be called over it. Its light on the page Trunks says why.",
			"Trunk {of} is up again", "Calls go over it as before.",
		},
		phrases{
			"线路 {of} 已断开", "无法通过它呼出。“线路”页面的指示灯会说明原因。",
			"线路 {of} 已恢复", "可以照常通过它呼出。",
		},
	},
	PoorCalls: {
		phrases{
			"{figure} of call time in the last hour was poor", "The target is 2 %. Quality, Break-downs shows what the poor calls have in common.",
			"Calls sound well again", "Poor calls are below the target of 2 %.",
		},
		phrases{
			"最近一小时有 {figure} 的通话时间质量差", "目标是 2 %。请在“质量”中的“细分”查看它们的共同点。",
			"通话质量已恢复", "质量差的通话已低于 2 % 的目标。",
		},
	},
	SetUpFailures: {
		phrases{
			"{figure} of attempts to join or call failed in the last hour", "The target is 0.5 %. Quality, Joins shows which step fails, and Trunks what carriers answer.",
			"Joining and calling works again", "Failures are below the target of 0.5 %.",
		},
		phrases{
			"最近一小时有 {figure} 的入会或呼叫失败", "目标是 0.5 %。请在“质量”的“入会”查看失败的步骤，在“线路”查看运营商的应答。",
			"入会和呼叫已恢复正常", "失败率已低于 0.5 % 的目标。",
		},
	},
	BudgetUsed: {
		phrases{
			"{figure} of a budget is used", "See Budgets. A hard one ends calls and refuses new ones.",
			"A budget has room again", "Calls go on.",
		},
		phrases{
			"预算已用去 {figure}", "请查看“预算”。硬性预算会结束通话并拒绝新的呼叫。",
			"预算又有余额了", "可以照常呼叫。",
		},
	},
	CodeGuessing: {
		phrases{
			"{figure} callers typed wrong codes again and again", "Somebody may be guessing meeting codes. They are slowed down and locked out; Calls shows where they call from.",
			"Nobody guesses codes any more", "There is nothing to do.",
		},
		phrases{
			"有 {figure} 个来电反复输错会议号码", "可能有人在猜会议密码。系统已自动限速并锁定；请在“通话记录”查看来电来源。",
			"已无人猜测会议密码", "无需处理。",
		},
	},
	DiskLow: {
		phrases{
			"Only {figure} are left where data is kept", "Make room, or keep recordings and figures for fewer days. Without room nothing can be saved.",
			"There is room for data again: {figure}", "There is nothing to do.",
		},
		phrases{
			"数据目录只剩 {figure}", "请腾出空间，或缩短录音和质量数据的保留天数。空间用尽后将无法保存任何数据。",
			"数据目录又有空间了：{figure}", "无需处理。",
		},
	},
}
