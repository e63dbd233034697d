// Package dtmf understands keys pressed on a telephone: RFC 4733 events and
// the two INFO bodies in use. It is pure; time comes in as a parameter.
package dtmf

import "time"

// Method is how a key reached us.
type Method uint8

// The ways a key is signalled.
const (
	Event Method = iota + 1 // RTP telephone-event, RFC 4733
	INFO                    // SIP INFO
)

// Digit is one key press.
type Digit struct {
	Key    byte // '0'…'9', '*', '#', 'A'…'D'
	Method Method
}

// keys are the events 0 to 15 of RFC 4733 section 3.2.
const keys = "0123456789*#ABCD"

// pairing is how far apart the two signals of one key press may come when a
// phone or a carrier sends it both as an event and by INFO.
const pairing = 2 * time.Second

// Filter lets each key press through once, by whichever method came first.
// The zero value is ready to use; it is not safe for concurrent use.
type Filter struct {
	alone []press // let through, and not yet seen by the other method
}

type press struct {
	digit Digit
	at    time.Time
}

// Admit tells whether the digit is a key press not heard of before. now must
// not go backwards.
func (f *Filter) Admit(d Digit, now time.Time) bool {
	fresh := f.alone[:0]
	for _, p := range f.alone {
		if now.Sub(p.at) < pairing {
			fresh = append(fresh, p)
		}
	}
	f.alone = fresh
	for i, p := range f.alone {
		if p.digit.Key == d.Key && p.digit.Method != d.Method {
			f.alone = append(f.alone[:i], f.alone[i+1:]...)
			return false
		}
	}
	f.alone = append(f.alone, press{d, now})
	return true
}
