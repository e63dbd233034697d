package ical

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestExpand is the golden table of recurrence: the examples of RFC 5545
// §3.8.5.3 that meetings can have, and days that not every month has.
func TestExpand(t *testing.T) {
	cases := []struct {
		name, start, rule string
		want              string // dates, those of one month after the month
	}{
		{"once", "19970902T090000", "", "1997-09:2"},
		{"daily for 10 dates", "19970902T090000", "FREQ=DAILY;COUNT=10", "1997-09:2,3,4,5,6,7,8,9,10,11"},
		{"every other day", "19970902T090000", "FREQ=DAILY;INTERVAL=2;COUNT=4", "1997-09:2,4,6,8"},
		{"every 10 days", "19970902T090000", "FREQ=DAILY;INTERVAL=10;COUNT=5", "1997-09:2,12,22 1997-10:2,12"},
		{"daily until", "19970902T090000", "FREQ=DAILY;UNTIL=19970905T090000", "1997-09:2,3,4,5"},
		{"daily until just before", "19970902T090000", "FREQ=DAILY;UNTIL=19970905T085959", "1997-09:2,3,4"},
		{"until a day", "19970902T090000", "FREQ=DAILY;UNTIL=19970905", "1997-09:2,3,4,5"},
		{"every day in January", "19980130T090000", "FREQ=DAILY;BYMONTH=1;COUNT=4", "1998-01:30,31 1999-01:1,2"},
		{"January, yearly", "19980101T090000", "FREQ=YEARLY;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA;COUNT=3", "1998-01:1,2,3"},
		{"weekly", "19970902T090000", "FREQ=WEEKLY;COUNT=6", "1997-09:2,9,16,23,30 1997-10:7"},
		{"Tuesday and Thursday", "19970902T090000", "FREQ=WEEKLY;UNTIL=19971007T000000;WKST=SU;BYDAY=TU,TH", "1997-09:2,4,9,11,16,18,23,25,30 1997-10:2"},
		{"every other Mon, Wed, Fri", "19970901T090000", "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971001T000000;WKST=SU;BYDAY=MO,WE,FR", "1997-09:1,3,5,15,17,19,29"},
		{"weeks beginning on Monday", "19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", "1997-08:5,10,19,24"},
		{"weeks beginning on Sunday", "19970805T090000", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", "1997-08:5,17,19,31"},
		{"first Friday", "19970905T090000", "FREQ=MONTHLY;COUNT=4;BYDAY=1FR", "1997-09:5 1997-10:3 1997-11:7 1997-12:5"},
		{"first and last Sunday of every other month", "19970907T090000", "FREQ=MONTHLY;INTERVAL=2;COUNT=6;BYDAY=1SU,-1SU", "1997-09:7,28 1997-11:2,30 1998-01:4,25"},
		{"second-to-last Monday", "19970922T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", "1997-09:22 1997-10:20 1997-11:17"},
		{"third-to-last day", "19970928T090000", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=6", "1997-09:28 1997-10:29 1997-11:28 1997-12:29 1998-01:29 1998-02:26"},
		{"2nd and 15th", "19970902T090000", "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15", "1997-09:2,15 1997-10:2,15"},
		{"first and last day", "19970930T090000", "FREQ=MONTHLY;COUNT=5;BYMONTHDAY=1,-1", "1997-09:30 1997-10:1,31 1997-11:1,30"},
		{"10th to 15th every 18 months", "19970910T090000", "FREQ=MONTHLY;INTERVAL=18;COUNT=8;BYMONTHDAY=10,11,12,13,14,15", "1997-09:10,11,12,13,14,15 1999-03:10,11"},
		{"June and July", "19970610T090000", "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", "1997-06:10 1997-07:10 1998-06:10 1998-07:10"},
		{"every third year", "19970310T090000", "FREQ=YEARLY;INTERVAL=3;COUNT=2", "1997-03:10 2000-03:10"},
		{"20th Monday of the year", "19970519T090000", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", "1997-05:19 1998-05:18 1999-05:17"},
		{"Thursdays in March", "19970313T090000", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4", "1997-03:13,20,27 1998-03:5"},
		{"Friday the 13th", "19980213T090000", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4", "1998-02:13 1998-03:13 1998-11:13 1999-08:13"},
		{"election day", "19961105T090000", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3", "1996-11:5 2000-11:7 2004-11:2"},
		{"third Tue, Wed or Thu", "19970904T090000", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", "1997-09:4 1997-10:7 1997-11:6"},
		{"second-to-last weekday", "19970929T090000", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3", "1997-09:29 1997-10:30 1997-11:27"},
		{"15th and 30th; February has none", "20070115T090000", "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5", "2007-01:15,30 2007-02:15 2007-03:15,30"},
		{"the 31st", "20260131T090000", "FREQ=MONTHLY;COUNT=4", "2026-01:31 2026-03:31 2026-05:31 2026-07:31"},
		{"29 February", "20240229T090000", "FREQ=YEARLY;COUNT=3", "2024-02:29 2028-02:29 2032-02:29"},
		{"29 February, by its number", "20960229T090000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29;COUNT=2", "2096-02:29 2104-02:29"},
		{"a start off its rule is no date", "20260303T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=2", "2026-03:9,16"},
		{"never", "20260101T090000", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", ""},
		{"month's end with the year's", "20261201T090000", "FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=2", "2026-12:31 2027-01:31"},
		{"end of time", "99991230T090000", "FREQ=DAILY", "9999-12:30,31"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			rule, err := ParseRule(c.rule)
			if err != nil {
				t.Fatal(err)
			}
			start := mustWall(t, c.start)
			var dates []Wall
			for w := range rule.Expand(start, start, Wall{maxWall}) {
				dates = append(dates, w)
			}
			if got := byMonth(dates); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if again, err := ParseRule(rule.String()); err != nil || cmp.Diff(rule, again) != "" {
				t.Errorf("%s is written as %s (%v)", c.rule, rule, err)
			}
		})
	}
}

// byMonth writes dates as the table does.
func byMonth(dates []Wall) string {
	var b strings.Builder
	month := ""
	for _, w := range dates {
		if m := w.UTC().Format("2006-01"); m != month {
			if month != "" {
				b.WriteString(" ")
			}
			b.WriteString(m + ":")
			month = m
		} else {
			b.WriteString(",")
		}
		b.WriteString(w.UTC().Format("2"))
	}
	return b.String()
}

func mustWall(t testing.TB, text string) Wall {
	t.Helper()
	w, err := ParseWall(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func mustRule(t testing.TB, text string) Rule {
	t.Helper()
	rule, err := ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := Zone(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// TestExpandWindow: looking through a window shows what looking at everything
// shows in it, however far from the start it is.
func TestExpandWindow(t *testing.T) {
	start := mustWall(t, "20200131T083000")
	for _, text := range []string{
		"FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR,SU", "FREQ=WEEKLY;WKST=SU;BYDAY=SA,SU;INTERVAL=3",
		"FREQ=MONTHLY", "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR", "FREQ=YEARLY;BYDAY=53FR", "FREQ=YEARLY;INTERVAL=2;BYMONTH=1,12;BYMONTHDAY=-1",
		"FREQ=DAILY;COUNT=900", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1,1;COUNT=70", "FREQ=WEEKLY;UNTIL=20270101T000000",
	} {
		rule := mustRule(t, text)
		all := slices.Collect(rule.Expand(start, start, mustWall(t, "20600101T000000")))
		for from := mustWall(t, "20191201T000000"); from.Before(mustWall(t, "20300101T000000")); from = from.AddDays(17) {
			to := from.AddDays(40)
			var want []Wall
			for _, w := range all {
				if !w.Before(from) && w.Before(to) {
					want = append(want, w)
				}
			}
			if got := slices.Collect(rule.Expand(start, from, to)); !slices.Equal(got, want) {
				t.Fatalf("%s from %v to %v: %v, want %v", text, from, to, got, want)
			}
		}
	}
}

func TestFirstAndLast(t *testing.T) {
	cases := []struct{ start, rule, first, last string }{
		{"20260303T090000", "", "20260303T090000", "20260303T090000"},
		{"20260303T090000", "FREQ=WEEKLY;BYDAY=MO;COUNT=2", "20260309T090000", "20260316T090000"},
		{"20260303T090000", "FREQ=DAILY;UNTIL=20260310", "20260303T090000", "20260310T090000"},
		{"20260303T090000", "FREQ=DAILY", "20260303T090000", ""},
		{"20260303T090000", "FREQ=MONTHLY;BYMONTH=2;BYMONTHDAY=30", "", ""},
		{"20260303T090000", "FREQ=DAILY;UNTIL=20260301", "", ""},
	}
	for _, c := range cases {
		rule, start := mustRule(t, c.rule), mustWall(t, c.start)
		first, _ := rule.First(start)
		last, _ := rule.Last(start)
		if first.String() != c.first || last.String() != c.last {
			t.Errorf("%s at %s: from %q to %q, want from %q to %q", c.rule, c.start, first, last, c.first, c.last)
		}
	}
}

func TestRulesRefused(t *testing.T) {
	for text, part := range map[string]string{
		"FREQ=SECONDLY":                                             "FREQ",
		"FREQ=MINUTELY;INTERVAL=5":                                  "FREQ",
		"FREQ=HOURLY":                                               "FREQ",
		"FREQ=FORTNIGHTLY":                                          "FREQ",
		"COUNT=3":                                                   "FREQ",
		"FREQ=DAILY;BYSECOND=1,2,3":                                 "BYSECOND",
		"FREQ=DAILY;BYHOUR=9,17":                                    "BYHOUR",
		"FREQ=YEARLY;BYWEEKNO=20":                                   "BYWEEKNO",
		"FREQ=YEARLY;BYYEARDAY=100":                                 "BYYEARDAY",
		"FREQ=DAILY;COUNT=0":                                        "COUNT",
		"FREQ=DAILY;COUNT=1000000":                                  "COUNT",
		"FREQ=DAILY;COUNT=3;UNTIL=20270101":                         "COUNT",
		"FREQ=DAILY;INTERVAL=0":                                     "INTERVAL",
		"FREQ=DAILY;INTERVAL=-1":                                    "INTERVAL",
		"FREQ=DAILY;UNTIL=tomorrow":                                 "UNTIL",
		"FREQ=DAILY;UNTIL=20261301T000000":                          "UNTIL",
		"FREQ=WEEKLY;BYDAY=1MO":                                     "BYDAY",
		"FREQ=WEEKLY;BYDAY=XX":                                      "BYDAY",
		"FREQ=MONTHLY;BYDAY=0MO":                                    "BYDAY",
		"FREQ=MONTHLY;BYDAY=99MO":                                   "BYDAY",
		"FREQ=MONTHLY;BYDAY=1MO;BYMONTHDAY=13":                      "BYDAY",
		"FREQ=MONTHLY;BYMONTHDAY=32":                                "BYMONTHDAY",
		"FREQ=WEEKLY;BYMONTHDAY=1":                                  "BYMONTHDAY",
		"FREQ=YEARLY;BYMONTH=13":                                    "BYMONTH",
		"FREQ=MONTHLY;BYSETPOS=1":                                   "BYSETPOS",
		"FREQ=DAILY;FREQ=DAILY":                                     "FREQ",
		"FREQ=DAILY;WKST=NO":                                        "WKST",
		"RSCALE=CHINESE;FREQ=YEARLY":                                "RSCALE",
		"FREQ=DAILY;BYDAY=" + strings.Repeat("MO,", 400) + "MO":     "",
		"FREQ=YEARLY;BYMONTHDAY=" + strings.Repeat("1,", 401) + "1": "BYMONTHDAY",
	} {
		rule, err := ParseRule(text)
		refused, ok := err.(*RuleError)
		if !ok {
			t.Errorf("%.60s is taken for %v (%v)", text, rule, err)
			continue
		}
		if refused.Part != part || refused.Reason == "" {
			t.Errorf("%.60s: refused because of %q (%s), want %q", text, refused.Part, refused.Reason, part)
		}
	}
}

// TestUntilInUTC: beside a start with a zone UNTIL is written in UTC, and read
// back means the same date.
func TestUntilInUTC(t *testing.T) {
	shanghai := mustZone(t, "Asia/Shanghai")
	rule := mustRule(t, "FREQ=DAILY;UNTIL=20260303T090000")
	utc := rule.InUTC(shanghai)
	if got := utc.String(); got != "FREQ=DAILY;UNTIL=20260303T010000Z" {
		t.Errorf("in UTC: %s", got)
	}
	if diff := cmp.Diff(rule, utc.In(shanghai)); diff != "" {
		t.Errorf("back on the wall (-want +got):\n%s", diff)
	}
}

// TestSeries follows a daily series over the night on which Santiago sets its
// clocks at midnight. Libraries on time.Date have a date twice there and then
// none.
func TestSeries(t *testing.T) {
	santiago := mustZone(t, "America/Santiago")
	series := Series{
		Start: mustWall(t, "20260904T003000"),
		Rule:  mustRule(t, "FREQ=DAILY;UNTIL=20260910T043000Z"),
		Exceptions: []Exception{
			{Recurrence: mustWall(t, "20260908T003000"), Cancelled: true},
			{Recurrence: mustWall(t, "20260909T003000"), Start: mustWall(t, "20260905T100000")},
		},
	}
	var got []string
	for _, date := range series.Between(santiago, time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)) {
		got = append(got, date.Recurrence.String()+" "+date.Start.Format(time.RFC3339)+" "+date.Fit.String())
	}
	want := []string{
		"20260904T003000 2026-09-04T00:30:00-04:00 exact",
		"20260905T003000 2026-09-05T00:30:00-04:00 exact",
		"20260909T003000 2026-09-05T10:00:00-04:00 exact",
		"20260906T003000 2026-09-06T01:30:00-03:00 gap",
		"20260907T003000 2026-09-07T00:30:00-03:00 exact",
		"20260910T003000 2026-09-10T00:30:00-03:00 exact",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("dates (-want +got):\n%s", diff)
	}
}

func FuzzRule(f *testing.F) {
	f.Add("FREQ=DAILY", int64(20000))
	f.Add("FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;WKST=SU;COUNT=10", int64(700000))
	f.Add("FREQ=MONTHLY;BYDAY=-1FR,1MO;BYSETPOS=-1", int64(739000))
	f.Add("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;INTERVAL=999", int64(1))
	f.Add("FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=9999", int64(3000000))
	f.Fuzz(func(t *testing.T, text string, day int64) {
		rule, err := ParseRule(text)
		if err != nil {
			return
		}
		again, err := ParseRule(rule.String())
		if err != nil {
			t.Fatalf("%s is written as %s: %v", text, rule, err)
		}
		if diff := cmp.Diff(rule, again); diff != "" {
			t.Fatalf("%s is read back differently:\n%s", text, diff)
		}
		start := Wall{(day%3_000_000+3_000_000)%3_000_000*daySeconds + 9*3600}
		last := Wall{}
		n := 0
		for w := range rule.Expand(start, start, Wall{maxWall}) {
			if !last.Before(w) || w.Before(start) {
				t.Fatalf("%s from %v: %v after %v", text, start, w, last)
			}
			if last = w; n > 2000 {
				break
			}
			n++
		}
		if rule.Count > 0 && n > rule.Count {
			t.Fatalf("%s: %d dates", text, n)
		}
	})
}
