package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// allLegs is the dimension that every leg has the value ” in.
const allLegs health.Dimension = ""

// summedDimensions are those that legs are summed up in: all but the meetings,
// which are too many.
func summedDimensions() []health.Dimension {
	return append(slices.DeleteFunc(health.Dimensions(), func(d health.Dimension) bool { return d == health.ByMeeting }), allLegs)
}

// legSums are the sums of legs, in the order of sumColumns.
type legSums [22]int64

// sumColumns are the sums of the table leg_hour, with what each is of a row of
// the table leg.
var sumColumns = [len(legSums{})]struct{ name, of string }{
	{"legs", `1`},
	{"good", flagOf(`class = 1`)},
	{"degraded", flagOf(`class = 2`)},
	{"poor", flagOf(`class = 3`)},
	{"dropped", `dropped`},
	{"rated", flagOf(`stars > 0`)},
	{"stars", `stars`},
	{"narrow", flagOf(`narrow_mos >= 0`)},
	{"narrow_mos", known(`narrow_mos`)},
	{"wide", flagOf(`wide_mos >= 0`)},
	{"wide_mos", known(`wide_mos`)},
	{"with_loss", flagOf(`loss >= 0`)},
	{"loss", known(`loss`)},
	{"with_jitter", flagOf(`jitter_us >= 0`)},
	{"jitter_us", known(`jitter_us`)},
	{"with_rtt", flagOf(`rtt_us >= 0`)},
	{"rtt_us", known(`rtt_us`)},
	{"poor_loss", flagOf(`class = 3 AND because & 1 <> 0`)},
	{"poor_concealed", flagOf(`class = 3 AND because & 2 <> 0`)},
	{"poor_jitter", flagOf(`class = 3 AND because & 4 <> 0`)},
	{"poor_rtt", flagOf(`class = 3 AND because & 8 <> 0`)},
	{"poor_mos", flagOf(`class = 3 AND because & 16 <> 0`)},
}

func flagOf(condition string) string { return `CASE WHEN ` + condition + ` THEN 1 ELSE 0 END` }

func known(column string) string {
	return `CASE WHEN ` + column + ` >= 0 THEN ` + column + ` ELSE 0 END`
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// sums are those of one leg: what the expressions of sumColumns are of its row.
func (r *legRow) sums() legSums {
	poor := r.class == quality.Poor
	return legSums{
		1, flag(r.class == quality.Good), flag(r.class == quality.Degraded), flag(poor), r.dropped, flag(r.stars > 0), int64(r.stars),
		flag(r.narrow >= 0), max(r.narrow, 0), flag(r.wide >= 0), max(r.wide, 0), flag(r.loss >= 0), max(r.loss, 0),
		flag(r.jitter >= 0), max(r.jitter, 0), flag(r.roundTrip >= 0), max(r.roundTrip, 0),
		flag(poor && r.because.Has(quality.BecauseLoss)), flag(poor && r.because.Has(quality.BecauseConcealed)),
		flag(poor && r.because.Has(quality.BecauseJitter)), flag(poor && r.because.Has(quality.BecauseRoundTrip)),
		flag(poor && r.because.Has(quality.BecauseMOS)),
	}
}

func (t *legSums) add(o *legSums) {
	for i, n := range o {
		t[i] += n
	}
}

// count is what the sums come to.
func (t *legSums) count() health.Count {
	mean := func(sum, of int, unit float64) float64 {
		if t[of] == 0 {
			return 0
		}
		return float64(t[sum]) / float64(t[of]) / unit
	}
	c := health.Count{
		Legs: int(t[0]), Good: int(t[1]), Degraded: int(t[2]), Poor: int(t[3]), Dropped: int(t[4]), Ratings: int(t[5]),
		Stars: mean(6, 5, 1), MOSNarrow: mean(8, 7, 100), MOSWide: mean(10, 9, 100), Loss: mean(12, 11, 1e4),
		Jitter:    time.Duration(mean(14, 13, 1) * float64(time.Microsecond)),
		RoundTrip: time.Duration(mean(16, 15, 1) * float64(time.Microsecond)),
	}
	c.Unclassified = c.Legs - c.Good - c.Degraded - c.Poor
	return c
}

// because is for how many legs each cause of being poor counted.
func (t *legSums) because() map[string]int {
	return map[string]int{"loss": int(t[17]), "concealed": int(t[18]), "jitter": int(t[19]), "round-trip": int(t[20]), "mos": int(t[21])}
}

func (t *legSums) fields() []any {
	all := make([]any, len(t))
	for i := range t {
		all[i] = &t[i]
	}
	return all
}

// legHours is what legs come to by the hour, and legDays by the day of UTC.
func legHours() rollup {
	r := rollup{table: "leg_hour", keys: []string{"dimension", "value", "hour"}}
	for _, c := range sumColumns {
		r.sums = append(r.sums, c.name)
	}
	return r
}

func legDays() rollup {
	r := legHours()
	r.table, r.keys = "leg_day", []string{"dimension", "value", "day"}
	return r
}

// addedLegs is what a transaction adds to both.
type addedLegs struct{ hours, days *adding }

func newAddedLegs() addedLegs { return addedLegs{legHours().adding(), legDays().adding()} }

func (a addedLegs) add(r *legRow, sums *legSums) {
	hour := hourOf(r.Leg.Began)
	for _, d := range summedDimensions() {
		dimension, value := string(d), r.value(d)
		for _, row := range [][]int64{a.hours.at(dimension, value, hour), a.days.at(dimension, value, hour/24)} {
			for i, n := range sums {
				row[i] += n
			}
		}
	}
}

func (a addedLegs) write(ctx context.Context, tx bulk) error {
	if err := a.hours.write(ctx, tx); err != nil {
		return err
	}
	return a.days.write(ctx, tx)
}

// addLegs sums up those of the legs that are over and that somebody heard.
func addLegs(ctx context.Context, tx bulk, rows []legRow) error {
	added := newAddedLegs()
	for i := range rows {
		if rows[i].ended == 0 || rows[i].because.Has(becauseUnheard) {
			continue
		}
		sums := rows[i].sums()
		added.add(&rows[i], &sums)
	}
	return added.write(ctx, tx)
}

// summed is a table of sums, with the columns value, slot and the sums.
type summed struct {
	from   string
	args   []any
	length int64 // of slots of time, in milliseconds
}

// few tells whether an index finds the legs of a filter.
func few(f health.Filter) bool { return f.Sought() || f.Where[health.ByMeeting] != "" }

// rolledUp is where the sums of a filter come from in a dimension in which legs
// are summed up by the hour: from those sums, with the legs of the hours that are
// only in part in the range.
func rolledUp(f health.Filter, dimension health.Dimension, value *string, byTime bool) summed {
	u := union{filter: f, dimension: dimension, value: value}
	first, last := ms(f.From), ms(f.To)
	from, to := (first+hourLength-1)/hourLength, last/hourLength
	if from > to { // within one hour
		u.legs(first, last)
		return u.summed()
	}
	u.legs(first, from*hourLength)
	u.legs(to*hourLength, last)
	if fromDay, toDay := (from+23)/24, to/24; !byTime && fromDay < toDay {
		u.rows("leg_day", "day", fromDay, toDay)
		u.rows("leg_hour", "hour", from, fromDay*24)
		from = toDay * 24
	}
	u.rows("leg_hour", "hour", from, to)
	return u.summed()
}

// union is a table of the sums of one range, put together of its parts.
type union struct {
	filter    health.Filter
	dimension health.Dimension
	value     *string // the only one; nil: all
	parts     []string
	args      []any
}

// rows adds sums from one day or hour up to another.
func (u *union) rows(table, column string, from, to int64) {
	if from >= to {
		return
	}
	w := &conditions{args: u.args}
	w.add(`dimension = ?`, string(u.dimension))
	w.add(column+` >= ? AND `+column+` < ?`, from, to)
	if u.value != nil {
		w.add(`value = ?`, *u.value)
	}
	if hours := slotsOf(u.filter, hourLength); hours != "" {
		w.add(`hour IN (` + hours + `)`)
	}
	u.parts = append(u.parts, `SELECT value, `+column+` AS slot, `+strings.Join(legHours().sums, `, `)+` FROM `+table+w.sql())
	u.args = w.args
}

// legs adds the legs that began from one moment up to another.
func (u *union) legs(from, to int64) {
	if from >= to {
		return
	}
	narrow := u.filter
	narrow.From, narrow.To = fromMS(from), fromMS(to)
	w := &conditions{args: u.args}
	whereLegs(w, narrow)
	w.add(`ended > 0`)
	u.parts, u.args = append(u.parts, legsAsSums(u.dimension, hourLength, w)), w.args
}

func (u *union) summed() summed {
	if u.parts == nil { // nothing fits
		u.parts = []string{legsAsSums(u.dimension, hourLength, &conditions{all: []string{`FALSE`}})}
	}
	return summed{strings.Join(u.parts, ` UNION ALL `), u.args, hourLength}
}

// summedBy tells in which dimension, and for which value of it, a filter's legs
// are summed up already.
func summedBy(f health.Filter, by health.Dimension, byTime bool) (d health.Dimension, value *string, ok bool) {
	if f.Class != nil || f.Dropped || len(f.Where) > 1 || byTime && !onTheHour(f) {
		return "", nil, false
	}
	d = by
	for where, v := range f.Where {
		if by != allLegs && by != where {
			return "", nil, false
		}
		d, value = where, &v
	}
	return d, value, d != health.ByMeeting
}

// legsAsSums reads legs as if each were a row of leg_hour, or of a table of other
// slots of time.
func legsAsSums(by health.Dimension, length int64, w *conditions) string {
	columns := []string{legDimension(by) + ` AS value`, `began / ` + strconv.FormatInt(length, 10) + ` AS slot`}
	for _, c := range sumColumns {
		columns = append(columns, c.of+` AS `+c.name)
	}
	heard := conditions{all: append([]string{`because & 32 = 0`}, w.all...)}
	return `SELECT ` + strings.Join(columns, `, `) + ` FROM leg` + heard.sql()
}
