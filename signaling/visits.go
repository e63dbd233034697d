package signaling

import (
	"time"

	"github.com/google/uuid"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// Visits hears of everybody's stays in meetings, for the records of calls. Its
// methods must not block; they are called from any goroutine.
type Visits interface {
	// Seated tells that somebody has taken a seat. After a move to another room
	// it is told again: the id stays the same.
	Seated(v Visit)
	// Left tells that the visit is over.
	Left(id string, how Leaving)
}

// Visit is somebody's stay, from the first seat to the last.
type Visit struct {
	ID      string // UUIDv7
	Kind    meeting.Kind
	Meeting string
	Person  string // id; empty for whoever has no account
	Invitee string // id of the invitation by whose code they came; empty: by none
	Name    string
	At      time.Time
	// Room and Participant are where they sit now, as the audio plane knows it.
	Room        string
	Participant uint32
	Number      string // of a phone, masked
	Address     string // that a browser comes from; empty: not known
}

// Leaving is how a visit ended.
type Leaving struct {
	At      time.Time
	Reason  wire.LeftReason
	Quality string // of the connection, as it was last measured; empty: never
}

// TellVisits has somebody hear of visits. It is called before the first one.
func (s *Server) TellVisits(v Visits) { s.visits = v }

// newVisit makes an id.
func newVisit() string { return uuid.Must(uuid.NewV7()).String() }

// seated tells of a member who has taken a seat.
func (r *room) seated(m *member) {
	if r.visits != nil {
		r.visits.Seated(Visit{ID: m.visit, Kind: m.kind, Meeting: r.meeting.ID, Person: m.who.Person, Invitee: m.who.Invitee, Name: m.name, At: time.Now(), Room: r.id, Participant: m.number, Number: m.phoneNumber, Address: m.who.Address})
	}
}

// leaves tells of a member who has no seat any more, and gets no other.
func (r *room) leaves(m *member, reason wire.LeftReason) {
	if r.visits == nil {
		return
	}
	how := Leaving{At: time.Now(), Reason: reason}
	if !m.qualityAt.IsZero() {
		how.Quality = m.quality.String()
	}
	r.visits.Left(m.visit, how)
}
