//go:build e2e

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
)

// guest is somebody in a real browser.
type guest struct {
	*browser.Page
	t    *testing.T
	name string
	all  browser.Sound // that was heard so far, by heard
}

// openGuest starts a Chromium of its own for one person.
func openGuest(t *testing.T, name string, o browser.Options) *guest {
	t.Helper()
	o.Log = t.Logf
	page, err := browser.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(page.Close)
	return &guest{Page: page, t: t, name: name}
}

// id is the CSS selector of a test id.
func id(name string) string { return fmt.Sprintf("[data-testid=%s]", name) }

// goTo opens a page.
func (g *guest) goTo(url string) {
	g.t.Helper()
	err := g.Run(utmost, chromedp.Navigate(url))
	// Any network interface that comes or goes, of another test too, does this.
	for try := 0; err != nil && strings.Contains(err.Error(), "ERR_NETWORK_CHANGED") && try < 5; try++ {
		err = g.Run(utmost, chromedp.Navigate(url))
	}
	if err != nil {
		g.t.Fatalf("%s opens %s: %v", g.name, url, err)
	}
}

// click presses a button once it is there and enabled.
func (g *guest) click(selector string) {
	g.t.Helper()
	g.must(10*time.Second, fmt.Sprintf("document.querySelector(%q)", selector+":not(:disabled,[aria-disabled=true])"))
	if err := g.Eval(fmt.Sprintf("document.querySelector(%q).click()", selector), nil); err != nil {
		g.t.Fatalf("%s clicks %s: %v", g.name, selector, err)
	}
}

// write types into a field.
func (g *guest) write(selector, text string) {
	g.t.Helper()
	g.must(10*time.Second, fmt.Sprintf("document.querySelector(%q)", selector))
	if err := g.Run(utmost, chromedp.SendKeys(chromedp.CSS(selector), text)); err != nil {
		g.t.Fatalf("%s writes into %s: %v", g.name, selector, err)
	}
}

// must waits until the page shows a condition, and fails the test otherwise.
func (g *guest) must(timeout time.Duration, condition string) {
	g.t.Helper()
	limit := patient(timeout)
	err := g.WaitFor(limit.left(), condition)
	for err != nil && !limit.over() {
		err = g.WaitFor(limit.left(), condition)
	}
	if err != nil {
		var text string
		_ = g.Eval("document.body.innerText", &text)
		g.t.Fatalf("%s: %v; %v\nthe page says:\n%s\n%s", g.name, err, limit, text, strings.Join(g.Problems(), "\n"))
	}
}

// phase waits for the room to be connecting, waiting, in or over.
func (g *guest) phase(timeout time.Duration, phase string) {
	g.t.Helper()
	g.must(timeout, fmt.Sprintf("document.querySelector('%s[data-phase=%s]')", id("room"), phase))
}

// logIn signs the admin in by the page.
func (g *guest) logIn(s *server) {
	g.t.Helper()
	g.goTo(s.URL + "/login")
	g.write("input[name=email]", bridge.AdminEmail)
	g.write("input[name=password]", bridge.AdminPassword)
	g.click(id("submit"))
	g.must(10*time.Second, fmt.Sprintf("document.querySelector('%s')", id("meet-now")))
}

// enter joins by a link, as a guest unless signed in.
func (g *guest) enter(link string) {
	g.t.Helper()
	g.goTo(link)
	g.must(15*time.Second, fmt.Sprintf("document.querySelector('%s')", id("join")))
	var asksName bool
	if err := g.Eval(fmt.Sprintf("!!document.querySelector('%s')", id("guest-name")), &asksName); err != nil {
		g.t.Fatal(err)
	}
	if asksName {
		g.write("input[name=name]", g.name)
	}
	g.click(id("join"))
}

// joins enters and waits until sound flows.
func (g *guest) joins(link string) {
	g.t.Helper()
	g.enter(link)
	g.phase(15*time.Second, "in")
	g.must(15*time.Second, fmt.Sprintf("document.querySelector('%s[data-audio=connected]')", id("room")))
	stats, err := g.Stats()
	if err != nil {
		g.t.Fatal(err)
	}
	// The page must be the DTLS client: as server it would choose SHA1_80,
	// which costs twice as much.
	if !strings.Contains(stats.Cipher, "GCM") || stats.Role != "client" {
		g.t.Errorf("%s: media is protected by %q, DTLS role %q; want AES-GCM, client", g.name, stats.Cipher, stats.Role)
	}
}

// entry is the selector of somebody in the roster.
func entry(name, attributes string) string {
	return fmt.Sprintf(`%s[data-name="%s"]%s`, id("participant"), name, attributes)
}

// sees waits until the roster shows somebody with the given attributes.
func (g *guest) sees(timeout time.Duration, name, attributes string) {
	g.t.Helper()
	g.must(timeout, fmt.Sprintf("document.querySelector('%s')", entry(name, attributes)))
}

// missing waits until somebody is off the roster.
func (g *guest) missing(timeout time.Duration, name string) {
	g.t.Helper()
	g.must(timeout, fmt.Sprintf("document.querySelector('%s[data-phase=in]') && !document.querySelector('%s')", id("room"), entry(name, "")))
}

// setMuted presses the mute button unless it is as wanted already.
func (g *guest) setMuted(muted bool) {
	g.t.Helper()
	var now bool
	if err := g.Eval(fmt.Sprintf("document.querySelector('%s').dataset.muted === 'true'", id("room")), &now); err != nil {
		g.t.Fatal(err)
	}
	if now != muted {
		g.click(id("mute"))
		g.must(5*time.Second, fmt.Sprintf("document.querySelector('%s[data-muted=\"%v\"]')", id("room"), muted))
	}
}
