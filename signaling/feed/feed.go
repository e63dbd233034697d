// Package feed tells people, on whatever pages they have open, what concerns
// them outside of any meeting: approvals, their calls' progress, budgets.
package feed

import (
	"sync"

	"partyline/signaling/wire"
)

// Feed knows who listens. Its methods may be called from any goroutine; the
// zero value is a feed to which nobody listens.
type Feed struct {
	mu        sync.Mutex // guards listeners
	listeners map[*listener]bool
}

// listener is one open page.
type listener struct {
	person  string
	admin   bool
	deliver func(wire.Message)
}

// Listen has deliver called with everything that is told to the person, and to
// admins if they are one, until cancel. Deliver comes from any goroutine, must
// not block, and may be called once more while cancel runs.
func (f *Feed) Listen(person string, admin bool, deliver func(wire.Message)) (cancel func()) {
	l := &listener{person, admin, deliver}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.listeners == nil {
		f.listeners = make(map[*listener]bool)
	}
	f.listeners[l] = true
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.listeners, l)
	}
}

// Tell gives a message to a person's pages.
func (f *Feed) Tell(person string, m wire.Message) {
	f.tell(m, func(l *listener) bool { return l.person == person })
}

// TellAdmins gives a message to the pages of all admins.
func (f *Feed) TellAdmins(m wire.Message) {
	f.tell(m, func(l *listener) bool { return l.admin })
}

// TellBoth gives a message to a person's pages and to those of all admins,
// once to each.
func (f *Feed) TellBoth(person string, m wire.Message) {
	f.tell(m, func(l *listener) bool { return l.admin || l.person == person })
}

func (f *Feed) tell(m wire.Message, wants func(*listener) bool) {
	for _, l := range f.who(wants) {
		l.deliver(m)
	}
}

func (f *Feed) who(wants func(*listener) bool) []*listener {
	f.mu.Lock()
	defer f.mu.Unlock()
	var who []*listener
	for l := range f.listeners {
		if wants(l) {
			who = append(who, l)
		}
	}
	return who
}
