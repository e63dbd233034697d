package store_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
)

// someLegs are legs of up to two days, as a company with two offices and two carriers
// has them: each eighth is poor, each eighth degraded, some were dropped.
func someLegs(n int) []quality.Record {
	r := rand.New(rand.NewPCG(1, 2))
	all := make([]quality.Record, n)
	for i := range all {
		meeting := i / 5
		l := quality.Leg{
			ID: fmt.Sprintf("leg-%05d", i), Meeting: fmt.Sprint("meeting-", meeting%7), Room: "room", Participant: uint32(i),
			Kind: quality.Browser, Person: fmt.Sprint("person-", i%11), Name: fmt.Sprintf("Pérson %c", 'A'+i%11),
			Codec: "opus", Wideband: true, Address: "192.0.2.1", Site: []string{"Berlin", "上海", ""}[r.IntN(3)],
			Access: []quality.Access{quality.WiFi, quality.Wired}[r.IntN(2)], Agent: fmt.Sprint("Chrome ", 140+r.IntN(3)),
			System: "Windows", Device: fmt.Sprint("Microphone ", r.IntN(4)), Transport: "udp", Candidate: "host",
			Began: start.Add(time.Duration(meeting)*50*time.Minute + time.Duration(i%5)*time.Minute), Cause: "left",
		}
		l.Ended = l.Began.Add(time.Duration(10+r.IntN(10)) * time.Minute)
		if i%5 == 4 {
			l.Kind, l.Person, l.Name, l.Number = quality.Phone, "", "", fmt.Sprintf("+4930123%04d", i)
			l.CallID, l.Trunk, l.Country, l.Codec, l.Wideband, l.Agent = fmt.Sprint("call-", i), fmt.Sprint("carrier-", i%2), "DE", "PCMA", false, ""
		}
		l.Dropped = r.IntN(20) == 0
		all[i] = quality.Record{Leg: l, Summary: summaryOf(r, &l)}
	}
	return all
}

// summaryOf is a summary of a leg with whatever quality.
func summaryOf(r *rand.Rand, l *quality.Leg) quality.Summary {
	length := l.Ended.Sub(l.Began)
	over := func(value float64) quality.Mean {
		return quality.Mean{Value: value, Least: value / 2, Most: value * 2, Over: length}
	}
	s := quality.Summary{Samples: int(length / (5 * time.Second)), Good: length, RoundTrip: over(0.04)}
	loss := 0.001
	switch r.IntN(8) {
	case 0:
		loss, s.Good, s.Poor = 0.15, 0, length
		s.PoorBecause = quality.Causes{Loss: length, Jitter: 10 * time.Second}
		s.Worst = quality.Worst{From: l.Began, To: l.Began.Add(time.Minute), Class: quality.Poor, Weight: 2 * time.Minute}
	case 1:
		loss, s.Good, s.Degraded = 0.05, 0, length
		s.DegradedBecause = quality.Causes{Loss: length}
	case 2:
		s.Good, s.Unclassified = 0, length
		return s
	}
	for _, c := range []*quality.Course{&s.Said, &s.Heard} {
		c.Packets = uint64(s.Samples * 250)
		c.Lost = uint64(float64(c.Packets) * loss)
		c.Jitter, c.Concealed, c.Spread, c.Level = over(0.005), over(loss/2), over(0.02), over(-26.5)
		if l.Wideband {
			c.Wide = over(4.2)
		} else {
			c.Narrow = over(4.1)
		}
		loss /= 2
	}
	return s
}

func keep(t testing.TB, s *store.Store, b quality.Batch) {
	t.Helper()
	if err := s.Keep(t.Context(), b); err != nil {
		t.Fatal(err)
	}
}

// always is a filter for all legs of someLegs.
func always() health.Filter {
	return health.Filter{From: start.AddDate(0, 0, -1), To: start.AddDate(0, 0, 30), Zone: time.UTC}
}

// packedSamples are a minute of samples, as exactly as they are stored.
func packedSamples(t testing.TB) ([]quality.Sample, []byte) {
	t.Helper()
	var samples []quality.Sample
	for i := range 12 {
		d := quality.Stream{Packets: 250, Loss: 0.02, Jitter: 5 * time.Millisecond, Level: -30, Talking: 0.5}
		samples = append(samples, quality.Sample{At: start.Add(time.Duration(i+1) * 5 * time.Second), Span: 5 * time.Second, Said: d, Heard: d, RoundTrip: 40 * time.Millisecond})
	}
	packed := quality.NewChunk("a", samples).Packed
	samples, err := quality.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	return samples, packed
}

func classOf(r *quality.Record) quality.Class {
	class, _ := r.Summary.Class()
	return class
}
