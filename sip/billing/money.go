package billing

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Micro is an amount of the company's currency in millionths of its unit:
// 180 000 is ¥0.18. All money is counted so, and never as a float.
type Micro int64

// Unit is one of the currency: ¥1, €1.
const Unit Micro = 1_000_000

// ErrAmount is wrapped for what is no amount of money.
var ErrAmount = errors.New("not an amount of money")

// ParseMicro reads a decimal number such as "0.18", exactly: more than six
// decimals that are not zero are an error, which is ErrAmount.
func ParseMicro(text string) (Micro, error) {
	digits, negative := strings.CutPrefix(strings.TrimSpace(text), "-")
	whole, decimals, _ := strings.Cut(digits, ".")
	decimals = strings.TrimRight(decimals, "0")
	switch {
	case strings.Contains(text, ","):
		return 0, fmt.Errorf("%w: %q has a comma, write 1234.56", ErrAmount, short(text))
	case strings.Trim(whole+decimals, "0123456789") != "" || strings.Trim(digits, ".") == "":
		return 0, fmt.Errorf("%w: %q, write a number such as 0.18", ErrAmount, short(text))
	case len(decimals) > 6:
		return 0, fmt.Errorf("%w: %q has more than six decimals", ErrAmount, short(text))
	}
	n, err := strconv.ParseInt(cmp.Or(strings.TrimLeft(whole, "0"), "0")+decimals+strings.Repeat("0", 6-len(decimals)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: %q is too large", ErrAmount, short(text))
	}
	if negative {
		n = -n
	}
	return Micro(n), nil
}

// short cuts what is quoted in a message.
func short(text string) string {
	const most = 40
	if len(text) <= most {
		return text
	}
	return text[:most] + "…"
}

// String writes the amount exactly and no longer than it needs: "0.18", "-3".
func (m Micro) String() string { return string(m.appendTo(nil)) }

// appendTo appends what String gives.
func (m Micro) appendTo(b []byte) []byte {
	n := uint64(m)
	if m < 0 {
		b, n = append(b, '-'), -n
	}
	b = strconv.AppendUint(b, n/uint64(Unit), 10)
	rest := n % uint64(Unit)
	if rest == 0 {
		return b
	}
	b = append(b, '.')
	for digit := uint64(Unit) / 10; rest > 0; digit /= 10 {
		b = append(b, byte('0'+rest/digit))
		rest %= digit
	}
	return b
}

// Format writes the amount for people, rounded half up to the currency's
// decimals: "0.20 CNY", "3 JPY".
func (m Micro) Format(c Currency) string {
	step := uint64(Unit)
	for range c.Exponent {
		step /= 10
	}
	sign, n := "", uint64(m)
	if m < 0 {
		sign, n = "-", -n
	}
	n = (n + step/2) / step // in the smallest unit
	if n == 0 {
		sign = ""
	}
	text := strconv.FormatUint(n, 10)
	if c.Exponent > 0 {
		if missing := c.Exponent + 1 - len(text); missing > 0 {
			text = strings.Repeat("0", missing) + text
		}
		text = text[:len(text)-c.Exponent] + "." + text[len(text)-c.Exponent:]
	}
	if c.Code == "" {
		return sign + text
	}
	return sign + text + " " + c.Code
}

// Currency is one of ISO 4217. The zero value is none.
type Currency struct {
	Code     string // "CNY"
	Exponent int    // decimals that people write: 2 for CNY, 0 for JPY, 3 for KWD
}

// String gives the code.
func (c Currency) String() string { return c.Code }

// MarshalText gives the code.
func (c Currency) MarshalText() ([]byte, error) { return []byte(c.Code), nil }

// UnmarshalText reads a code; an empty one is no currency.
func (c *Currency) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*c = Currency{}
		return nil
	}
	*c, err = ParseCurrency(string(text))
	return err
}

// exponents are the decimals of the currencies that have others than two.
var exponents = map[string]int{
	"BHD": 3, "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "IQD": 3, "ISK": 0, "JOD": 3, "JPY": 0, "KMF": 0, "KRW": 0, "KWD": 3,
	"LYD": 3, "OMR": 3, "PYG": 0, "RWF": 0, "TND": 3, "UGX": 0, "UYI": 0, "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}

// twoDecimals are the other currencies of ISO 4217.
const twoDecimals = " AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK " +
	"DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL " +
	"MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD " +
	"SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "

// ParseCurrency finds a currency by its code of ISO 4217.
func ParseCurrency(code string) (Currency, error) {
	upper := strings.ToUpper(strings.TrimSpace(code))
	if exponent, ok := exponents[upper]; ok {
		return Currency{upper, exponent}, nil
	}
	if len(upper) == 3 && strings.Contains(twoDecimals, " "+upper+" ") {
		return Currency{upper, 2}, nil
	}
	return Currency{}, fmt.Errorf("%q is no currency of ISO 4217: write three letters such as CNY, EUR or USD", short(code))
}
