package notify

import (
	"encoding/json"
	"errors"
	"net/url"
	"path"
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
// screen readers say. A bot with a secret, by which Slack signs what it tells
// us, has buttons that answer at once.
func writeSlack(b Bot, m Message, _ time.Time) (letter, error) {
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
		choice := map[string]any{
			"type": "button", "text": slackText("plain_text", button.Label), "action_id": button.Act, "url": button.Link,
		}
		if token := path.Base(m.Acknowledge); b.Secret != "" && m.Acknowledge != "" && button.Link != m.Link {
			delete(choice, "url")
			choice["value"] = token
		}
		if i == 0 {
			choice["style"] = "primary"
		}
		choices = append(choices, choice)
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

// SlackPress is a button that somebody has pressed in Slack.
type SlackPress struct {
	User  string // who pressed it
	Act   string // Action.Act
	Token string // the last part of Message.Acknowledge
	Reply URL    // where Slack takes a word to that person for half an hour
}

// ErrNoPress is a request of Slack that tells of no button.
var ErrNoPress = errors.New("this is not a button of ours")

// ParseSlackPress reads what Slack posts when a button is pressed
// (docs.slack.dev/interactivity/handling-user-interaction). Whether it was
// Slack is known by VerifyV0 with the headers X-Slack-Request-Timestamp and
// X-Slack-Signature. It returns ErrNoPress.
func ParseSlackPress(body []byte) (SlackPress, error) {
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return SlackPress{}, ErrNoPress
	}
	var payload struct {
		Type string
		User struct{ ID string }
		// Actions are one, for buttons.
		Actions []struct {
			ActionID string `json:"action_id"`
			Value    string
		}
		ResponseURL URL `json:"response_url"`
	}
	if json.Unmarshal([]byte(form.Get("payload")), &payload) != nil || payload.Type != "block_actions" || len(payload.Actions) != 1 {
		return SlackPress{}, ErrNoPress
	}
	p := SlackPress{payload.User.ID, payload.Actions[0].ActionID, payload.Actions[0].Value, payload.ResponseURL}
	if p.User == "" || p.Act == "" {
		return SlackPress{}, ErrNoPress
	}
	return p, nil
}
