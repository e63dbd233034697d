//go:build e2e

package main

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
	"partyline/sip/peertest"
)

// pressScenario is somebody behind sipp who answers and presses 1 by SIP INFO.
//
//go:embed testdata/press.xml
var pressScenario []byte

// proxyConfig is kamailio as a carrier's proxy.
//
//go:embed testdata/kamailio.cfg
var proxyConfig string

// TestE2EAnEmployeeCalls: an employee in Chromium asks for the price, calls two
// numbers into their meeting - one over the simulated telephone company, one
// over kamailio to sipp - hears the first one, sees the meter run and a warning
// for the dear one, which ends alone when the employee's budget is used up. The
// records and the export say so, and so does the receipt.
func TestE2EAnEmployeeCalls(t *testing.T) {
	t.Parallel() // it does little but wait
	network := telephoneCompany(t)
	proxy := peertest.Kamailio(t, proxyConfig, startSipp(t))
	s := startServer(t, "sip.home_country=DE", "calls.currency=EUR", "calls.employee_grace=3s", "sip.media_timeout=5m") // sipp sends no sound
	err := s.Prices(t.Context(), "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n"+
		"4930,Berlin,0.06,0.05,1,1\n4940,Hamburg,1.2,0.05,1,1\n")
	if err == nil {
		err = s.Trunk(t.Context(), "simulated", network.UDP(), "+4930901820")
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, s.Log())
	}
	s.call("POST", "/trunks", map[string]any{"name": "hamburg", "outbound": map[string]any{
		"targets":  []any{map[string]any{"host": proxy.Addr().String(), "port": proxy.Port()}},
		"prefixes": []string{"+4940"}, "caller": map[string]any{"owned": []string{"+4930901820"}, "default": "+4930901820"},
	}}, nil)
	bob := s.colleague("Bob", false)
	m, err := bob.Meeting(t.Context(), "Round")
	if err != nil {
		t.Fatal(err)
	}
	var me struct{ Person struct{ ID string } }
	if err := bob.Call(t.Context(), "GET", "/session", nil, &me); err != nil {
		t.Fatal(err)
	}
	const limit = 1_450_000 // a minute of the dear one and two of the other
	s.call("POST", "/budgets", map[string]any{"payer": map[string]any{"kind": "person", "id": me.Person.ID}, "period": "month", "limit": limit, "hard": true}, nil)

	page := openGuest(t, "Bob", browser.Options{})
	page.goTo(s.URL + "/login")
	page.write("input[name=email]", "bob@example.com")
	page.write("input[name=password]", "a password of nobody else")
	page.click(id("submit"))
	page.must(10*time.Second, fmt.Sprintf("document.querySelector('%s')", id("meet-now")))
	page.joins(m.Link)
	page.calls("030 5555 0001", "+49 40 5555 0002")
	page.must(60*time.Second, paying(2))
	page.must(10*time.Second, fmt.Sprintf("document.querySelectorAll('%s[data-kind=phone]').length == 2", id("participant")))
	page.must(20*time.Second, fmt.Sprintf("Number(document.querySelector('%s').dataset.spent) > 100000", id("money")))
	page.must(90*time.Second, fmt.Sprintf("document.querySelector('%s[data-kind=money-warning]')", id("banner")))
	page.must(60*time.Second, paying(1))
	page.must(10*time.Second, fmt.Sprintf("document.querySelectorAll('%s[data-kind=phone]').length == 1", id("participant")))
	heard, err := page.Heard()
	if err != nil {
		t.Fatal(err)
	}
	if level := loudest(heard); level < -40 {
		t.Errorf("nothing of the callee was heard: %.0f dB at most", level)
	}
	page.click(id("leave"))
	page.must(20*time.Second, fmt.Sprintf("Number(document.querySelector('%s').dataset.spent) > 1000000", id("receipt")))
	s.checkEmployeesCalls(limit)
}

// paying is the condition that so many calls cost money now.
func paying(n int) string {
	return fmt.Sprintf("document.querySelectorAll('%s').length == %d", id("money-leg"), n)
}

// calls has people called from the room, once all their prices are there.
func (g *guest) calls(numbers ...string) {
	g.t.Helper()
	g.click(id("call"))
	for _, number := range numbers {
		g.write(id("call-to"), number)
		g.click(id("call-add"))
	}
	g.must(20*time.Second, fmt.Sprintf("document.querySelectorAll('%s:not([data-refused])').length == %d", id("price"), len(numbers)))
	g.must(20*time.Second, fmt.Sprintf("document.querySelector('%s').innerText.match(/0[.,]06/)", id("prices")))
	g.click(id("call-go"))
}

// loudest is the loudest half second of a sound, in dB re full scale.
func loudest(heard browser.Sound) float64 {
	const window = 8000
	loud := 0.0
	for at := 0; at+window <= len(heard.Samples); at += window {
		sum := 0.0
		for _, sample := range heard.Samples[at : at+window] {
			sum += float64(sample) * float64(sample)
		}
		loud = max(loud, sum/window)
	}
	return 10*math.Log10(max(loud, 1)) - 20*math.Log10(32768)
}

// checkEmployeesCalls looks at the records and their export.
func (s *server) checkEmployeesCalls(limit int64) {
	s.t.Helper()
	var found struct {
		Calls []paidCall `json:"calls"`
	}
	s.waitFor(20*time.Second, "both records", func() bool {
		s.call("GET", "/calls?kind=pstn_out&sort=oldest", nil, &found)
		return len(found.Calls) == 2 && found.Calls[0].State == "closed" && found.Calls[1].State == "closed"
	})
	total := int64(0)
	for _, c := range found.Calls {
		total += c.Cost
		if c.Cost > 1_000_000 && c.Cause != "no-money" || c.Cost < 1_000_000 && c.Cause == "no-money" {
			s.t.Errorf("a call that cost %d ended by %s", c.Cost, c.Cause)
		}
	}
	if total > limit || total < 1_200_000 {
		s.t.Errorf("the calls cost %d of %d", total, limit)
	}
	sheet, err := s.Fetch(context.Background(), "GET", "/calls/export?format=csv&kind=pstn_out", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range found.Calls {
		if !bytes.Contains(sheet, []byte(c.ID)) || !bytes.Contains(sheet, []byte(strconv.FormatInt(c.Cost, 10))) {
			s.t.Errorf("the export does not have the call that cost %d:\n%s", c.Cost, sheet)
		}
	}
}

// startSipp has sipp answer calls.
func startSipp(t *testing.T) netip.AddrPort {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "press.xml"), pressScenario, 0o600); err != nil {
		t.Fatal(err)
	}
	at := freeUDP(t)
	peertest.Run(t, dir, "sipp", "-sf", "press.xml", "-i", "127.0.0.1", "-p", strconv.Itoa(int(at.Port())), "-nostdin")
	return at
}

func freeUDP(t *testing.T) netip.AddrPort {
	t.Helper()
	port, err := bridge.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port)
}
