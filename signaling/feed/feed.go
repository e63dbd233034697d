// Package feed tells people, on whatever pages they have open, what concerns
// them wherever they are: their calls, approvals, budgets.
package feed

import (
	"maps"
	"slices"
	"sync"

	"partyline/signaling/wire"
)

// Feed knows who listens. Its methods may be called from any goroutine; the
// zero value is a feed to which nobody listens.
type Feed struct {
	mu      sync.Mutex // guards what follows
	persons map[string]map[*page]bool
	admins  map[*page]bool
	done    chan struct{} // closed by Close; made when somebody asks
	over    bool
}

// page is one that somebody has open.
type page struct{ deliver func(wire.Message) }

// Listen has deliver called with everything that is told to the person, and to
// admins if they are one, until cancel. Deliver comes from any goroutine, must
// not block, and may be called once more while cancel runs.
func (f *Feed) Listen(person string, admin bool, deliver func(wire.Message)) (cancel func()) {
	p := &page{deliver}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.persons == nil {
		f.persons, f.admins = make(map[string]map[*page]bool), make(map[*page]bool)
	}
	if f.persons[person] == nil {
		f.persons[person] = make(map[*page]bool)
	}
	f.persons[person][p] = true
	if admin {
		f.admins[p] = true
	}
	return func() { f.close(person, p) }
}

// Done is closed when nothing is told any more. A nil feed never had anything
// to tell, and is never done.
func (f *Feed) Done() <-chan struct{} {
	if f == nil {
		return nil
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.end()
}

// Close ends the feed: whoever waits for Done goes on.
func (f *Feed) Close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if done := f.end(); !f.over {
		f.over = true
		close(done)
	}
}

// end makes the channel of Done. Mu is held.
func (f *Feed) end() chan struct{} {
	if f.done == nil {
		f.done = make(chan struct{})
	}
	return f.done
}

func (f *Feed) close(person string, p *page) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.admins, p)
	delete(f.persons[person], p)
	if len(f.persons[person]) == 0 {
		delete(f.persons, person)
	}
}

// Tell gives a message to the pages of some people, once to each page.
func (f *Feed) Tell(m wire.Message, people ...string) { f.tell(m, false, people) }

// TellAdmins gives a message to the pages of all admins and of some other
// people, once to each page.
func (f *Feed) TellAdmins(m wire.Message, others ...string) { f.tell(m, true, others) }

func (f *Feed) tell(m wire.Message, admins bool, people []string) {
	for _, p := range f.pages(admins, people) {
		p.deliver(m)
	}
}

func (f *Feed) pages(admins bool, people []string) []*page {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[*page]bool)
	if admins {
		maps.Copy(all, f.admins)
	}
	for _, person := range people {
		maps.Copy(all, f.persons[person])
	}
	return slices.Collect(maps.Keys(all))
}
