package store

import (
	"context"
	"strconv"
	"strings"

	"partyline/sip/billing"
)

// conditions are the WHERE of a query with what it compares to.
type conditions struct {
	all  []string
	args []any
}

// place adds an argument and gives how the query names it.
func (w *conditions) place(arg any) string {
	w.args = append(w.args, arg)
	return "$" + strconv.Itoa(len(w.args))
}

// add adds a condition in which each ? is one of the arguments.
func (w *conditions) add(condition string, args ...any) {
	var b strings.Builder
	for _, arg := range args {
		before, after, _ := strings.Cut(condition, "?")
		b.WriteString(before)
		b.WriteString(w.place(arg))
		condition = after
	}
	b.WriteString(condition)
	w.all = append(w.all, b.String())
}

// is adds that a column has a value, unless that is empty.
func (w *conditions) is(column, value string) {
	if value != "" {
		w.add(column+` = ?`, value)
	}
}

// indexed is is, of a column of which an index has all values but the empty one.
func (w *conditions) indexed(column, value string) {
	if value != "" {
		w.add(column+` = ? AND `+column+` <> ''`, value)
	}
}

// number adds that a column has a value, unless that is zero.
func (w *conditions) number(column string, value int) {
	if value != 0 {
		w.add(column+` = ?`, value)
	}
}

// within adds that an expression is in a range.
func (w *conditions) within(expression string, r billing.Range) {
	if r.Least != nil {
		w.add(expression+` >= ?`, *r.Least)
	}
	if r.Most != nil {
		w.add(expression+` <= ?`, *r.Most)
	}
}

// either adds one condition or the other, unless the choice is nil.
func (w *conditions) either(choice *bool, yes, no string) {
	switch {
	case choice == nil:
	case *choice:
		w.add(yes)
	default:
		w.add(no)
	}
}

// ofNumber makes the conditions those of calls with a number on either side, of
// which no more are wanted than order says. Both sides are found by an index
// that has them in order; asked for one or the other, the databases go through
// all calls.
func (w *conditions) ofNumber(number, order string) {
	place := w.place(number)
	side := func(column string) string {
		of := conditions{all: append([]string{column + ` = ` + place}, w.all...)}
		return `SELECT id FROM (SELECT id FROM cdr` + of.sql() + order + `) AS ` + column
	}
	w.all = []string{`id IN (` + side(`to_number`) + ` UNION ` + side(`from_number`) + `)`}
}

// sql is the WHERE clause.
func (w *conditions) sql() string {
	if len(w.all) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(w.all, ` AND `)
}

// mostNames is how many different names are looked for one by one. What more of
// them have in common is common, and soon found by going through the calls.
const mostNames = 50

// callConditions are a search as conditions on the table cdr.
func (s *Store) callConditions(ctx context.Context, q billing.Search) (*conditions, error) {
	w := where(q)
	if q.Name == "" {
		return w, nil
	}
	names, err := s.words(ctx, `SELECT DISTINCT search FROM cdr WHERE search LIKE $1 ESCAPE '\' LIMIT $2`, contains(q.Name), mostNames+1)
	switch {
	case err != nil:
		return nil, err
	case len(names) == 0:
		w.add(`FALSE`)
	case len(names) > mostNames:
		w.add(`search LIKE ? ESCAPE '\'`, contains(q.Name))
	default:
		places := make([]string, len(names))
		for i, name := range names {
			places[i] = w.place(name)
		}
		w.add(`search IN (` + strings.Join(places, `, `) + `)`)
	}
	return w, nil
}

// where is a search as conditions on the table cdr, but for names.
func where(q billing.Search) *conditions {
	w := &conditions{}
	if !q.From.IsZero() {
		w.add(`setup_at >= ?`, ms(q.From))
	}
	if !q.To.IsZero() {
		w.add(`setup_at < ?`, ms(q.To))
	}
	wherePeople(w, q)
	whereCall(w, q)
	whereEnd(w, q)
	whereMeasured(w, q)
	return w
}

// rare is from how many characters on a number's beginning is that of few calls,
// so that finding all of them first takes less time than going through calls.
const rare = len("+86138001")

// wherePeople is about who called whom, for what, and who pays.
func wherePeople(w *conditions, q billing.Search) {
	w.is(`person_id`, q.Person)
	w.is(`department`, q.Department)
	w.is(`cost_centre`, q.CostCentre)
	w.is(`meeting_id`, q.Meeting)
	w.indexed(`occurrence`, q.Occurrence)
	w.indexed(`batch`, q.Batch)
	w.indexed(`parent`, q.Parent)
	if q.Payer != nil {
		w.add(`payer_kind = ?`, q.Payer.Kind.String())
		w.is(`payer_id`, q.Payer.ID)
	}
	switch {
	case q.Number == "":
	case q.Prefix:
		from, to := string(q.Number), string(q.Number)+":" // what follows 9
		either := `from_number >= ? AND from_number < ? OR to_number >= ? AND to_number < ?`
		if len(from) >= rare {
			either = `id IN (SELECT id FROM cdr WHERE ` + either + `)`
		}
		w.add(`(`+either+`)`, from, to, from, to)
	default:
		w.add(`(from_number = ? OR to_number = ?)`, string(q.Number), string(q.Number))
	}
}

// whereCall is about the leg, its number's place and price.
func whereCall(w *conditions, q billing.Search) {
	w.is(`kind`, string(q.Kind))
	if q.Direction != nil {
		w.add(`direction = ?`, q.Direction.String())
	}
	if q.State != nil {
		w.add(`state = ?`, q.State.String())
	}
	if q.Open {
		w.add(`state <> 'closed'`)
	}
	w.either(q.Answered, `answer_at > 0`, `answer_at = 0`)
	w.either(q.Known, `known = 1`, `known = 0`)
	w.either(q.Recorded, `notice_at > 0`, `notice_at = 0`)
	if q.Class != nil {
		w.add(`class = ?`, q.Class.String())
	}
	w.is(`country`, q.Country)
	w.is(`destination`, q.Destination)
	w.is(`prefix`, q.RatePrefix)
	w.is(`trunk`, q.Trunk)
	w.is(`deck`, q.Deck)
}

// whereEnd is about how the leg ended.
func whereEnd(w *conditions, q billing.Search) {
	w.is(`cause`, string(q.Cause))
	w.is(`rule`, string(q.Rule))
	w.is(`side`, string(q.Side))
	w.number(`status`, q.Status)
	w.number(`q850`, q.Q850)
	if q.CallID != "" { // in two parts, as the index has the first: with =, SQLite leaves that aside
		w.add(`sip_call_id <> '' AND substr(sip_call_id, 1, 64) = substr(?, 1, 64)`, q.CallID)
		w.add(`substr(sip_call_id, 65) = substr(?, 65)`, q.CallID)
	}
	w.is(`codec`, q.Codec)
	w.is(`quality`, q.Quality)
	w.is(`join_method`, q.Join)
}

// whereMeasured is about amounts. What was not measured is 0, and no worse than
// anything; a MOS of 0 is unknown and never fits.
func whereMeasured(w *conditions, q billing.Search) {
	w.within(`cost`, q.Cost)
	w.within(`billed_s`, q.Billed)
	w.within(`duration_ms`, q.Duration)
	w.within(`pdd_ms`, q.PDD)
	w.within(`attempt`, q.Attempt)
	w.within(`keys_pressed`, q.Keys)
	w.within(greater(`loss_in`, `loss_out`), q.Loss)
	w.within(greater(`jitter_in_us`, `jitter_out_us`), q.Jitter)
	w.within(`rtt_us`, q.RTT)
	if q.MOS != (billing.Range{}) {
		const worse = `CASE WHEN mos_out > 0 AND mos_out < mos_in OR mos_in = 0 THEN mos_out ELSE mos_in END`
		w.add(worse + ` > 0`)
		w.within(worse, q.MOS)
	}
}

// greater is the greater of two columns: the databases name that function
// differently.
func greater(a, b string) string {
	return `CASE WHEN ` + a + ` > ` + b + ` THEN ` + a + ` ELSE ` + b + ` END`
}
