package main

import (
	"sync"

	"partyline/sfu/audio"
	"partyline/signaling/dialout"
)

// early is what the network plays before a call is answered, as whoever dialled
// hears it in their browser: the first call of theirs that has something to
// hear, until it is answered.
type early struct {
	dialer *dialer
	order  dialout.Order

	mu      sync.Mutex // guards what follows
	whisper whisper    // nil: nobody hears it
	asked   bool       // whether somebody can
}

// hear takes a packet of the network's.
func (e *early) hear(p audio.Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.asked {
		e.asked = true
		e.whisper = e.dialer.whisperTo(e.order)
	}
	if e.whisper != nil {
		e.whisper.Write(p)
	}
}

// end lets nobody hear it any more.
func (e *early) end() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.asked = true
	if e.whisper != nil {
		e.whisper.Close()
		e.whisper = nil
		e.dialer.unhear(e.order.By.Person)
	}
}

// whisperTo begins to let whoever gave an order hear the network; nil where they
// are not in the meeting by browser, or hear another one.
func (d *dialer) whisperTo(o dialout.Order) whisper {
	if d.place == nil || d.whispers == nil {
		return nil
	}
	room, participant, ok := d.place(o.Meeting, o.By.Person)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !ok || d.hearing[o.By.Person] {
		return nil
	}
	d.hearing[o.By.Person] = true
	return d.whispers(room, participant)
}

func (d *dialer) unhear(person string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.hearing, person)
}
