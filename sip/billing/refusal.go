package billing

import "slices"

// Rule is why a call is not placed, or not longer: a word that the page, the
// record and the log share.
type Rule string

// The rules, in the order in which they are asked. What each puts into
// Refusal.Detail stands beside it.
const (
	Emergency     Rule = "emergency"       // number: an emergency number, dialled on one's own telephone instead
	Denied        Rule = "denied"          // service: satellites and the like
	Guest         Rule = "guest"           // guests place no calls
	MayNotCall    Rule = "may-not-call"    // this person places none
	UnknownNumber Rule = "unknown-number"  // this person calls colleagues and saved contacts alone
	ClassOff      Rule = "class-off"       // class, country
	MeetingRule   Rule = "meeting-country" // country: nobody invited to the meeting is there
	Night         Rule = "night"           // class, from, to: times of day in the company's zone
	FirstCountry  Rule = "first-country"   // country: an admin has to agree first
	NoRate        Rule = "no-rate"         // no deck has a price
	PriceCeiling  Rule = "price-ceiling"   // price, ceiling: per minute
	MaxPrice      Rule = "max-price"       // price, shown: it rose since it was shown
	VelocityOne   Rule = "velocity-person" // calls, limit, minutes
	VelocityTo    Rule = "velocity-prefix" // calls, limit, minutes, prefix
	VelocityVia   Rule = "velocity-trunk"  // calls, limit, minutes, trunk
	Concurrency   Rule = "concurrency"     // calls, limit, of: person or company
	NoMoney       Rule = "no-money"        // budget, payer, payer_id, period, left, needed, limit
)

// Rules are all of them.
func Rules() []Rule {
	return slices.Clone([]Rule{
		Emergency, Denied, Guest, MayNotCall, UnknownNumber, ClassOff, MeetingRule, Night, FirstCountry, NoRate,
		PriceCeiling, MaxPrice, VelocityOne, VelocityTo, VelocityVia, Concurrency, NoMoney,
	})
}

// Refusal is the rule that a call is refused by, with what it takes to say so.
type Refusal struct {
	Rule   Rule              `json:"rule"`
	Detail map[string]string `json:"detail,omitempty"`
}

// Error names the rule; the words for people are the page's.
func (r *Refusal) Error() string { return "refused: " + string(r.Rule) }
