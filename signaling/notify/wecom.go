package notify

import "time"

// What a bot of WeCom takes (developer.work.weixin.qq.com/document/path/91770).
const (
	maxWeComText     = 2048 // bytes
	maxWeComMarkdown = 4096
)

// writeWeCom makes Markdown, whose links are short. Telephone numbers can be
// called in plain text only.
func writeWeCom(_ Bot, m Message, _ time.Time) (letter, error) {
	ids, phones := mentions(m)
	if len(phones) == 0 {
		return weComMarkdown(m, ids)
	}
	head, tail := title(m)+"\n", ""
	if m.Link != "" {
		tail = "\n" + m.Link
	}
	room := maxWeComText - len(head) - len(tail)
	if room < 0 {
		return letter{}, errTooLong
	}
	return letter{body: encode(map[string]any{
		"msgtype": "text",
		"text": map[string]any{
			"content":               head + cut(clean(m.Text), room) + tail,
			"mentioned_list":        ids,
			"mentioned_mobile_list": phones,
		},
	})}, nil
}

func weComMarkdown(m Message, ids []string) (letter, error) {
	head, tail := "**"+plain(title(m))+"**\n", ""
	if links := markdownLinks(m); links != "" {
		tail = "\n" + links
	}
	for _, id := range ids {
		tail += "\n<@" + id + ">"
	}
	room := maxWeComMarkdown - len(head) - len(tail)
	if room < 0 {
		return letter{}, errTooLong
	}
	content := head + cut(plain(m.Text), room) + tail
	return letter{body: encode(map[string]any{"msgtype": "markdown", "markdown": map[string]any{"content": content}})}, nil
}

func readWeCom(a answer) *Refused {
	code, _, ok := answerCode(a, "errcode", "errmsg")
	if !ok {
		return misread(a)
	}
	switch code {
	case 0:
		return nil
	case -1: // "system busy"
		return &Refused{Cause: Failing, Status: code}
	case 45009, 45033: // too many a minute, too many at once
		return &Refused{Cause: Throttled, RetryAfter: time.Minute, Status: code}
	case 93000, 93008: // "invalid webhook url"; removed from its group
		return &Refused{Cause: BadAddress, Permanent: true, Status: code}
	case 60020: // "not allow to access from your ip"
		return &Refused{Cause: BadOrigin, Permanent: true, Status: code}
	case 40058, 45002: // longer than the limit
		return &Refused{Cause: TooLong, Permanent: true, Status: code}
	}
	return &Refused{Cause: Unsupported, Permanent: true, Status: code}
}
