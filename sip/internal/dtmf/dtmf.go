// Package dtmf understands keys pressed on a telephone: RFC 4733 events, the two
// INFO bodies in use, and the tones themselves. It is pure; time comes in as a
// parameter.
package dtmf

import "time"

// Method is how a key reached us.
type Method uint8

// The ways a key is signalled.
const (
	Event  Method = iota + 1 // RTP telephone-event, RFC 4733
	INFO                     // SIP INFO
	InBand                   // tones in the sound itself
)

// Digit is one key press.
type Digit struct {
	Key    byte // '0'…'9', '*', '#', 'A'…'D'
	Method Method
}

// keys are the events 0 to 15 of RFC 4733 section 3.2.
const keys = "0123456789*#ABCD"

// pairing is how far apart the signals of one key press may come when a phone or
// a carrier sends it in more than one way.
const pairing = 2 * time.Second

// Filter lets each key press through once, by whichever method came first.
// The zero value is ready to use; it is not safe for concurrent use.
type Filter struct {
	recent []press // let through, and not yet seen by every method
}

// press is a key press and the methods by which it came, a bit for each.
type press struct {
	key     byte
	methods uint8
	at      time.Time
}

// Admit tells whether the digit is a key press not heard of before: it is none
// where the same key came by another method a moment ago, and not yet by this
// one. now must not go backwards.
func (f *Filter) Admit(d Digit, now time.Time) bool {
	fresh := f.recent[:0]
	for _, p := range f.recent {
		if now.Sub(p.at) < pairing {
			fresh = append(fresh, p)
		}
	}
	f.recent = fresh
	bit := uint8(1) << d.Method
	for i := range f.recent {
		if p := &f.recent[i]; p.key == d.Key && p.methods&bit == 0 {
			p.methods |= bit
			return false
		}
	}
	f.recent = append(f.recent, press{d.Key, bit, now})
	return true
}
