package speaker

import (
	"slices"
	"time"

	"partyline/sfu/audio"
)

// When a slot changes hands.
const (
	// hold is how long a talker keeps a slot at least, and how long after its
	// last voice.
	hold = 500 * time.Millisecond
	// lead and leadTime are by how much and for how long somebody must be
	// louder than the weakest talker to take its slot.
	lead     = 6.0
	leadTime = 80 * time.Millisecond
	// forget is when somebody who sends nothing is no longer counted.
	forget = 2 * time.Second
	// dtxGap is how long a talker may pause after a DTX frame; browsers send
	// one every 400 ms. dropGap is the same without one.
	dtxGap  = time.Second
	dropGap = 120 * time.Millisecond
)

// Talker is somebody who may be given a slot.
type Talker struct {
	Meter
	slot    int // -1: none
	present bool
	granted time.Time
	leading time.Time // since when it beats the weakest holder; zero: it does not
	pausing bool      // its last packet announced a pause (DTX)
}

// NewTalker is a talker without a slot.
func NewTalker() *Talker { return &Talker{slot: -1} }

// Slot is the talker's slot, or -1.
func (t *Talker) Slot() int { return t.slot }

// Board assigns the slots of one room. Of at most as many talkers as there
// are slots everybody has one, whether voiced or not.
type Board struct {
	holders []*Talker // by slot, nil: free
	present []*Talker // all who sent something of late
}

// NewBoard is a board of k free slots.
func NewBoard(k int) *Board { return &Board{holders: make([]*Talker, k)} }

// Holder is who has slot i, or nil.
func (b *Board) Holder(i int) *Talker { return b.holders[i] }

// Hear takes a packet's level and gives the talker a slot where it is due
// one. It returns the slot, or -1, and who had to give it up. A pausing
// packet announces that none will follow for a while (Opus DTX).
func (b *Board) Hear(t *Talker, level audio.Level, pausing bool, now time.Time) (slot int, displaced *Talker) {
	voiced := t.Observe(level, now)
	t.pausing = pausing
	if !t.present {
		t.present = true
		b.present = append(b.present, t)
	}
	if t.slot >= 0 {
		return t.slot, nil
	}
	free := slices.Index(b.holders, nil)
	if free >= 0 && (voiced || b.open()) {
		b.grant(t, free, now)
		return free, nil
	}
	if free >= 0 {
		return -1, nil
	}
	weakest := b.weakest(now)
	if weakest == nil || !t.beats(weakest, now) || !voiced {
		return -1, nil
	}
	slot = weakest.slot
	weakest.slot = -1
	b.grant(t, slot, now)
	return slot, weakest
}

// open tells whether there is a slot for everybody.
func (b *Board) open() bool { return len(b.present) <= len(b.holders) }

func (b *Board) grant(t *Talker, slot int, now time.Time) {
	t.slot, t.granted, t.leading = slot, now, time.Time{}
	b.holders[slot] = t
}

// weakest is the holder to give way first: the quietest of those who have had
// their slot for long enough.
func (b *Board) weakest(now time.Time) *Talker {
	var weakest *Talker
	for _, h := range b.holders {
		if now.Sub(h.granted) < hold {
			continue
		}
		if weakest == nil || h.Loudness(now) < weakest.Loudness(now) {
			weakest = h
		}
	}
	return weakest
}

// beats tells whether t takes the slot of h now. Somebody who has not spoken
// for a while gives way at once.
func (t *Talker) beats(h *Talker, now time.Time) bool {
	if !h.SpokeWithin(hold, now) {
		return true
	}
	if t.Loudness(now) < h.Loudness(now)+lead {
		t.leading = time.Time{}
		return false
	}
	if t.leading.IsZero() {
		t.leading = now
	}
	return now.Sub(t.leading) >= leadTime
}

// Freed is somebody who fell silent, and the slot it had.
type Freed struct {
	*Talker
	Slot int
}

// Expire frees the slots of those who fell silent and appends them to freed.
// It wants to be called every 20 ms or so while Busy.
func (b *Board) Expire(freed []Freed, now time.Time) []Freed {
	b.present = slices.DeleteFunc(b.present, func(t *Talker) bool {
		if t.slot >= 0 || now.Sub(t.at) < forget {
			return false
		}
		t.present = false
		return true
	})
	for _, h := range b.holders {
		if h != nil && b.over(h, now) {
			freed = append(freed, Freed{h, h.slot})
			b.free(h)
		}
	}
	return freed
}

// over tells whether a holder has no use for its slot.
func (b *Board) over(h *Talker, now time.Time) bool {
	gap := dropGap
	if h.pausing {
		gap = dtxGap
	}
	if now.Sub(h.at) > gap {
		return true
	}
	return !b.open() && now.Sub(h.granted) >= hold && !h.SpokeWithin(hold, now)
}

// Drop takes somebody off the board, who muted or left, and tells the slot
// that this freed, or -1.
func (b *Board) Drop(t *Talker) (freed int) {
	freed = t.slot
	if t.slot >= 0 {
		b.free(t)
	}
	if t.present {
		b.present = slices.DeleteFunc(b.present, func(p *Talker) bool { return p == t })
		t.present = false
	}
	return freed
}

func (b *Board) free(t *Talker) {
	b.holders[t.slot] = nil
	t.slot = -1
}

// Busy tells whether anybody is on the board.
func (b *Board) Busy() bool { return len(b.present) > 0 }
