package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
	"partyline/signaling/reminder"
	"partyline/signaling/seal"
	"partyline/signaling/store/storetest"
)

// fakeAnswers are reminders of Bob's, by their tokens.
type fakeAnswers struct {
	got []string
	err error
}

func (f *fakeAnswers) Open(_ context.Context, token string) (reminder.Invitation, error) {
	if token != "bobs-token" {
		return reminder.Invitation{}, reminder.ErrBadLink
	}
	return reminder.Invitation{Who: reminder.Who{Key: "bob", Person: "bob", Language: "zh-CN"}}, nil
}

func (f *fakeAnswers) Follow(_ context.Context, token string, act reminder.Act, minutes int) (reminder.Invitation, error) {
	f.got = append(f.got, fmt.Sprint(token, " ", act, " ", minutes))
	return reminder.Invitation{}, f.err
}

// TestSlackButtons: what a bot with a secret says has buttons that answer at
// once; only Slack may tell us of them, and only the person may press them.
func TestSlackButtons(t *testing.T) {
	s := storetest.SQLite(t)
	ann := auth.Person{ID: "ann", Name: "Ann", Email: "a@example.com", Admin: true, Active: true}
	bob := auth.Person{ID: "bob", Name: "Bob", Email: "b@example.com", Active: true}
	ann.MayCall, bob.MayCall = auth.MayCallEveryone, auth.MayCallEveryone
	if err := s.AddPeople(t.Context(), []auth.Account{{Person: ann}, {Person: bob}}, nil); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	desk, err := channel.NewDesk(t.Context(), channel.Config{}, s, seal.Key{1}, nil, log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = desk.Close() })
	const secret = notify.Secret("slack-signing-secret")
	chat := notifytest.NewChat(t, notify.Slack, "", nil)
	bot, err := desk.Bots.Add(t.Context(), ann, channel.Description{
		Name: "Board", Channel: notify.Slack, URL: new(chat.URL()), Secret: new(secret), AllowPrivate: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := desk.Choose(t.Context(), bob, []channel.Choice{{Bot: bot.ID, Mention: "UBOB"}}); err != nil {
		t.Fatal(err)
	}
	sender, _ := desk.On(notify.Slack)
	_, err = sender.Send(t.Context(), notify.Message{
		Key: "k", Bot: bot.ID, Title: "Standup", Text: "in 10 minutes", Link: "https://meet.example.com/m", Acknowledge: "https://meet.example.com/api/v1/reminders/bobs-token",
		Actions: []notify.Action{{Act: "join", Label: "Join", Link: "https://meet.example.com/m"}, {Act: "late", Label: "Late", Link: "https://meet.example.com/r/bobs-token?act=late"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		Blocks []struct {
			Elements []struct {
				Action string `json:"action_id"`
				URL    string
				Value  string
			}
		}
	}
	if err := json.Unmarshal(chat.Said()[0].Body, &said); err != nil {
		t.Fatal(err)
	}
	buttons := said.Blocks[len(said.Blocks)-1].Elements
	if len(buttons) != 2 || buttons[0].URL == "" || buttons[1].URL != "" || buttons[1].Value != "bobs-token" {
		t.Fatalf("buttons: %+v", buttons)
	}

	body := func(user, act, token string) []byte {
		payload, err := json.Marshal(map[string]any{
			"type": "block_actions", "user": map[string]any{"id": user}, "response_url": "https://hooks.slack.example/actions/1",
			"actions": []any{map[string]any{"action_id": act, "value": token}},
		})
		if err != nil {
			t.Fatal(err)
		}
		return []byte(url.Values{"payload": {string(payload)}}.Encode())
	}
	now := strconv.FormatInt(time.Now().Unix(), 10)
	press := body("UBOB", buttons[1].Action, buttons[1].Value)
	for name, signature := range map[string]string{"none": "", "another's": notify.SignV0("guess", now, press), "of another body": notify.SignV0(secret, now, nil)} {
		if _, err := desk.Pressed(t.Context(), bot.ID, now, signature, press); !errors.Is(err, notify.ErrSignature) {
			t.Errorf("signature %s: %v", name, err)
		}
	}
	a := &API{cfg: Config{Channels: desk}, log: log}
	for _, tt := range []struct {
		user, token string
		err         error
		want        string
		got         []string
	}{
		{"UBOB", "bobs-token", nil, "已记录，谢谢。", []string{"bobs-token late 0"}},
		{"UEVE", "bobs-token", nil, "这条提醒是发给别人的。", nil},
		{"UBOB", "forged", nil, newProblem(WrongToken).Detail, nil},
		{"UBOB", "", nil, "", nil},
		{"UBOB", "bobs-token", reminder.ErrOver, say("zh-CN", newProblem(Over).Detail), []string{"bobs-token late 0"}},
	} {
		press := body(tt.user, "late", tt.token)
		p, err := desk.Pressed(t.Context(), bot.ID, now, notify.SignV0(secret, now, press), press)
		if err != nil {
			t.Fatal(err)
		}
		reminders := &fakeAnswers{err: tt.err}
		if word := a.pressed(t.Context(), reminders, bot.ID, p); word != tt.want || !cmp.Equal(reminders.got, tt.got) {
			t.Errorf("%s presses %q: %q, %v, want %q, %v", tt.user, tt.token, word, reminders.got, tt.want, tt.got)
		}
	}
}
