package dialplan

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
)

// Trunk is where calls come from and go to: a carrier or an exchange, known by
// the networks it sends from. It may have either direction alone.
type Trunk struct {
	Name  string
	Allow []netip.Prefix // networks that its calls come from
	// Numbers are those dialled that belong to this trunk; none: every number.
	Numbers []string
	Label   string // shown beside the numbers, such as "Beijing"
	// Language of the menu, such as "zh-CN"; empty: the caller chooses. Numbers
	// with different languages are different trunks of the same networks.
	Language string
	MaxCalls int // at once; 0: no limit of its own
	SRTP     SRTP
	// Vouches: this trunk answers for the caller's number, which may then name a
	// colleague who types no code.
	Vouches bool
	// User and Password, where set, are asked for with each call (digest, RFC
	// 8760). A trunk that has them may do without Allow, and then calls from
	// anywhere.
	User     string
	Password Password
	Outbound Outbound // how calls are placed over it
}

// Password is a trunk's. It does not print.
type Password string

// String prints nothing of it.
func (Password) String() string { return "•••" }

// GoString prints nothing of it.
func (Password) GoString() string { return "•••" }

// MarshalText marshals nothing of it but that it is there.
func (p Password) MarshalText() ([]byte, error) {
	if p == "" {
		return []byte{}, nil
	}
	return []byte(p.String()), nil
}

// LogValue logs nothing of it.
func (Password) LogValue() slog.Value { return slog.StringValue("•••") }

// Why a call belongs to no trunk.
var (
	ErrNoTrunk  = errors.New("no trunk calls from this address")
	ErrNoNumber = errors.New("no trunk serves this number")
)

// Plan is the trunks that calls are taken from. It is not changed once made,
// and may be used by any goroutine. The zero value takes no calls.
type Plan struct{ trunks []Trunk }

// NewPlan checks the trunks: each has a name of its own, and networks or a
// place to send calls to. All that is wrong is told at once, each in a sentence
// that says what to do.
func NewPlan(trunks []Trunk) (Plan, error) {
	var wrong []error
	bad := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	named := make(map[string]bool)
	for i, t := range trunks {
		if t.Name == "" {
			bad("trunk %d has no name: give it one, for logs and call records", i+1)
		}
		if named[t.Name] && t.Name != "" {
			bad("two trunks are called %q: give each its own name", t.Name)
		}
		named[t.Name] = true
		if len(t.Allow) == 0 && t.User == "" && !t.Outbound.configured() {
			bad("trunk %q allows no network: list the carrier's addresses, such as 203.0.113.0/24, give it a user and a password, or targets to send calls to", t.Name)
		}
		if (t.User == "") != (t.Password == "") {
			bad("trunk %q has a user or a password: set both or neither", t.Name)
		}
		if t.MaxCalls < 0 {
			bad("trunk %q allows a negative number of calls: use 0 for no limit", t.Name)
		}
		for _, number := range t.Numbers {
			if strings.TrimSpace(number) == "" {
				bad("trunk %q has an empty number: remove it", t.Name)
			}
		}
		wrong = append(wrong, t.Outbound.wrong(t.Name)...)
	}
	return Plan{slices.Clone(trunks)}, errors.Join(wrong...)
}

// Outbound gives the trunks that calls can be placed over.
func (p Plan) Outbound() (out []Trunk) {
	for _, t := range p.trunks {
		if t.Dials() {
			out = append(out, t)
		}
	}
	return out
}

// Trunk finds a trunk by its name.
func (p Plan) Trunk(name string) (Trunk, bool) {
	i := slices.IndexFunc(p.trunks, func(t Trunk) bool { return t.Name == name })
	if i < 0 {
		return Trunk{}, false
	}
	return p.trunks[i], true
}

// Allows tells whether any trunk calls from an address.
func (p Plan) Allows(source netip.Addr) bool {
	return slices.ContainsFunc(p.trunks, func(t Trunk) bool { return t.allows(source) || t.roams() })
}

// Knows tells whether a trunk is known to call from an address.
func (p Plan) Knows(source netip.Addr) bool {
	return slices.ContainsFunc(p.trunks, func(t Trunk) bool { return t.allows(source) })
}

// Roaming tells whether some trunk calls from anywhere, and is known by its
// password alone.
func (p Plan) Roaming() bool { return slices.ContainsFunc(p.trunks, Trunk.roams) }

// RouteRoaming finds the trunk of a call that proves to be of a user, wherever
// it comes from. It returns ErrNoTrunk or ErrNoNumber.
func (p Plan) RouteRoaming(user, number string) (Trunk, error) {
	err := ErrNoTrunk
	for _, t := range p.trunks {
		if !t.roams() || t.User != user {
			continue
		}
		if t.Serves(number) {
			return t, nil
		}
		err = ErrNoNumber
	}
	return Trunk{}, err
}

// Roamer finds a trunk that calls from anywhere by its user name.
func (p Plan) Roamer(user string) (Trunk, bool) {
	i := slices.IndexFunc(p.trunks, func(t Trunk) bool { return t.roams() && t.User == user })
	if i < 0 {
		return Trunk{}, false
	}
	return p.trunks[i], true
}

func (t Trunk) roams() bool { return len(t.Allow) == 0 && t.User != "" }

// Route finds the trunk of a call: the first that calls from its source and
// serves the number dialled. It returns ErrNoTrunk or ErrNoNumber.
func (p Plan) Route(source netip.Addr, number string) (Trunk, error) {
	err := ErrNoTrunk
	for _, t := range p.trunks {
		if !t.allows(source) {
			continue
		}
		if t.Serves(number) {
			return t, nil
		}
		err = ErrNoNumber
	}
	return Trunk{}, err
}

// allows tells whether calls from an address may be this trunk's.
func (t Trunk) allows(source netip.Addr) bool {
	source = source.Unmap().WithZone("")
	return slices.ContainsFunc(t.Allow, func(p netip.Prefix) bool { return p.Contains(source) })
}

// Serves tells whether a dialled number is this trunk's.
func (t Trunk) Serves(number string) bool {
	return len(t.Numbers) == 0 || slices.ContainsFunc(t.Numbers, func(own string) bool { return same(own, number) })
}

// same compares numbers by their digits, so that "+86 10 6552 9988" and
// "861065529988" are the same, and what is no number as it stands.
func same(a, b string) bool {
	x, _, errA := dialled(a)
	y, _, errB := dialled(b)
	if errA != nil || errB != nil {
		return strings.EqualFold(a, b)
	}
	return x == y
}
