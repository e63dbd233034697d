package dialplan

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Outbound is how calls are placed over a trunk. The zero value places none.
type Outbound struct {
	// Targets are where INVITEs go, tried by priority and weight as SRV records
	// are (RFC 2782). None: where the carrier's domain points by DNS (RFC 3263).
	Targets []Target
	Proxy   string // a SIP URI that every request goes through, such as "sip:proxy.example.com;lr"
	// Register tells the registrar where to reach us, once per account.
	Register  bool
	Registrar string        // host or host:port; empty: Domain
	Domain    string        // of the carrier, in our From and the request URI; empty: the target's host
	Expires   time.Duration // asked for with a registration; 0: DefaultExpires
	Accounts  []Account     // the first answers challenges to calls
	Caller    CallerID
	Channels  int // calls at once, as the carrier sold them; 0: no limit
	// ServerName is what the carrier's certificate must be for; empty: the host
	// that was configured. ClientCert, ClientKey and CA are PEM, or the names of
	// files of it; no CA: the system's.
	ServerName, ClientCert, ClientKey, CA string
	// Prefixes are the beginnings of the numbers that this trunk calls, such as
	// "+86"; none: every number.
	Prefixes []string
	Off      bool // configured, but not to be used
}

// DefaultExpires is how long a registration is asked to last.
const DefaultExpires = 10 * time.Minute

// Target is one place that takes a trunk's calls.
type Target struct {
	Host      string // a name or an address
	Port      int    // 0: by DNS, or the transport's own
	Transport string // "udp", "tcp" or "tls"; empty: by DNS, else UDP
	Priority  uint16 // the lowest is tried first
	Weight    uint16 // share of the calls among targets of one priority
}

// Account is a user of a carrier.
type Account struct {
	User     string // the user part of the address of record
	AuthUser string // the name that the password belongs to; empty: User
	Password Password
}

// transports are what a target may be reached by.
var transports = []string{"", "udp", "tcp", "tls"}

// Dials tells whether calls can be placed over the trunk at all.
func (t Trunk) Dials() bool { return t.Outbound.configured() && !t.Outbound.Off }

func (o Outbound) configured() bool { return len(o.Targets) > 0 || o.Domain != "" || o.Proxy != "" }

// Calls gives the longest of the trunk's prefixes that a number begins with,
// and whether the trunk calls it at all.
func (t Trunk) Calls(number Number) (prefix string, ok bool) {
	if !t.Dials() {
		return "", false
	}
	ok = len(t.Outbound.Prefixes) == 0
	for _, p := range t.Outbound.Prefixes {
		p = plain(p)
		if strings.HasPrefix(string(number), p) && len(p) >= len(prefix) {
			prefix, ok = p, true
		}
	}
	return prefix, ok
}

// plain is a prefix or number with a plus and digits only; it is empty where it
// has anything else in it than people write into numbers.
func plain(text string) string {
	digits, _, err := dialled(text)
	if err != nil {
		return ""
	}
	return "+" + digits
}

// wrong tells what is wrong with how a trunk places calls, each in a sentence
// that says what to do.
func (o Outbound) wrong(trunk string) (wrong []error) {
	bad := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("trunk %q "+format, append([]any{trunk}, args...)...))
	}
	for i, target := range o.Targets {
		if strings.TrimSpace(target.Host) == "" {
			bad("has a target without a host: name the carrier's server in target %d", i+1)
		}
		if target.Port < 0 || target.Port > 65535 {
			bad("has a target with port %d: use 1 to 65535, or 0 for the usual one", target.Port)
		}
		if !slices.Contains(transports, target.Transport) {
			bad(`has a target over %q: write "udp", "tcp" or "tls"`, target.Transport)
		}
	}
	if o.Proxy != "" {
		if u, err := url.Parse(o.Proxy); err != nil || u.Scheme != "sip" && u.Scheme != "sips" {
			bad("has %q as outbound proxy: write a SIP URI, such as sip:proxy.example.com;lr", o.Proxy)
		}
	}
	o.wrongAccounts(bad)
	if o.Channels < 0 {
		bad("has a negative number of channels: use 0 for no limit")
	}
	if (o.ClientCert == "") != (o.ClientKey == "") {
		bad("has a client certificate or its key: set both or neither")
	}
	for _, prefix := range o.Prefixes {
		if plain(prefix) == "" {
			bad("has the prefix %q: write a plus and digits, such as +86, or none at all for every number", prefix)
		}
	}
	o.Caller.wrong(bad)
	return wrong
}

// wrongAccounts checks the registration and who registers.
func (o Outbound) wrongAccounts(bad func(format string, args ...any)) {
	if o.Register && o.Registrar == "" && o.Domain == "" {
		bad("registers nowhere: set its registrar or its domain")
	}
	if o.Register && len(o.Accounts) == 0 {
		bad("registers nobody: give it a user and a password")
	}
	if o.Expires < 0 || o.Expires > 0 && o.Expires < time.Minute {
		bad("asks for registrations of %v: use at least 1m", o.Expires)
	}
	for i, a := range o.Accounts {
		if a.User == "" {
			bad("has account %d without a user: set the name the carrier gave you", i+1)
		}
	}
}
