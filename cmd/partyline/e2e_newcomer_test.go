//go:build e2e

package main

import (
	"fmt"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
)

// TestE2ENewcomer walks the first minute of somebody who has just started the
// program: the printed link, the form, "Meet now", a room with sound, and a
// guest who comes by the link that the room shows.
func TestE2ENewcomer(t *testing.T) {
	s, link := launch(t)
	ada := openGuest(t, "Ada", browser.Options{Microphone: microphone(t, "rms")})
	ada.goTo(s.URL + link)
	for field, text := range map[string]string{
		"company": "Analytical Engines", "name": "Ada", "email": bridge.AdminEmail, "password": bridge.AdminPassword,
	} {
		ada.write(fmt.Sprintf("input[name=%s]", field), text)
	}
	ada.click(id("submit"))
	ada.click(id("meet-now"))
	ada.must(15*time.Second, fmt.Sprintf("document.querySelector('%s,%s[data-phase=in]')", id("join"), id("room")))
	var asks bool
	if err := ada.Eval(fmt.Sprintf("!!document.querySelector('%s')", id("join")), &asks); err != nil {
		t.Fatal(err)
	}
	if asks {
		ada.click(id("join"))
	}
	ada.must(15*time.Second, fmt.Sprintf("document.querySelector('%s[data-audio=connected]')", id("room")))

	var invitation string
	if err := ada.Eval(`document.body.innerText.match(/\S+\/j\/\S+/)[0]`, &invitation); err != nil {
		t.Fatal(err)
	}
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt")})
	bob.joins("http://" + invitation)
	ada.sees(5*time.Second, "Bob", "[data-talking=true]")
	hearsOnly(t, "the guest", bob.heardBetween, "rms")
}
