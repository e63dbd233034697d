package sfu

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/ogg"
)

// How a recorder keeps time.
const (
	recordTick = 200 * time.Millisecond
	// flushInterval is how much of a recording a kill may cost.
	flushInterval = time.Second
	// latecomers is how long a packet is waited for before what came after it
	// is written.
	latecomers = 400 * time.Millisecond
	// recordQueue is how many packets may wait for the tape: three slots and
	// ten seconds.
	recordQueue = 1500
)

// recorder writes what a room's slots send onto a tape. The stage hands it
// packets and never waits for it; the recorder's goroutine owns all else.
type recorder struct {
	hub      *Hub
	room     string
	began    time.Time
	in       chan *excerpt
	quit     chan struct{}
	stopping sync.Once
	dropped  atomic.Uint64

	slots   []*slotTrack
	mix     *mixTrack
	talkers *talkers
	flushed time.Time
	noted   uint64 // how many dropped packets the tape knows of

	ended chan struct{} // closed with everything
	err   error         // why it ended, if not by being stopped; valid then
}

// excerpt is a packet on its way onto the tape.
type excerpt struct {
	slot        int
	participant uint32
	ts          uint32 // the slot's
	takeover    bool   // first packet of another source, or after its pause
	quiet       bool   // no voice is in it
	arrival     time.Time
	payload     []byte // in the buffer
	buffer      [maxPayload]byte
}

// excerpts spares the media path its allocations.
var excerpts = sync.Pool{New: func() any { return new(excerpt) }}

// newRecorder begins the tracks of a room's recording.
func newRecorder(h *Hub, roomID string, tape Tape) (*recorder, error) {
	now := time.Now()
	r := &recorder{
		hub: h, room: roomID, began: now, flushed: now, in: make(chan *excerpt, recordQueue),
		quit: make(chan struct{}), ended: make(chan struct{}),
	}
	if err := r.open(tape); err != nil {
		return nil, errors.Join(err, r.close())
	}
	return r, nil
}

// open begins the tracks.
func (r *recorder) open(tape Tape) error {
	for i := range r.hub.cfg.Slots {
		track, err := r.track(tape, fmt.Sprintf("slot-%d", i+1), i+2, ogg.Rate)
		if err != nil {
			return err
		}
		s, err := newSlotTrack(track, &r.dropped)
		if err != nil {
			return errors.Join(err, track.close())
		}
		r.slots = append(r.slots, s)
	}
	track, err := r.track(tape, "mix", 1, audio.Rate)
	if err != nil {
		return err
	}
	if r.mix, err = newMixTrack(track); err != nil {
		return errors.Join(err, track.close())
	}
	out, err := tape.Track("talkers")
	if err != nil {
		return err
	}
	r.talkers = newTalkers(out, r.hub.cfg.Slots)
	return nil
}

// track begins one Ogg Opus track.
func (r *recorder) track(tape Tape, name string, serial, rate int) (*oggTrack, error) {
	out, err := tape.Track(name)
	if err != nil {
		return nil, err
	}
	w, err := ogg.NewWriter(out, uint32(serial), ogg.Head{Rate: uint32(rate), Comments: []string{
		"TITLE=" + name, "ALBUM=" + r.room, "DATE=" + r.began.UTC().Format(time.RFC3339Nano),
	}})
	if err != nil {
		return nil, errors.Join(err, out.Close())
	}
	return &oggTrack{Writer: w, out: out}, nil
}

// oggTrack is a track and what it is written to.
type oggTrack struct {
	*ogg.Writer
	out io.WriteCloser
}

// longGap is the longest silence that one packet can hold.
const longGap = ogg.Rate * 120 / 1000

// bring fills the track up to about that position, and has it on the tape.
func (t *oggTrack) bring(to int64) error {
	return errors.Join(t.Gap((to-t.At())/longGap*longGap), t.Flush())
}

func (t *oggTrack) close() error { return errors.Join(t.Close(), t.out.Close()) }

// take queues a packet that a slot has sent. When the tape is too slow it is
// dropped. The stage calls it.
func (r *recorder) take(slot int, from uint32, ts uint32, takeover bool, v *voice) {
	e := excerpts.Get().(*excerpt)
	e.slot, e.participant, e.ts, e.takeover = slot, from, ts, takeover
	e.quiet, e.arrival = v.level > quietLevel, v.arrival
	e.payload = e.buffer[:copy(e.buffer[:], v.payload)]
	select {
	case r.in <- e:
	default:
		r.dropped.Add(1)
		excerpts.Put(e)
	}
}

// stop has the recorder write what it has and end. It does not wait.
func (r *recorder) stop() { r.stopping.Do(func() { close(r.quit) }) }

// run is the recorder's goroutine.
func (r *recorder) run() {
	ticker := time.NewTicker(recordTick)
	defer ticker.Stop()
	for r.err == nil {
		select {
		case e := <-r.in:
			r.place(e)
		case now := <-ticker.C:
			r.err = r.advance(now.Add(-latecomers), now)
		case <-r.quit:
			r.finish(time.Now())
			return
		}
	}
	r.finish(time.Now())
}

// place sorts a packet into its slot's track.
func (r *recorder) place(e *excerpt) {
	r.talkers.heard(e.slot, e.participant, e.arrival.Sub(r.began))
	r.slots[e.slot].place(e, r.position(e.arrival))
}

// position is where on the tracks a time is: in samples of 48 kHz, in whole
// grains.
func (r *recorder) position(at time.Time) int64 {
	samples := int64(at.Sub(r.began)) * (ogg.Rate / 1000) / int64(time.Millisecond)
	return max(samples-samples%ogg.Grain, 0)
}

// advance writes what comes before the horizon.
func (r *recorder) advance(horizon, now time.Time) error {
	to := r.position(horizon)
	for _, s := range r.slots {
		if err := s.advance(to); err != nil {
			return err
		}
	}
	if err := r.mix.advance(r.slots, to); err != nil {
		return err
	}
	if now.Sub(r.flushed) < flushInterval {
		return nil
	}
	r.flushed = now
	return r.flush(to, now)
}

// flush brings all tracks to the same length and onto the tape.
func (r *recorder) flush(to int64, now time.Time) error {
	for _, t := range r.slots {
		if err := t.bring(to); err != nil {
			return err
		}
	}
	if err := r.mix.bring(r.mix.at); err != nil {
		return err
	}
	if n := r.dropped.Load(); n > r.noted {
		r.talkers.lost(n-r.noted, now.Sub(r.began))
		r.noted = n
	}
	return r.talkers.flush()
}

// finish writes what is left, closes the tracks and says so.
func (r *recorder) finish(now time.Time) {
	for len(r.in) > 0 {
		r.place(<-r.in)
	}
	if r.err == nil {
		r.flushed = time.Time{}
		r.err = r.advance(now, now)
	}
	if r.err == nil {
		r.err = r.align(now)
	}
	if err := r.close(); r.err == nil {
		r.err = err
	}
	how := Recording{Length: now.Sub(r.began), Dropped: r.dropped.Load(), Err: r.err}
	r.hub.tell(r.room, false, func(room *room) { room.unrecord(r) })
	r.hub.observer.RecordingEnded(r.room, how)
	close(r.ended)
}

// align ends all tracks at the same time.
func (r *recorder) align(now time.Time) error {
	end := r.position(now)
	for _, s := range r.slots {
		end = max(end, s.At())
	}
	err := r.mix.advance(r.slots, end+tickSamples)
	for _, s := range r.slots {
		err = errors.Join(err, s.Gap(end-s.At()))
	}
	return errors.Join(err, r.mix.Gap(end-r.mix.At()))
}

// close closes the tracks there are.
func (r *recorder) close() error {
	var errs []error
	for _, s := range r.slots {
		errs = append(errs, s.close())
	}
	if r.mix != nil {
		errs = append(errs, r.mix.close())
	}
	if r.talkers != nil {
		errs = append(errs, r.talkers.out.Close())
	}
	return errors.Join(errs...)
}
