package notify

import (
	"encoding/base64"
	"strconv"
	"time"
)

// writeFeishu makes a card: its title and text are shown as they are, without
// markup (open.feishu.cn/document/client-docs/bot-v3/add-custom-bot).
func writeFeishu(b Bot, m Message, now time.Time) (letter, error) {
	elements := []any{}
	if text := cut(clean(m.Text), maxChatText); text != "" {
		elements = append(elements, map[string]any{"tag": "div", "text": feishuText("plain_text", text)})
	}
	ids, _ := mentions(m) // bots cannot call people by their numbers
	called := ""
	for _, id := range ids {
		called += "<at id=" + id + "></at>"
	}
	if called != "" {
		elements = append(elements, map[string]any{"tag": "div", "text": feishuText("lark_md", called)})
	}
	choices := []any{}
	for i, button := range buttons(m) {
		look := "default"
		if i == 0 {
			look = "primary"
		}
		choices = append(choices, map[string]any{
			"tag": "button", "text": feishuText("plain_text", button.Label), "url": button.Link, "type": look,
		})
	}
	if len(choices) > 0 {
		elements = append(elements, map[string]any{"tag": "action", "actions": choices})
	}
	body := map[string]any{
		"msg_type": "interactive",
		"card": map[string]any{
			"config":   map[string]any{"wide_screen_mode": true},
			"header":   map[string]any{"title": feishuText("plain_text", title(m))},
			"elements": elements,
		},
	}
	if b.Secret != "" {
		body["timestamp"], body["sign"] = signFeishu(b.Secret, now)
	}
	return letter{body: encode(body)}, nil
}

func feishuText(kind, content string) map[string]string {
	return map[string]string{"tag": kind, "content": content}
}

// signFeishu signs nothing, with the time in seconds and the secret as the
// key.
func signFeishu(secret Secret, now time.Time) (timestamp, signature string) {
	timestamp = strconv.FormatInt(now.Unix(), 10)
	return timestamp, base64.StdEncoding.EncodeToString(hmac256(timestamp+"\n"+string(secret), ""))
}

func readFeishu(a answer) *Refused {
	code, _, ok := answerCode(a, "code", "msg")
	if !ok {
		code, _, ok = answerCode(a, "StatusCode", "StatusMessage") // of older bots, where all is well
	}
	if !ok {
		return misread(a)
	}
	switch code {
	case 0:
		return nil
	case 19021: // the signature, or a clock that is more than an hour wrong
		return &Refused{Cause: BadSecret, Permanent: true, Status: code}
	case 19022:
		return &Refused{Cause: BadOrigin, Permanent: true, Status: code}
	case 19024:
		return &Refused{Cause: BadKeyword, Permanent: true, Status: code}
	case 19001: // no such bot
		return &Refused{Cause: BadAddress, Permanent: true, Status: code}
	case 11232, 11233, 11247, 9499: // too many, of this bot or of everybody's at a round hour
		return &Refused{Cause: Throttled, RetryAfter: time.Minute, Status: code}
	case 11246, 230025: // longer than the limit
		return &Refused{Cause: TooLong, Permanent: true, Status: code}
	case 1500, 19007: // "internal error"; the bot is stopped for the moment
		return &Refused{Cause: Failing, Status: code}
	}
	return &Refused{Cause: Unsupported, Permanent: true, Status: code}
}
