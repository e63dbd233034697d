package meeting

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"partyline/signaling/auth"
)

// What the rules and a [Store] may answer.
var (
	ErrNotFound   = errors.New("no such meeting")
	ErrEnded      = errors.New("meeting has ended")
	ErrWrongCode  = errors.New("wrong code")
	ErrNotAllowed = errors.New("not allowed in this meeting")
	ErrTaken      = errors.New("number, link or code is taken")
	ErrBadName    = errors.New("a name has 1 to 80 printable characters")
	ErrNoInvitee  = errors.New("no such invitee")
	ErrInvited    = errors.New("already invited")
	ErrTooMany    = errors.New("too many invitees")
	ErrNoPerson   = errors.New("no such person")

	ErrBadSettings = errors.New("a meeting has room for 2 to 1000 participants")
)

// Occasion is what a meeting was made for.
type Occasion string

// The occasions.
const (
	Now   Occasion = "now"   // "Meet now": over for good when a host ends it
	Named Occasion = "named" // keeps its link and number until it is deleted

	Scheduled Occasion = "scheduled" // as Named, and has dates
)

// Meeting is a meeting with everything that admits to it. Its room, while it
// runs, is known by the meeting's id.
type Meeting struct {
	ID            string // UUIDv7
	Name          string // may be empty for Now
	Occasion      Occasion
	Organiser     string // person
	OrganiserName string // read only
	Link          Code   // token of the link, unique
	Number        Code   // unique
	HostCode      Code
	Settings
	CreatedAt  time.Time
	LastActive time.Time // last time that somebody came or the room closed
	EndedAt    time.Time // zero while it has not ended for good
	Invitees   []Invitee // in the order they were invited
	// Revision grows with each change of what people are told of the meeting.
	Revision int64
}

// Settings are what an organiser decides about a meeting.
type Settings struct {
	MuteOnEntry     bool
	OpensAt         time.Time // before it, others than hosts wait; zero: always open
	Lobby           bool      // of a Scheduled one: others than hosts wait until a date comes
	WaitForHost     bool      // others wait until a host has come
	Tones           bool      // coming and going is heard
	RecordNames     bool      // callers without a name are asked to speak it
	MaxParticipants int       // those at the door included; 0: as many as the server takes
	HostsDial       bool      // only hosts have people called into the meeting
}

// MostParticipants is the largest limit that a meeting can have of its own.
const MostParticipants = 1000

// DefaultSettings are those of a new meeting.
func DefaultSettings() Settings { return Settings{Tones: true} }

// Check returns ErrBadSettings for what no meeting can have.
func (s Settings) Check() error {
	if s.MaxParticipants < 0 || s.MaxParticipants == 1 || s.MaxParticipants > MostParticipants {
		return ErrBadSettings
	}
	return nil
}

// Early tells whether the meeting is not open yet at the given time.
func (s Settings) Early(now time.Time) bool { return now.Before(s.OpensAt) }

// Over is an ErrEnded with the time.
type Over struct{ At time.Time }

// Error says so.
func (o *Over) Error() string { return ErrEnded.Error() }

// Unwrap makes it an ErrEnded.
func (*Over) Unwrap() error { return ErrEnded }

// Invitee is somebody with a code of their own, by which a phone caller
// appears by name.
type Invitee struct {
	ID         string // UUIDv7
	Person     string // empty for somebody outside the company
	Name       string // of the person, read only, or as the organiser wrote it
	Code       Code   // unique in the meeting and never the host code
	auth.Reach        // of a person, read only
	Required   bool   // is called by telephone when they do not come
	CoHost     bool   // a person who may do in the meeting what its organiser may
	Ring       bool   // is called into the meeting when it begins
}

const (
	maxName     = 80
	maxInvitees = 1000
	// idleNow is how long a "Meet now" that nobody is in can still be joined,
	// so that a network that failed for all does not end a conversation.
	idleNow = 24 * time.Hour
)

// Ended tells whether the meeting is over for good at the given time.
func (m *Meeting) Ended(now time.Time) bool { return m.over(now) != nil }

// over is nil while the meeting is not over for good, and otherwise an *Over.
// A "Meet now" that nobody came back to ended when the last one left.
func (m *Meeting) over(now time.Time) error {
	switch {
	case !m.EndedAt.IsZero():
		return &Over{m.EndedAt}
	case m.Occasion == Now && now.Sub(m.LastActive) > idleNow:
		return &Over{m.LastActive}
	default:
		return nil
	}
}

// InviteeOf is the invitation of a person, or nil.
func (m *Meeting) InviteeOf(person string) *Invitee {
	return m.find(func(i Invitee) bool { return person != "" && i.Person == person })
}

func (m *Meeting) invitee(id string) *Invitee {
	return m.find(func(i Invitee) bool { return i.ID == id })
}

func (m *Meeting) find(match func(Invitee) bool) *Invitee {
	if i := slices.IndexFunc(m.Invitees, match); i >= 0 {
		return &m.Invitees[i]
	}
	return nil
}

// CredentialOf is what a signed-in person proves by being signed in.
func (m *Meeting) CredentialOf(person string) Credential {
	if person == m.Organiser {
		return ByOrganising
	}
	if m.coHost(person) {
		return ByCoHosting
	}
	return ByAccount
}

// MayRead tells whether a person finds the meeting among their own.
func (m *Meeting) MayRead(person string) bool {
	return person == m.Organiser || m.InviteeOf(person) != nil
}

// coHost tells whether the organiser has made somebody a co-host.
func (m *Meeting) coHost(person string) bool {
	i := m.InviteeOf(person)
	return i != nil && i.CoHost
}

// Leads tells whether a person is host of the meeting whenever it is held.
func (m *Meeting) Leads(person string) bool {
	return person != "" && person == m.Organiser || m.coHost(person)
}

// mayWrite is nil for whoever may change the meeting, ErrNotAllowed for those
// who only take part, and ErrNotFound for everybody else: an id gives nothing
// away.
func (m *Meeting) mayWrite(person string) error {
	switch {
	case person == m.Organiser:
		return nil
	case m.MayRead(person):
		return ErrNotAllowed
	default:
		return ErrNotFound
	}
}

// VisibleTo is the meeting as a person may see it: the organiser sees all of
// it, an invitee neither the host code nor the codes, addresses and telephone
// numbers of others.
func (m *Meeting) VisibleTo(person string) Meeting {
	v := *m
	v.Invitees = slices.Clone(m.Invitees)
	if person == m.Organiser {
		return v
	}
	v.HostCode = ""
	for i := range v.Invitees {
		if v.Invitees[i].Person != person {
			v.Invitees[i].Code, v.Invitees[i].Email, v.Invitees[i].Phone = "", "", ""
		}
	}
	return v
}

// codes are all the 6-digit codes in use in the meeting.
func (m *Meeting) codes() map[Code]bool {
	taken := map[Code]bool{m.HostCode: true}
	for _, i := range m.Invitees {
		taken[i.Code] = true
	}
	return taken
}

// CleanName trims a name of a meeting, an invitee or a guest, and returns
// ErrBadName for one that is empty, too long, or would disturb the roster:
// control characters, line breaks and marks that turn the writing direction.
func CleanName(s string) (string, error) {
	s = strings.TrimSpace(s)
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > maxName {
		return "", ErrBadName
	}
	for _, r := range s {
		if r == ' ' || unicode.IsGraphic(r) && !unicode.Is(unicode.Zl, r) && !unicode.Is(unicode.Zp, r) {
			continue
		}
		// Cf is not graphic: it has the direction marks, but also the joiners
		// that Persian names and some emoji are written with.
		if r == '\u200c' || r == '\u200d' {
			continue
		}
		return "", ErrBadName
	}
	return s, nil
}
