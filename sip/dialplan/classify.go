package dialplan

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Numbering is how a company dials: from where, and which numbers are its own.
// It may be used by any goroutine.
type Numbering struct {
	Home Country
	// Own are the company's numbers, in E.164; one that ends in a star is a whole
	// block: "+86106552*".
	Own []Number
}

// Dialled is what somebody asked to call, understood.
type Dialled struct {
	Number Number // in E.164; for an emergency number, the digits themselves
	Class  Class
	// Country is the ISO 3166 code; empty where it is not known, and for
	// services of no country.
	Country string
	Code    string // the country's calling code, without plus
	// Extension is pressed once the call is answered: digits, * and #, each
	// comma a pause of 2 s.
	Extension string
	Service   string // what a Denied number is, such as "Iridium satellite telephones"
}

// Classify understands a number as people write it; see Parse. What follows a
// comma, ";ext=", "x", "ext." or "转" is an extension. The error is
// ErrBadNumber, or an *EmergencyError, which is ErrEmergency: the number is
// then not to be called, and what is returned beside it says of which country
// the emergency number is.
func (n Numbering) Classify(text string) (Dialled, error) {
	main, extension, err := cutExtension(text)
	if err != nil {
		return Dialled{}, err
	}
	digits, plus, err := dialled(main)
	if err != nil {
		return Dialled{}, err
	}
	if help, ok := n.Home.emergency(digits, plus); ok {
		return Dialled{Number: Number(digits), Class: Emergency, Country: help.Country, Code: n.Home.Code}, help
	}
	number, err := Parse(main, n.Home)
	if err != nil {
		return Dialled{}, err
	}
	d := Dialled{Number: number, Extension: extension}
	if d.Service = denied(number); d.Service != "" {
		d.Class = Denied
		return d, nil
	}
	return n.placed(d)
}

// placed finds the country and the class of a number in E.164.
func (n Numbering) placed(d Dialled) (Dialled, error) {
	parsed, err := phonenumbers.Parse(string(d.Number), "")
	if err != nil {
		return Dialled{}, fmt.Errorf("%w: no country has this calling code", ErrBadNumber)
	}
	code := int(parsed.GetCountryCode())
	d.Code = strconv.Itoa(code)
	own := among(n.Own, d.Number)
	if !own && phonenumbers.IsPossibleNumberWithReason(parsed) != phonenumbers.IS_POSSIBLE {
		return Dialled{}, fmt.Errorf("%w: too long or too short for a number with calling code %s", ErrBadNumber, d.Code)
	}
	d.Country = phonenumbers.GetRegionCodeForNumber(parsed)
	switch regions := phonenumbers.GetRegionCodesForCountryCode(code); {
	case d.Country == worldwide:
		d.Country = ""
	case d.Country == "" && len(regions) == 1:
		d.Country = regions[0] // a range newer than the tables
	case d.Country == "" && !own:
		return Dialled{}, fmt.Errorf("%w: no country with calling code %s has such a number", ErrBadNumber, d.Code)
	}
	if own {
		d.Class = Internal
		return d, nil
	}
	d.Class = n.class(d, phonenumbers.GetNumberType(parsed))
	return d, nil
}

// worldwide is the region of services that belong to no country.
const worldwide = "001"

// class tells what kind of number d is, from what the tables say it is.
func (n Numbering) class(d Dialled, kind phonenumbers.PhoneNumberType) Class {
	home := n.Home.ISO != "" && d.Country == n.Home.ISO
	switch kind {
	case phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST, phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER:
		if home && n.Home.local(d.Number) {
			return Domestic
		}
		return Premium
	case phonenumbers.MOBILE:
		if home {
			return Mobile
		}
	}
	if home {
		return Domestic
	}
	return International
}

// localRates are ranges that the tables have as shared-cost and that are charged
// as local calls: 400 in China, where every hotline is one.
var localRates = map[string][]Number{"CN": {"+86400"}}

// local tells whether a number of this country costs what a local call does,
// though it looks like a service.
func (c Country) local(number Number) bool {
	return slices.ContainsFunc(localRates[c.ISO], func(p Number) bool { return strings.HasPrefix(string(number), string(p)) })
}
