package dialplan

import "fmt"

// Class is the kind of a number, by which calls are allowed and budgeted.
type Class uint8

// The classes. Shared-cost and personal numbers cost what premium ones do and
// are counted with them; Denied are services that no company calls by purpose,
// satellites first.
const (
	Internal      Class = iota // the company's own
	Domestic                   // of the home country, fixed or free of charge
	Mobile                     // of the home country
	International              // of any other country
	Premium                    // at a raised price, at home or abroad
	Emergency                  // never sent to a conference trunk
	Denied                     // satellites and other worldwide services
)

// classes are the names in the configuration and in records.
var classes = [...]string{
	Internal: "internal", Domestic: "domestic", Mobile: "mobile", International: "international",
	Premium: "premium", Emergency: "emergency", Denied: "denied",
}

// String gives the class's name, in lower case.
func (c Class) String() string {
	if int(c) < len(classes) {
		return classes[c]
	}
	return "unknown"
}

// MarshalText gives the class's name.
func (c Class) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText reads a class's name.
func (c *Class) UnmarshalText(text []byte) error {
	for class, name := range classes {
		if name == string(text) {
			*c = Class(class)
			return nil
		}
	}
	return fmt.Errorf("a class of calls cannot be %q: write internal, domestic, mobile, international, premium, emergency or denied", text)
}
