package meeting

import "slices"

// Role is what a participant may do in a running meeting.
type Role string

// The roles. Their text stands in messages to clients.
const (
	Host        Role = "host"        // the organiser, whoever typed the host code, or was handed the meeting
	Participant Role = "participant" // a colleague, or somebody who came with a personal code
	Guest       Role = "guest"       // came by the link or the meeting number alone
)

// Roles lists every role.
func Roles() []Role { return []Role{Host, Participant, Guest} }

// Kind is how a participant is connected.
type Kind string

// The kinds. Their text stands in messages to clients.
const (
	Browser Kind = "browser"
	Phone   Kind = "phone"
)

// Kinds lists every kind.
func Kinds() []Kind { return []Kind{Browser, Phone} }

// Action is something that a participant does in a running meeting. The list
// is closed; its text stands in messages from clients.
type Action string

// The actions. Mute and LowerHand serve oneself and, for hosts, others.
const (
	Mute      Action = "mute"
	Unmute    Action = "unmute"
	RaiseHand Action = "raise-hand"
	LowerHand Action = "lower-hand"

	AskUnmute Action = "ask-unmute"
	Remove    Action = "remove" // with no return
	MakeHost  Action = "make-host"
	Admit     Action = "admit"  // from the door
	Refuse    Action = "refuse" // at the door

	MuteAll Action = "mute-all"
	Lock    Action = "lock"
	Unlock  Action = "unlock"
	End     Action = "end" // for all

	CallHost Action = "call-host"
	HandOver Action = "hand-over" // from one's browser to one's phone
	Unguard  Action = "unguard"   // undo what the hold guard did

	Move           Action = "move" // people to another room
	UndoMove       Action = "undo-move"
	Breakouts      Action = "breakouts" // open them
	CloseBreakouts Action = "close-breakouts"

	Record Action = "record" // begin or stop
	Heard  Action = "heard"  // the notice of the recording
	Object Action = "object" // to being recorded

	Quote      Action = "quote"       // ask what calling somebody costs
	DialOut    Action = "dial"        // call people at the company's expense
	DialCancel Action = "dial-cancel" // end such calls: one's own, or for hosts any
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		Mute, Unmute, RaiseHand, LowerHand,
		AskUnmute, Remove, MakeHost, Admit, Refuse,
		MuteAll, Lock, Unlock, End,
		CallHost, HandOver, Unguard,
		Move, UndoMove, Breakouts, CloseBreakouts,
		Record, Heard, Object,
		Quote, DialOut, DialCancel,
	}
}

// right is one row of the table of permissions: which roles may do a thing to
// themselves, to others and to the whole room, and by which kind of leg.
type right struct {
	self, other, room []Role
	kinds             []Kind
}

var (
	nobody []Role
	hosts  = []Role{Host}
	// colleagues can be asked later what they spent; guests cannot.
	colleagues = []Role{Host, Participant}
	everyone   = []Role{Host, Participant, Guest}
	// A phone is a full participant: no row of the table denies it anything.
	anyKind = []Kind{Browser, Phone}
)

// rights is the table of permissions. Nobody opens another one's microphone:
// Unmute has no "other", AskUnmute is all that a host can do.
var rights = map[Action]right{
	Mute:      {self: everyone, other: hosts, kinds: anyKind},
	Unmute:    {self: everyone, other: nobody, kinds: anyKind},
	RaiseHand: {self: everyone, other: nobody, kinds: anyKind},
	LowerHand: {self: everyone, other: hosts, kinds: anyKind},
	AskUnmute: {other: hosts, kinds: anyKind},
	Remove:    {other: hosts, kinds: anyKind},
	MakeHost:  {other: hosts, kinds: anyKind},
	Admit:     {other: hosts, kinds: anyKind},
	Refuse:    {other: hosts, kinds: anyKind},
	MuteAll:   {room: hosts, kinds: anyKind},
	Lock:      {room: hosts, kinds: anyKind},
	Unlock:    {room: hosts, kinds: anyKind},
	End:       {room: hosts, kinds: anyKind},

	CallHost: {self: everyone, kinds: anyKind},
	HandOver: {self: everyone, kinds: anyKind},
	Unguard:  {other: hosts, kinds: anyKind},

	Move:           {room: hosts, kinds: anyKind},
	UndoMove:       {room: hosts, kinds: anyKind},
	Breakouts:      {room: hosts, kinds: anyKind},
	CloseBreakouts: {room: hosts, kinds: anyKind},

	Record: {room: hosts, kinds: anyKind},
	Heard:  {self: everyone, kinds: anyKind},
	Object: {self: everyone, kinds: anyKind},

	Quote:      {room: colleagues, kinds: anyKind},
	DialOut:    {room: colleagues, kinds: anyKind},
	DialCancel: {room: colleagues, kinds: anyKind},
}

// Target is what an action is aimed at.
type Target string

// The targets.
const (
	Self  Target = "self"  // the one who acts
	Other Target = "other" // another participant, or somebody at the door
	Room  Target = "room"  // nobody in particular
)

// Targets lists every target.
func Targets() []Target { return []Target{Self, Other, Room} }

// Allowed tells whether somebody of this role and kind may do the action to
// the target. Unknown actions are not allowed.
func Allowed(action Action, role Role, kind Kind, target Target) bool {
	r := rights[action]
	if !slices.Contains(r.kinds, kind) {
		return false
	}
	switch target {
	case Self:
		return slices.Contains(r.self, role)
	case Other:
		return slices.Contains(r.other, role)
	case Room:
		return slices.Contains(r.room, role)
	default:
		return false
	}
}

// MayBecomeHost tells whether a host may hand the meeting to somebody of this
// role. A guest is unknown to the company, so that nobody could say later who
// led the meeting.
func MayBecomeHost(role Role) bool { return role == Host || role == Participant }

// Wait is why somebody has to wait at the door. Its text stands in messages to
// clients.
type Wait string

// The reasons. None lets in.
const (
	NoWait    Wait = ""
	TooEarly  Wait = "early"  // the meeting opens later
	ForHost   Wait = "host"   // no host has come yet
	ForUnlock Wait = "locked" // a host lets people in one by one
)

// Door is what decides whether a newcomer may walk in.
type Door struct {
	Early       bool // the meeting is not open yet
	WaitForHost bool // the meeting begins with its host
	HostCame    bool // a host is there, or was
	Locked      bool
}

// WaitAt tells whether somebody of this role has to wait at the door, and for
// what. Hosts never wait.
func WaitAt(d Door, role Role) Wait {
	switch {
	case role == Host:
		return NoWait
	case d.Early:
		return TooEarly
	case d.WaitForHost && !d.HostCame:
		return ForHost
	case d.Locked:
		return ForUnlock
	default:
		return NoWait
	}
}

// MayDial tells whether somebody of this role may have people called into the
// meeting at the company's expense. Only those with an account can: whoever
// came by a code is not known to the company, or not to be held to account.
func (s Settings) MayDial(role Role, person string) bool {
	return person != "" && Allowed(DialOut, role, Browser, Room) && (role == Host || !s.HostsDial)
}

// MayLead tells whether a person may move others into the meeting, and so is
// trusted there like a host: its organiser and
// co-hosts may, and whoever leads it now.
func (m *Meeting) MayLead(person string, leadsNow bool) bool {
	return leadsNow || m.Leads(person)
}

// Credential is what somebody showed in order to come in.
type Credential string

// The credentials, by the strength of what they prove.
const (
	ByOrganising Credential = "organiser" // signed in, and the meeting is theirs
	ByCoHosting  Credential = "co-host"   // as ByOrganising, of somebody whom the organiser made a host
	ByHostCode   Credential = "host-code"
	ByAccount    Credential = "account"       // signed in
	ByInvitation Credential = "personal-code" // an invitee's own code
	ByNumber     Credential = "number"        // the meeting number alone
	ByLink       Credential = "link"          // the link alone
)

// Credentials lists every credential.
func Credentials() []Credential {
	return []Credential{ByOrganising, ByCoHosting, ByHostCode, ByAccount, ByInvitation, ByNumber, ByLink}
}

// NamedByNumber tells whether a caller may appear under the name of the
// colleague whose telephone number they call from. A number is easily forged:
// it names nobody unless a secret code was typed as well, or the trunk vouches
// for it.
func NamedByNumber(c Credential, vouched bool) bool {
	switch c {
	case ByHostCode, ByInvitation, ByOrganising, ByCoHosting:
		return true
	case ByNumber:
		return vouched
	default:
		return false
	}
}

// RoleFor is the role that a credential gives. An unknown one makes a guest.
func RoleFor(c Credential) Role {
	switch c {
	case ByOrganising, ByCoHosting, ByHostCode:
		return Host
	case ByAccount, ByInvitation:
		return Participant
	default:
		return Guest
	}
}
