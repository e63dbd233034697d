package billing

import (
	"slices"
	"strings"
	"time"

	"partyline/sip/dialplan"
)

// MayCall is whom a person may call at the company's cost.
type MayCall uint8

// The choices an admin has for each person.
const (
	Everyone MayCall = iota
	Known            // colleagues and saved contacts
	Nobody
)

var mayCalls = [...]string{Everyone: "everyone", Known: "known", Nobody: "nobody"}

// String gives the choice's name.
func (m MayCall) String() string { return nameOf(mayCalls[:], uint8(m)) }

// MarshalText gives the choice's name.
func (m MayCall) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads a choice's name.
func (m *MayCall) UnmarshalText(text []byte) error {
	n, err := byName(mayCalls[:], "whom a person may call", string(text))
	*m = MayCall(n)
	return err
}

// Kind is what sort of leg a record is of.
type Kind string

// The kinds of legs.
const (
	Web      Kind = "web"
	PhoneIn  Kind = "pstn_in"
	PhoneOut Kind = "pstn_out"
	SIP      Kind = "sip" // one of the company's own phones
)

// Request is a call that somebody wants placed.
type Request struct {
	Call      string // the leg's id, made by whoever asks; also its record's
	Batch     string // the list it is part of
	Attempt   int    // 1 for the first
	Parent    string // the leg that this one is called for, as in a callback
	Direction Direction

	Person     string // who dials; empty for nobody, as on a call in
	PersonName string
	Department string // of that person
	CostCentre string
	Guest      bool
	MayCall    MayCall

	Meeting    string
	Occurrence string
	Countries  []string // ISO 3166, where the meeting's invitees are

	To     dialplan.Dialled
	ToName string
	From   dialplan.Number // that is shown; on a call in, who calls
	Known  bool            // To is a colleague's or a saved contact's
	// Approved: an admin agreed to calls to that country. Whoever asks the Desk
	// may leave it to its Approvals.
	Approved bool

	Payer Payer
	// Shown is the price per minute that the caller agreed to; trunks
	// that are dearer are then not used, and where all are the call is refused.
	// 0: any.
	Shown Micro
	Limit time.Duration // the longest it may last; 0: as the brakes say
	At    time.Time     // now, where it is zero
}

// Payers are those whose budgets count for the call: the company, who pays, who
// dials, and the meeting; and where a person pays, that person's department and
// cost centre. They are in the order of the levels.
func (r Request) Payers() []Payer {
	all := []Payer{{Kind: Company}, r.Payer, {Person, r.Person}, {Meeting, r.Meeting}}
	if r.Payer.Kind == Person {
		all = append(all, Payer{CostCentre, r.CostCentre}, Payer{Department, r.Department})
	}
	all = slices.DeleteFunc(all, func(p Payer) bool { return p.Kind != Company && p.ID == "" })
	for i := range all {
		if all[i].Kind == Company {
			all[i].ID = ""
		}
	}
	slices.SortFunc(all, func(a, b Payer) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return strings.Compare(a.ID, b.ID)
	})
	return slices.Compact(all)
}

// Route is a trunk that a call may go by, and why: the dialplan's decision in a
// few words for the record. The first is the best.
type Route struct{ Trunk, Why string }

// Quote is what a call would cost, before it is dialled.
type Quote struct {
	Rate     Rate          `json:"rate"` // of the trunk that would be tried first
	Deck     string        `json:"deck"` // version
	Trunk    string        `json:"trunk"`
	Why      string        `json:"why"`
	Currency Currency      `json:"currency"`
	Payer    Payer         `json:"payer"`
	Hold     Micro         `json:"hold"`              // reserved when it is dialled, by the dearest of the trunks
	Tightest *Standing     `json:"tightest,omitzero"` // of the hard budgets; nil: nothing limits it
	Lasts    time.Duration `json:"lasts"`             // how long what is left would last; 0: no limit
	Longest  time.Duration `json:"longest"`           // when it ends in any case; 0: never
}

// Side is who hung up.
type Side string

// The sides.
const (
	SideNone Side = ""
	SideUs   Side = "us"
	SideThem Side = "them"
)

// Result is how a call ended.
type Result struct {
	Ended   time.Time // now, where it is zero
	Cause   Cause
	Rule    Rule // that ended it, where one did
	Status  int  // the last SIP status; 0: none came
	Q850    int  // of its Reason header; 0: found by the status
	Side    Side
	CallID  string // of the SIP dialog
	Quality Quality
	Keys    int // pressed, their number only
	Join    string
	Notice  time.Time // the notice of a recording was heard; zero: none was
}
