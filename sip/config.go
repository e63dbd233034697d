package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"partyline/sip/internal/ivr"
)

// Config says where the gateway listens and whose calls it takes.
type Config struct {
	// UDP and TCP are the addresses to listen on, such as ":5060"; empty: off.
	// With both off there are no phones, and nothing else here matters.
	UDP, TCP string
	// PublicAddress is what peers are told to send signalling and sound to,
	// where that is not an address of this machine (behind NAT). The zero
	// value tells each peer the local address that faces it.
	PublicAddress netip.Addr
	// FirstPort and LastPort bound the RTP ports. A call takes two.
	FirstPort, LastPort uint16
	MaxCalls            int // at once; 0: as many as there are ports
	Rate                int // SIP messages a second from one address
	// MediaTimeout ends a call from which neither RTP nor RTCP comes;
	// HoldTimeout does the same while it is on hold.
	MediaTimeout, HoldTimeout time.Duration
	// Languages the menu offers, the default first: "en", "zh-CN".
	Languages []string
	// Trunks are looked at in order; the first one that a call fits takes it.
	Trunks []Trunk
}

// Trunk is a peer that may send us calls.
type Trunk struct {
	Name string
	// Allow lists the networks that the trunk's calls come from.
	Allow []netip.Prefix
	// Numbers are those dialled that belong to this trunk, as they stand in
	// the request; empty: every number.
	Numbers []string
	// Language to speak without asking; empty asks the caller. Numbers with
	// different languages are different trunks of the same networks.
	Language string
	MaxCalls int // at once; 0: no limit of its own
}

// DefaultConfig listens on port 5060 and takes calls from this machine alone,
// on a trunk to try things with.
func DefaultConfig() Config {
	return Config{
		UDP: ":5060", TCP: ":5060",
		FirstPort: 16384, LastPort: 17383,
		Rate:         200,
		MediaTimeout: time.Minute, HoldTimeout: time.Hour,
		Languages: []string{ivr.English, ivr.Mandarin},
		Trunks: []Trunk{{
			Name:  "demo",
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		}},
	}
}

// Validate tells everything that is wrong with the configuration, each in a
// sentence that says what to do.
func (c Config) Validate() error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if c.UDP == "" && c.TCP == "" {
		return nil
	}
	for _, address := range []string{c.UDP, c.TCP} {
		if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
			bad("sip cannot listen on %q: write host:port, or :port for every address", address)
		}
	}
	if c.FirstPort < 1024 || c.LastPort > 65534 || c.LastPort <= c.FirstPort {
		bad("the RTP ports %d to %d are no range: choose two numbers between 1024 and 65534, the first one smaller", c.FirstPort, c.LastPort)
	}
	if c.MaxCalls < 0 || c.Rate < 0 {
		bad("a limit of calls or messages cannot be negative: use 0 for the default")
	}
	if c.MediaTimeout < 0 || c.HoldTimeout < 0 {
		bad("a media timeout cannot be negative: use 0 for the default")
	}
	if len(c.Languages) == 0 {
		bad("the phone menu has no language: list at least one of %q", []string{ivr.English, ivr.Mandarin})
	} else if err := (ivr.Config{Languages: c.Languages}).Validate(); err != nil {
		wrong = append(wrong, err)
	}
	if len(c.Trunks) == 0 {
		bad("no trunk is configured, so no phone can call: add one with its name and the networks it calls from")
	}
	for i, trunk := range c.Trunks {
		wrong = append(wrong, trunk.validate(i, c.Trunks[:i])...)
	}
	return errors.Join(wrong...)
}

func (t Trunk) validate(position int, before []Trunk) []error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if t.Name == "" {
		bad("trunk %d has no name: give it one, for logs and call records", position+1)
	}
	if slices.ContainsFunc(before, func(other Trunk) bool { return other.Name == t.Name && t.Name != "" }) {
		bad("two trunks are called %q: give each its own name", t.Name)
	}
	if len(t.Allow) == 0 {
		bad("trunk %q allows no network: list the carrier's addresses, such as 203.0.113.0/24", t.Name)
	}
	if t.MaxCalls < 0 {
		bad("trunk %q allows a negative number of calls: use 0 for no limit", t.Name)
	}
	for _, number := range t.Numbers {
		if plain(number) == "" {
			bad("trunk %q has an empty number: remove it", t.Name)
		}
	}
	if t.Language != "" {
		if err := (ivr.Config{Language: t.Language}).Validate(); err != nil {
			bad("trunk %q: %w", t.Name, err)
		}
	}
	return wrong
}

// allows tells whether calls from an address may be this trunk's.
func (t Trunk) allows(address netip.Addr) bool {
	address = address.Unmap().WithZone("")
	return slices.ContainsFunc(t.Allow, func(p netip.Prefix) bool { return p.Contains(address) })
}

// serves tells whether a dialled number is this trunk's.
func (t Trunk) serves(number string) bool {
	return len(t.Numbers) == 0 ||
		slices.ContainsFunc(t.Numbers, func(own string) bool { return plain(own) == plain(number) })
}

// plain takes away what people and carriers write numbers with.
func plain(number string) string {
	return strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "", "+", "").Replace(number)
}

// allows tells whether any trunk calls from an address. Everything else is
// dropped at the socket.
func (c Config) allows(address netip.Addr) bool {
	return slices.ContainsFunc(c.Trunks, func(t Trunk) bool { return t.allows(address) })
}
