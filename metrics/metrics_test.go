package metrics

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"partyline/metrics/quality"
)

// busy gives metrics in which everything has happened once.
func busy(t *testing.T) *Metrics {
	t.Helper()
	m := New("test")
	m.WatchTraffic(func() Traffic { return Traffic{PacketsIn: 1, PacketsOut: 2, DroppedUnsent: 3, Legs: 4} })
	m.WatchPhones(func() Phones {
		return Phones{Dialogs: 5, RTPPorts: 6, Registered: 7, Shed: 8, Dropped: map[string]uint64{"banned": 9}, Shown: map[string]uint64{"queue-full": 10}}
	})
	m.Calls.Started("carrier")
	m.Calls.Ended(Call{
		Trunk: "carrier", Cause: "hung-up", Answer: 80 * time.Millisecond, Menu: 9 * time.Second, Duration: time.Minute,
		Sent: 10, Received: 9, Lost: -1, Strangers: 2, Jitter: time.Millisecond, RoundTrip: time.Millisecond,
	})
	m.Calls.Started("carrier")
	m.Calls.Digit("rtp")
	m.Calls.Prompted(200 * time.Millisecond)
	m.Sessions.SocketOpened()
	m.Sessions.SocketOpened()
	m.Sessions.SocketClosed("left")
	m.Sessions.Received("join")
	m.Sessions.RoomsChanged(2)
	m.Sessions.RoomsChanged(-1)
	m.Sessions.ParticipantsChanged("phone", 3)
	m.WatchTrunks(func() map[string]bool { return map[string]bool{"carrier": true, "other": false} })
	m.WatchDisk(func() (uint64, bool) { return 12345, true })
	m.Quality.Scored(quality.Leg{Kind: quality.Browser}, quality.Sample{}, quality.Score{Class: quality.Poor})
	m.WatchLegs(func() map[quality.Kind]int { return map[quality.Kind]int{quality.Browser: 1} })
	phone := quality.Leg{Kind: quality.Phone, Trunk: "carrier", Name: "secret-name", Number: "+8613800000000", Dropped: true}
	m.Quality.Scored(phone, quality.Sample{
		Said:      quality.Stream{Packets: 250, Loss: .2, Concealed: .15, Jitter: 9 * time.Millisecond, Buffer: 60 * time.Millisecond},
		RoundTrip: 80 * time.Millisecond,
	}, quality.Score{Class: quality.Poor, Said: 2.9})
	m.Quality.Finished(quality.Record{Leg: phone, Summary: quality.Summary{Samples: 12, Poor: time.Minute, PoorBecause: quality.Causes{MOS: time.Minute}}})
	m.Quality.Finished(quality.Record{Leg: phone}) // nobody heard it
	m.Quality.Refused(quality.RefusedNonsense)
	m.Quality.Forgotten(7)
	m.SIP.Attempted("carrier", true, quality.SetupAnswered)
	m.SIP.Signalled("leg-1", "carrier", true, quality.Signalling{PDD: 2 * time.Second, Answer: 5 * time.Second, Retransmissions: 2, Challenges: 1, Holds: 1})
	m.Quality.Entered(quality.Join{Kind: quality.Browser, Steps: []quality.Step{{Stage: quality.StageICE, After: 300 * time.Millisecond}, {Stage: quality.StageHeard, After: time.Second}, {Stage: "secret-stage"}}})
	m.Quality.Entered(quality.Join{Kind: quality.Browser, Failed: quality.StageMicrophone, Cause: "denied"})
	m.Quality.Entered(quality.Join{Kind: "secret-kind", Failed: "secret-stage", Cause: "secret-cause"})
	m.Reminders.Planned(5)
	m.Reminders.Sent("push", 300*time.Millisecond)
	m.Reminders.Failed("mail", "refused")
	m.Reminders.Expired(2)
	m.Reminders.Suppressed("push", "quiet")
	m.Reminders.Acknowledged("late")
	m.Reminders.Missed("push")
	mux := http.NewServeMux()
	mux.HandleFunc("GET /j/{link}", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	for _, path := range []string{"/j/secret-link", "/nowhere/secret-link"} {
		m.Requests.Count(mux).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, nil))
	}
	return m
}

func scrape(t *testing.T, m *Metrics) string {
	t.Helper()
	response := httptest.NewRecorder()
	m.Handler().ServeHTTP(response, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	body, err := io.ReadAll(response.Body)
	if err != nil || response.Code != http.StatusOK {
		t.Fatalf("scrape: %d, %v", response.Code, err)
	}
	return string(body)
}

func TestScrape(t *testing.T) {
	got := scrape(t, busy(t))
	for _, want := range []string{
		`partyline_build_info{version="test"} 1`,
		`partyline_calls_started_total{trunk="carrier"} 2`,
		`partyline_calls_running{trunk="carrier"} 1`,
		`partyline_calls_ended_total{cause="hung-up",trunk="carrier"} 1`,
		`partyline_calls_packets_total{direction="in",trunk="carrier"} 9`,
		`partyline_calls_packets_dropped_total{reason="lost",trunk="carrier"} 0`,
		`partyline_calls_packets_dropped_total{reason="stranger",trunk="carrier"} 2`,
		`partyline_calls_answer_seconds_bucket{le="0.1"} 1`,
		`partyline_calls_menu_seconds_bucket{le="10"} 1`,
		`partyline_calls_prompt_seconds_sum 0.2`,
		`partyline_calls_digits_total{method="rtp"} 1`,
		`partyline_sockets_open 1`,
		`partyline_sockets_closed_total{reason="left"} 1`,
		`partyline_sockets_messages_received_total{type="join"} 1`,
		`partyline_meetings_running 1`,
		`partyline_meetings_participants{kind="phone"} 3`,
		`partyline_quality_intervals_total{class="poor",kind="browser",trunk=""} 1`,
		`partyline_quality_intervals_total{class="good",kind="browser",trunk=""} 0`,
		`partyline_quality_intervals_total{class="poor",kind="phone",trunk="carrier"} 1`,
		`partyline_quality_legs{kind="browser"} 1`,
		`partyline_quality_legs{kind="phone"} 0`,
		`partyline_quality_legs_ended_total{class="poor",kind="phone",outcome="dropped",trunk="carrier"} 1`,
		`partyline_quality_legs_ended_total{class="good",kind="phone",outcome="ended",trunk="carrier"} 0`,
		`partyline_quality_legs_ended_total{class="unclassified",kind="phone",outcome="dropped",trunk="carrier"} 0`,
		`partyline_quality_loss_ratio_sum{direction="said",kind="phone"} 0.2`,
		`partyline_quality_jitter_seconds_bucket{direction="said",kind="phone",le="0.01"} 1`,
		`partyline_quality_round_trip_seconds_sum{kind="phone"} 0.08`,
		`partyline_quality_mos_bucket{band="narrow",direction="said",kind="phone",le="2.8"} 0`,
		`partyline_quality_mos_bucket{band="narrow",direction="said",kind="phone",le="3.1"} 1`,
		`partyline_quality_reports_refused_total{reason="nonsense"} 1`,
		`partyline_quality_samples_forgotten_total 7`,
		`partyline_sip_invites_total{direction="out",outcome="answered",trunk="carrier"} 1`,
		`partyline_sip_invites_total{direction="out",outcome="ineffective",trunk="carrier"} 0`,
		`partyline_sip_request_delay_seconds_bucket{direction="out",trunk="carrier",le="2"} 1`,
		`partyline_sip_answer_delay_seconds_sum{direction="out",trunk="carrier"} 5`,
		`partyline_sip_retransmissions_total{direction="out",trunk="carrier"} 2`,
		`partyline_sip_challenges_total{direction="out",trunk="carrier"} 1`,
		`partyline_sip_holds_total{direction="out",trunk="carrier"} 1`,
		`partyline_joins_total{kind="browser",outcome="joined"} 1`,
		`partyline_joins_total{kind="phone",outcome="failed"} 0`,
		`partyline_joins_failed_total{cause="denied",kind="browser",stage="microphone"} 1`,
		`partyline_joins_failed_total{cause="other",kind="other",stage="other"} 1`,
		`partyline_joins_stage_seconds_sum{kind="browser",stage="ice"} 0.3`,
		`partyline_trunks_up{trunk="carrier"} 1`,
		`partyline_trunks_up{trunk="other"} 0`,
		`partyline_disk_free_bytes 12345`,
		`partyline_reminders_planned_total 5`,
		`partyline_reminders_sent_total{channel="push"} 1`,
		`partyline_reminders_lateness_seconds_bucket{channel="push",le="0.5"} 1`,
		`partyline_reminders_failed_total{channel="mail",reason="refused"} 1`,
		`partyline_reminders_expired_total 2`,
		`partyline_reminders_suppressed_total{channel="push",reason="quiet"} 1`,
		`partyline_reminders_acknowledged_total{act="late"} 1`,
		`partyline_reminders_missed_windows_total{channel="push"} 1`,
		`partyline_http_requests_total{route="GET /j/{link}",status="418"} 1`,
		`partyline_http_requests_total{route="none",status="404"} 1`,
		`partyline_media_packets_total{direction="out"} 2`,
		`partyline_media_packets_dropped_total{reason="unsent"} 3`,
		`partyline_media_legs 4`,
		`partyline_calls_dialogs 5`,
		`partyline_calls_rtp_port_pairs 6`,
		`partyline_sip_registered_phones 7`,
		`partyline_sip_invites_shed_total 8`,
		`partyline_sip_dropped_total{reason="banned"} 9`,
		`partyline_sip_hep_messages_total{outcome="queue-full"} 10`,
		`go_goroutines `,
		`process_cpu_seconds_total `,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the scrape has no %s", want)
		}
	}
	for _, secret := range []string{"secret", "86138"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q became a label", secret)
		}
	}
}

func TestNamesAreAsPrometheusWantsThem(t *testing.T) {
	problems, err := testutil.GatherAndLint(busy(t).registry)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

// TestLabelsAreFromClosedLists keeps people, numbers and meetings out: a new
// label has to be added here, and so thought of.
func TestLabelsAreFromClosedLists(t *testing.T) {
	allowed := []string{"act", "band", "cause", "channel", "class", "direction", "kind", "method", "outcome", "reason", "route", "stage", "status", "trunk", "type", "version"}
	for _, family := range New("test").Families() {
		for _, label := range family.Labels {
			if !slices.Contains(allowed, label) {
				t.Errorf("%s has the label %s, which is not allowed", family.Name, label)
			}
		}
	}
}

// TestFamiliesAreWhatIsServed holds the list that references and expressions
// are checked by against a scrape.
func TestFamiliesAreWhatIsServed(t *testing.T) {
	m := busy(t)
	gathered, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var served []Family
	for _, family := range gathered {
		if !strings.HasPrefix(family.GetName(), namespace+"_") {
			continue // Go's and the process's own
		}
		one := Family{Name: family.GetName(), Type: strings.ToLower(family.GetType().String()), Help: family.GetHelp()}
		for _, label := range family.GetMetric()[0].GetLabel() {
			one.Labels = append(one.Labels, label.GetName())
		}
		served = append(served, one)
	}
	if diff := cmp.Diff(m.Families(), served); diff != "" {
		t.Errorf("what is served differs from the list (-list +served):\n%s", diff)
	}
}

// TestEveryCounterOfTheMediaPathIsServed sets each field to a number of its
// own and looks for it.
func TestEveryCounterOfTheMediaPathIsServed(t *testing.T) {
	var traffic Traffic
	fields := reflect.ValueOf(&traffic).Elem()
	for i := range fields.NumField() {
		if field := fields.Field(i); field.CanUint() {
			field.SetUint(uint64(1000 + i))
		} else {
			field.SetInt(int64(1000 + i))
		}
	}
	served := make(map[float64]int)
	c := newTrafficCollector(catalogue{families: &families{}})
	for _, row := range c.rows {
		served[row.value(traffic)]++
	}
	for i := range fields.NumField() {
		if served[float64(1000+i)] != 1 {
			t.Errorf("%s is served %d times", fields.Type().Field(i).Name, served[float64(1000+i)])
		}
	}
}

func TestRefusedCallHasNoDuration(t *testing.T) {
	m := New("test")
	m.Calls.Started("")
	m.Calls.Ended(Call{Cause: "number-not-served"})
	got := scrape(t, m)
	if !strings.Contains(got, `partyline_calls_ended_total{cause="number-not-served",trunk=""} 1`) || strings.Contains(got, "partyline_calls_duration_seconds_count{") {
		t.Errorf("a refused call is counted wrongly:\n%s", got)
	}
}
