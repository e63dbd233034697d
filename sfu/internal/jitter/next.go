package jitter

import "time"

// Next tells what to play next. The caller asks until it has enough for its
// tick at now; ahead is how much it still has from earlier answers.
func (b *Buffer) Next(now time.Time, ahead time.Duration) Item {
	if !b.begun || !b.playing && !b.start(now, ahead) {
		return b.wait()
	}
	s := &b.ring[b.nextSeq%slots]
	if !s.full || s.seq != b.nextSeq {
		if s = b.following(); s == nil {
			return b.runDry()
		}
		if item, missing := b.lose(s); missing {
			return item
		}
	}
	return b.play(s, now, ahead)
}

// wait answers while nothing is played.
func (b *Buffer) wait() Item {
	if b.bridge <= 0 {
		return b.silence(frame)
	}
	b.bridge -= frame
	return Item{Kind: Loss, Duration: uint32(b.units(frame))}
}

// start begins to play once the earliest packet has been held long enough.
func (b *Buffer) start(now time.Time, ahead time.Duration) bool {
	var head *slot
	for i := range b.ring {
		s := &b.ring[i]
		if age := int16(b.lastSeq - s.seq); !s.full || age < 0 || age >= slots {
			continue // empty, or left from long ago
		}
		if head == nil || int16(s.seq-head.seq) < 0 {
			head = s
		}
	}
	if head == nil || b.delay(head.ts, now, ahead) < b.target-frame/2 {
		return false
	}
	if b.placed && head.seq != b.nextSeq {
		b.concealed(b.owed)
	}
	b.playing, b.placed, b.nextSeq, b.nextTS = true, true, head.seq, head.ts
	b.owed, b.dry, b.over, b.paused, b.bridge = 0, 0, 0, false, 0
	return true
}

// delay is how much later than the quickest packet would allow the sound at ts
// is played, in µs.
func (b *Buffer) delay(ts int64, now time.Time, ahead time.Duration) int64 {
	return b.transit(ts, now) + ahead.Microseconds() - b.spread.base()
}

// following is the earliest packet after the one due.
func (b *Buffer) following() *slot {
	for seq := b.nextSeq + 1; int16(b.lastSeq-seq) >= 0; seq++ {
		if s := &b.ring[seq%slots]; s.full && s.seq == seq {
			return s
		}
	}
	return nil
}

// runDry answers when nothing is there: conceal for a while, as the packet
// may be late, then wait for the stream to start again.
func (b *Buffer) runDry() Item {
	if b.paused || b.dry >= dryLimit {
		b.playing = false
		return b.silence(frame)
	}
	b.dry += frame
	b.owed += b.units(frame)
	return Item{Kind: Loss, Duration: uint32(b.units(frame))}
}

// lose answers for packets missing before s. It reports false if what is
// missing has been concealed already and s is due.
func (b *Buffer) lose(s *slot) (Item, bool) {
	missing := int64(s.seq - b.nextSeq)
	b.concealed(b.owed)
	b.settle(s.ts)
	gap := s.ts - b.nextTS
	if gap <= 0 {
		b.stats.Lost += uint64(missing)
		b.nextSeq, b.nextTS = s.seq, s.ts
		return Item{}, false
	}
	if b.paused {
		return b.advance(gap), true
	}
	item := Item{Kind: Loss, Duration: uint32(min(gap, max(b.length, 1)))}
	b.concealed(int64(item.Duration))
	if missing == 1 && gap <= b.length {
		item.Payload = s.payload
	}
	if b.nextTS += int64(item.Duration); missing > 1 || b.nextTS >= s.ts {
		b.nextSeq++
		b.stats.Lost++
	}
	return item, true
}

// concealed counts sound that another stood in for: what was missing, or came
// too late. What is made up when the sender pauses stands in for nothing.
func (b *Buffer) concealed(units int64) {
	b.stats.Concealed += time.Duration(b.micros(units)) * time.Microsecond
}

// settle takes what was concealed while dry for the gap before ts.
func (b *Buffer) settle(ts int64) {
	b.nextTS += min(b.owed, max(ts-b.nextTS, 0))
	b.owed, b.dry = 0, 0
}

// advance passes a pause of the sender, at most one frame at a time.
func (b *Buffer) advance(gap int64) Item {
	step := min(gap, b.units(frame))
	b.nextTS += step
	return Item{Kind: Silence, Duration: uint32(step)}
}

// play answers with the packet in s, or first with the pause before it; and
// brings the delay nearer to the target where that is not heard.
func (b *Buffer) play(s *slot, now time.Time, ahead time.Duration) Item {
	if s.ts <= b.nextTS {
		b.concealed(b.owed)
	}
	b.settle(s.ts)
	over := b.delay(b.nextTS, now, ahead) - b.target
	b.stats.Delay = time.Duration(over+b.target) * time.Microsecond
	if gap := s.ts - b.nextTS; gap > 0 {
		if over >= frame { // shorten the pause
			b.nextTS += min(gap, b.units(over))
			gap = s.ts - b.nextTS
		}
		if gap > 0 {
			return b.advance(gap)
		}
	}
	switch {
	case over <= -frame && s.quiet:
		b.stats.Inserted++
		return b.silence(frame)
	case b.tooLate(s, over):
		return b.skip(s, now, ahead)
	}
	s.full = false
	b.nextSeq, b.nextTS = s.seq+1, s.ts+s.length
	b.paused = s.dtx
	b.stats.Packets++
	b.stats.Played += time.Duration(b.micros(s.length)) * time.Microsecond
	b.stats.Waited += max(b.stats.Delay, 0)
	item := Item{Kind: Sound, Duration: uint32(s.length), Payload: s.payload, Tag: s.tag, Spliced: b.spliced}
	b.spliced = false
	return item
}

// tooLate tells whether to leave s out. The delay seems too long as well when
// the network has just become slower; but then little is left in the buffer.
func (b *Buffer) tooLate(s *slot, over int64) bool {
	if over < frame {
		b.over = 0
		return false
	}
	b.over++
	left := b.micros(b.endTS - s.ts - s.length)
	if left < max(b.target-frame, frame) {
		return false
	}
	return s.quiet || over >= far || over >= annoying && b.over > patience
}

// skip leaves s out and answers with what comes after it.
func (b *Buffer) skip(s *slot, now time.Time, ahead time.Duration) Item {
	b.stats.Skipped++
	s.full = false
	b.spliced = b.spliced || !s.quiet
	b.over = 0
	b.nextSeq, b.nextTS = s.seq+1, s.ts+s.length
	return b.Next(now, ahead) // at most slots deep: each skip frees one
}

func (b *Buffer) silence(micros int64) Item {
	return Item{Kind: Silence, Duration: uint32(b.units(micros))}
}
