package store_test

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// benchRecords is how many calls are stored before a benchmark, unless the
// environment says PARTYLINE_BENCH_RECORDS.
func benchRecords() int {
	if n, err := strconv.Atoi(os.Getenv("PARTYLINE_BENCH_RECORDS")); err == nil {
		return n
	}
	return 100_000
}

// fillCalls stores calls of a company of 500 people in a year.
func fillCalls(b *testing.B, s *store.Store, n int) {
	b.Helper()
	const batch = 5000
	causes := []billing.Cause{billing.CauseHungUp, billing.CauseHungUp, billing.CauseHungUp, billing.CauseBusy, billing.CauseNoAnswer}
	for done := 0; done < n; {
		records := make([]billing.CDR, 0, batch)
		for range min(batch, n-done) {
			c := fullRecord(b, fmt.Sprintf("0198a3c2-6c5e-7d8f-%04x-%012x", done%7919, done))
			person := done * 7919 % 500
			c.Person, c.PersonName = fmt.Sprintf("0198a3c2-6c5e-7d8f-9a0b-%012x", person), fmt.Sprint("Person ", person)
			c.Department, c.CostCentre = fmt.Sprint("Department ", person%12), strconv.Itoa(4700+person%40)
			c.Direction, c.Kind, c.Cause = billing.Outbound, billing.PhoneOut, causes[done%len(causes)]
			c.To = dialplan.Number(fmt.Sprintf("+86138%08d", done*31%100_000_000))
			c.Setup = start.Add(time.Duration(done) * 365 * 24 * (time.Hour / time.Duration(n)))
			c.Ring, c.Answer = c.Setup.Add(2*time.Second), c.Setup.Add(5*time.Second)
			c.End = c.Answer.Add(time.Duration(done*13%600) * time.Second)
			c.Trunk = fmt.Sprint("carrier-", done%3)
			records = append(records, c)
			done++
		}
		if err := s.AddRecords(b.Context(), records); err != nil {
			b.Fatal(err)
		}
	}
}

// onBoth runs a benchmark on both databases.
func onBoth(b *testing.B, bench func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, storetest.SQLite(b)) })
	b.Run("postgres", func(b *testing.B) { bench(b, storetest.PostgreSQL(b)) })
}

// cpu is the processor time of this process: PostgreSQL's own is not in it.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkExport takes all calls out. A million of them is to take less than
// ten seconds, in memory that does not grow with them.
func BenchmarkExport(b *testing.B) {
	n := benchRecords()
	onBoth(b, func(b *testing.B, s *store.Store) {
		fillCalls(b, s, n)
		for _, format := range []billing.Format{billing.CSV, billing.JSONL} {
			b.Run(string(format), func(b *testing.B) {
				var most atomic.Uint64
				began, records := cpu(b), 0
				for b.Loop() {
					out := billing.NewRecordWriter(io.Discard, format, false)
					records = 0
					err := s.EachRecord(b.Context(), billing.Search{Oldest: true}, func(c *billing.CDR) error {
						if records++; records%(n/8) == 0 {
							var m runtime.MemStats
							runtime.ReadMemStats(&m)
							most.Store(max(most.Load(), m.HeapAlloc))
						}
						return out.Write(c)
					})
					if err != nil || out.Flush() != nil || records != n {
						b.Fatalf("%d records: %v", records, err)
					}
				}
				b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)*1e6/float64(n), "ms/million")
				b.ReportMetric(float64((cpu(b)-began).Milliseconds())/float64(b.N)*1e6/float64(n), "cpu-ms/million")
				b.ReportMetric(float64(most.Load())/1e6, "heap-MB")
			})
		}
	})
}

// BenchmarkPages asks what the pages ask, with all calls stored.
func BenchmarkPages(b *testing.B) {
	n := benchRecords()
	onBoth(b, func(b *testing.B, s *store.Store) {
		fillCalls(b, s, n)
		month := billing.Search{From: start, To: start.AddDate(0, 1, 0)}
		class, much := dialplan.International, int64(9000)
		searches := map[string]billing.Search{
			"latest": {}, "person": {Person: fmt.Sprintf("0198a3c2-6c5e-7d8f-9a0b-%012x", 7)}, "number": {Number: "+8613800000031"},
			"prefix": {Number: "+861380000", Prefix: true}, "trunk": {Trunk: "carrier-2"}, "busy": {Cause: billing.CauseBusy},
			"cost centre": {CostCentre: "4711"}, "name": {Name: "person 499"}, "nothing": {Class: &class}, "nobody": {Name: "nobody at all"},
			"no deck": {Deck: "none"}, "no loss": {Loss: billing.Range{Least: &much}}, "no batch": {Batch: "none"},
		}
		for name, q := range searches {
			b.Run("list/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := s.Records(b.Context(), q, billing.Place{}, 50); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		for _, by := range []billing.Grouping{billing.ByCostCentre, billing.ByPerson, billing.ByDay} {
			for span, q := range map[string]billing.Search{"all": {}, "month": month} {
				b.Run("costs/"+span+"/"+string(by), func(b *testing.B) {
					began := cpu(b)
					for b.Loop() {
						if _, err := s.Totals(b.Context(), q, by, time.UTC); err != nil {
							b.Fatal(err)
						}
					}
					b.ReportMetric(float64((cpu(b)-began).Milliseconds())/float64(b.N), "cpu-ms/op")
				})
			}
		}
	})
}
