//go:build e2e

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/browser"
	"partyline/cmd/internal/impair"
	"partyline/sfu/audio"
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
	bad, limit := time.Now(), patient(10*time.Second)
	red := fmt.Sprintf("[...document.querySelectorAll('%s')].some(row => row.innerText.includes('Bob') && row.querySelector('.chip.bad'))", id("now-row"))
	admin.must(20*time.Second, red)
	t.Logf("red after %.1f s", time.Since(bad).Seconds())
	if limit.over() {
		t.Errorf("until the uplink turned red, %v; want 10 s at most", limit)
	}
	time.Sleep(15 * time.Second)
	admin.picture("quality-now.png")

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
	admin.must(10*time.Second, "[...document.querySelectorAll('canvas')].filter(c => c.width > 200).length >= 6") // all charts are drawn
	admin.picture("quality-leg.png")

	bob.click(id("leave"))
	bob.must(5*time.Second, fmt.Sprintf("document.querySelector('%s')", id("over")))
	s.waitFor(10*time.Second, "the finished call", func() bool { return s.complete(address) })
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

// TestE2EAPhoneLeavesEvidence calls in, talks and hangs up: soon afterwards its
// messages, its figures and a file for the carrier are there. A machine that
// stalls spoils a call, and a bridge that measures wrongly every one: of three
// calls one must be good.
func TestE2EAPhoneLeavesEvidence(t *testing.T) {
	s := startServer(t)
	m := s.meeting("Weekly", "Lea")
	var call shownCall
	for before := range 3 {
		call = s.talkedThrough(m, before)
		t.Logf("%s, MOS of what she said: %.2f on average", call.Leg.Class, mean(call.Samples.Said.MOS))
		if call.Leg.Class == "good" && mean(call.Samples.Said.MOS) >= 4 {
			break
		}
	}
	if call.Leg.Name != "Lea" || call.Leg.Codec != "PCMA" || call.Leg.Class != "good" || call.Leg.Wideband {
		t.Errorf("the leg is %+v", call.Leg)
	}
	if call.Signalling.Status != 200 || call.Signalling.Bye != "them" {
		t.Errorf("its signalling is %+v", call.Signalling)
	}
	sorts := make([]string, 0, len(call.Ladder))
	for _, one := range call.Ladder {
		sorts = append(sorts, one.Sort)
	}
	for _, want := range []string{"INVITE", "200", "ACK", "BYE"} {
		if !slices.Contains(sorts, want) {
			t.Errorf("the ladder %v has no %s", sorts, want)
		}
	}
	if mean(call.Samples.Said.MOS) < 4 {
		t.Errorf("the MOS of what she said is %.2f", mean(call.Samples.Said.MOS))
	}
	file, err := s.Fetch(t.Context(), http.MethodGet, "/quality/legs/"+call.id+"/evidence?as=pcapng", nil)
	if err != nil || !bytes.HasPrefix(file, []byte{0x0a, 0x0d, 0x0d, 0x0a}) || len(file) < 20_000 {
		t.Errorf("the evidence has %d octets (%v), want those of a call as pcapng", len(file), err)
	}
}

// talkedThrough has Lea call in, talk and hang up, after so many calls before,
// and waits until everything of it is there.
func (s *server) talkedThrough(m bridge.Meeting, before int) (call shownCall) {
	s.t.Helper()
	lea := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMA)
	lea.speak("rms")(true)
	time.Sleep(18 * time.Second)
	if err := lea.Hangup(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
	s.waitFor(10*time.Second, "the finished call", func() bool {
		type leg struct {
			ID    string    `json:"id"`
			Began time.Time `json:"began"`
		}
		var list struct {
			Legs []leg `json:"legs"`
		}
		s.call(http.MethodGet, "/quality/legs?kind=phone", nil, &list)
		if len(list.Legs) != before+1 {
			return false
		}
		last := slices.MaxFunc(list.Legs, func(a, b leg) int { return a.Began.Compare(b.Began) })
		call = shownCall{id: last.ID}
		s.call(http.MethodGet, "/quality/legs/"+call.id, nil, &call)
		return call.Evidence && len(call.Ladder) > 0 && len(call.Samples.Said.MOS) > 0
	})
	return call
}

// shownCall is what the API says of a phone's leg.
type shownCall struct {
	id  string
	Leg struct {
		Name     string `json:"name"`
		Codec    string `json:"codec"`
		Class    string `json:"class"`
		Wideband bool   `json:"wideband"`
	} `json:"leg"`
	Samples struct {
		Said struct {
			MOS []*float64 `json:"mos"`
		} `json:"said"`
	} `json:"samples"`
	Ladder []struct {
		Sort string `json:"sort"`
	} `json:"ladder"`
	Signalling struct {
		Status int    `json:"status"`
		Bye    string `json:"bye"`
	} `json:"signalling"`
	Evidence bool `json:"evidence"`
}

// mean is of the figures that are known.
func mean(figures []*float64) float64 {
	sum, n := 0.0, 0
	for _, f := range figures {
		if f != nil {
			sum, n = sum+*f, n+1
		}
	}
	return sum / float64(max(n, 1))
}
