//go:build e2e

package main

import (
	"strings"
	"testing"
	"time"

	"partyline/metrics/metricstest"
	"partyline/metrics/rules"
	"partyline/sfu/audio"
)

// TestE2EPrometheus has a real Prometheus read the running program while
// somebody calls in, and ask it for everything that `partyline metrics` prints.
func TestE2EPrometheus(t *testing.T) {
	s := startServer(t)
	groups := rules.Groups()
	for i := range groups {
		groups[i].Every = time.Second
	}
	prometheus := metricstest.Start(t, strings.TrimPrefix(s.URL, "http://"), rules.YAML(groups))
	prometheus.Await(`up{job="partyline"} == 1`)
	m := s.meeting("Weekly", "Lea")
	lea := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMA)
	prometheus.Await(`sum(partyline_calls_running) == 1`)
	if err := lea.Hangup(t.Context()); err != nil {
		t.Fatal(err)
	}
	prometheus.Await(`sum(partyline_sip_invites_total{direction="in",outcome="answered"}) == 1`)
	prometheus.Await(`sum(partyline_calls_ended_total{cause="hung-up"}) == 1`)
	for _, e := range metricstest.Expressions(t) {
		prometheus.Ask(e.Text) // fails the test where there is no answer
	}
	for _, name := range []string{"partyline_disk_free_bytes", "process_resident_memory_bytes", "partyline_media_packets_total", "partyline_build_info"} {
		if len(prometheus.Ask(name)) == 0 {
			t.Errorf("nothing is called %s", name)
		}
	}
}
