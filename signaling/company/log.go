package company

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/auth"
)

// What the rules of this package may answer beside auth.ErrNotAllowed and an
// *auth.Invalid.
var (
	ErrNotFound = errors.New("no such thing is set")
	ErrTaken    = errors.New("name or number is taken")
	ErrTooMany  = errors.New("too many of these")
)

// Who is somebody as records name them: records stay when people leave.
type Who struct{ ID, Name string }

func whoOf(p auth.Person) Who { return Who{p.ID, p.Name} }

// Thing is what an entry of the log is about.
type Thing string

// The things.
const (
	ThingTrunk    Thing = "trunk"
	ThingDeck     Thing = "deck"
	ThingBrakes   Thing = "brakes"
	ThingBudget   Thing = "budget"
	ThingApproval Thing = "approval"
	ThingContact  Thing = "contact"
	ThingBot      Thing = "bot"
	ThingSubnets  Thing = "subnets"
)

// Things are all of them.
func Things() []Thing {
	return []Thing{ThingTrunk, ThingDeck, ThingBrakes, ThingBudget, ThingApproval, ThingContact, ThingBot, ThingSubnets}
}

// Act is what was done to it.
type Act string

// The acts.
const (
	Added     Act = "added"
	Changed   Act = "changed"
	Removed   Act = "removed"
	Activated Act = "activated"
	Cancelled Act = "cancelled"
	Approved  Act = "approved"
	Denied    Act = "denied"
)

// Entry is a line of the log: who did what to which thing. It holds neither
// secrets nor whole telephone numbers.
type Entry struct {
	ID      string // UUIDv7, so that ids are in the order of time
	At      time.Time
	By      Who
	Thing   Thing
	Name    string
	Act     Act
	Changes []Change
}

// Change is one field before and after; empty where there was or is nothing.
type Change struct {
	Field string `json:"field" example:"maxCalls"`
	From  string `json:"from" example:"10"`
	To    string `json:"to" example:"20"`
}

// NewEntry makes a line of the log. Before and after are the thing as JSON
// shows it; nil where it was not there.
func NewEntry(actor auth.Person, at time.Time, thing Thing, name string, act Act, before, after any) (Entry, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Entry{}, fmt.Errorf("make an id: %w", err)
	}
	changes, err := differences(before, after)
	if err != nil {
		return Entry{}, fmt.Errorf("tell what changed: %w", err)
	}
	at = at.UTC().Truncate(time.Millisecond) // as it is stored
	return Entry{ID: id.String(), At: at, By: whoOf(actor), Thing: thing, Name: name, Act: act, Changes: changes}, nil
}

// value is a field as it is, and as the log shows it.
type value struct{ raw, shown string }

// differences compares two things field by field, as JSON shows them.
func differences(before, after any) ([]Change, error) {
	old, err := fields(before)
	if err != nil {
		return nil, err
	}
	next, err := fields(after)
	if err != nil {
		return nil, err
	}
	changes := []Change{}
	for name, from := range old {
		if to := next[name]; to.raw != from.raw {
			changes = append(changes, Change{name, from.shown, to.shown})
		}
	}
	for name, to := range next {
		if _, both := old[name]; !both {
			changes = append(changes, Change{name, "", to.shown})
		}
	}
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Field, b.Field) })
	return changes, nil
}

// fields gives the fields of a thing that are not empty, by their path.
func fields(thing any) (map[string]value, error) {
	text, err := json.Marshal(thing)
	if err != nil {
		return nil, err
	}
	var tree any
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber() // amounts are whole
	if err := decoder.Decode(&tree); err != nil {
		return nil, err
	}
	found := map[string]value{}
	return found, flatten(found, "", tree)
}

func flatten(into map[string]value, path string, tree any) error {
	if object, ok := tree.(map[string]any); ok {
		for name, inner := range object {
			if path != "" {
				name = path + "." + name
			}
			if err := flatten(into, name, inner); err != nil {
				return err
			}
		}
		return nil
	}
	raw, err := text(tree)
	if err != nil {
		return err
	}
	shown, err := text(hide(tree))
	if err != nil {
		return err
	}
	if !slices.Contains([]string{"", "null", "false", "0", "[]"}, raw) {
		into[path] = value{raw, shorten(shown)}
	}
	return nil
}

// text is a value in one line.
func text(tree any) (string, error) {
	if s, ok := tree.(string); ok {
		return s, nil
	}
	line, err := json.Marshal(tree)
	return string(line), err
}

var (
	telephone = regexp.MustCompile(`\+?[0-9]{4,}[0-9]{3}`)
	pem       = regexp.MustCompile(`-----BEGIN [\s\S]*`)
)

// hide masks in all text of a tree what the log does not keep: of telephone
// numbers all but the last three digits, of certificates all but that they are
// there.
func hide(tree any) any {
	switch v := tree.(type) {
	case string:
		v = pem.ReplaceAllString(v, "PEM")
		return telephone.ReplaceAllStringFunc(v, func(n string) string { return "•••" + n[len(n)-3:] })
	case []any:
		hidden := make([]any, len(v))
		for i, inner := range v {
			hidden[i] = hide(inner)
		}
		return hidden
	case map[string]any: // in a list
		hidden := make(map[string]any, len(v))
		for name, inner := range v {
			hidden[name] = hide(inner)
		}
		return hidden
	}
	return tree
}

// longest is how much of a field the log keeps.
const longest = 300

func shorten(s string) string {
	if runes := []rune(s); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return s
}

// LogStore keeps the log, which only grows.
type LogStore interface {
	// Note writes an entry.
	Note(ctx context.Context, e Entry) error
	// Entries lists the latest first.
	Entries(ctx context.Context, f Filter) ([]Entry, error)
}

// Filter chooses entries; the zero values choose all.
type Filter struct {
	Before string // only older ones than that with this id
	Thing  Thing
	Person string // who did it
	Limit  int
}

// Log is who changed what. Its methods may be called from any goroutine.
type Log struct{ store LogStore }

// NewLog makes the log over its store.
func NewLog(store LogStore) *Log { return &Log{store} }

// most is how many entries are given at once.
const most = 500

// Entries lists entries, the latest first. It returns auth.ErrNotAllowed.
func (l *Log) Entries(ctx context.Context, actor auth.Person, f Filter) ([]Entry, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	if f.Limit <= 0 || f.Limit > most {
		f.Limit = most
	}
	all, err := l.store.Entries(ctx, f)
	if err != nil {
		return nil, fmt.Errorf("read the log: %w", err)
	}
	return all, nil
}
