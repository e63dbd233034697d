// Package dialplan is telephone numbers and trunks: how a number is written,
// and which trunk a call belongs to.
package dialplan

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
)

// ErrBadNumber is wrapped for what is no telephone number.
var ErrBadNumber = errors.New("not a telephone number")

// Number is a telephone number, in E.164 (a plus and 7 to 15 digits) where it
// comes from Parse, or what else a SIP user goes by. Printed or logged it is
// masked; converted, string(n), it is the number itself.
type Number string

// Country is how numbers are written in one country.
type Country struct {
	ISO           string // ISO 3166 code, such as "CN"; empty: no country
	Code          string // country calling code, without plus
	International string // what precedes a foreign country's code
	Trunk         string // what precedes a national number; empty where nothing does
	National      [2]int // least and most digits of a national number, without the trunk prefix
}

// countries are those whose national numbers are understood. Others are written
// with a plus, and so are foreign numbers where the prefix for them names a
// carrier, as in Brazil.
var countries = map[string]Country{
	"AE": {"AE", "971", "00", "0", [2]int{8, 9}},
	"AT": {"AT", "43", "00", "0", [2]int{7, 13}},
	"AU": {"AU", "61", "0011", "0", [2]int{9, 9}},
	"BE": {"BE", "32", "00", "0", [2]int{8, 9}},
	"BG": {"BG", "359", "00", "0", [2]int{7, 9}},
	"BR": {"BR", "55", "", "0", [2]int{10, 11}},
	"CA": {"CA", "1", "011", "1", [2]int{10, 10}},
	"CH": {"CH", "41", "00", "0", [2]int{9, 9}},
	"CL": {"CL", "56", "", "", [2]int{9, 9}},
	"CN": {"CN", "86", "00", "0", [2]int{9, 11}},
	"CY": {"CY", "357", "00", "", [2]int{8, 8}},
	"CZ": {"CZ", "420", "00", "", [2]int{9, 9}},
	"DE": {"DE", "49", "00", "0", [2]int{5, 13}},
	"DK": {"DK", "45", "00", "", [2]int{8, 8}},
	"EE": {"EE", "372", "00", "", [2]int{7, 8}},
	"ES": {"ES", "34", "00", "", [2]int{9, 9}},
	"FI": {"FI", "358", "00", "0", [2]int{6, 10}},
	"FR": {"FR", "33", "00", "0", [2]int{9, 9}},
	"GB": {"GB", "44", "00", "0", [2]int{9, 10}},
	"GR": {"GR", "30", "00", "", [2]int{10, 10}},
	"HK": {"HK", "852", "001", "", [2]int{8, 8}},
	"HR": {"HR", "385", "00", "0", [2]int{8, 9}},
	"HU": {"HU", "36", "00", "06", [2]int{8, 9}},
	"ID": {"ID", "62", "", "0", [2]int{8, 12}},
	"IE": {"IE", "353", "00", "0", [2]int{7, 9}},
	"IL": {"IL", "972", "", "0", [2]int{8, 9}},
	"IN": {"IN", "91", "00", "0", [2]int{10, 10}},
	"IT": {"IT", "39", "00", "", [2]int{6, 11}},
	"JP": {"JP", "81", "010", "0", [2]int{9, 10}},
	"KR": {"KR", "82", "", "0", [2]int{8, 10}},
	"LT": {"LT", "370", "00", "0", [2]int{8, 8}},
	"LU": {"LU", "352", "00", "", [2]int{6, 9}},
	"LV": {"LV", "371", "00", "", [2]int{8, 8}},
	"MO": {"MO", "853", "00", "", [2]int{8, 8}},
	"MT": {"MT", "356", "00", "", [2]int{8, 8}},
	"MX": {"MX", "52", "00", "", [2]int{10, 10}},
	"MY": {"MY", "60", "00", "0", [2]int{8, 10}},
	"NL": {"NL", "31", "00", "0", [2]int{9, 9}},
	"NO": {"NO", "47", "00", "", [2]int{8, 8}},
	"NZ": {"NZ", "64", "00", "0", [2]int{8, 10}},
	"PH": {"PH", "63", "00", "0", [2]int{8, 10}},
	"PL": {"PL", "48", "00", "", [2]int{9, 9}},
	"PT": {"PT", "351", "00", "", [2]int{9, 9}},
	"RO": {"RO", "40", "00", "0", [2]int{9, 9}},
	"RU": {"RU", "7", "810", "8", [2]int{10, 10}},
	"SA": {"SA", "966", "00", "0", [2]int{9, 9}},
	"SE": {"SE", "46", "00", "0", [2]int{7, 9}},
	"SG": {"SG", "65", "000", "", [2]int{8, 8}},
	"SI": {"SI", "386", "00", "0", [2]int{8, 8}},
	"SK": {"SK", "421", "00", "0", [2]int{9, 9}},
	"TH": {"TH", "66", "", "0", [2]int{8, 9}},
	"TR": {"TR", "90", "00", "0", [2]int{10, 10}},
	"TW": {"TW", "886", "", "0", [2]int{8, 9}},
	"UA": {"UA", "380", "00", "0", [2]int{9, 9}},
	"US": {"US", "1", "011", "1", [2]int{10, 10}},
	"VN": {"VN", "84", "00", "0", [2]int{9, 10}},
	"ZA": {"ZA", "27", "00", "0", [2]int{9, 9}},
}

// Home finds a country by its ISO 3166 code, such as "CN". An empty code is no
// country: the zero value, which takes numbers with a plus only.
func Home(iso string) (Country, error) {
	c, ok := countries[strings.ToUpper(iso)]
	if !ok && iso != "" {
		known := slices.Sorted(maps.Keys(countries))
		return Country{}, fmt.Errorf("how people write numbers in %q is not known, only in %s", iso, strings.Join(known, ", "))
	}
	return c, nil
}

// The lengths of an E.164 number in digits; shorter ones are services.
const (
	shortest = 7
	longest  = 15
)

// Parse reads a number as people and trunks write it: "+86 10 6552 9988",
// "0086…", "010-6552 9988", "(212) 555-0100", "tel:+1-212-555-0100". A number
// without prefix is a national one of home.
func Parse(text string, home Country) (Number, error) {
	digits, plus, err := dialled(text)
	if err != nil {
		return "", err
	}
	switch {
	case plus:
	case home.International != "" && strings.HasPrefix(digits, home.International):
		digits = digits[len(home.International):]
	default:
		if digits, err = home.national(digits); err != nil {
			return "", err
		}
	}
	if len(digits) < shortest || len(digits) > longest || digits[0] == '0' {
		return "", fmt.Errorf("%w: %d digits after the prefix", ErrBadNumber, len(digits))
	}
	return Number("+" + digits), nil
}

// national completes a national number with the country's code.
func (c Country) national(digits string) (string, error) {
	if c.Code == "" {
		return "", fmt.Errorf("%w: it must begin with a plus and the country's code", ErrBadNumber)
	}
	fits := func(s string) bool { return len(s) >= c.National[0] && len(s) <= c.National[1] }
	rest, prefixed := strings.CutPrefix(digits, c.Trunk)
	switch {
	case c.Trunk != "" && prefixed && fits(rest):
		return c.Code + rest, nil
	case fits(digits):
		return c.Code + digits, nil
	case strings.HasPrefix(digits, c.Code) && fits(digits[len(c.Code):]):
		return digits, nil // a trunk that leaves the plus out
	default:
		return "", fmt.Errorf("%w: %d digits are not a national number", ErrBadNumber, len(digits))
	}
}

// dialled reduces what was written to its digits, and tells whether a plus stood
// before them.
func dialled(text string) (digits string, plus bool, err error) {
	text = strings.TrimSpace(text)
	if len(text) >= 4 && strings.EqualFold(text[:4], "tel:") {
		text = text[4:]
	}
	text, _, _ = strings.Cut(text, ";")
	var out strings.Builder
	for i, r := range text {
		switch {
		case r >= '0' && r <= '9':
			out.WriteRune(r)
		case r >= '０' && r <= '９': // full-width digits, as Chinese input methods write them
			out.WriteRune(r - '０' + '0')
		case (r == '+' || r == '＋') && out.Len() == 0 && !plus:
			plus = true
		case strings.ContainsRune(" -.()/\u00a0\u2010\u2011\u2013\u3000（）－", r):
		default:
			return "", false, fmt.Errorf("%w: %q at place %d", ErrBadNumber, r, i)
		}
	}
	if out.Len() == 0 {
		return "", false, fmt.Errorf("%w: it has no digits", ErrBadNumber)
	}
	return out.String(), plus, nil
}

// hidden stands for what is not shown.
const hidden = "•••"

// Masked shows the last three digits, enough to tell two callers in a roster
// apart: "•••988". Nothing is shown of what is no telephone number.
func (n Number) Masked() string {
	if !n.Telephone() {
		return hidden
	}
	return hidden + string(n[len(n)-3:])
}

// Telephone tells whether n is a telephone number: digits enough for one, and
// at most a plus before them. Extensions and the names of SIP users are not.
func (n Number) Telephone() bool {
	digits := strings.TrimPrefix(string(n), "+")
	return len(digits) >= shortest && strings.Trim(digits, "0123456789") == ""
}

// String masks the number.
func (n Number) String() string { return n.Masked() }

// Format masks the number, so that no verb prints it whole, %#v and %x included.
func (n Number) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, n.Masked()) // there is nobody to tell of an error
}

// LogValue masks the number.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }

// MarshalText masks the number in JSON, which logs may be.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.Masked()), nil }
