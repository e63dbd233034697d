package sfu

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

// ErrRecording means that the room is being recorded already.
var ErrRecording = errors.New("room is being recorded already")

const (
	// recordTimeout is how long Record waits for the room, which takes as
	// long as what it is doing.
	recordTimeout = 5 * time.Second
	// closingTimeout is how long StopRecording waits for the tape.
	closingTimeout = 10 * time.Second
)

// Tape is where a recording is written: signaling/recording satisfies it.
type Tape interface {
	// Track begins a track. Each Write is one piece that can be read back
	// even if the program ends the moment after.
	Track(name string) (io.WriteCloser, error)
}

// Recording is how a recording went.
type Recording struct {
	Length  time.Duration // from Record to its end
	Dropped uint64        // packets that came faster than the tape took them
	Err     error         // why nothing more could be written; nil: it was stopped, or the room ended
}

// Record begins to record a room, which must exist, onto the tape: a track
// "mix" and one for each slot, "slot-1" to "slot-K", all Ogg Opus (RFC 7845)
// and beginning now, and the track "talkers", which says who had which slot
// when. Only those whom SetRecorded allows are on it. Errors are ErrClosed,
// ErrRecording and the tape's. Observer.RecordingEnded tells when it is over.
func (h *Hub) Record(roomID string, tape Tape) error {
	if err := h.record(roomID, tape); err != nil {
		return fmt.Errorf("record room %s: %w", roomID, err)
	}
	return nil
}

func (h *Hub) record(roomID string, tape Tape) error {
	ctx, cancel := context.WithTimeout(context.Background(), recordTimeout)
	defer cancel()
	if err := h.try(ctx, roomID, (*room).recordable); err != nil {
		return err // without having touched the tape
	}
	rec, err := newRecorder(h, roomID, tape)
	if err != nil {
		return err
	}
	var decided atomic.Bool // whether it begins
	err = h.try(ctx, roomID, func(r *room) error {
		err := r.recordable()
		if err == nil && decided.CompareAndSwap(false, true) {
			r.tape = rec
			r.publish()
			h.work.Go(rec.run)
		}
		return err
	})
	if decided.CompareAndSwap(false, true) {
		return errors.Join(err, rec.close())
	}
	return nil
}

// try is ask for what may be refused.
func (h *Hub) try(ctx context.Context, roomID string, act func(*room) error) error {
	result := make(chan error, 1)
	if err := h.ask(ctx, roomID, false, func(r *room) { result <- act(r) }); err != nil {
		return err
	}
	return <-result
}

// StopRecording ends the room's recording and waits until its tracks are
// closed and Observer.RecordingEnded was told. Everybody is unrecorded again:
// the next recording needs a new notice. It returns ErrClosed if none was
// running, or why it is not complete.
func (h *Hub) StopRecording(roomID string) error {
	if err := h.stopRecording(roomID); err != nil {
		return fmt.Errorf("stop recording room %s: %w", roomID, err)
	}
	return nil
}

func (h *Hub) stopRecording(roomID string) error {
	ctx, cancel := context.WithTimeout(context.Background(), closingTimeout)
	defer cancel()
	stopped := make(chan *recorder, 1)
	err := h.ask(ctx, roomID, false, func(r *room) {
		stopped <- r.tape
		r.stopRecording()
	})
	if err != nil {
		return err
	}
	rec := <-stopped
	if rec == nil {
		return ErrClosed
	}
	select {
	case <-rec.ended:
		return rec.err
	case <-ctx.Done():
		return fmt.Errorf("the tape takes long: %w", ctx.Err())
	}
}

// SetRecorded decides whether the participant's voice may be on a tape. Nobody
// may who was not decided upon, nor after a recording has ended, nor after a
// move to another room.
func (h *Hub) SetRecorded(roomID string, participant uint32, recorded bool) {
	h.tell(roomID, recorded, func(r *room) {
		if m := r.members[participant]; m != nil {
			m.source.recorded.Store(recorded)
		} else if m, err := r.member(participant); recorded && err == nil {
			m.source.recorded.Store(true)
		}
	})
}

// recordable tells why a recording cannot begin, if so.
func (r *room) recordable() error {
	if r.tape != nil {
		return ErrRecording
	}
	return nil
}

// stopRecording ends a recording, if one is running.
func (r *room) stopRecording() {
	rec := r.tape
	if rec == nil {
		return
	}
	r.unrecord(rec)
	r.stage.do(func() {}) // what it has heard is on its way to the tape by then
	rec.stop()
}

// unrecord takes a recorder out of the room: nobody may be recorded any more.
func (r *room) unrecord(rec *recorder) {
	if r.tape != rec {
		return
	}
	r.tape = nil
	for _, m := range r.members {
		m.source.recorded.Store(false)
	}
	r.publish()
}
