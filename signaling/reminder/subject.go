package reminder

import (
	"context"
	"log/slog"
	"time"
)

// Kind is what people are reminded of.
type Kind string

// The kinds.
const (
	Meeting   Kind = "meeting"   // an occurrence of one
	Todo      Kind = "todo"      // something to be done by a time
	Broadcast Kind = "broadcast" // an announcement to many
)

// Subject is what people are reminded of, as it stands now.
type Subject struct {
	Kind          Kind
	ID            string // of the occurrence, to-do or broadcast
	Meeting       string // id; empty where there is none
	Title         string
	Text          string // of a broadcast
	Start, End    time.Time
	Zone          string // IANA name, of the subject
	Organiser     string // person
	OrganiserName string
	Link          string // URL that leads there
	Number        string // of the meeting, for phones
	Revision      int64  // rises with each change
	People        []Who
	Ladder        *Ladder // nil: the default of its kind
}

// Who is somebody to be reminded.
type Who struct {
	Key      string // id of the person, or of the invitation of somebody without an account
	Person   string // empty for somebody without an account
	Name     string
	Email    string
	Phone    string // E.164
	Language string // "zh-CN" or "en"
	Zone     string // IANA name
	Code     string // by which a phone is let in
	Required bool   // is called when they do not come
	CoHost   bool   // leads the meeting beside the organiser
	Ring     bool   // is to be called into the meeting when it begins
}

// LogValue shows who it is, and neither address nor code.
func (w Who) LogValue() slog.Value { return slog.StringValue(w.Key) }

// leads tells whether somebody is told who is missing.
func (s *Subject) leads(w Who) bool { return w.CoHost || w.Person != "" && w.Person == s.Organiser }

// who finds somebody by their key.
func (s *Subject) who(key string) (Who, bool) {
	for _, w := range s.People {
		if w.Key == key {
			return w, true
		}
	}
	return Who{}, false
}

// Agenda knows what is coming. Calls come from any goroutine.
type Agenda interface {
	// Upcoming gives what begins at from or later, and before to, as it stands,
	// the cancelled left out. A to-do begins when it is due.
	Upcoming(ctx context.Context, from, to time.Time) ([]Subject, error)
}
