package billing

import (
	"time"
)

// Brakes are the rules against fraud and mistakes, all on by default as
// DefaultBrakes has them. Every one is a limit that an admin can change.
type Brakes struct {
	// Countries are those that may be called, by ISO 3166 code, beside the home
	// country; "*" is all. Premium numbers are off in all of them unless Premium.
	Countries []string `json:"countries"`
	Internal  bool     `json:"internal"` // calls to the company's own numbers
	Domestic  bool     `json:"domestic"` // to the home country
	Mobile    bool     `json:"mobile"`   // to mobiles of the home country
	Premium   bool     `json:"premium"`

	Ceiling Micro `json:"ceiling"` // the most per minute; 0: none

	Window time.Duration `json:"window"` // in which calls are counted
	// PerPerson and PerPrefix hold for calls to strangers. The calls counted are
	// all; a number that is known may be called up to ten times as many.
	PerPerson    int `json:"per_person"`
	PerPrefix    int `json:"per_prefix"`
	PerTrunk     int `json:"per_trunk"`
	AtOncePerson int `json:"at_once_person"`
	AtOnce       int `json:"at_once"`

	FirstCountry bool `json:"first_country"` // an admin agrees to the first call to each country
	Night        bool `json:"night"`         // only known numbers abroad between NightFrom and NightTo
	// NightFrom and NightTo are times of day in the company's zone.
	NightFrom time.Duration `json:"night_from"`
	NightTo   time.Duration `json:"night_to"`

	Longest   time.Duration `json:"longest"`    // a call; 0: no limit
	Invitees  bool          `json:"invitees"`   // into a meeting only where its invitees are
	LastLeave bool          `json:"last_leave"` // outbound legs end when the last employee leaves a room
}

// DefaultBrakes are those of a company that has not chosen.
func DefaultBrakes() Brakes {
	return Brakes{
		Internal: true, Domestic: true, Mobile: true, Ceiling: 2 * Unit,
		Window: 10 * time.Minute, PerPerson: 60, PerPrefix: 30, PerTrunk: 1000, AtOncePerson: 50, AtOnce: 500,
		FirstCountry: true, Night: true, NightFrom: 22 * time.Hour, NightTo: 6 * time.Hour,
		Longest: 4 * time.Hour, LastLeave: true,
	}
}

// Home is where the company is.
type Home struct {
	Country  string // ISO 3166
	Zone     *time.Location
	Currency Currency
}
