package billing

import (
	"strconv"
	"strings"
	"time"

	"partyline/sip/dialplan"
)

// situation is what the brakes look at.
type situation struct {
	Request
	brakes Brakes
	home   Home
	routes []priced // those with a price, the best first
	facts  Facts
}

// A brake is one rule. It returns nil, or what it refuses the call with.
type brake func(s *situation) *Refusal

// The brakes, in the order in which they are asked: those that need the request
// alone, those that need a price, and those that need the ledger's facts.
var (
	ofRequest = []brake{emergency, denied, guest, mayNotCall, unknownNumber, classOff, meetingCountry, night}
	ofPrice   = []brake{noRate, dearClass, priceCeiling, maxPrice}
	ofFacts   = []brake{velocityPerson, velocityPrefix, velocityTrunk, concurrency}
)

// first asks brakes until one refuses.
func first(brakes []brake, s *situation) error {
	for _, b := range brakes {
		if refusal := b(s); refusal != nil {
			return refusal
		}
	}
	return nil
}

// refuse makes a refusal of a rule and pairs of its details.
func refuse(rule Rule, pairs ...string) *Refusal {
	r := &Refusal{Rule: rule, Detail: make(map[string]string, len(pairs)/2)}
	for i := 0; i+1 < len(pairs); i += 2 {
		r.Detail[pairs[i]] = pairs[i+1]
	}
	return r
}

func emergency(s *situation) *Refusal {
	if s.To.Class != dialplan.Emergency {
		return nil
	}
	return refuse(Emergency, "number", string(s.To.Number), "country", s.To.Country)
}

func denied(s *situation) *Refusal {
	if s.To.Class != dialplan.Denied {
		return nil
	}
	return refuse(Denied, "service", s.To.Service)
}

func guest(s *situation) *Refusal {
	if !s.Guest {
		return nil
	}
	return refuse(Guest)
}

func mayNotCall(s *situation) *Refusal {
	if s.MayCall != Nobody {
		return nil
	}
	return refuse(MayNotCall)
}

func unknownNumber(s *situation) *Refusal {
	if s.MayCall != Known || s.Known || s.To.Class == dialplan.Internal {
		return nil
	}
	return refuse(UnknownNumber)
}

// abroad tells whether the number is of another country than the company, or of
// none that is known.
func (s *situation) abroad() bool {
	return s.To.Class != dialplan.Internal && s.To.Country != s.home.Country
}

func classOff(s *situation) *Refusal {
	if s.brakes.allows(s.To.Class, s.To.Country, s.home.Country) {
		return nil
	}
	return refuse(ClassOff, "class", s.To.Class.String(), "country", s.To.Country)
}

// allows tells whether numbers of a class and country may be called at all.
func (b Brakes) allows(class dialplan.Class, country, home string) bool {
	there := country == home && home != ""
	for _, c := range b.Countries {
		there = there || c == "*" || c == country && country != ""
	}
	switch class {
	case dialplan.Internal:
		return b.Internal
	case dialplan.Domestic:
		return b.Domestic
	case dialplan.Mobile:
		return b.Mobile
	case dialplan.International:
		return there
	case dialplan.Premium:
		return b.Premium && there
	default:
		return false
	}
}

func meetingCountry(s *situation) *Refusal {
	if !s.brakes.Invitees || s.Meeting == "" || !s.abroad() {
		return nil
	}
	for _, country := range s.Countries {
		if country == s.To.Country && country != "" {
			return nil
		}
	}
	return refuse(MeetingRule, "country", s.To.Country)
}

func night(s *situation) *Refusal {
	dear := s.abroad() || s.To.Class == dialplan.Premium
	if !s.brakes.Night || s.Known || !dear || !s.brakes.AtNight(s.At, s.home.Zone) {
		return nil
	}
	return refuse(Night, "class", s.To.Class.String(), "from", timeOfDay(s.brakes.NightFrom), "to", timeOfDay(s.brakes.NightTo))
}

// AtNight tells whether a moment is in the night of the company's zone. Where
// it ends when it begins there is none.
func (b Brakes) AtNight(at time.Time, zone *time.Location) bool {
	if zone == nil {
		zone = time.UTC
	}
	at = at.In(zone)
	clock := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second
	if b.NightFrom <= b.NightTo {
		return clock >= b.NightFrom && clock < b.NightTo
	}
	return clock >= b.NightFrom || clock < b.NightTo
}

// timeOfDay writes "22:00".
func timeOfDay(d time.Duration) string {
	return time.Time{}.Add(d).Format("15:04")
}

func firstCountry(s *situation) *Refusal {
	if !s.asksFirst() || s.Approved {
		return nil
	}
	return refuse(FirstCountry, "country", s.To.Country)
}

// asksFirst tells whether an admin has to have agreed to the country.
func (s *situation) asksFirst() bool { return s.brakes.FirstCountry && s.abroad() }

func noRate(s *situation) *Refusal {
	if len(s.routes) > 0 {
		return nil
	}
	return refuse(NoRate)
}

// dearClass is classOff for what the deck says of the number: a range that looks
// like any other and is charged as premium.
func dearClass(s *situation) *Refusal {
	for _, route := range s.routes {
		var class dialplan.Class
		if route.rate.Class == "" || class.UnmarshalText([]byte(route.rate.Class)) != nil || class <= s.To.Class {
			continue
		}
		if !s.brakes.allows(class, s.To.Country, s.home.Country) {
			return refuse(ClassOff, "class", class.String(), "country", s.To.Country)
		}
	}
	return nil
}

func priceCeiling(s *situation) *Refusal {
	dearest := s.dearest()
	if s.brakes.Ceiling <= 0 || dearest <= s.brakes.Ceiling {
		return nil
	}
	return refuse(PriceCeiling, "price", dearest.String(), "ceiling", s.brakes.Ceiling.String())
}

// maxPrice refuses where no route is left at the price that was shown, see
// affordable.
func maxPrice(s *situation) *Refusal {
	best := s.routes[0].rate.PerMinute
	if s.Shown <= 0 || best <= s.Shown {
		return nil
	}
	return refuse(MaxPrice, "price", best.String(), "shown", s.Shown.String())
}

// dearest is the greatest price per minute of the routes.
func (s *situation) dearest() (most Micro) {
	for _, route := range s.routes {
		most = max(most, route.rate.PerMinute)
	}
	return most
}

// tooMany refuses by a count that has reached its limit; a limit of 0 is none.
func tooMany(rule Rule, calls, limit int, pairs ...string) *Refusal {
	if limit <= 0 || calls < limit {
		return nil
	}
	return refuse(rule, append(pairs, "calls", strconv.Itoa(calls), "limit", strconv.Itoa(limit))...)
}

// minutes is the window of the velocities, for their details.
func (b Brakes) minutes() string { return strconv.Itoa(int(b.Window / time.Minute)) }

// knownTimes is how many times as many calls may be placed where the next one
// goes to a number that is known. Without a limit, whoever saves the numbers of a
// fraud as contacts first would have none; with this one, a list of 500
// colleagues still passes.
const knownTimes = 10

// most is a velocity's limit for the call.
func (s *situation) most(limit int) int {
	if s.Known {
		return limit * knownTimes
	}
	return limit
}

func velocityPerson(s *situation) *Refusal {
	if s.Person == "" {
		return nil
	}
	return tooMany(VelocityOne, s.facts.ByPerson, s.most(s.brakes.PerPerson), "minutes", s.brakes.minutes())
}

func velocityPrefix(s *situation) *Refusal {
	if s.To.Class == dialplan.Internal {
		return nil
	}
	return tooMany(VelocityTo, s.facts.ToPrefix, s.most(s.brakes.PerPrefix), "minutes", s.brakes.minutes(), "prefix", block(s.To.Number))
}

// block is what the numbers of one subscriber range begin with: all digits but
// the last four. Fraud runs through such ranges.
func block(number dialplan.Number) string {
	digits := strings.TrimPrefix(string(number), "+")
	return digits[:max(len(digits)-4, 0)]
}

// velocityTrunk refuses where every trunk has had too many calls; sip tries the
// others first.
func velocityTrunk(s *situation) (refusal *Refusal) {
	for _, route := range s.routes {
		refusal = tooMany(VelocityVia, s.facts.ByTrunk[route.trunk], s.brakes.PerTrunk, "minutes", s.brakes.minutes(), "trunk", route.trunk)
		if refusal == nil {
			return nil
		}
	}
	return refusal
}

func concurrency(s *situation) *Refusal {
	if r := tooMany(Concurrency, s.facts.OpenPerson, s.brakes.AtOncePerson, "of", "person"); r != nil && s.Person != "" {
		return r
	}
	return tooMany(Concurrency, s.facts.Open, s.brakes.AtOnce, "of", "company")
}
