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
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		Mute, Unmute, RaiseHand, LowerHand,
		AskUnmute, Remove, MakeHost, Admit, Refuse,
		MuteAll, Lock, Unlock, End,
	}
}

// right is one row of the table of permissions: which roles may do a thing to
// themselves, to others and to the whole room, and by which kind of leg.
type right struct {
	self, other, room []Role
	kinds             []Kind
}

var (
	nobody   []Role
	hosts    = []Role{Host}
	everyone = []Role{Host, Participant, Guest}
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

// PassesLock tells whether somebody of this role walks into a locked meeting;
// everybody else waits at the door.
func PassesLock(role Role) bool { return role == Host }

// Credential is what somebody showed in order to come in.
type Credential string

// The credentials, by the strength of what they prove.
const (
	ByOrganising Credential = "organiser" // signed in, and the meeting is theirs
	ByHostCode   Credential = "host-code"
	ByAccount    Credential = "account"       // signed in
	ByInvitation Credential = "personal-code" // an invitee's own code
	ByNumber     Credential = "number"        // the meeting number alone
	ByLink       Credential = "link"          // the link alone
)

// Credentials lists every credential.
func Credentials() []Credential {
	return []Credential{ByOrganising, ByHostCode, ByAccount, ByInvitation, ByNumber, ByLink}
}

// RoleFor is the role that a credential gives. An unknown one makes a guest.
func RoleFor(c Credential) Role {
	switch c {
	case ByOrganising, ByHostCode:
		return Host
	case ByAccount, ByInvitation:
		return Participant
	default:
		return Guest
	}
}
