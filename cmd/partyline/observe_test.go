package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"partyline/metrics"
	"partyline/metrics/quality"
	"partyline/sfu"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/billing/ledgertest"
	"partyline/sip/dialplan"
)

// shown is for a room that nobody looks at.
type shown struct{}

func (s *shown) Speaking(string, []sfu.Speaker)                  {}
func (s *shown) LegChanged(string, uint32, string, sfu.LegState) {}
func (s *shown) Together(string, []quality.Together)             {}
func (s *shown) TalkingMuted(string, uint32)                     {}

func (s *shown) Music(string, uint32, bool) {}

func (s *shown) RecordingEnded(string, sfu.Recording) {}

func (s *shown) Measured(quality.Key, quality.Sample) {}

func (s *shown) Glanced(quality.Key, quality.Sample) {}

func TestEnginesAreCounted(t *testing.T) {
	m := metrics.New("test")
	nobody := &stories{}
	legs := newLegs(billing.NewJournal(ledgertest.NewMemory(), nil, nil), billing.NewDesk(billing.Config{}), billing.Currency{}, dialplan.Country{})
	calls := callObserver{m, legs, nobody, newLookout("")}
	began := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	calls.CallStarted(sip.Record{Trunk: "carrier"})
	calls.CallEnded(sip.Record{
		Trunk: "carrier", Cause: "hung-up", From: "+4930901820", Meeting: "m-0192",
		Began: began, Answered: began.Add(time.Second), Entered: began.Add(9 * time.Second), Ended: began.Add(61 * time.Second),
		Quality: sip.Quality{Sent: 7, Received: 5, Strangers: 3}, Signalling: quality.Signalling{Retransmissions: 3},
	})
	calls.CallStarted(sip.Record{Trunk: "carrier"})
	calls.CallEnded(sip.Record{Trunk: "carrier", Cause: "no-common-media", Began: began, Ended: began})
	calls.Attempted(sip.Attempt{Trunk: "carrier", Outbound: true, Setup: quality.SetupBusy})
	calls.Digit("info")
	calls.Prompted(time.Second)
	legsSeen := legObserver{m.Quality, nobody, newLookout("")}
	legsSeen.Scored(quality.Leg{ID: "leg-1", Kind: quality.Phone, Trunk: "carrier", Number: "+4930901820"}, quality.Sample{Said: quality.Stream{Packets: 250}}, quality.Score{Class: quality.Poor})
	legsSeen.Entered(quality.Join{Leg: "leg-1", Kind: quality.Browser, Failed: quality.StageICE, Cause: "network"})
	sessions := sessionObserver{m.Sessions, legsSeen}
	sessions.SocketOpened()
	sessions.RoomsChanged(1)
	sessions.ParticipantsChanged("phone", 2)
	sessions.Refused("nonsense")

	response := httptest.NewRecorder()
	m.Handler().ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	got := response.Body.String()
	for _, want := range []string{
		`partyline_calls_ended_total{cause="hung-up",trunk="carrier"} 1`,
		`partyline_calls_ended_total{cause="no-common-media",trunk="carrier"} 1`,
		`partyline_calls_running{trunk="carrier"} 0`,
		`partyline_calls_answer_seconds_sum 1`,
		`partyline_calls_menu_seconds_sum 8`,
		`partyline_calls_duration_seconds_sum{trunk="carrier"} 60`,
		`partyline_calls_duration_seconds_count{trunk="carrier"} 1`,
		`partyline_calls_packets_total{direction="out",trunk="carrier"} 7`,
		`partyline_calls_packets_dropped_total{reason="stranger",trunk="carrier"} 3`,
		`partyline_sip_invites_total{direction="out",outcome="busy",trunk="carrier"} 1`,
		`partyline_sip_retransmissions_total{direction="in",trunk="carrier"} 3`,
		`partyline_quality_intervals_total{class="poor",kind="phone",trunk="carrier"} 1`,
		`partyline_quality_reports_refused_total{reason="nonsense"} 1`,
		`partyline_joins_failed_total{cause="network",kind="browser",stage="ice"} 1`,
		`partyline_meetings_participants{kind="phone"} 2`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the scrape has no %s", want)
		}
	}
	for _, leak := range []string{"4930901820", "m-0192", "leg-1", `"room"`} {
		if strings.Contains(got, leak) {
			t.Errorf("%s became a label", leak)
		}
	}
}
