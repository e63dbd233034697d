package dialout_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"partyline/signaling/dialout"
	"partyline/signaling/wire"
)

// TestWhateverHappens: whatever comes of the attempts and whatever is cancelled
// meanwhile, every call ends or goes on in a meeting, nobody is called more
// often than was asked for or after they declined, no more ring at once than
// may, and what is spent is what the attempts have cost.
func TestWhateverHappens(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		lines := answers{}
		people := rapid.IntRange(1, 12).Draw(r, "people")
		var to []wire.Callee
		for i := range people {
			var numbers []string
			for j := range rapid.IntRange(1, 3).Draw(r, "numbers") {
				number := "+" + string(rune('a'+i)) + string(rune('1'+j))
				numbers = append(numbers, number)
				lines[dialout.Number(number)] = rapid.SliceOfN(drawAnswer(), 1, 5).Draw(r, "answers")
			}
			to = append(to, by(numbers[0], numbers...))
		}
		d := wire.Dial{
			Kind: rapid.SampledFrom([]wire.DialKind{wire.DialInto, wire.DialCallback, wire.DialRingAll}).Draw(r, "kind"),
			To:   to, Retries: rapid.IntRange(0, 3).Draw(r, "retries"), RetryAfter: rapid.IntRange(15, 90).Draw(r, "after"),
		}
		if d.Kind == wire.DialCallback {
			lines["+100"] = []answer{drawAnswer().Draw(r, "mine")}
		}
		cancelAt := time.Duration(rapid.IntRange(0, 200).Draw(r, "cancel")) * time.Second
		cancels := rapid.Bool().Draw(r, "cancels")
		most := rapid.IntRange(1, 5).Draw(r, "at once")
		declined := map[dialout.Number]int{}
		for number, all := range lines {
			if i := slices.IndexFunc(all, func(a answer) bool { return a.talks == 0 && a.cause == dialout.Declined && a.rings < 45*time.Second }); i >= 0 {
				declined[number] = i + 1 // calls until they declined
			}
		}
		wrong := ""
		fail := func(format string, args ...any) { wrong = cmp.Or(wrong, fmt.Sprintf(format, args...)) }
		inOffice(t, lines, func(o *office) {
			b := o.ask(d)
			after(cancelAt)
			if cancels {
				_ = o.Cancel(b.Calls[0].Call, func(string, string) bool { return true })
			}
			after(3 * time.Hour)
			s, _ := o.Batch(b.Batch.Batch)
			for _, c := range s.Calls {
				if c.State != wire.CallEnded {
					fail("after three hours %+v", c)
				}
			}
			tries := map[dialout.Number]int{}
			for _, p := range o.placed {
				tries[p.Number]++
			}
			for number, n := range tries {
				if n > d.Retries+2 { // and once when the network dropped it
					fail("%s was called %d times with %d retries", number, n, d.Retries)
				}
				if at := declined[number]; at > 0 && n > at {
					fail("%s was called %d times, having declined at the %d.", number, n, at)
				}
			}
			if o.company.most > most {
				fail("%d rang at once, of %d", o.company.most, most)
			}
			if s.Batch.Spent != o.company.charged || o.heard.last().EndedAt == 0 {
				fail("spent %d, charged %d: %+v", s.Batch.Spent, o.company.charged, o.heard.last())
			}
		}, func(c *dialout.Config) { c.Ringing = most })
		if wrong != "" {
			r.Fatal(wrong)
		}
	})
}

// drawAnswer is anything that can happen at a number.
func drawAnswer() *rapid.Generator[answer] {
	return rapid.Custom(func(r *rapid.T) answer {
		a := answer{rings: time.Duration(rapid.IntRange(0, 60).Draw(r, "rings")) * time.Second}
		if rapid.Bool().Draw(r, "joins") {
			a.talks = time.Duration(rapid.IntRange(1, 300).Draw(r, "talks")) * time.Second
			a.ends = rapid.SampledFrom([]dialout.Cause{dialout.HungUp, dialout.Dropped, dialout.NoMoney, dialout.MaxDuration}).Draw(r, "ends")
			return a
		}
		a.cause = rapid.SampledFrom([]dialout.Cause{
			dialout.Busy, dialout.NoAnswer, dialout.Declined, dialout.WrongNumber, dialout.Unreachable, dialout.Voicemail,
			dialout.Fax, dialout.NoMoney, dialout.Refused, dialout.TrunkDown, dialout.NotJoined,
		}).Draw(r, "cause")
		return a
	})
}
