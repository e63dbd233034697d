package billing

import (
	"strconv"
	"time"
)

// recordField is a column of an export: a text, or what add appends, which is
// nothing where there is no value, and nothing that CSV or JSON escape.
type recordField struct {
	name   string
	key    string // as it begins a member of JSON
	text   func(c *CDR) string
	add    func(b []byte, c *CDR) []byte
	quoted bool // a string in JSON
}

// RecordFields are the names of the columns of an export, in their order.
func RecordFields() []string {
	names := make([]string, len(recordFields))
	for i, f := range recordFields {
		names[i] = f.name
	}
	return names
}

// recordFields are the columns of an export. Times are RFC 3339 in UTC with
// milliseconds, names ending in _micro millionths of the currency.
var recordFields = []recordField{
	textField("cdr_id", func(c *CDR) string { return c.ID }),
	textField("parent_leg", func(c *CDR) string { return c.Parent }),
	textField("kind", func(c *CDR) string { return string(c.Kind) }),
	textField("direction", func(c *CDR) string { return c.Direction.String() }),
	textField("state", func(c *CDR) string { return c.State.String() }),
	textField("meeting_id", func(c *CDR) string { return c.Meeting }),
	textField("occurrence_id", func(c *CDR) string { return c.Occurrence }),
	textField("batch", func(c *CDR) string { return c.Batch }),
	intField("attempt", false, func(c *CDR) int64 { return int64(c.Attempt) }),
	textField("from", func(c *CDR) string { return string(c.From) }),
	textField("to", func(c *CDR) string { return string(c.To) }),
	textField("display_name", func(c *CDR) string { return c.Name }),
	flagField("known", func(c *CDR) bool { return c.Known }),
	textField("user_id", func(c *CDR) string { return c.Person }),
	textField("user_name", func(c *CDR) string { return c.PersonName }),
	textField("department", func(c *CDR) string { return c.Department }),
	textField("cost_centre", func(c *CDR) string { return c.CostCentre }),
	textField("payer", func(c *CDR) string { return c.Payer.Kind.String() }),
	textField("payer_id", func(c *CDR) string { return c.Payer.ID }),
	textField("class", func(c *CDR) string { return c.Class.String() }),
	textField("country", func(c *CDR) string { return c.Country }),
	textField("trunk", func(c *CDR) string { return c.Trunk }),
	textField("routing", func(c *CDR) string { return c.Why }),
	textField("prefix", func(c *CDR) string { return c.Rate.Prefix }),
	textField("destination", func(c *CDR) string { return c.Destination }),
	timeField("setup", func(c *CDR) time.Time { return c.Setup }),
	timeField("ring", func(c *CDR) time.Time { return c.Ring }),
	timeField("answer", func(c *CDR) time.Time { return c.Answer }),
	timeField("end", func(c *CDR) time.Time { return c.End }),
	intField("pdd_ms", true, func(c *CDR) int64 { return c.PDD().Milliseconds() }),
	intField("duration_ms", false, func(c *CDR) int64 { return c.Duration().Milliseconds() }),
	intField("billed_s", false, func(c *CDR) int64 { return int64(c.BilledSeconds) }),
	textField("deck_version", func(c *CDR) string { return c.Deck }),
	intField("rate_micro", false, func(c *CDR) int64 { return int64(c.Rate.PerMinute) }),
	intField("connect_fee_micro", false, func(c *CDR) int64 { return int64(c.Rate.Connect) }),
	intField("cost_micro", false, func(c *CDR) int64 { return int64(c.Cost) }),
	valueField("cost", func(b []byte, c *CDR) []byte { return c.Cost.appendTo(b) }),
	textField("currency", func(c *CDR) string { return c.Currency.Code }),
	textField("hold_id", func(c *CDR) string { return c.Hold }),
	textField("sip_call_id", func(c *CDR) string { return c.CallID }),
	intField("final_code", true, func(c *CDR) int64 { return int64(c.Status) }),
	intField("q850", true, func(c *CDR) int64 { return int64(c.Q850) }),
	textField("q850_name", func(c *CDR) string { return Q850Name(c.Q850) }),
	textField("cause", func(c *CDR) string { return string(c.Cause) }),
	textField("rule", func(c *CDR) string { return string(c.Rule) }),
	textField("hangup_side", func(c *CDR) string { return string(c.Side) }),
	textField("codec", func(c *CDR) string { return c.Quality.Codec }),
	hundredths("mos_in", func(c *CDR) int { return c.Quality.MOSIn }),
	hundredths("mos_out", func(c *CDR) int { return c.Quality.MOSOut }),
	hundredths("loss_in_percent", func(c *CDR) int { return c.Quality.LossIn }),
	hundredths("loss_out_percent", func(c *CDR) int { return c.Quality.LossOut }),
	msField("jitter_in_ms", func(c *CDR) time.Duration { return c.Quality.JitterIn }),
	msField("jitter_out_ms", func(c *CDR) time.Duration { return c.Quality.JitterOut }),
	msField("rtt_ms", func(c *CDR) time.Duration { return c.Quality.RTT }),
	textField("quality", func(c *CDR) string { return c.Quality.Class }),
	flagField("recorded", func(c *CDR) bool { return !c.Notice.IsZero() }),
	timeField("notice", func(c *CDR) time.Time { return c.Notice }),
	textField("join_method", func(c *CDR) string { return c.Join }),
	intField("key_presses", false, func(c *CDR) int64 { return int64(c.Keys) }),
}

func textField(name string, get func(*CDR) string) recordField {
	return recordField{name: name, key: keyOf(name), text: get}
}

// keyOf is what a member of a JSON object begins with, after another one.
func keyOf(name string) string { return `,"` + name + `":` }

func valueField(name string, add func(b []byte, c *CDR) []byte) recordField {
	return recordField{name: name, key: keyOf(name), add: add}
}

// intField is a whole number; where it is optional, 0 is none.
func intField(name string, optional bool, get func(*CDR) int64) recordField {
	return valueField(name, func(b []byte, c *CDR) []byte {
		n := get(c)
		if n == 0 && optional {
			return b
		}
		return strconv.AppendInt(b, n, 10)
	})
}

func flagField(name string, get func(*CDR) bool) recordField {
	return valueField(name, func(b []byte, c *CDR) []byte { return strconv.AppendBool(b, get(c)) })
}

func timeField(name string, get func(*CDR) time.Time) recordField {
	f := valueField(name, func(b []byte, c *CDR) []byte { return appendTime(b, get(c)) })
	f.quoted = true
	return f
}

// appendTime writes a time as RFC 3339 in UTC with milliseconds. Go writes that
// layout fast without them only.
func appendTime(b []byte, at time.Time) []byte {
	if at.IsZero() {
		return b
	}
	b = at.UTC().AppendFormat(b, time.RFC3339)
	ms := at.Nanosecond() / int(time.Millisecond)
	return append(b[:len(b)-1], '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10), 'Z')
}

// hundredths is a number with two decimals; 0 is none where nothing was heard.
func hundredths(name string, get func(*CDR) int) recordField {
	return valueField(name, func(b []byte, c *CDR) []byte {
		n := get(c)
		if c.Quality == (Quality{}) {
			return b
		}
		return appendFixed(b, int64(n), 100)
	})
}

// msField is a duration in milliseconds, to the microsecond.
func msField(name string, get func(*CDR) time.Duration) recordField {
	return valueField(name, func(b []byte, c *CDR) []byte {
		if c.Quality == (Quality{}) {
			return b
		}
		return appendFixed(b, get(c).Microseconds(), 1000)
	})
}

// appendFixed writes n/scale with all its decimals; scale is a power of ten.
func appendFixed(b []byte, n, scale int64) []byte {
	if n < 0 {
		b, n = append(b, '-'), -n
	}
	b = append(strconv.AppendInt(b, n/scale, 10), '.')
	for n %= scale; scale > 1; n %= scale {
		scale /= 10
		b = append(b, byte('0'+n/scale))
	}
	return b
}
