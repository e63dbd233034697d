package dialplan

import (
	"fmt"
	"slices"
	"strings"
)

// CallerID is which number a trunk's calls show, and in which header. A carrier
// refuses, or bills dearly, a number that the company does not own.
type CallerID struct {
	// Owned are the numbers that may be shown, in E.164; one that ends in a star
	// is a whole block: "+86106552*".
	Owned   []Number
	Default Number // shown where no other may be; empty: the call is anonymous
	Header  IdentityHeader
	Privacy bool // ask the carrier to hide the number from the callee (RFC 3323)
	// Diversion names the number that was first called, on callbacks and calls
	// passed on (RFC 5806).
	Diversion bool
}

// IdentityHeader is where a carrier looks for the caller's number.
type IdentityHeader uint8

// The headers. Carriers of the first kind need nothing else; those of the
// second read the account in From and the number in P-Asserted-Identity.
const (
	From IdentityHeader = iota // RFC 3261, 20.20
	PAI                        // RFC 3325
)

// headers are the names in the configuration.
var headers = [...]string{From: "from", PAI: "pai"}

// String gives the header's name in the configuration.
func (h IdentityHeader) String() string {
	if int(h) < len(headers) {
		return headers[h]
	}
	return "unknown"
}

// MarshalText gives the header's name.
func (h IdentityHeader) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// UnmarshalText reads a header's name: "from" or "pai".
func (h *IdentityHeader) UnmarshalText(text []byte) error {
	for header, name := range headers {
		if name == string(text) {
			*h = IdentityHeader(header)
			return nil
		}
	}
	return fmt.Errorf(`the caller's number cannot be in %q: write "from" or "pai"`, text)
}

// Owns tells whether a number may be shown.
func (c CallerID) Owns(number Number) bool { return among(c.Owned, number) }

// among tells whether a number is one of those given, or in one of the blocks
// among them, which end in a star.
func among(owned []Number, number Number) bool {
	return number != "" && slices.ContainsFunc(owned, func(own Number) bool {
		block, isBlock := strings.CutSuffix(string(own), "*")
		if isBlock {
			return block != "" && strings.HasPrefix(string(number), block) && number.Telephone()
		}
		return own == number
	})
}

// For gives the number that a call shows which would like to show another: that
// one where the trunk owns it, else the trunk's default, else none. It never
// gives a number that the trunk does not own.
func (c CallerID) For(shown Number) Number {
	for _, number := range []Number{shown, c.Default} {
		if c.Owns(number) {
			return number
		}
	}
	return ""
}

// shortestBlock is how many digits name a block of numbers of one company.
const shortestBlock = 5

// wrong tells what is wrong with the rule.
func (c CallerID) wrong(bad func(format string, args ...any)) {
	if err := CheckOwned(c.Owned); err != nil {
		bad("%w", err)
	}
	if c.Default != "" && !c.Owns(c.Default) {
		bad("shows a number by default that it does not own: add it to the owned numbers")
	}
}

// CheckOwned tells whether numbers and blocks of a company are written as such.
func CheckOwned(owned []Number) error {
	for i, own := range owned {
		digits := strings.TrimPrefix(strings.TrimSuffix(string(own), "*"), "+")
		least := shortest
		if strings.HasSuffix(string(own), "*") {
			least = shortestBlock
		}
		if own[:min(1, len(own))] != "+" || len(digits) < least || len(digits) > longest || strings.Trim(digits, "0123456789") != "" {
			return fmt.Errorf("owns something that is no number, at place %d: write it as +861065529988, or a block of numbers as +86106552*", i+1)
		}
	}
	return nil
}
