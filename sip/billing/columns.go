package billing

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/sip/dialplan"
)

// draft is a line of a deck while its cells are read.
type draft struct {
	Rate
	currency Currency
	zone     *time.Location
	unit     int   // seconds that the price is for; 0: a minute
	block    Micro // price of the first initial seconds (Yeastar), where first is set
	first    bool
}

// column is what a column of a deck sets.
type column struct {
	field    string // columns of one field exclude each other
	required bool   // its cells are not to be empty
	set      func(d *draft, cell string) error
}

// field makes a column of a cell that is read by one function and kept by
// another.
func field[T any](name string, read func(string) (T, error), keep func(*draft, T)) column {
	return column{field: name, set: func(d *draft, cell string) error {
		v, err := read(cell)
		if err == nil {
			keep(d, v)
		}
		return err
	}}
}

// must makes a column one whose cells are not to be empty.
func must(c column) column {
	c.required = true
	return c
}

// only makes a column of which a single reading is understood, which changes
// nothing; any other would change prices, and is a fault.
func only(name, why string, same ...string) column {
	return column{field: name, set: func(_ *draft, cell string) error {
		if strings.Trim(cell, "0.") == "" { // 0, 0.00000
			cell = "0"
		}
		if slices.Contains(same, strings.ToLower(cell)) {
			return nil
		}
		return fmt.Errorf("%s: only %s is understood", why, strings.Join(same, " or "))
	}}
}

// unused makes a column that says nothing of what we pay.
func unused(name string) column {
	return column{field: name, set: func(*draft, string) error { return nil }}
}

// The columns that several programs have under names of their own.
var (
	colPrefix      = must(field("prefix", readPrefix, func(d *draft, v string) { d.Prefix = v }))
	colDestination = field("destination", readText, func(d *draft, v string) { d.Destination = v })
	colPrice       = must(field("rate_per_min", readPrice, func(d *draft, v Micro) { d.PerMinute += v }))
	colConnect     = field("connect_fee", readPrice, func(d *draft, v Micro) { d.Connect += v })
	colInitial     = field("initial_s", readSeconds, func(d *draft, v int) { d.Initial = v })
	colIncrement   = field("increment_s", readSeconds, func(d *draft, v int) { d.Increment = v })
	colMinimum     = field("min_s", readSeconds, func(d *draft, v int) { d.Minimum = v })
	colGrace       = field("grace_s", readSeconds, func(d *draft, v int) { d.Grace = v })
	colFrom        = column{field: "effective_from", set: func(d *draft, cell string) (err error) { d.From, err = readDate(cell, d.zone); return err }}
	colTo          = column{field: "effective_to", set: func(d *draft, cell string) (err error) { d.To, err = readDate(cell, d.zone); return err }}
	colPulses      = field("initial_s", readPulses, func(d *draft, v [2]int) { d.Initial, d.Increment = v[0], v[1] })
)

// columns are those that are understood, by their names in lower case without
// anything but letters and digits: ours, and those of Kazoo, Yeastar, A2Billing,
// CGRateS and cnxcc.
var columns = map[string]column{
	// ours
	"prefix": colPrefix, "destination": colDestination, "ratepermin": colPrice, "connectfee": colConnect, "initials": colInitial,
	"increments": colIncrement, "mins": colMinimum, "graces": colGrace, "effectivefrom": colFrom, "effectiveto": colTo,
	"currency":  field("currency", ParseCurrency, func(d *draft, v Currency) { d.currency = v }),
	"trunk":     field("trunk", readText, func(d *draft, v string) { d.Trunk = v }),
	"direction": field("direction", readDirection, func(d *draft, v Direction) { d.Direction = v }),
	"class":     field("class", readClass, func(d *draft, v string) { d.Class = v }),
	"weight":    field("weight", readWeight, func(d *draft, v int) { d.Weight = v }),

	// Kazoo
	"ratecost": colPrice, "rateincrement": colIncrement, "rateminimum": colMinimum, "ratesurcharge": colConnect,
	"ratenochargetime": colGrace, "ratename": colDestination, "isocountrycode": unused("country"), "ratedeckid": unused("deck"),
	"pvtratecost": unused("internal cost"),

	// Yeastar
	"name": colDestination, "matchprefix": colPrefix, "numberlength": only("length", "numbers of one length", "0", "any"),
	"rate":          colPrice,
	"billableunits": must(field("rate unit", readSeconds, func(d *draft, v int) { d.unit, d.Increment = v, v })),
	"initialtimes":  colInitial,
	"initialcost":   field("initial cost", readPrice, func(d *draft, v Micro) { d.block, d.first = v, true }),

	// A2Billing; what it sells at is not what we pay where it has both
	"dialprefix": colPrefix, "buyrate": colPrice, "buyrateinitblock": colInitial, "buyrateincrement": colIncrement, "rateinitial": colPrice,
	"initblock": colInitial, "billingblock": colIncrement, "connectcharge": colConnect,
	"disconnectcharge":      field("disconnect charge", readPrice, func(d *draft, v Micro) { d.Connect += v }),
	"minimalcost":           only("minimal cost", "a least charge", "0"),
	"startdate":             colFrom,
	"stopdate":              colTo,
	"starttime":             only("start time", "prices by the time of the week", "0"),
	"endtime":               only("end time", "prices by the time of the week", "10079"),
	"stepchargea":           only("step charge a", "prices that change during a call", "0"),
	"chargea":               only("charge a", "prices that change during a call", "0"),
	"timechargea":           only("time charge a", "prices that change during a call", "0"),
	"billingblocka":         only("billing block a", "prices that change during a call", "0"),
	"stepchargeb":           only("step charge b", "prices that change during a call", "0"),
	"chargeb":               only("charge b", "prices that change during a call", "0"),
	"timechargeb":           only("time charge b", "prices that change during a call", "0"),
	"billingblockb":         only("billing block b", "prices that change during a call", "0"),
	"stepchargec":           only("step charge c", "prices that change during a call", "0"),
	"chargec":               only("charge c", "prices that change during a call", "0"),
	"timechargec":           only("time charge c", "prices that change during a call", "0"),
	"billingblockc":         only("billing block c", "prices that change during a call", "0"),
	"roundingcalltime":      only("rounding", "a rounded duration", "0"),
	"roundingthreshold":     only("rounding threshold", "a rounded duration", "0"),
	"additionalblockcharge": only("additional block", "a charge for more blocks", "0"),
	"additionalgrace":       only("additional grace", "grace within a call", "0"),
	"tag":                   unused("tag"),

	// CGRateS
	"id": unused("id"), "destinationid": colDestination, "rateunit": field("rate unit", readSeconds, func(d *draft, v int) { d.unit = v }),
	"groupintervalstart": only("interval start", "prices that change during a call", "0", "0s"),
	"roundingmethod":     only("rounding method", "rounding", "*up"),
	"roundingdecimals":   unused("rounding decimals"), // we charge to the micro-unit
	"maxcost":            only("most", "a greatest charge", "0"),
	"maxcoststrategy":    unused("most, strategy"),
	"activationtime":     colFrom,

	// cnxcc
	"connect": colConnect, "initialpulse": colInitial, "finalpulse": colIncrement, "pulse": colPulses, "pulses": colPulses,
	"costpersecond": must(field("rate_per_min", readPrice, func(d *draft, v Micro) { d.PerMinute += 60 * v })),
	"costs":         must(field("rate_per_min", readPrice, func(d *draft, v Micro) { d.PerMinute += 60 * v })),
}

// sales are columns of A2Billing with what a call is sold for, by those with
// what it is bought for, which is what a company pays.
var sales = map[string]string{"rateinitial": "buyrate", "initblock": "buyrateinitblock", "billingblock": "buyrateincrement"}

// key reduces a column's name to what columns has it by.
func key(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(name))
}

// header finds the columns by their names. It tells whether lines can be read.
func (p *parser) header(at int, names []string) bool {
	p.names = make([]string, len(names))
	p.columns = make([]column, len(names))
	keys := make([]string, len(names))
	for i, name := range names {
		p.names[i], keys[i] = strings.ToValidUTF8(strings.TrimSpace(name), "?"), key(name)
	}
	seen, before := make(map[string]string, len(names)), len(p.faults)
	for i, name := range keys {
		c, known := columns[name]
		if bought := sales[name]; bought != "" && slices.Contains(keys, bought) {
			c = unused(name)
		}
		other, twice := seen[c.field]
		switch {
		case !known:
			p.fault(at, short(p.names[i]), "no column of a rate deck has this name: rename or remove it")
		case twice:
			p.fault(at, short(p.names[i]), "says the same as column %s: remove one", other)
		}
		seen[c.field], p.columns[i] = p.names[i], c
	}
	for _, needed := range []string{colPrefix.field, colPrice.field} {
		if _, ok := seen[needed]; !ok {
			p.fault(at, "", "there is no column %s", needed)
		}
	}
	return len(p.faults) == before
}

// finish works out what several columns say together.
func (d *draft) finish() error {
	if d.unit > 0 && d.unit != 60 {
		if d.PerMinute*60%Micro(d.unit) != 0 {
			return fmt.Errorf("a price for %d s that is not whole for a minute: give it for 60 s", d.unit)
		}
		d.PerMinute = d.PerMinute * 60 / Micro(d.unit)
	}
	if !d.first {
		return nil
	}
	// The first seconds have a price of their own: what it is above that of as
	// many others is a connection fee.
	fee := d.block - d.minutes(d.Initial)
	if fee < 0 {
		return errors.New("an initial cost below that of as many seconds at the rate is not understood: give a rate and a connection fee")
	}
	d.Connect += fee
	return nil
}

func readText(cell string) (string, error) {
	const most = 200
	if len(cell) > most {
		return "", fmt.Errorf("longer than %d bytes", most)
	}
	return cell, nil
}

func readPrefix(cell string) (string, error) {
	digits := strings.TrimPrefix(cell, "+")
	switch {
	case digits == "":
		return "", errors.New("a prefix is missing: write the digits that numbers begin with, such as 8613")
	case strings.Trim(digits, "0123456789") != "":
		return "", fmt.Errorf("%q is no prefix: write digits alone, such as 8613", short(cell))
	case digits[0] == '0':
		return "", fmt.Errorf("%q begins with 0: write the country's code first, without 00, such as 8613", short(cell))
	case len(digits) > maxPrefix:
		return "", fmt.Errorf("%q has more than %d digits", short(cell), maxPrefix)
	}
	return digits, nil
}

func readPrice(cell string) (Micro, error) {
	price, err := ParseMicro(cell)
	switch {
	case err != nil:
		return 0, err
	case price < 0:
		return 0, fmt.Errorf("%s is below zero", price)
	case price > MostPerMinute:
		return 0, fmt.Errorf("%s is more than any call costs (%s)", price, MostPerMinute)
	}
	return price, nil
}

// readSeconds takes "60", "60s" and "1m".
func readSeconds(cell string) (int, error) {
	text := cell
	if strings.Trim(cell, "0123456789") == "" {
		text += "s"
	}
	d, err := time.ParseDuration(text)
	if err != nil || d%time.Second != 0 || d < 0 || d > mostSeconds*time.Second {
		return 0, fmt.Errorf("%q is no number of seconds between 0 and %d", short(cell), mostSeconds)
	}
	return int(d / time.Second), nil
}

// readPulses takes "60/1": the first seconds, and then how many at a time.
func readPulses(cell string) (pulses [2]int, err error) {
	first, then, ok := strings.Cut(cell, "/")
	if !ok {
		return pulses, fmt.Errorf("%q: write two numbers of seconds such as 60/1", short(cell))
	}
	if pulses[0], err = readSeconds(first); err == nil {
		pulses[1], err = readSeconds(then)
	}
	return pulses, err
}

// readDate takes a date, or a time in RFC 3339 or without a zone.
func readDate(cell string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	if strings.HasPrefix(cell, "0000-00-00") { // for ever, in A2Billing
		return time.Time{}, nil
	}
	for _, layout := range []string{time.DateOnly, time.DateTime, "2006-01-02T15:04:05", time.RFC3339} {
		if at, err := time.ParseInLocation(layout, cell, zone); err == nil {
			if at.Year() < 1990 || at.Year() > 2200 {
				return time.Time{}, fmt.Errorf("the year %d", at.Year())
			}
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is no date: write 2026-11-30 or 2026-11-30T08:00:00+08:00", short(cell))
}

func readDirection(cell string) (d Direction, err error) {
	err = d.UnmarshalText([]byte(strings.ToLower(cell)))
	return d, err
}

func readClass(cell string) (string, error) {
	var class dialplan.Class
	if err := class.UnmarshalText([]byte(strings.ToLower(cell))); err != nil {
		return "", err
	}
	return class.String(), nil
}

func readWeight(cell string) (int, error) {
	n, err := strconv.Atoi(cell)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, fmt.Errorf("%q is no number between 0 and 1000000", short(cell))
	}
	return n, nil
}
