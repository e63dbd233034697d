package store_test

import (
	"cmp"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// benchLegs is how many legs are stored before a benchmark, unless the
// environment says PARTYLINE_BENCH_LEGS: with 1,000,000 they are those of more
// than a year, and the last thirty days have samples.
func benchLegs() storetest.Volume {
	legs, err := strconv.Atoi(os.Getenv("PARTYLINE_BENCH_LEGS"))
	if err != nil {
		legs = 10_000
	}
	days := max(30, legs/2500)
	return storetest.Volume{Legs: legs, Days: days, SampleDays: 30, Until: time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)}
}

// onBothStored runs a benchmark on both databases with legs stored, and tells
// what they take.
func onBothStored(b *testing.B, v storetest.Volume, bench func(b *testing.B, s *store.Store)) {
	b.Run("sqlite", func(b *testing.B) {
		dir := b.TempDir()
		s, err := openStore(b.Context(), store.Config{Dir: dir})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		fillLegs(b, s, v)
		b.Logf("%.0f MB", float64(sizeOf(b, dir))/1e6)
		bench(b, s)
	})
	b.Run("postgres", func(b *testing.B) {
		dsn := storetest.Postgres(b)
		s, err := openStore(b.Context(), store.Config{DSN: dsn})
		if err != nil {
			b.Fatal(err)
		}
		defer s.Close()
		fillLegs(b, s, v)
		var size int64
		raw, err := sql.Open("pgx", dsn)
		if err != nil {
			b.Fatal(err)
		}
		defer raw.Close()
		if err := raw.QueryRow(`SELECT pg_database_size(current_database())`).Scan(&size); err != nil {
			b.Fatal(err)
		}
		b.Logf("%.0f MB", float64(size)/1e6)
		bench(b, s)
	})
}

func fillLegs(b *testing.B, s *store.Store, v storetest.Volume) {
	b.Helper()
	began := time.Now()
	filled := storetest.Fill(b, s, v)
	took := time.Since(began)
	b.Logf("%d legs and %d samples in %v: %.0f legs/s", v.Legs, filled.Samples, took.Round(time.Millisecond), float64(v.Legs)/took.Seconds())
	began = time.Now()
	if _, err := s.Sweep(b.Context(), store.Retention{}, v.Until); err != nil { // keeps all, and packs the days that are over
		b.Fatal(err)
	}
	b.Logf("packed in %v", time.Since(began).Round(time.Millisecond))
}

func sizeOf(b *testing.B, dir string) (size int64) {
	b.Helper()
	err := filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return size
}

// BenchmarkHealthPages asks what the pages about call quality ask, with all legs
// stored and the days that are over packed. None of it is to take half a second
// with a million of them.
func BenchmarkHealthPages(b *testing.B) {
	v := benchLegs()
	onBothStored(b, v, func(b *testing.B, s *store.Store) {
		askPages(b, s, v, func(name string, fn func() error) {
			b.Run(name, func(b *testing.B) {
				began := cpu(b)
				for b.Loop() {
					if err := fn(); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((cpu(b)-began).Microseconds())/1e3/float64(b.N), "cpu-ms/page") // PostgreSQL's aside
				b.ReportMetric(float64(b.Elapsed().Microseconds())/1e3/float64(b.N), "ms/page")
			})
		})
	})
}

// askPages is what all pages ask.
func askPages(b testing.TB, s *store.Store, v storetest.Volume, ask func(name string, fn func() error)) {
	poor := quality.Poor
	someone := fmt.Sprintf("0198a3c2-6c5e-7d8f-9a0b-%012x", 7)
	for span, days := range map[string]int{"week": 7, "month": 30, "year": 365} {
		all := health.Filter{From: v.Until.AddDate(0, 0, -days).Add(20 * time.Minute), To: v.Until.Add(-5 * time.Hour).Add(20 * time.Minute), Zone: time.UTC}
		with := func(change func(*health.Filter)) health.Filter {
			f := all
			change(&f)
			return f
		}
		berlin := with(func(f *health.Filter) { f.Where = where("site", "Berlin") })
		askSums(b, s, func(name string, fn func() error) { ask(span+"/"+name, fn) }, all, berlin)
		askNarrow(b, s, func(name string, fn func() error) { ask(span+"/"+name, fn) }, all)
		for name, f := range map[string]health.Filter{
			"latest": all, "poor": with(func(f *health.Filter) { f.Class = &poor }), "dropped": with(func(f *health.Filter) { f.Dropped = true }),
			"site": berlin, "nowhere": with(func(f *health.Filter) { f.Where = where("site", "Rome") }),
			"poor in two":     with(func(f *health.Filter) { f.Class, f.Where = &poor, where("site", "Berlin", "device", "Headset 7") }),
			"nobody in three": with(func(f *health.Filter) { f.Where = where("site", "Berlin", "kind", "phone", "trunk", "carrier-1") }),
			"person":          with(func(f *health.Filter) { f.Person = someone }), "name": with(func(f *health.Filter) { f.Name = "person 49" }),
			"number": with(func(f *health.Filter) { f.Number = "+4900000031" }), "number's end": with(func(f *health.Filter) { f.Number = "031" }),
			"call": with(func(f *health.Filter) { f.CallID = "nothing@pbx" }),
		} {
			ask(span+"/legs/"+name, func() error {
				_, err := s.Legs(b.Context(), f, health.Newest, health.Place{}, 50)
				return err
			})
			ask(span+"/worst/"+name, func() error {
				_, err := s.Legs(b.Context(), f, health.Worst, health.Place{}, 50)
				return err
			})
		}
	}
	askLeg(b, s, ask, v)
}

// askNarrow is what the pages with sums ask with more than one filter.
func askNarrow(b testing.TB, s *store.Store, ask func(string, func() error), all health.Filter) {
	with := func(where map[health.Dimension]string) health.Filter {
		f := all
		f.Where = where
		return f
	}
	poor, nine := quality.Poor, 9
	two, three := with(where("kind", "browser", "codec", "opus")), with(where("kind", "browser", "site", "Berlin", "access", "wifi"))
	poorOnes, mornings := with(where("kind", "browser")), with(where("kind", "browser"))
	poorOnes.Class, mornings.Hour = &poor, &nine
	for name, f := range map[string]health.Filter{"two": two, "three": three, "poor": poorOnes, "mornings": mornings} {
		for _, by := range []health.Dimension{health.ByDevice, health.ByAgent, health.ByMeeting} {
			ask("by "+string(by)+" of "+name, func() error { _, err := s.Groups(b.Context(), f, by, 500); return err })
		}
		ask("health of "+name, func() error { _, _, err := s.Days(b.Context(), f); return err })
		ask("hours of "+name, func() error { _, err := s.Cells(b.Context(), f); return err })
	}
	kolkata := all
	kolkata.Zone = time.FixedZone("half past", 5*3600+1800)
	ask("health by half hours", func() error { _, _, err := s.Days(b.Context(), kolkata); return err })
	ask("hours by half hours", func() error { _, err := s.Cells(b.Context(), kolkata); return err })
}

// askSums is what the pages with sums ask.
func askSums(b testing.TB, s *store.Store, ask func(string, func() error), all, berlin health.Filter) {
	ask("health", func() error { _, _, err := s.Days(b.Context(), all); return err })
	ask("hours", func() error { _, err := s.Cells(b.Context(), all); return err })
	for _, by := range []health.Dimension{health.BySite, health.ByDevice, health.ByMeeting} {
		ask("by "+string(by), func() error { _, err := s.Groups(b.Context(), all, by, 500); return err })
	}
	ask("health of a site", func() error { _, _, err := s.Days(b.Context(), berlin); return err })
	ask("agents of a site", func() error { _, err := s.Groups(b.Context(), berlin, health.ByAgent, 500); return err })
	ask("trunks", func() error { _, err := s.TrunkSums(b.Context(), all.From, all.To); return err })
	ask("joins", func() error { _, _, err := s.Funnel(b.Context(), all.From, all.To, ""); return err })
	ask("failed joins", func() error { _, err := s.FailedJoins(b.Context(), all.From, all.To, "", 50); return err })
	ask("ratings", func() error { _, _, _, err := s.Ratings(b.Context(), all, 100); return err })
	for name, order := range map[string]health.Order{"latest": health.Newest, "worst": health.Worst} {
		ask("meetings/"+name, func() error { _, err := s.Sessions(b.Context(), all, order, health.Place{}, 50); return err })
		ask("meetings of a site/"+name, func() error { _, err := s.Sessions(b.Context(), berlin, order, health.Place{}, 50); return err })
	}
}

// askLeg is what the pages of one leg and one meeting ask.
func askLeg(b testing.TB, s *store.Store, ask func(string, func() error), v storetest.Volume) {
	rows, err := s.Legs(b.Context(), health.Filter{From: v.Until.AddDate(0, 0, -2), To: v.Until, Where: where("kind", "phone"), Zone: time.UTC}, health.Newest, health.Place{}, 1)
	if err != nil || len(rows) == 0 {
		b.Fatal(len(rows), err)
	}
	leg := rows[0].Leg
	ask("leg", func() error {
		_, err := s.Leg(b.Context(), leg.ID)
		_, more := s.Courses(b.Context(), []string{leg.ID})
		_, call := s.Call(b.Context(), leg.ID)
		_, _, join := s.JoinOf(b.Context(), leg.ID)
		return cmp.Or(err, more, call, join)
	})
	ask("meeting", func() error {
		_, rows, err := s.SessionAt(b.Context(), leg.Meeting, leg.Began)
		if err != nil {
			return err
		}
		var ids []string
		for _, r := range rows {
			ids = append(ids, r.Leg.ID)
		}
		_, err = s.Courses(b.Context(), ids)
		return err
	})
}

// BenchmarkKeepLegs keeps what a thousand legs that live give in two minutes: a
// chunk each, and their rows.
func BenchmarkKeepLegs(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		const legs = 1000
		records := someLegs(legs)
		samples, _ := packedSamples(b)
		samples = append(samples, samples...)
		n := 0
		began := cpu(b)
		for b.Loop() {
			n++
			for first := 0; first < legs; first += 20 { // as they come every two seconds
				var batch quality.Batch
				for i := first; i < first+20; i++ {
					r := records[i]
					r.Leg.Ended = time.Time{}
					at := r.Leg.Began.Add(time.Duration(n) * 2 * time.Minute)
					for k := range samples {
						samples[k].At = at.Add(time.Duration(k) * 5 * time.Second)
					}
					batch.Legs = append(batch.Legs, r)
					batch.Chunks = append(batch.Chunks, quality.NewChunk(r.Leg.ID, samples))
				}
				if err := s.Keep(b.Context(), batch); err != nil {
					b.Fatal(err)
				}
			}
		}
		kept := float64(b.N * legs * len(samples))
		b.ReportMetric(kept/b.Elapsed().Seconds(), "samples/s")
		b.ReportMetric(float64((cpu(b)-began).Nanoseconds())/kept, "cpu-ns/sample")
	})
}

// TestBytesOfSamples stores samples, and finds that one takes no more than forty
// bytes with all that the database needs for it.
func TestBytesOfSamples(t *testing.T) {
	const most = 40
	eachConfig(t, func(t *testing.T, cfg store.Config, raw *sql.DB) {
		s, err := openStore(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		filled := storetest.Fill(t, s, storetest.Volume{Legs: 300, Days: 1, SampleDays: 2, Until: start})
		query := `SELECT sum(pgsize) FROM dbstat WHERE name IN ('leg_chunk', 'leg_chunk_began', 'sqlite_autoindex_leg_chunk_1')`
		if cfg.DSN != "" {
			query = `SELECT pg_total_relation_size('leg_chunk')`
		}
		var size int64
		if err := raw.QueryRow(query).Scan(&size); err != nil {
			t.Fatal(err)
		}
		each := float64(size) / float64(filled.Samples)
		t.Logf("%d samples: %.1f bytes each, %.1f of them packed", filled.Samples, each, float64(filled.Bytes)/float64(filled.Samples))
		if each > most {
			t.Errorf("a sample takes %.1f bytes", each)
		}
	})
}
