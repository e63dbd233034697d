package softphone

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// Kind is what a transcript's event is about.
type Kind string

// The kinds of events.
const (
	Sent       Kind = "sent"        // a SIP message, by method or status
	Received   Kind = "received"    // a SIP message
	Early      Kind = "early"       // sound before the answer, with codec and address of media
	Answered   Kind = "answered"    // with codec and address of media
	FirstRTP   Kind = "first-rtp"   // the first packet of sound, be it silence
	FirstSound Kind = "first-sound" // the first that is not silence
	KeySent    Kind = "key-sent"    //
	KeyHeard   Kind = "key-heard"   // pressed by the peer
	Speaking   Kind = "speaking"    // with the length of what is said
	Spoken     Kind = "spoken"      // to its end
	Holding    Kind = "holding"     // we hold the peer
	Resumed    Kind = "resumed"     // we hold it no longer
	Rekeyed    Kind = "rekeyed"     // sound goes on under new keys
	Held       Kind = "held"        // the peer holds us
	Unheld     Kind = "unheld"      // no longer
	Silent     Kind = "silent"      // the media timeout
	Ended      Kind = "ended"       // with who hung up and why
)

// Event is one line of a transcript.
type Event struct {
	At   time.Time
	Kind Kind
	Text string
}

// transcript collects events and writes them out. It is safe for concurrent use.
type transcript struct {
	start     time.Time
	forgetful bool // events are written and not kept

	mu  sync.Mutex // guards what follows
	out io.Writer  // may be nil
	all []Event
}

// note adds an event that happens now.
func (t *transcript) note(kind Kind, format string, args ...any) {
	e := Event{At: time.Now(), Kind: kind, Text: fmt.Sprintf(format, args...)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.forgetful {
		t.all = append(t.all, e)
	}
	if t.out != nil { // a transcript that cannot be written is no reason to hang up
		_, _ = fmt.Fprintf(t.out, "%8.3f  %-11s %s\n", e.At.Sub(t.start).Seconds(), e.Kind, e.Text)
	}
}

// events is a copy of what happened so far.
func (t *transcript) events() []Event {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]Event(nil), t.all...)
}
