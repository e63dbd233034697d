package quality

// Setup is how an INVITE for a new call ended, in as few classes as the ratios
// of RFC 6076 and ITU-T E.425 can be computed from:
//
//	SER  (RFC 6076 §4.6)  answered / (all - redirected)
//	SEER (RFC 6076 §4.7)  (answered + unavailable + busy + declined) / (all - redirected)
//	ISA  (RFC 6076 §4.8)  ineffective / all
//	ASR  (E.425)          answered / all
//	NER  (E.425)          (answered + busy + unavailable + unanswered + declined) / all
//
// An INVITE that was challenged and came again with a password is one (RFC 6076
// §4: the first is not counted). One that nobody answered before another target
// was tried counts by itself.
type Setup string

// The classes.
const (
	SetupAnswered    Setup = "answered"    // 2xx
	SetupRedirected  Setup = "redirected"  // 3xx
	SetupUnavailable Setup = "unavailable" // 480
	SetupBusy        Setup = "busy"        // 486, 600
	SetupDeclined    Setup = "declined"    // 603, 607
	SetupUnanswered  Setup = "unanswered"  // it rang and was given up: 487 after 180
	SetupAbandoned   Setup = "abandoned"   // given up before it rang: 487
	SetupWrongNumber Setup = "wrong-number"
	SetupIneffective Setup = "ineffective" // 408, 500, 503, 504, or nothing at all
	SetupRefused     Setup = "refused"     // any other status
)

// Setups are all the classes.
func Setups() []Setup {
	return []Setup{
		SetupAnswered, SetupRedirected, SetupUnavailable, SetupBusy, SetupDeclined, SetupUnanswered,
		SetupAbandoned, SetupWrongNumber, SetupIneffective, SetupRefused,
	}
}

// setups are the classes of final statuses, where not all of hundred are of one.
var setups = map[int]Setup{
	0: SetupIneffective, 408: SetupIneffective, 500: SetupIneffective, 503: SetupIneffective, 504: SetupIneffective,
	480: SetupUnavailable, 486: SetupBusy, 600: SetupBusy, 603: SetupDeclined, 607: SetupDeclined,
	404: SetupWrongNumber, 410: SetupWrongNumber, 484: SetupWrongNumber, 485: SetupWrongNumber, 604: SetupWrongNumber,
}

// SetupOf is the class of an INVITE by its final status, 0 where none came; rang
// tells whether a 18x came before.
func SetupOf(status int, rang bool) Setup {
	class, known := setups[status]
	switch {
	case known:
		return class
	case status/100 == 2:
		return SetupAnswered
	case status/100 == 3:
		return SetupRedirected
	case status == 487 && rang:
		return SetupUnanswered
	case status == 487:
		return SetupAbandoned
	default:
		return SetupRefused
	}
}
