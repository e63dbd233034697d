package billing

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"partyline/sip/dialplan"
)

// Fault is what is wrong with a line of a deck.
type Fault struct {
	Line    int    `json:"line"`             // 1 is the header
	Column  string `json:"column,omitempty"` // its name as in the file; empty: the line as a whole
	Message string `json:"message"`          // what is wrong and what to do
}

// String gives "line 3, rate_per_min: …".
func (f Fault) String() string {
	if f.Column == "" {
		return fmt.Sprintf("line %d: %s", f.Line, f.Message)
	}
	return fmt.Sprintf("line %d, %s: %s", f.Line, f.Column, f.Message)
}

// Sheet is a deck as it was read, before it is a version in force.
type Sheet struct {
	Rates    []Rate
	Currency Currency
}

// Reading is what ParseDeck expects of a file.
type Reading struct {
	Currency Currency       // the company's; rows of another one are faults
	Zone     *time.Location // of dates without one; nil: UTC
	// The limits: bytes and rows of the file, and faults to be listed. 0 means
	// 64 MiB, a million and 100.
	Bytes  int64
	Rows   int
	Faults int
}

// check finds what no rate may be. ParseDeck says it with more words.
func (r Rate) check() error {
	switch {
	case r.Prefix == "" || len(r.Prefix) > maxPrefix || strings.Trim(r.Prefix, "0123456789") != "" || r.Prefix[0] == '0':
		return fmt.Errorf("%q is no prefix: write the digits of E.164 without plus or 00, such as 8613", short(r.Prefix))
	case r.PerMinute < 0 || r.Connect < 0:
		return fmt.Errorf("a price of prefix %s is below zero", r.Prefix)
	case r.PerMinute > MostPerMinute || r.Connect > MostPerMinute:
		return fmt.Errorf("a price of prefix %s is above %s a minute", r.Prefix, MostPerMinute)
	case min(r.Initial, r.Minimum, r.Grace) < 0 || max(r.Initial, r.Minimum, r.Grace, r.Increment) > mostSeconds || r.Increment < 1:
		return fmt.Errorf("the billing seconds of prefix %s are not between 0 (1 for the increment) and %d", r.Prefix, mostSeconds)
	case !r.To.IsZero() && !r.From.Before(r.To):
		return fmt.Errorf("the rate of prefix %s ends before it begins", r.Prefix)
	}
	if r.Class != "" {
		if err := new(dialplan.Class).UnmarshalText([]byte(r.Class)); err != nil {
			return err
		}
	}
	return nil
}

// What a rate may be at most.
const (
	MostPerMinute = 1_000_000 * Unit
	mostSeconds   = 3600
)

// small are currencies of which a minute may cost thousands.
const small = " CLP COP CRC GNF HUF IDR IQD IRR ISK JPY KHR KRW KZT LAK LBP MGA MMK MNT NGN PYG RWF SLE STN SYP TZS UGX UZS VND XAF XOF XPF YER "

// absurd refuses a price that no call has: most likely its point is missing.
func (r Rate) absurd(c Currency) error {
	most := 1000 * Unit
	if c.Code == "" || strings.Contains(small, " "+c.Code+" ") {
		most = MostPerMinute
	}
	if r.PerMinute > most || r.Connect > most {
		return fmt.Errorf("%s a minute and %s for the connection: no call costs more than %s, look for a missing point", r.PerMinute, r.Connect, most.Format(c))
	}
	return nil
}

// ParseDeck reads a rate deck from CSV; see the package's documentation for the
// columns. Commas, semicolons and tabs divide them. All faults are told, up to
// a limit, by line; the sheet is whole only where there are none. An error of r
// is a fault too.
func ParseDeck(r io.Reader, reading Reading) (Sheet, []Fault) {
	reading.Bytes = cmp.Or(reading.Bytes, 64<<20)
	reading.Rows = cmp.Or(reading.Rows, 1_000_000)
	reading.Faults = cmp.Or(reading.Faults, 100)
	p := &parser{reading: reading, currency: reading.Currency}
	p.read(&limited{r: r, left: reading.Bytes})
	if !p.full() {
		p.overlaps()
	}
	slices.SortStableFunc(p.faults, func(a, b Fault) int { return a.Line - b.Line })
	sheet := Sheet{Rates: make([]Rate, len(p.rows)), Currency: p.currency}
	for i, row := range p.rows {
		sheet.Rates[i] = row.Rate
	}
	return sheet, p.faults
}

// errTooLarge is what a file beyond its limit gives.
var errTooLarge = errors.New("the file is too large")

// limited reads up to a limit, and then fails.
type limited struct {
	r    io.Reader
	left int64
}

// Read passes on what is within the limit.
func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, errTooLarge
	}
	n, err := l.r.Read(p)
	l.left -= int64(n)
	if l.left < 0 {
		return 0, errTooLarge
	}
	return n, err
}

// parser reads one file.
type parser struct {
	reading  Reading
	columns  []column // by place
	names    []string // of them, as in the file
	currency Currency
	rows     []line
	faults   []Fault
}

// line is a rate and where it stands.
type line struct {
	Rate
	at int
}

// fault notes what is wrong, until there are too many.
func (p *parser) fault(line int, column, format string, args ...any) {
	switch {
	case len(p.faults) < p.reading.Faults:
		p.faults = append(p.faults, Fault{line, column, fmt.Sprintf(format, args...)})
	case len(p.faults) == p.reading.Faults:
		p.faults = append(p.faults, Fault{line, "", "there are more faults; these are the first"})
	}
}

// full tells whether so much is wrong that reading on says nothing new.
func (p *parser) full() bool { return len(p.faults) > p.reading.Faults }

// read takes the header and the lines.
func (p *parser) read(r io.Reader) {
	in, divider, err := dividers(r)
	if err != nil {
		p.fault(1, "", "it cannot be read: %v", err)
		return
	}
	lines := csv.NewReader(in)
	lines.Comma, lines.FieldsPerRecord, lines.ReuseRecord, lines.TrimLeadingSpace = divider, -1, true, divider != '\t'
	for !p.full() {
		cells, err := lines.Read()
		var wrong *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			if p.columns == nil {
				p.fault(1, "", "the file is empty: it begins with the names of the columns")
			}
			return
		case errors.As(err, &wrong):
			p.fault(wrong.StartLine, "", "not CSV (RFC 4180): %v", wrong.Err)
			continue
		case err != nil:
			p.fault(len(p.rows)+1, "", "it cannot be read: %v", err)
			return
		}
		at, _ := lines.FieldPos(0)
		if p.columns == nil {
			if !p.header(at, cells) {
				return
			}
			continue
		}
		if len(p.rows) == p.reading.Rows {
			p.fault(at, "", "more than %d rates", p.reading.Rows)
			return
		}
		p.line(at, cells)
	}
}

// dividers skips a byte order mark and finds what divides the columns, by the
// first line.
func dividers(r io.Reader) (io.Reader, rune, error) {
	start := make([]byte, 4096)
	n, err := io.ReadFull(r, start)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, 0, err
	}
	start = bytes.TrimPrefix(start[:n], []byte("\xef\xbb\xbf"))
	head, _, _ := bytes.Cut(start, []byte("\n"))
	divider := ','
	for _, other := range ";\t" {
		if bytes.Count(head, []byte(string(other))) > bytes.Count(head, []byte(string(divider))) {
			divider = other
		}
	}
	return io.MultiReader(bytes.NewReader(start), r), divider, nil
}

// line takes one rate.
func (p *parser) line(at int, cells []string) {
	if len(cells) != len(p.columns) {
		p.fault(at, "", "%d columns where the header has %d", len(cells), len(p.columns))
		return
	}
	d := draft{Rate: Rate{Increment: 1}, zone: p.reading.Zone}
	sound := true
	for i, cell := range cells {
		cell = strings.TrimSpace(cell)
		if !utf8.ValidString(cell) {
			p.fault(at, p.names[i], "not UTF-8: save the file as CSV UTF-8")
			sound = false
			continue
		}
		if cell == "" && !p.columns[i].required {
			continue
		}
		if err := p.columns[i].set(&d, cell); err != nil {
			p.fault(at, p.names[i], "%v", err)
			sound = false
		}
	}
	if !sound {
		return
	}
	if err := cmp.Or(d.finish(), p.sameCurrency(d.currency), d.check(), d.absurd(p.reading.Currency)); err != nil {
		p.fault(at, "", "%v", err)
		return
	}
	p.rows = append(p.rows, line{d.Rate, at})
}

// sameCurrency holds a line against the company's currency, or where there is
// none against the lines before.
func (p *parser) sameCurrency(c Currency) error {
	switch {
	case c == Currency{} || c == p.currency:
	case p.currency == Currency{}:
		p.currency = c
	default:
		return fmt.Errorf("prices are in %s, and the company's money is %s: convert them first", c, p.currency)
	}
	return nil
}

// overlaps finds rates of one prefix that hold at the same time.
func (p *parser) overlaps() {
	sorted := slices.Clone(p.rows)
	slices.SortStableFunc(sorted, func(a, b line) int { return preferred(&a.Rate, &b.Rate) })
	for i := 1; i < len(sorted); i++ {
		if a, b := sorted[i-1], sorted[i]; overlap(&a.Rate, &b.Rate) {
			p.fault(max(a.at, b.at), "prefix", "prefix %s is on line %d too, and both hold at the same time: remove one, or give them different dates",
				b.Prefix, min(a.at, b.at))
		}
	}
}
