package sip

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/digest"
	"partyline/sip/internal/ivr"
)

// Config says where the gateway listens and whose calls it takes.
type Config struct {
	// UDP, TCP and TLS are the addresses to listen on, such as ":5060"; empty:
	// off. With all off there are no phones, and nothing else here matters.
	UDP, TCP, TLS string
	// Certificate and Key are PEM files, for TLS. They are read again when they
	// change.
	Certificate, Key string
	// PublicAddress is what peers are told to send signalling and sound to,
	// where that is not an address of this machine (behind NAT). The zero
	// value tells each peer the local address that faces it.
	PublicAddress netip.Addr
	// STUN is a server, "host:port", that is asked for our public address where
	// none is given; empty: nobody is asked.
	STUN string
	// FirstPort and LastPort bound the RTP ports. A call takes two.
	FirstPort, LastPort uint16
	MaxCalls            int // at once; 0: as many as there are ports
	Rate                int // SIP messages a second from one address
	MaxSetups           int // INVITEs that wait for an answer beyond 100, at which further ones get 503; 0: 256
	// MediaTimeout ends a call from which neither RTP nor RTCP comes;
	// HoldTimeout does the same while it is on hold.
	MediaTimeout, HoldTimeout time.Duration
	// SessionExpires is how long a call stands that neither side refreshes (RFC
	// 4028), at least 90 s; 0: 30 min. A refresh is due after half of it.
	SessionExpires time.Duration
	// Languages the menu offers, the default first: "en", "zh-CN".
	Languages []string
	// Keys are what the phone's keys do in the room; empty: the usual ones.
	Keys Keys
	// Trunks are looked at in order; the first one that a call fits takes it.
	Trunks []dialplan.Trunk
	// Phones are the networks that the company's own SIP phones register and
	// call from; none: there are no such phones.
	Phones []netip.Prefix
	// Digest is the hashes by which phones and trunks may prove that they know
	// a password, the preferred one first: "SHA-256" and "MD5"; both when empty.
	// Some old phones give up when they read of a hash that they do not know.
	Digest []string
	// Probe is how long after one OPTIONS the next asks a carrier's target whether
	// it is there. Failover is in what time a target must say something about a
	// call before the next one is asked.
	Probe, Failover time.Duration
	// Evidence is how many bytes of the headers of a call's RTP packets are kept
	// while it lives, for what can be shown to its carrier: those of its first
	// seconds and its last minutes; 0: none.
	Evidence int
	// HEP is the collector that SIP messages are shown to; none by default.
	HEP HEP
	// Home is the country whose callers' numbers may come without a plus; the
	// zero value leaves those as they are.
	Home dialplan.Country
}

// minSession is the shortest interval of RFC 4028 section 4.
const minSession = 90 * time.Second

// Keys is what the phone's keys do in the room: from a sequence such as "*6" to
// an [Action].
type Keys = ivr.Keys

// DefaultKeys are the usual ones.
func DefaultKeys() Keys { return ivr.DefaultKeys() }

// Action is what a sequence of keys does: "mute", "hand", "help", "count",
// "volume", "call-host"; for hosts "mute-all", "lock", "admit" and "record", the
// last of which lets others object.
type Action = ivr.Action

// DefaultConfig listens on port 5060 and takes calls from this machine alone,
// on a trunk to try things with.
func DefaultConfig() Config {
	return Config{
		UDP: ":5060", TCP: ":5060",
		FirstPort: 16384, LastPort: 17383,
		Rate:         200,
		MediaTimeout: time.Minute, HoldTimeout: time.Hour, SessionExpires: 30 * time.Minute,
		Languages: []string{ivr.English, ivr.Mandarin},
		Phones:    privateNetworks(),
		Digest:    []string{string(digest.SHA256), string(digest.MD5)},
		Evidence:  64 << 10,
		Probe:     30 * time.Second, Failover: 4 * time.Second,
		Trunks: []dialplan.Trunk{{
			Name:  "demo",
			Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")},
		}},
	}
}

// privateNetworks are those of offices and homes (RFC 1918, 4193 and 6598), and
// this machine.
func privateNetworks() []netip.Prefix {
	var networks []netip.Prefix
	for _, n := range []string{"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "fc00::/7", "::1/128"} {
		networks = append(networks, netip.MustParsePrefix(n))
	}
	return networks
}

// on tells whether there are phones at all.
func (c Config) on() bool { return c.UDP != "" || c.TCP != "" || c.TLS != "" }

// algorithms are those that passwords may be proven by.
func (c Config) algorithms() (offer []digest.Algorithm) {
	for _, name := range c.Digest {
		offer = append(offer, digest.Algorithm(name))
	}
	return offer
}

// Validate tells everything that is wrong with the configuration, each in a
// sentence that says what to do.
func (c Config) Validate() error {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if !c.on() {
		return nil
	}
	if c.TLS != "" && (c.Certificate == "" || c.Key == "") {
		bad("sip cannot listen for TLS without a certificate: name its file and that of its key")
	}
	if _, _, err := net.SplitHostPort(c.STUN); c.STUN != "" && err != nil {
		bad("the STUN server %q is not like stun.example.com:3478", c.STUN)
	}
	for _, address := range []string{c.UDP, c.TCP, c.TLS} {
		if _, _, err := net.SplitHostPort(address); address != "" && err != nil {
			bad("sip cannot listen on %q: write host:port, or :port for every address", address)
		}
	}
	if c.FirstPort < 1024 || c.LastPort > 65534 || c.LastPort <= c.FirstPort {
		bad("the RTP ports %d to %d are no range: choose two numbers between 1024 and 65534, the first one smaller", c.FirstPort, c.LastPort)
	} else if pairs := (int(c.LastPort) + 1 - int(c.FirstPort) - int(c.FirstPort)%2) / 2; pairs < max(1, c.MaxCalls) {
		bad("the RTP ports %d to %d are enough for %d calls at once and not for %d: a call takes an even port and the odd one above it, so widen the range or allow fewer calls",
			c.FirstPort, c.LastPort, pairs, max(1, c.MaxCalls))
	}
	if err := c.HEP.config().Validate(); c.HEP.Collector != "" && err != nil {
		wrong = append(wrong, err)
	}
	if c.Evidence < 0 || c.Evidence > mostEvidence {
		bad("a call cannot keep %d bytes of its packets: use at most %d, or 0 for none", c.Evidence, mostEvidence)
	}
	if c.MaxCalls < 0 || c.Rate < 0 || c.MaxSetups < 0 {
		bad("a limit of calls or messages cannot be negative: use 0 for the default")
	}
	c.wrongTimes(bad)
	if len(c.Languages) == 0 {
		bad("the phone menu has no language: list at least one of %q", []string{ivr.English, ivr.Mandarin})
	} else if err := (ivr.Config{Languages: c.Languages}).Validate(); err != nil {
		wrong = append(wrong, err)
	}
	for _, name := range c.Digest {
		if a := digest.Algorithm(name); a != digest.SHA256 && a != digest.MD5 {
			bad("passwords cannot be proven by %q: there are %q and %q", name, digest.SHA256, digest.MD5)
		}
	}
	if err := c.Keys.Validate(); err != nil {
		wrong = append(wrong, err)
	}
	if len(c.Trunks) == 0 && len(c.Phones) == 0 {
		bad("no trunk is configured, so no phone can call: add one with its name and the networks it calls from")
	}
	if _, err := planOf(c.Trunks); err != nil {
		wrong = append(wrong, err)
	}
	return errors.Join(wrong...)
}

// wrongTimes tells what is wrong with how long is waited for what.
func (c Config) wrongTimes(bad func(format string, args ...any)) {
	if c.MediaTimeout < 0 || c.HoldTimeout < 0 {
		bad("a media timeout cannot be negative: use 0 for the default")
	}
	if c.SessionExpires != 0 && c.SessionExpires < minSession {
		bad("calls cannot be refreshed within %v: SIP wants at least %v, or 0 for the default", c.SessionExpires, minSession)
	}
	if c.Probe != 0 && c.Probe < leastProbe {
		bad("carriers cannot be asked every %v whether they are there: use at least %v, or 0 for the default", c.Probe, leastProbe)
	}
	if c.Failover != 0 && (c.Failover < leastFailover || c.Failover > mostFailover) {
		bad("a carrier's server cannot have %v to say something about a call: use %v to %v, or 0 for the default", c.Failover, leastFailover, mostFailover)
	}
}

// mostEvidence bounds what a thousand calls may take for it.
const mostEvidence = 1 << 20

const (
	// leastProbe keeps a carrier from taking OPTIONS for an attack.
	leastProbe = 5 * time.Second
	// A server that is far away needs most of a second; one that has said nothing
	// when timer B ends has refused the call anyway (RFC 3261 section 17.1.1.2).
	leastFailover, mostFailover = time.Second, 32 * time.Second
)
