//go:build e2e

package main

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
	"partyline/cmd/internal/speech"
	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
)

// TestE2EReminders: a meeting is scheduled in Chromium. Who is invited gets a
// mail for the calendar; before it begins a card pops up in another Chromium,
// and a push message comes that its service worker shows; their "late" reaches
// the host. Somebody who answers nothing is rung on `partyline phone`, presses 1
// and is heard in the room; whose quiet hours it is gets nothing.
func TestE2EReminders(t *testing.T) {
	trustPushServices(t)
	mails := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	phone := freeUDP(t)
	s := startServer(t, "sip.home_country=DE", "reminders.allow=127.0.0.1", "reminders.contact=mailto:admin@example.com",
		"mail.host=127.0.0.1", fmt.Sprintf("mail.port=%d", mails.Port()), "mail.tls=none", "mail.from=Partyline <meet@example.com>")
	err := s.Prices(t.Context(), "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n49,Germany,0.06,0,1,1\n")
	if err == nil {
		err = s.Trunk(t.Context(), "phones", phone, "+4930901820")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Log())
	}
	bob, carl, dora := s.colleague("Bob", false), s.colleague("Carl", false), s.colleague("Dora", false)
	s.reachedAt(carl, "+493055550001")
	s.restsNow(dora)
	pushes, subscription := s.subscribes(t, bob)

	ada := openGuest(t, "Ada Lovelace", browser.Options{})
	ada.logIn(s)
	start := time.Now().Add(130 * time.Second).Truncate(time.Minute)
	occurrence, link := ada.schedules(s, "Planning", start, "Bob", "Carl", "Dora")
	answering := s.answers(phone)
	page := openGuest(t, "Bob", browser.Options{})
	page.goTo(s.URL + "/login")
	page.write("input[name=email]", "bob@example.com")
	page.write("input[name=password]", "a password of nobody else")
	page.click(id("submit"))
	page.must(10*time.Second, fmt.Sprintf("document.querySelector('%s')", id("meet-now")))
	ada.joins(link)

	for _, who := range []string{"bob", "carl", "dora"} { // reminders may come between
		s.waitFor(time.Minute, "the invitation of "+who, func() bool {
			return slices.ContainsFunc(mails.Mails(), func(m notifytest.Mail) bool { return invites(m, who+"@example.com", "Planning") })
		})
	}
	page.must(2*time.Minute, fmt.Sprintf("document.querySelector('%s')", id("reminder-card")))
	if late := time.Since(start); late > 0 {
		t.Errorf("the card comes %v after the start", late)
	}
	page.showsPush(s, pushes, subscription)
	page.click(id("card-late"))
	page.click(id("card-late-5"))
	ada.must(5*time.Second, fmt.Sprintf("document.querySelector('%s[data-about=answer]')?.innerText.includes('Bob')", id("reminder-card")))
	page.must(5*time.Second, fmt.Sprintf("!document.querySelector('%s')", id("reminder-card")))

	ada.must(2*time.Minute, fmt.Sprintf("document.querySelector('%s[data-kind=phone]')", id("participant")))
	hearsOnly(t, "the room with who was rung", ada.heardBetween, "lea")
	s.receipts(occurrence, map[string]string{"Bob": "late", "Carl": "join", "Dora": ""})
	if slices.ContainsFunc(mails.Mails(), func(m notifytest.Mail) bool {
		return m.To == "dora@example.com" && !invites(m, "dora@example.com", "Planning")
	}) {
		t.Error("whose quiet hours it is got a reminder")
	}
	if err := answering(); err != nil {
		t.Error(err)
	}
}

// trustPushServices has the server take the certificate of a push service on
// loopback for good.
func trustPushServices(t *testing.T) {
	t.Helper()
	t.Setenv("SSL_CERT_FILE", "") // puts it back in the end
	if err := notifytest.Trust(t.TempDir()); err != nil {
		t.Fatal(err)
	}
}

// reachedAt gives somebody a telephone.
func (s *server) reachedAt(person *bridge.Server, number string) {
	s.t.Helper()
	s.call("PATCH", "/people/"+personOf(s.t, person), map[string]any{"phone": number}, nil)
}

// personOf is whose session it is.
func personOf(t *testing.T, session *bridge.Server) string {
	t.Helper()
	var me struct{ Person struct{ ID string } }
	if err := session.Call(t.Context(), "GET", "/session", nil, &me); err != nil {
		t.Fatal(err)
	}
	return me.Person.ID
}

// restsNow has somebody be left alone for a day.
func (s *server) restsNow(person *bridge.Server) {
	s.t.Helper()
	if err := person.Call(s.t.Context(), "PUT", "/me/rest", map[string]any{"until": time.Now().Add(24 * time.Hour)}, nil); err != nil {
		s.t.Fatal(err)
	}
}

// subscribes has a browser of somebody take push messages.
func (s *server) subscribes(t *testing.T, person *bridge.Server) (*notifytest.PushService, notify.Subscription) {
	t.Helper()
	var push struct{ Key string }
	if err := person.Call(t.Context(), "GET", "/me/push", nil, &push); err != nil {
		t.Fatal(err)
	}
	service := notifytest.NewPushService(t, push.Key)
	subscription := service.Subscribe()
	browser := map[string]any{ // as PushSubscription.toJSON gives it
		"endpoint": string(subscription.Endpoint),
		"keys":     map[string]any{"p256dh": string(subscription.P256DH), "auth": string(subscription.Auth)},
	}
	if err := person.Call(t.Context(), "POST", "/me/push", browser, nil); err != nil {
		t.Fatal(err)
	}
	return service, subscription
}

// schedules fills the form, and has people be asked and rung as soon as that
// can be. It gives the occurrence, and the meeting's link.
func (g *guest) schedules(s *server, title string, start time.Time, guests ...string) (occurrence, link string) {
	g.t.Helper()
	var me struct{ Person struct{ TimeZone string } }
	s.call("GET", "/session", nil, &me)
	zone, err := time.LoadLocation(me.Person.TimeZone)
	if err != nil {
		g.t.Fatal(err)
	}
	g.goTo(s.URL + "/schedule?at=" + start.In(zone).Format("2006-01-02T15:04"))
	g.write("input[name=title]", title)
	for _, name := range guests {
		g.write(id("guests-add"), name)
		g.must(10*time.Second, fmt.Sprintf("(window.option = [...document.querySelectorAll('[role=option]')].find(o => o.innerText.includes(%q)))?.click(), !!window.option", name))
		g.must(10*time.Second, fmt.Sprintf("document.querySelector('%s[data-name=%s]')", id("guest"), name))
	}
	g.must(10*time.Second, fmt.Sprintf("document.querySelector('%s li')", id("preview")))
	g.click(id("submit"))
	g.must(15*time.Second, "location.pathname.startsWith('/m/')")
	var meetings []struct{ ID, Name, Link string }
	s.call("GET", "/meetings", nil, &meetings)
	var dates []struct{ ID, Meeting string }
	s.call("GET", "/occurrences?from="+start.UTC().Format(time.RFC3339)+"&to="+start.Add(time.Hour).UTC().Format(time.RFC3339), nil, &dates)
	if len(meetings) != 1 || len(dates) != 1 {
		g.t.Fatalf("scheduled: %+v, %+v", meetings, dates)
	}
	s.call("PUT", "/meetings/"+meetings[0].ID+"/ladder", map[string]any{"rungs": []map[string]any{
		{"step": "ask", "minutes": -1}, {"step": "ring", "minutes": -1}, {"step": "call", "minutes": 0},
	}}, nil)
	return dates[0].ID, meetings[0].Link
}

// invites tells whether a mail invites somebody in a calendar's words.
func invites(m notifytest.Mail, to, title string) bool {
	return m.To == to && slices.ContainsFunc(m.Parts, func(p notifytest.MailPart) bool {
		return p.Type == "text/calendar" && p.Params["method"] == "REQUEST" && strings.Contains(p.Text, "SUMMARY:"+title)
	})
}

// showsPush hands the push message that came to the page's service worker, as a
// push service does, and waits until it shows it.
func (g *guest) showsPush(s *server, pushes *notifytest.PushService, subscription notify.Subscription) {
	g.t.Helper()
	s.waitFor(30*time.Second, "a push message", func() bool { return len(pushes.Got(subscription)) > 0 })
	note, err := json.Marshal(pushes.Got(subscription)[0].Note)
	if err != nil {
		g.t.Fatal(err)
	}
	worker := "(navigator.serviceWorker.register('/sw.js').then(() => navigator.serviceWorker.ready).then(() => { window.working = true }), window.working)"
	g.must(15*time.Second, worker)
	if err := g.Push(s.URL, string(note)); err != nil {
		g.t.Fatal(err)
	}
	g.must(15*time.Second, "(navigator.serviceWorker.ready.then(r => r.getNotifications()).then(n => { window.shown = n.map(x => x.title) }), window.shown?.length > 0)")
}

// answers runs `partyline phone`, which takes one call, presses 1 and speaks. What
// it returns waits for the end.
func (s *server) answers(at netip.AddrPort) (wait func() error) {
	s.t.Helper()
	path, err := program()
	if err != nil {
		s.t.Fatal(err)
	}
	file := filepath.Join(s.t.TempDir(), "lea.wav")
	if err := speech.WriteWAV(file, speech.VoiceRate, testVoice(s.t, "lea")); err != nil {
		s.t.Fatal(err)
	}
	cmd := exec.Command(path, "phone", "--answer", "--listen", at.String(), "--keys", ",,,1", "--say", file, "--repeat", "--for", "2m")
	var said screen
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	end := sync.OnceValue(func() error {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("partyline phone: %w\n%s", err, said.String())
		}
		return nil
	})
	s.t.Cleanup(func() { _ = end() })
	return end
}

// receipts waits until the organiser sees what each has answered.
func (s *server) receipts(occurrence string, want map[string]string) {
	s.t.Helper()
	var got struct {
		People []struct{ Name, Answer string }
	}
	s.waitFor(15*time.Second, fmt.Sprintf("the receipts %v", want), func() bool {
		s.call("GET", "/subjects/"+occurrence+"/receipts", nil, &got)
		found := 0
		for _, p := range got.People {
			if answer, ok := want[p.Name]; ok && answer == p.Answer {
				found++
			}
		}
		return found == len(want)
	})
}
