package sfu

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"partyline/sfu/audio"
	"partyline/sfu/internal/mix"
	"partyline/sfu/opus"
)

// Answer opens the audio of a call that is being answered: its phone hears
// silence and what is played to it, until it joins a room. It returns
// ErrClosed when the hub is closing.
func (h *Hub) Answer(ctx context.Context, ear audio.Ear) (audio.Line, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("answer: %w", err)
	}
	if h.isClosed() {
		return nil, ErrClosed
	}
	l := &line{hub: h, ear: ear, stream: h.exchange.streams.Add(1)}
	l.encoding, l.speak, l.factor = l.encode, l.sound, 1
	h.exchange.counts.lines.Add(1)
	l.moveTo(h.exchange.foyer)
	return l, nil
}

// Join puts a line into a room as the given participant, out of where it was.
// When it returns, the line is part of the room's mix. It returns ErrRoomFull,
// ErrClosed, or the context's error; the line is then where it was before.
func (h *Hub) Join(ctx context.Context, room string, participant uint32, to audio.Line) error {
	l, err := h.own(to)
	if err != nil {
		return err
	}
	l.seating.Lock()
	defer l.seating.Unlock()
	if l.isClosed() {
		return fmt.Errorf("join room %s: the line: %w", room, ErrClosed)
	}
	old := l.place.Load()
	if old != nil && old.room.id == room { // seating it twice would unseat it
		if old.source.participant == participant {
			return nil
		}
		l.leave()
		old = nil
	}
	taken, err := h.seat(ctx, room, participant, l)
	if err != nil {
		return fmt.Errorf("join room %s: %w", room, err)
	}
	l.place.Store(taken)
	if old != nil {
		old.leave()
	}
	return nil
}

// Leave takes a line out of its room. It can be played to again.
func (h *Hub) Leave(from audio.Line) {
	l, err := h.own(from)
	if err != nil {
		return
	}
	l.seating.Lock()
	defer l.seating.Unlock()
	l.leave()
}

func (h *Hub) own(of audio.Line) (*line, error) {
	l, ok := of.(*line)
	if !ok || l.hub != h {
		return nil, fmt.Errorf("%w: not a line of this hub", ErrClosed)
	}
	return l, nil
}

// floor is where a line is served: the foyer or a room's mixer. Both wait
// until their goroutine has done it.
type floor interface {
	take(*line)
	drop(*line)
}

// line is a phone's end of the audio plane.
type line struct {
	hub    *Hub
	ear    audio.Ear
	stream uint64

	seating sync.Mutex // lets one Join, Leave or Close go on at a time
	place   atomic.Pointer[place]

	moving sync.Mutex // guards floor and closed
	floor  floor
	closed bool

	held   atomic.Bool
	volume atomic.Int32           // steps
	source atomic.Pointer[source] // nil in the foyer
	player player
	wire   atomic.Uint32 // the audio.Codec of the latest packet

	mu      sync.Mutex // guards what follows
	intake  intake
	leveler mix.Leveler
	level   audio.Level // of the latest packet, after the leveler
	gauge   soundGauge

	// Of the goroutine that serves the line:
	pulled    intake // what the tick was pulled from
	swapped   bool   // since the last frame was decoded
	tail      int16  // the last sample of that frame
	clipping  clipping
	voice     utterance
	gate      gate
	factor    float32            // of the leveler, at the end of the tick before
	gain      float32            // of the leveler, now
	loudness  audio.Level        // of the latest packet, after the leveler
	speak     func(*audio.Frame) // sound, bound once
	captures  captures
	overheard overheard
	encoders  *pool[*opus.Encoder] // of where the line is
	upstream  upstream
	mix       audio.Mix
	encoding  func(audio.Codec) []byte // encode, bound once
	room      *mixer                   // nil in the foyer
	clip      *clip                    // being played from its encodings
	clipFrame int
	private   private
}

// Write implements audio.Line. While the line is in no room, or held, nobody
// listens and nothing is kept.
func (l *line) Write(p audio.Packet) {
	if p.Codec != audio.CN {
		l.wire.Store(uint32(p.Codec))
	}
	source, held := l.source.Load(), l.held.Load()
	if (source == nil || held) && !l.captures.wanted.Load() {
		return
	}
	level, known := l.put(p)
	if known && level <= quietest && source != nil && !held {
		// The bid comes when the packet does, and the packet is played when
		// the jitter buffer lets it: by then the slot is granted, so no onset
		// is clipped.
		source.feed(voice{stream: l.stream, level: level, arrival: p.Arrival, mixed: true})
	}
}

// quietest is the level below which a packet does not even bid.
const quietest audio.Level = 90

func (l *line) put(p audio.Packet) (audio.Level, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !takes(l.intake, p.Codec) {
		in, err := newIntake(p.Codec)
		if err != nil {
			l.hub.exchange.counts.failed.Add(1)
			return audio.Silence, false
		}
		l.intake = in
	}
	level, known := l.intake.put(p)
	if known {
		l.hear(level)
	}
	return l.level, known
}

// hear has the leveler take a frame's level. The mutex is held.
func (l *line) hear(level audio.Level) {
	if !l.hub.blind.Load() {
		l.gauge.loudness.Hear(level)
	}
	if l.hub.cfg.LevelPhones {
		l.leveler.Hear(level)
	}
	l.level = l.leveler.Apply(level)
}

// Play implements audio.Line.
func (l *line) Play(p audio.Phrase) <-chan struct{} {
	var clips []*clip
	for _, name := range p.Clips {
		c := l.hub.exchange.clips.get(p.Language, name)
		if c == nil {
			l.hub.exchange.counts.missing.Add(1)
			l.hub.log.Warn("no such clip", "language", p.Language, "clip", name)
			continue
		}
		clips = append(clips, c)
	}
	if len(p.Sound) > 0 {
		clips = append(clips, newClip(p.Sound))
	}
	for _, c := range clips {
		c.prepare(audio.Codec(l.wire.Load())) // here rather than in the tick
	}
	return l.player.play(clips, p.Loop)
}

// SetVolume implements audio.Line.
func (l *line) SetVolume(steps int) {
	l.volume.Store(int32(min(max(steps, -audio.MaxVolume), audio.MaxVolume)))
}

// Hold implements audio.Line.
func (l *line) Hold(held bool) {
	l.held.Store(held)
	if s := l.source.Load(); s != nil {
		s.setHeld(held)
	}
}

// Close implements audio.Line.
func (l *line) Close() error {
	l.seating.Lock()
	defer l.seating.Unlock()
	l.leave()
	l.moving.Lock()
	first := !l.closed
	l.closed = true
	if l.floor != nil {
		l.floor.drop(l)
		l.floor = nil
	}
	l.moving.Unlock()
	l.player.end()
	l.captures.close()
	if first {
		l.hub.exchange.counts.lines.Add(-1)
	}
	return nil
}

func (l *line) isClosed() bool {
	l.moving.Lock()
	defer l.moving.Unlock()
	return l.closed
}

func (l *line) leave() {
	if p := l.place.Swap(nil); p != nil {
		p.leave()
	}
}

// expelled implements phone: the room has put the line back into the foyer,
// unless it is elsewhere already.
func (l *line) expelled(from *room) {
	if p := l.place.Load(); p != nil && p.room == from {
		l.place.CompareAndSwap(p, nil)
	}
}

// moveTo has the line served elsewhere. It waits for both goroutines, the old
// one's first, so that the ear never hears two at once.
func (l *line) moveTo(next floor) {
	l.moving.Lock()
	defer l.moving.Unlock()
	l.move(next)
}

// moveFrom is moveTo unless the line has moved on already.
func (l *line) moveFrom(old, next floor) {
	l.moving.Lock()
	defer l.moving.Unlock()
	if l.floor == old {
		l.source.Store(nil)
		l.move(next)
	}
}

// move is moveTo with the mutex held.
func (l *line) move(next floor) {
	if l.closed {
		return
	}
	if l.floor != nil {
		l.floor.drop(l)
	}
	l.floor = next
	next.take(l)
}

// enter gives the line its voice in a room.
func (l *line) enter(s *source) {
	l.source.Store(s)
	if l.held.Load() {
		s.setHeld(true)
	}
}
