//go:build e2e

package main

import (
	"fmt"
	"regexp"
	"testing"
	"time"

	"partyline/cmd/internal/browser"
	"partyline/signaling/notify/notifytest"
)

// answerLink is one of the links of an invitation by mail.
var answerLink = regexp.MustCompile(`http\S+/rsvp/\S+\?answer=tentative`)

// TestE2EAnswerByMail: a guest without an account follows the link of an
// invitation. The page alone answers nothing, a press on it does, and the
// organiser sees it.
func TestE2EAnswerByMail(t *testing.T) {
	mails := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	s := startServer(t, "mail.host=127.0.0.1", fmt.Sprintf("mail.port=%d", mails.Port()), "mail.tls=none", "mail.from=Partyline <meet@example.com>")
	var made struct{ Meeting struct{ ID string } }
	s.call("POST", "/schedule", map[string]any{
		"title": "Planning", "timeZone": "Asia/Shanghai", "start": time.Now().AddDate(0, 0, 7).Format("2006-01-02T15:04"), "minutes": 30,
		"rule": "FREQ=WEEKLY", "invitees": []map[string]any{{"name": "Zoe", "email": "zoe@example.org", "language": "en"}},
	}, &made)
	var link string
	s.waitFor(time.Minute, "the invitation", func() bool {
		for _, m := range mails.Mails() {
			for _, part := range m.Parts {
				if found := answerLink.FindString(part.Text); m.To == "zoe@example.org" && found != "" {
					link = found
				}
			}
		}
		return link != ""
	})
	replies := func() (all []string) {
		var schedule struct {
			Replies []struct{ Status, Via string }
		}
		s.call("GET", "/meetings/"+made.Meeting.ID+"/schedule", nil, &schedule)
		for _, r := range schedule.Replies {
			all = append(all, r.Status+" by "+r.Via)
		}
		return all
	}
	zoe := openGuest(t, "Zoe", browser.Options{})
	zoe.goTo(link)
	zoe.must(15*time.Second, fmt.Sprintf("document.querySelector('%s.primary')", id("answer-tentative")))
	if got := replies(); len(got) > 0 {
		t.Errorf("nobody pressed anything, and the organiser sees %q", got)
	}
	zoe.click(id("answer-tentative"))
	zoe.must(15*time.Second, fmt.Sprintf("document.querySelector('%s[data-status=tentative]')", id("answered")))
	if got := replies(); len(got) != 1 || got[0] != "tentative by link" {
		t.Errorf("the organiser sees %q", got)
	}
}
