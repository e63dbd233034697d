package notify

import (
	"strings"
	"time"
)

// What Slack takes (docs.slack.dev/reference/block-kit), in characters.
const (
	maxSlackText    = 3000
	maxSlackHeader  = 150
	maxSlackButtons = 5
)

// writeSlack makes blocks; the text beside them is what notifications and
// screen readers say.
func writeSlack(_ Bot, m Message, _ time.Time) (letter, error) {
	head := cutRunes(title(m), maxSlackHeader)
	blocks := []any{}
	if head != "" {
		blocks = append(blocks, map[string]any{"type": "header", "text": slackText("plain_text", head)})
	}
	if text := cutRunes(clean(m.Text), maxSlackText); text != "" {
		blocks = append(blocks, map[string]any{"type": "section", "text": slackText("plain_text", text)})
	}
	ids, _ := mentions(m)
	called := ""
	for _, id := range ids {
		called += "<@" + id + "> "
	}
	if called != "" {
		blocks = append(blocks, map[string]any{
			"type": "context", "elements": []any{slackText("mrkdwn", strings.TrimSpace(called))},
		})
	}
	choices := []any{}
	for i, button := range buttons(m) {
		b := map[string]any{
			"type": "button", "text": slackText("plain_text", button.Label), "url": button.Link, "action_id": button.Act,
		}
		if i == 0 {
			b["style"] = "primary"
		}
		choices = append(choices, b)
	}
	if len(choices) > 0 {
		blocks = append(blocks, map[string]any{"type": "actions", "elements": choices[:min(len(choices), maxSlackButtons)]})
	}
	fallback := slackEscape.Replace(cutRunes(line(m.Title+" - "+m.Text), maxSlackHeader))
	return letter{body: encode(map[string]any{"text": fallback, "blocks": blocks, "unfurl_links": false})}, nil
}

func slackText(kind, text string) map[string]any {
	return map[string]any{"type": kind, "text": text}
}

var slackEscape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// readSlack tells apart what Slack answers in words beside the status.
func readSlack(a answer) *Refused {
	if a.status >= 200 && a.status < 300 {
		if strings.TrimSpace(string(a.body)) != "ok" {
			return misread(a)
		}
		return nil
	}
	r := &Refused{Permanent: true, Status: a.status}
	switch strings.TrimSpace(string(a.body)) {
	case "no_service", "no_service_id", "no_team", "team_disabled", "channel_not_found", "user_not_found":
		r.Cause = BadAddress
	case "no_active_hooks", "channel_is_archived":
		r.Cause, r.Gone = BadAddress, true
	case "invalid_token", "no_token":
		r.Cause = BadSecret
	case "action_prohibited", "posting_to_general_channel_denied":
		r.Cause = BadOrigin
	case "invalid_payload", "invalid_blocks", "no_text":
		r.Cause = Unsupported
	default:
		return nil // the status counts
	}
	return r
}
