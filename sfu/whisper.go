package sfu

import (
	"sync"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/opus"
)

// Whisper is a sound that one participant alone hears, in the browser: what a
// telephone network plays to whoever has somebody called. Its methods may be
// called from any goroutine.
type Whisper struct {
	hub  *Hub
	seat seat
	quit chan struct{}
	once sync.Once
	done chan struct{} // closed when run has returned

	mu     sync.Mutex // guards what follows
	intake intake
	last   time.Time // a packet came
}

// whisperHang is how long a whisper goes on without packets: what comes later
// is a new spurt.
const whisperHang = 200 * time.Millisecond

// Whisper begins a sound for a participant, who hears nothing until packets are
// written, and nothing at all on a phone or in a browser that did not offer an
// m-line for it. Close ends it.
func (h *Hub) Whisper(room string, participant uint32) *Whisper {
	w := &Whisper{hub: h, seat: seat{room, participant}, quit: make(chan struct{}), done: make(chan struct{})}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(w.done)
		return w
	}
	h.work.Go(w.run)
	return w
}

// Write takes a packet as it came from the network. It does not block.
func (w *Whisper) Write(p audio.Packet) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.intake == nil || !takes(w.intake, p.Codec) {
		next, err := newIntake(p.Codec)
		if err != nil {
			return // a codec that nobody hears
		}
		w.intake = next
	}
	w.intake.put(p)
	w.last = p.Arrival
}

// Close ends the sound and waits until it has.
func (w *Whisper) Close() {
	w.once.Do(func() { close(w.quit) })
	<-w.done
}

// run sends 20 ms at a time while there are packets. It ends with Close, or
// with the hub's network.
func (w *Whisper) run() {
	defer close(w.done)
	encoder, err := opus.NewEncoder()
	if err != nil {
		w.hub.log.Error("a whisper cannot be encoded", "error", err)
		return
	}
	ticker := time.NewTicker(audio.FrameDuration)
	defer ticker.Stop()
	var frame audio.Frame
	payload := make([]byte, opus.MaxPayload)
	sounded := false
	for {
		select {
		case <-w.quit:
			return
		case now := <-ticker.C:
			if w.hub.isClosed() {
				return
			}
			first := !sounded
			if sounded = w.pull(now, &frame); !sounded {
				continue
			}
			if packet, err := encoder.Encode(payload, &frame); err == nil {
				w.send(now, first, packet)
			}
		}
	}
}

// pull takes the next 20 ms, and tells whether there are any.
func (w *Whisper) pull(now time.Time, frame *audio.Frame) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.intake == nil || now.Sub(w.last) > whisperHang {
		return false
	}
	w.intake.pull(now)
	w.intake.frame(frame)
	return true
}

// send gives a packet to the participant's browser, wherever it is by now.
func (w *Whisper) send(now time.Time, first bool, payload []byte) {
	w.hub.mu.Lock()
	r := w.hub.rooms[w.seat.room]
	w.hub.mu.Unlock()
	if r == nil {
		return
	}
	for _, l := range r.stage.audience.Load().legs {
		if l.participant() == w.seat.participant && l.aside != nil && l.ready.Load() {
			l.aside.send(now, first, payload)
		}
	}
}
