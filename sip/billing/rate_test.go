package billing

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestBilledSeconds has the pulses as decks write them, initial/increment.
func TestBilledSeconds(t *testing.T) {
	for _, c := range []struct {
		name                              string
		talked                            time.Duration
		initial, increment, minimum, free int
		want                              int
	}{
		{"61 s at 60/60", 61 * time.Second, 60, 60, 0, 0, 120},
		{"61 s at 60/6", 61 * time.Second, 60, 6, 0, 0, 66},
		{"61 s at 6/6", 61 * time.Second, 6, 6, 0, 0, 66},
		{"61 s at 1/1", 61 * time.Second, 1, 1, 0, 0, 61},
		{"5 s at 60/1", 5 * time.Second, 60, 1, 0, 0, 60},
		{"60 s at 60/60", 60 * time.Second, 60, 60, 0, 0, 60},
		{"a ms more", 60*time.Second + time.Millisecond, 60, 60, 0, 0, 120},
		{"nothing at all", 0, 60, 60, 0, 0, 0},
		{"backwards", -time.Second, 60, 60, 0, 0, 0},
		{"one ms", time.Millisecond, 60, 60, 0, 0, 60},
		{"minimum above the initial block", 5 * time.Second, 6, 6, 30, 0, 30},
		{"beyond that minimum", 31 * time.Second, 6, 6, 30, 0, 36},
		{"within grace", 3 * time.Second, 60, 60, 0, 3, 0},
		{"beyond grace", 3*time.Second + 1, 60, 60, 0, 3, 60},
		{"no initial block", time.Second, 0, 60, 0, 0, 60},
		{"an hour at 60/60", time.Hour, 60, 60, 0, 0, 3600},
	} {
		r := Rate{Initial: c.initial, Increment: c.increment, Minimum: c.minimum, Grace: c.free}
		if got := r.Billed(c.talked); got != c.want {
			t.Errorf("%s: %d s billed, want %d", c.name, got, c.want)
		}
	}
}

func TestChargeExplainsItself(t *testing.T) {
	rate := Rate{PerMinute: 180_000, Connect: 50_000, Initial: 60, Increment: 6, Grace: 2}
	got := rate.Charge(61 * time.Second)
	want := Charge{Micro: 248_000, Seconds: 66, Steps: []Step{
		{StepTalked, map[string]string{"seconds": "61"}},
		{StepInitial, map[string]string{"seconds": "60"}},
		{StepIncrement, map[string]string{"count": "1", "each": "6"}},
		{StepBilled, map[string]string{"seconds": "66"}},
		{StepMinutes, map[string]string{"seconds": "66", "price": "0.18", "amount": "0.198"}},
		{StepConnect, map[string]string{"amount": "0.05"}},
		{StepTotal, map[string]string{"amount": "0.248"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	got = rate.Charge(2 * time.Second)
	want = Charge{Steps: []Step{
		{StepTalked, map[string]string{"seconds": "2"}},
		{StepGrace, map[string]string{"grace": "2"}},
		{StepTotal, map[string]string{"amount": "0"}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestRoundingIsUpToTheMicro: a third of a micro-unit is one.
func TestRoundingIsUpToTheMicro(t *testing.T) {
	if got := (Rate{PerMinute: 1, Initial: 1, Increment: 1}).Price(time.Second); got != 1 {
		t.Errorf("1 µ a minute for 1 s: %d", got)
	}
	if got := (Rate{PerMinute: 100_000, Initial: 1, Increment: 1}).Price(time.Second); got != 1667 {
		t.Errorf("0.1 a minute for 1 s: %d", got)
	}
	if got := (Rate{PerMinute: 60, Initial: 1, Increment: 1}).Price(59 * time.Second); got != 59 {
		t.Errorf("60 µ a minute for 59 s: %d", got)
	}
}

// TestReserve is connection, initial block and one minute, to the next step.
func TestReserve(t *testing.T) {
	for _, c := range []struct {
		rate Rate
		want Micro
	}{
		{Rate{PerMinute: Unit, Connect: 5, Initial: 60, Increment: 60}, 2*Unit + 5},
		{Rate{PerMinute: Unit, Initial: 1, Increment: 1}, 61*Unit/60 + 1},
		{Rate{PerMinute: Unit, Initial: 60, Increment: 300}, 6 * Unit},
		{Rate{}, 0},
	} {
		if got := c.rate.Reserve(); got != c.want {
			t.Errorf("%+v holds %s, want %s", c.rate, got, c.want)
		}
	}
}

func TestCovers(t *testing.T) {
	minutes := Rate{PerMinute: Unit, Initial: 60, Increment: 60}
	for held, want := range map[Micro]time.Duration{
		0: 0, Unit - 1: 0, Unit: time.Minute, 2*Unit - 1: time.Minute, 2 * Unit: 2 * time.Minute,
	} {
		if got := minutes.Covers(held); got != want {
			t.Errorf("%s lasts %s, want %s", held, got, want)
		}
	}
	if got := (Rate{Increment: 1}).Covers(0); got != endless {
		t.Errorf("what is free lasts %s", got)
	}
}

func TestParseMicro(t *testing.T) {
	for text, want := range map[string]Micro{
		"0.18": 180_000, "0": 0, "1": Unit, ".5": 500_000, "5.": 5 * Unit, "0.000001": 1, "0.18000000": 180_000, "-0.5": -500_000,
		" 2.50 ": 2_500_000, "9000000000000": 9_000_000_000_000 * Unit, "007": 7 * Unit,
	} {
		if got, err := ParseMicro(text); err != nil || got != want {
			t.Errorf("%q is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", ".", "-", "1,5", "1e3", "0.0000001", "+1", "--1", "0x1", "1.2.3", "NaN", "99999999999999", "１"} {
		if got, err := ParseMicro(text); !errors.Is(err, ErrAmount) {
			t.Errorf("%q is %d, %v", text, got, err)
		}
	}
	for m, want := range map[Micro]string{180_000: "0.18", 0: "0", -500_000: "-0.5", 3 * Unit: "3", 1: "0.000001", -1 << 63: "-9223372036854.775808"} {
		if got := m.String(); got != want {
			t.Errorf("%d is written %q, want %q", m, got, want)
		}
	}
}

func TestFormatRoundsForPeople(t *testing.T) {
	cny, jpy, kwd := Currency{"CNY", 2}, Currency{"JPY", 0}, Currency{"KWD", 3}
	for _, c := range []struct {
		m    Micro
		c    Currency
		want string
	}{
		{198_000, cny, "0.20 CNY"},
		{5_000, cny, "0.01 CNY"},
		{4_999, cny, "0.00 CNY"},
		{-4_999, cny, "0.00 CNY"},
		{-1_005_000, cny, "-1.01 CNY"},
		{1_234_567_890, cny, "1234.57 CNY"},
		{500_000, jpy, "1 JPY"},
		{499_999, jpy, "0 JPY"},
		{1_234_500, kwd, "1.235 KWD"},
		{500_000, Currency{Exponent: 1}, "0.5"},
	} {
		if got := c.m.Format(c.c); got != c.want {
			t.Errorf("%d in %s is %q, want %q", c.m, c.c, got, c.want)
		}
	}
	for _, code := range []string{"CNY", "eur", " jpy "} {
		if _, err := ParseCurrency(code); err != nil {
			t.Error(err)
		}
	}
	for _, code := range []string{"", "XYZ", "CN", "CNYEUR", "   ", "ED "} {
		if c, err := ParseCurrency(code); err == nil {
			t.Errorf("%q is %v", code, c)
		}
	}
}
