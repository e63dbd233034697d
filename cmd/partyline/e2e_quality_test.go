//go:build e2e

package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"partyline/cmd/internal/browser"
	"partyline/cmd/internal/impair"
)

// TestE2EABadUplinkIsFound has somebody's uplink lose a fifth of its packets. An
// admin sees it turn red on the picture of this moment, comes to the leg in three
// clicks, reads whose it was and why, and finds the call complete when it is over.
func TestE2EABadUplinkIsFound(t *testing.T) {
	s := startServer(t)
	relay, err := impair.Start(s.Media, impair.Network{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	m := s.meeting("Weekly")
	ann := openGuest(t, "Ann", browser.Options{Microphone: microphone(t, "rms")})
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt"), MediaPort: relay.Port()})
	ann.joins(m.Link)
	bob.joins(m.Link)
	admin := openGuest(t, "Admin", browser.Options{})
	admin.logIn(s)
	admin.goTo(s.URL + "/quality")
	admin.must(10*time.Second, fmt.Sprintf("document.querySelector('%s')", id("now")))
	time.Sleep(12 * time.Second) // so that there is something before the trouble

	relay.Change(impair.Network{Loss: 0.2, Seed: 3}, impair.Network{})
	bad := time.Now()
	red := fmt.Sprintf("[...document.querySelectorAll('%s')].some(row => row.innerText.includes('Bob') && row.querySelector('.chip.bad'))", id("now-row"))
	admin.must(20*time.Second, red)
	t.Logf("red after %.1f s", time.Since(bad).Seconds())
	if took := time.Since(bad); took > 10*time.Second {
		t.Errorf("it took %v until the uplink turned red, want 10 s at most", took.Round(time.Second))
	}
	time.Sleep(15 * time.Second)

	admin.click(id("now-leg")) // one click of three
	admin.must(10*time.Second, fmt.Sprintf("document.querySelector('%s[data-cause=uplink-loss]')", id("finding")))
	var verdict, address string
	if err := admin.Eval(fmt.Sprintf("document.querySelector('%s').innerText", id("verdict")), &verdict); err != nil {
		t.Fatal(err)
	}
	if err := admin.Eval("location.pathname.split('/').pop()", &address); err != nil {
		t.Fatal(err)
	}
	t.Logf("the verdict: %s", verdict)

	bob.click(id("leave"))
	bob.must(5*time.Second, fmt.Sprintf("document.querySelector('%s')", id("over")))
	left := time.Now()
	s.waitFor(20*time.Second, "the finished call", func() bool { return s.complete(address) })
	if took := time.Since(left); took > 10*time.Second {
		t.Errorf("the call was complete %v after its end, want 10 s at most", took.Round(time.Second))
	}
	s.checkMeeting(m.ID, address)
}

// complete tells whether everything of a leg is stored.
func (s *server) complete(leg string) bool {
	var detail struct {
		Leg struct {
			Ended   *time.Time `json:"ended"`
			Class   string     `json:"class"`
			Missing bool       `json:"missing"`
		} `json:"leg"`
		Samples struct {
			At []float64 `json:"at"`
		} `json:"samples"`
	}
	s.call(http.MethodGet, "/quality/legs/"+leg, nil, &detail)
	return detail.Leg.Ended != nil && (detail.Leg.Class == "poor" || detail.Leg.Class == "degraded") && len(detail.Samples.At) >= 4 && !detail.Leg.Missing
}

// checkMeeting looks at the timeline: both lanes are there, and the only one to
// blame is the leg.
func (s *server) checkMeeting(meeting, leg string) {
	s.t.Helper()
	var timeline struct {
		Lanes []struct {
			Leg struct {
				ID string `json:"id"`
			} `json:"leg"`
		} `json:"lanes"`
		Verdict struct {
			Findings []struct {
				Leg   string `json:"leg"`
				Cause string `json:"cause"`
				Side  string `json:"side"`
				Alone bool   `json:"alone"`
			} `json:"findings"`
		} `json:"verdict"`
	}
	s.call(http.MethodGet, "/quality/meetings/"+meeting, nil, &timeline)
	if len(timeline.Lanes) != 2 {
		s.t.Errorf("%d lanes, want 2", len(timeline.Lanes))
	}
	if found := timeline.Verdict.Findings; len(found) != 1 || found[0].Leg != leg || found[0].Cause != "uplink-loss" || found[0].Side != "said" || !found[0].Alone {
		s.t.Errorf("the verdict is %+v, want loss on the uplink of %s and nothing else", found, leg)
	}
}
