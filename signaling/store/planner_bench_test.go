package store_test

import (
	"fmt"
	"testing"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/signaling/store/storetest"
)

// BenchmarkUpcoming asks what comes in a quarter of an hour and in two days,
// which is what reminders are planned from, among 10,000 series.
func BenchmarkUpcoming(b *testing.B) {
	s := storetest.SQLite(b)
	people := []auth.Account{account("ann", "ann@example.com", true), account("bob", "bob@example.com", false)}
	if err := s.AddPeople(b.Context(), people, nil); err != nil {
		b.Fatal(err)
	}
	a := newAgenda(b, s, nil)
	zones := []string{"Europe/Berlin", "America/New_York", "Asia/Shanghai", "America/Santiago"}
	rules := []string{"FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=DAILY", "FREQ=MONTHLY;BYDAY=1TU", "FREQ=WEEKLY;INTERVAL=2", "FREQ=DAILY;COUNT=500"}
	for i := range 10_000 {
		d := standup(b, meeting.Invitation{Person: "bob"})
		d.Zone, d.Rule = zones[i%len(zones)], rules[i%len(rules)]
		d.Start = d.Start.Add(time.Duration(i%96) * 15 * time.Minute)
		d.Title = fmt.Sprint("Meeting ", i)
		a.schedule("ann", d)
	}
	from := start.AddDate(0, 0, 60)
	for name, span := range map[string]time.Duration{"15m": 15 * time.Minute, "48h": 48 * time.Hour} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			found := 0
			for b.Loop() {
				all, err := a.Upcoming(b.Context(), from, from.Add(span))
				if err != nil {
					b.Fatal(err)
				}
				found = len(all)
			}
			b.ReportMetric(float64(found), "dates")
		})
	}
}
