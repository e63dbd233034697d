package dialplan

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// ErrEmergency is wrapped for an emergency number: a conference must not call
// it, because nobody could tell where the caller is.
var ErrEmergency = errors.New("an emergency number")

// EmergencyError is ErrEmergency with what to do instead.
type EmergencyError struct {
	Dialled string   // what was asked for, digits only
	Country string   // ISO 3166; empty where no home country is set
	Numbers []string // to be dialled from a telephone of one's own in that country
}

// Error says what to do.
func (e *EmergencyError) Error() string {
	return fmt.Sprintf("%s is an emergency number, which a conference cannot call because nobody could find you: dial %s on your own telephone",
		e.Dialled, strings.Join(e.Numbers, " or "))
}

// Unwrap gives ErrEmergency.
func (e *EmergencyError) Unwrap() error { return ErrEmergency }

// help are the emergency numbers by country, the most general first, those for
// one kind of help after it.
var help = map[string][]string{
	"AE": {"999", "112", "998", "997", "996"},
	"AR": {"911", "112", "101", "107", "100"},
	"AT": {"112", "133", "144", "122", "140", "141"},
	"AU": {"000", "112", "106"},
	"BE": {"112", "101", "100"},
	"BG": {"112", "150", "160", "166"},
	"BR": {"190", "192", "193", "112", "911"},
	"CA": {"911", "112"},
	"CH": {"112", "117", "118", "144", "143", "145"},
	"CL": {"133", "131", "132", "112", "911"},
	"CN": {"110", "119", "120", "122", "112", "999"},
	"CY": {"112", "199"},
	"CZ": {"112", "150", "155", "158", "156"},
	"DE": {"112", "110"},
	"DK": {"112", "114"},
	"EE": {"112", "110"},
	"ES": {"112", "061", "062", "080", "085", "091", "092"},
	"FI": {"112"},
	"FR": {"112", "15", "17", "18", "114", "119", "191", "196", "197"},
	"GB": {"999", "112"},
	"GR": {"112", "100", "166", "199", "108"},
	"HK": {"999", "112", "992"},
	"HR": {"112", "192", "193", "194", "195"},
	"HU": {"112", "104", "105", "107"},
	"ID": {"112", "110", "113", "118", "119"},
	"IE": {"112", "999"},
	"IL": {"100", "101", "102", "112", "911"},
	"IN": {"112", "100", "101", "102", "108", "1091"},
	"IT": {"112", "113", "115", "118", "117", "1530"},
	"JP": {"110", "119", "118", "171"},
	"KR": {"112", "119", "111", "113", "118"},
	"LT": {"112", "01", "02", "03"},
	"LU": {"112", "113"},
	"LV": {"112", "110", "113"},
	"MO": {"999", "110", "112", "119"},
	"MT": {"112"},
	"MX": {"911", "112", "065", "066", "068"},
	"MY": {"999", "112", "994", "995"},
	"NL": {"112"},
	"NO": {"112", "110", "113"},
	"NZ": {"111", "112"},
	"PH": {"911", "112", "117"},
	"PL": {"112", "997", "998", "999"},
	"PT": {"112", "115", "117"},
	"RO": {"112"},
	"RU": {"112", "101", "102", "103", "104"},
	"SA": {"911", "112", "997", "998", "999"},
	"SE": {"112"},
	"SG": {"999", "995", "112", "993"},
	"SI": {"112", "113"},
	"SK": {"112", "150", "155", "158"},
	"TH": {"191", "1669", "199", "112"},
	"TR": {"112", "110", "155", "156", "158"},
	"TW": {"110", "119", "112", "118"},
	"UA": {"112", "101", "102", "103", "104"},
	"US": {"911", "112"},
	"VN": {"113", "114", "115", "112"},
	"ZA": {"112", "10111", "10177", "107"},
}

// anywhere are emergency numbers of so many countries that whoever dials one is
// taken to need help, wherever the company is.
var anywhere = []string{"112", "911", "999", "000", "110", "111", "113", "115", "118", "119", "120", "122", "133", "190", "191", "192", "193", "995", "997", "998"}

// emergency tells whether digits call for help: a number of the country or one
// known anywhere; also behind a PBX's outside-line digit ("9-911"), the
// country's calling code ("+86 110") or an area code ("010 110"). A plus stood
// before the digits or not.
func (c Country) emergency(digits string, plus bool) (*EmergencyError, bool) {
	numbers := help[c.ISO]
	called := func(s string) bool {
		return slices.Contains(numbers, s) || slices.Contains(anywhere, s) || c.ISO != "" && phonenumbers.IsEmergencyNumber(s, c.ISO)
	}
	if !called(digits) && !slices.ContainsFunc(c.behindPrefixes(digits, plus), called) {
		return nil, false
	}
	if len(numbers) == 0 {
		numbers = anywhere[:2]
	}
	return &EmergencyError{Dialled: digits, Country: c.ISO, Numbers: slices.Clone(numbers)}, true
}

// longestHelp is the digits of the longest emergency number.
const longestHelp = 5

// behindPrefixes is what may be meant by digits that are too few for a number:
// what stands behind a prefix, where that leaves at least three digits.
func (c Country) behindPrefixes(digits string, plus bool) (rests []string) {
	add := func(prefix string) {
		if rest, ok := strings.CutPrefix(digits, prefix); ok && prefix != "" && len(rest) >= 3 && len(rest) <= longestHelp {
			rests = append(rests, rest)
		}
	}
	add(c.Code)
	add(c.International + c.Code)
	if plus {
		return rests
	}
	add("0")
	add("9")
	if c.Trunk == "0" && strings.HasPrefix(digits, "0") && len(digits) <= 7 { // 0, area code of two or three digits, emergency number
		for _, area := range []int{3, 4} {
			if len(digits) == area+3 {
				add(digits[:area])
			}
		}
	}
	return rests
}
