package sfu

import (
	"encoding/json"
	"io"
	"time"
)

// talkers is the track that says who had which slot when: lines of JSON.
type talkers struct {
	out     io.WriteCloser
	now     []uint32 // by slot
	pending []byte
}

// talkersLine is one line, with the time since the recording began in ms.
type talkersLine struct {
	At          int64  `json:"at"`
	Slot        int    `json:"slot,omitempty"` // 1 is the first
	Participant uint32 `json:"participant,omitempty"`
	Dropped     uint64 `json:"dropped,omitempty"` // packets that the tape was too slow for
}

func newTalkers(out io.WriteCloser, slots int) *talkers {
	return &talkers{out: out, now: make([]uint32, slots)}
}

// heard notes who has a slot.
func (t *talkers) heard(slot int, participant uint32, at time.Duration) {
	if t.now[slot] == participant {
		return
	}
	t.now[slot] = participant
	t.line(talkersLine{At: at.Milliseconds(), Slot: slot + 1, Participant: participant})
}

// lost notes that something is missing.
func (t *talkers) lost(packets uint64, at time.Duration) {
	t.line(talkersLine{At: at.Milliseconds(), Dropped: packets})
}

func (t *talkers) line(l talkersLine) {
	line, err := json.Marshal(l)
	if err == nil { // it cannot fail
		t.pending = append(append(t.pending, line...), '\n')
	}
}

func (t *talkers) flush() error {
	if len(t.pending) == 0 {
		return nil
	}
	_, err := t.out.Write(t.pending)
	t.pending = t.pending[:0]
	return err
}
