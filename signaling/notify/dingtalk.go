package notify

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxChatText is how many bytes of text go to DingTalk and Feishu, which take
// 20,000 bytes of JSON: twice the text at worst, and its links.
const maxChatText = 7000

// writeDingTalk makes a card with buttons, or Markdown where somebody is to be
// called by name, which cards cannot
// (open.dingtalk.com/document/robots/custom-robot-access).
func writeDingTalk(b Bot, m Message, now time.Time) (letter, error) {
	l := letter{query: signDingTalk(b.Secret, now)}
	ids, phones := mentions(m)
	text := "#### " + plain(title(m)) + "\n\n" + strings.ReplaceAll(cut(plain(m.Text), maxChatText), "\n", "  \n")
	if len(ids)+len(phones) > 0 || len(buttons(m)) == 0 {
		if links := markdownLinks(m); links != "" {
			text += "\n\n" + links
		}
		text += "\n\n"
		for _, who := range append(ids, phones...) {
			text += "@" + who + " "
		}
		l.body = encode(map[string]any{
			"msgtype":  "markdown",
			"markdown": map[string]any{"title": title(m), "text": strings.TrimSpace(text)},
			"at":       map[string]any{"atUserIds": ids, "atMobiles": phones, "isAtAll": false},
		})
		return l, nil
	}
	buttonsOf := []map[string]string{}
	for _, button := range buttons(m) {
		buttonsOf = append(buttonsOf, map[string]string{"title": button.Label, "actionURL": button.Link})
	}
	l.body = encode(map[string]any{
		"msgtype":    "actionCard",
		"actionCard": map[string]any{"title": title(m), "text": text, "btnOrientation": "1", "btns": buttonsOf},
	})
	return l, nil
}

// signDingTalk signs the time in milliseconds: the secret is the key, and once
// more in what it signs.
func signDingTalk(secret Secret, now time.Time) url.Values {
	if secret == "" {
		return nil
	}
	at := strconv.FormatInt(now.UnixMilli(), 10)
	sum := hmac256(string(secret), at+"\n"+string(secret))
	return url.Values{"timestamp": {at}, "sign": {base64.StdEncoding.EncodeToString(sum)}}
}

// throttledByDingTalk is how long a bot is shut after more than 20 messages in
// a minute.
const throttledByDingTalk = 10 * time.Minute

func readDingTalk(a answer) *Refused {
	code, text, ok := answerCode(a, "errcode", "errmsg")
	if !ok {
		return misread(a)
	}
	switch code {
	case 0:
		return nil
	case -1: // "system busy"
		return &Refused{Cause: Failing, Status: code}
	case 130101, 410100: // "send too fast"
		return &Refused{Cause: Throttled, RetryAfter: throttledByDingTalk, Status: code}
	case 310000: // any of the security settings
		return &Refused{Cause: dingTalkCause(text), Permanent: true, Status: code}
	case 300001, 400101, 400106: // "token is not exist", no such bot
		return &Refused{Cause: BadAddress, Permanent: true, Status: code}
	case 400013, 400102: // the group is dissolved, the bot is stopped
		return &Refused{Cause: BadAddress, Permanent: true, Gone: true, Status: code}
	}
	return &Refused{Cause: Unsupported, Permanent: true, Status: code}
}

// dingTalkCause tells the security settings apart, which share a code, by the
// words of the answer.
func dingTalkCause(text string) Cause {
	text = strings.ToLower(text)
	switch {
	case strings.Contains(text, "keyword"), strings.Contains(text, "关键词"):
		return BadKeyword
	case strings.Contains(text, "whitelist"), strings.Contains(text, "白名单"):
		return BadOrigin
	}
	return BadSecret
}
