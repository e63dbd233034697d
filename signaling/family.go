package signaling

import (
	"maps"
	"slices"
	"sync"
	"time"

	"partyline/signaling/wire"
)

// family is what the rooms of one running meeting share: the main room, into
// which people come, and its break-out rooms. The main room outlives the
// others. Its methods may be called from any goroutine and ask no room.
type family struct {
	main *room

	mu        sync.Mutex // guards what follows
	breakouts []*room    // number n is breakouts[n-1]
	barred    map[string]bool
	handovers []*handover // not yet used, nor known to be too old
	stirred   bool        // stir is about to tell

	attended bool        // somebody of the company has been here
	ending   *time.Timer // ends the calls that were placed; nil while somebody of the company is here
	warned   bool        // everybody was told that it will
}

func newFamily(main *room) *family { return &family{main: main, barred: make(map[string]bool)} }

// rooms lists the main room and the break-outs.
func (f *family) rooms() []*room {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all()
}

// all is rooms for whoever holds mu.
func (f *family) all() []*room { return append([]*room{f.main}, f.breakouts...) }

// breakout gives a break-out room by its number, or nil.
func (f *family) breakout(n int) *room {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n < 1 || n > len(f.breakouts) {
		return nil
	}
	return f.breakouts[n-1]
}

// dissolve takes the break-outs away.
func (f *family) dissolve() []*room {
	f.mu.Lock()
	defer f.mu.Unlock()
	were := f.breakouts
	f.breakouts = nil
	return were
}

// outside counts the people in break-out rooms.
func (f *family) outside() int {
	n := 0
	for _, r := range f.rooms()[1:] {
		n += r.view.Load().Participants
	}
	return n
}

// who tells of each break-out room who is in it.
func (f *family) who() []wire.Breakout {
	var all []wire.Breakout
	for _, r := range f.rooms()[1:] {
		all = append(all, wire.Breakout{Breakout: r.breakout, Participants: r.view.Load().people})
	}
	return all
}

// bar shuts the meeting to whoever has one of the marks.
func (f *family) bar(marks []string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, mark := range marks {
		f.barred[mark] = true
	}
}

// bars tells whether somebody with these marks was removed.
func (f *family) bars(marks []string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.ContainsFunc(marks, func(mark string) bool { return f.barred[mark] })
}

// stirEvery is how long the rooms of a meeting are not told again who is in
// which break-out room: a move of a hundred people is told of once.
const stirEvery = 200 * time.Millisecond

// stir has all rooms tell, a little later, who is in which break-out room.
func (f *family) stir() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.stirred {
		return
	}
	f.stirred = true
	time.AfterFunc(stirEvery, func() {
		f.mu.Lock()
		f.stirred = false
		f.mu.Unlock()
		for _, r := range f.rooms() {
			r.mail.put(r.roomChanged)
		}
	})
}

// people are the members as the list of break-out rooms shows them.
func (r *room) people() []wire.Visitor {
	people := make([]wire.Visitor, 0, len(r.members))
	for _, m := range byNumber(slices.Collect(maps.Values(r.members))) {
		people = append(people, m.visitor())
	}
	return people
}
