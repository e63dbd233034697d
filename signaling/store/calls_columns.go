package store

import (
	"encoding"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// unit separates the columns of a record when they are read: the database hands
// them over as one text, since fetching sixty values one by one through the
// driver takes longer than all the rest. What is written has no such character.
const unit = '\x1f'

// column is one of the table cdr, between a record and its row.
type column struct {
	name  string
	value func(*billing.CDR) any           // as it is written
	read  func(*billing.CDR, string) error // from text; nil: it is not
	rises bool                             // a lesser value leaves it
}

func textColumn[T ~string](name string, at func(*billing.CDR) *T) column {
	return column{
		name:  name,
		value: func(c *billing.CDR) any { return printable(string(*at(c))) },
		read:  func(c *billing.CDR, text string) error { *at(c) = T(text); return nil },
	}
}

// printable makes text that came from outside fit for every database: valid
// UTF-8 without control characters.
func printable(s string) string {
	plain := true
	for i := range len(s) {
		plain = plain && s[i] >= ' ' && s[i] < 0x80
	}
	if plain {
		return s
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
}

func numberColumn[T ~int | ~int64](name string, at func(*billing.CDR) *T) column {
	return column{
		name:  name,
		value: func(c *billing.CDR) any { return int64(*at(c)) },
		read: func(c *billing.CDR, text string) error {
			n, err := parseNumber(text)
			*at(c) = T(n)
			return err
		},
	}
}

// parseNumber is strconv.ParseInt of a decimal number, faster for short ones: a
// record has thirty.
func parseNumber(text string) (int64, error) {
	if text == "0" {
		return 0, nil
	}
	const short = 18 // digits that an int64 always has room for
	if text == "" || len(text) > short {
		return strconv.ParseInt(text, 10, 64)
	}
	var n int64
	for i := range len(text) {
		digit := text[i] - '0'
		if digit > 9 {
			return strconv.ParseInt(text, 10, 64)
		}
		n = n*10 + int64(digit)
	}
	return n, nil
}

// durationColumn is in the given unit.
func durationColumn(name string, in time.Duration, at func(*billing.CDR) *time.Duration) column {
	return column{
		name:  name,
		value: func(c *billing.CDR) any { return int64(*at(c) / in) },
		read: func(c *billing.CDR, text string) error {
			n, err := parseNumber(text)
			*at(c) = time.Duration(n) * in
			return err
		},
	}
}

func flagColumn(name string, at func(*billing.CDR) *bool) column {
	return column{
		name: name,
		value: func(c *billing.CDR) any {
			if *at(c) {
				return 1
			}
			return 0
		},
		read: func(c *billing.CDR, text string) error { *at(c) = text == "1"; return nil },
	}
}

func timeColumn(name string, at func(*billing.CDR) *time.Time) column {
	return column{
		name:  name,
		value: func(c *billing.CDR) any { return ms(*at(c)) },
		read: func(c *billing.CDR, text string) error {
			n, err := parseNumber(text)
			*at(c) = fromMS(n)
			return err
		},
	}
}

// rising is a column that never falls.
func rising(c column) column {
	c.rises = true
	return c
}

// word is a value that has a name.
type word interface {
	fmt.Stringer
	encoding.TextUnmarshaler
}

func wordColumn(name string, at func(*billing.CDR) word) column {
	return column{
		name:  name,
		value: func(c *billing.CDR) any { return at(c).String() },
		read: func(c *billing.CDR, text string) error {
			w := at(c)
			if w.String() == text {
				return nil // as that of the record before, when many are read into one
			}
			return w.UnmarshalText([]byte(text))
		},
	}
}

// derivedColumn is written for searching and not read.
func derivedColumn[T int64 | string](name string, value func(*billing.CDR) T) column {
	return column{
		name:  name,
		value: func(c *billing.CDR) any { return value(c) },
	}
}

// searchNames is what names are looked for in: SQLite folds ASCII alone.
func searchNames(c *billing.CDR) string {
	name := func(text string) string { return shortened(strings.ToLower(printable(text)), longestText) }
	return name(c.PersonName) + "\n" + name(c.Name)
}

// The columns of the table cdr. fixedColumns never change, toldColumns do while
// the call runs, and bookedColumns are the ledger's own until it is settled.
var (
	fixedColumns = []column{
		textColumn("id", func(c *billing.CDR) *string { return &c.ID }),
		timeColumn("setup_at", func(c *billing.CDR) *time.Time { return &c.Setup }),
		textColumn("hold_id", func(c *billing.CDR) *string { return &c.Hold }),
	}
	toldColumns = []column{
		textColumn("parent", func(c *billing.CDR) *string { return &c.Parent }),
		textColumn("kind", func(c *billing.CDR) *billing.Kind { return &c.Kind }),
		wordColumn("direction", func(c *billing.CDR) word { return &c.Direction }),
		wordColumn("state", func(c *billing.CDR) word { return &c.State }),
		textColumn("meeting_id", func(c *billing.CDR) *string { return &c.Meeting }),
		textColumn("occurrence", func(c *billing.CDR) *string { return &c.Occurrence }),
		textColumn("batch", func(c *billing.CDR) *string { return &c.Batch }),
		numberColumn("attempt", func(c *billing.CDR) *int { return &c.Attempt }),
		textColumn("from_number", func(c *billing.CDR) *dialplan.Number { return &c.From }),
		textColumn("to_number", func(c *billing.CDR) *dialplan.Number { return &c.To }),
		textColumn("name", func(c *billing.CDR) *string { return &c.Name }),
		flagColumn("known", func(c *billing.CDR) *bool { return &c.Known }),
		textColumn("person_id", func(c *billing.CDR) *string { return &c.Person }),
		textColumn("person_name", func(c *billing.CDR) *string { return &c.PersonName }),
		derivedColumn("search", searchNames),
		textColumn("department", func(c *billing.CDR) *string { return &c.Department }),
		textColumn("cost_centre", func(c *billing.CDR) *string { return &c.CostCentre }),
		wordColumn("payer_kind", func(c *billing.CDR) word { return &c.Payer.Kind }),
		textColumn("payer_id", func(c *billing.CDR) *string { return &c.Payer.ID }),
		wordColumn("class", func(c *billing.CDR) word { return &c.Class }),
		textColumn("country", func(c *billing.CDR) *string { return &c.Country }),
		textColumn("trunk", func(c *billing.CDR) *string { return &c.Trunk }),
		textColumn("why", func(c *billing.CDR) *string { return &c.Why }),
		textColumn("destination", func(c *billing.CDR) *string { return &c.Destination }),
		timeColumn("ring_at", func(c *billing.CDR) *time.Time { return &c.Ring }),
		timeColumn("answer_at", func(c *billing.CDR) *time.Time { return &c.Answer }),
		timeColumn("end_at", func(c *billing.CDR) *time.Time { return &c.End }),
		derivedColumn("duration_ms", func(c *billing.CDR) int64 { return c.Duration().Milliseconds() }),
		derivedColumn("pdd_ms", func(c *billing.CDR) int64 { return c.PDD().Milliseconds() }),
		textColumn("deck", func(c *billing.CDR) *string { return &c.Deck }),
		textColumn("prefix", func(c *billing.CDR) *string { return &c.Rate.Prefix }),
		textColumn("rate_destination", func(c *billing.CDR) *string { return &c.Rate.Destination }),
		numberColumn("per_minute", func(c *billing.CDR) *billing.Micro { return &c.Rate.PerMinute }),
		numberColumn("connect_fee", func(c *billing.CDR) *billing.Micro { return &c.Rate.Connect }),
		numberColumn("initial_s", func(c *billing.CDR) *int { return &c.Rate.Initial }),
		numberColumn("increment_s", func(c *billing.CDR) *int { return &c.Rate.Increment }),
		numberColumn("minimum_s", func(c *billing.CDR) *int { return &c.Rate.Minimum }),
		numberColumn("grace_s", func(c *billing.CDR) *int { return &c.Rate.Grace }),
		timeColumn("rate_from", func(c *billing.CDR) *time.Time { return &c.Rate.From }),
		timeColumn("rate_to", func(c *billing.CDR) *time.Time { return &c.Rate.To }),
		textColumn("rate_trunk", func(c *billing.CDR) *string { return &c.Rate.Trunk }),
		wordColumn("rate_direction", func(c *billing.CDR) word { return &c.Rate.Direction }),
		textColumn("rate_class", func(c *billing.CDR) *string { return &c.Rate.Class }),
		numberColumn("rate_weight", func(c *billing.CDR) *int { return &c.Rate.Weight }),
		wordColumn("currency", func(c *billing.CDR) word { return &c.Currency }),
		textColumn("sip_call_id", func(c *billing.CDR) *string { return &c.CallID }),
		numberColumn("status", func(c *billing.CDR) *int { return &c.Status }),
		numberColumn("q850", func(c *billing.CDR) *int { return &c.Q850 }),
		textColumn("cause", func(c *billing.CDR) *billing.Cause { return &c.Cause }),
		textColumn("rule", func(c *billing.CDR) *billing.Rule { return &c.Rule }),
		textColumn("side", func(c *billing.CDR) *billing.Side { return &c.Side }),
		textColumn("codec", func(c *billing.CDR) *string { return &c.Quality.Codec }),
		numberColumn("mos_in", func(c *billing.CDR) *int { return &c.Quality.MOSIn }),
		numberColumn("mos_out", func(c *billing.CDR) *int { return &c.Quality.MOSOut }),
		numberColumn("loss_in", func(c *billing.CDR) *int { return &c.Quality.LossIn }),
		numberColumn("loss_out", func(c *billing.CDR) *int { return &c.Quality.LossOut }),
		durationColumn("jitter_in_us", time.Microsecond, func(c *billing.CDR) *time.Duration { return &c.Quality.JitterIn }),
		durationColumn("jitter_out_us", time.Microsecond, func(c *billing.CDR) *time.Duration { return &c.Quality.JitterOut }),
		durationColumn("rtt_us", time.Microsecond, func(c *billing.CDR) *time.Duration { return &c.Quality.RTT }),
		textColumn("quality", func(c *billing.CDR) *string { return &c.Quality.Class }),
		timeColumn("notice_at", func(c *billing.CDR) *time.Time { return &c.Notice }),
		textColumn("join_method", func(c *billing.CDR) *string { return &c.Join }),
		numberColumn("keys_pressed", func(c *billing.CDR) *int { return &c.Keys }),
		rising(timeColumn("beat_at", func(c *billing.CDR) *time.Time { return &c.Beat })),
	}
	bookedColumns = []column{
		numberColumn("cost", func(c *billing.CDR) *billing.Micro { return &c.Cost }),
		numberColumn("billed_s", func(c *billing.CDR) *int { return &c.BilledSeconds }),
	}
)

// allColumns are those of a whole row.
func allColumns() []column { return slices.Concat(fixedColumns, toldColumns, bookedColumns) }

// settledColumns are those that closing a record writes.
func settledColumns() []column { return slices.Concat(toldColumns, bookedColumns) }

// cdrStatements are the statements on whole rows, put together once.
type cdrStatements struct {
	columns []column
	read    []column // those that are read
	insert  string   // of all columns
	update  string   // of toldColumns, of a record by its id that is not closed
	settle  string   // of settledColumns, likewise
	packed  string   // the read columns as one text
}

func newCDRStatements() cdrStatements {
	all := allColumns()
	names := make([]string, len(all))
	places := make([]string, len(all))
	var read []column
	var readNames []string
	for i, c := range all {
		names[i] = c.name
		places[i] = "$" + strconv.Itoa(i+1)
		if c.read != nil {
			read, readNames = append(read, c), append(readNames, c.name)
		}
	}
	set := func(columns []column) string {
		parts := make([]string, len(columns))
		for i, c := range columns {
			place := "$" + strconv.Itoa(i+2)
			if c.rises {
				place = `CASE WHEN ` + c.name + ` > ` + place + ` THEN ` + c.name + ` ELSE ` + place + ` END`
			}
			parts[i] = c.name + " = " + place
		}
		return `UPDATE cdr SET ` + strings.Join(parts, ", ") + ` WHERE id = $1 AND state <> 'closed'`
	}
	return cdrStatements{
		columns: all,
		read:    read,
		insert:  `INSERT INTO cdr (` + strings.Join(names, ", ") + `) VALUES (` + strings.Join(places, ", ") + `)`,
		update:  set(toldColumns),
		settle:  set(settledColumns()),
		packed:  `concat_ws('` + string(unit) + `', ` + strings.Join(readNames, ", ") + `)`,
	}
}

// values are a record's, for the columns.
func values(c *billing.CDR, columns []column) []any {
	all := make([]any, len(columns))
	for i := range columns {
		all[i] = columns[i].value(c)
	}
	return all
}

// unpack reads a record from its columns in one text.
func (st *cdrStatements) unpack(c *billing.CDR, text string) error {
	last := len(st.read) - 1
	for i := range st.read {
		value, rest := text, ""
		end := strings.IndexByte(text, unit)
		if (end < 0) != (i == last) {
			return fmt.Errorf("a record has not %d columns", len(st.read))
		}
		if end >= 0 {
			value, rest = text[:end], text[end+1:]
		}
		if err := st.read[i].read(c, value); err != nil {
			return fmt.Errorf("column %s of record %s: %w", st.read[i].name, c.ID, err)
		}
		text = rest
	}
	return nil
}

// scan reads a row of the packed columns alone.
func (st *cdrStatements) scan(row scanner) (billing.CDR, error) {
	var c billing.CDR
	var text string
	if err := row.Scan(&text); err != nil {
		return c, err
	}
	return c, st.unpack(&c, text)
}
