package sfu

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/transport/v5/packetio"
	"github.com/pion/webrtc/v4"

	"partyline/sfu/internal/red"
)

const (
	// silentTalker is how long a browser that was sending may be silent
	// before its leg counts as broken: 1.5 s are 75 packets, or 3 in a pause.
	silentTalker = 1500 * time.Millisecond
	// overlap is how long an old leg lives on beside a new one.
	overlap = 2 * time.Second
	// gatherTimeout is for collecting the sockets' addresses, which are there.
	gatherTimeout = 5 * time.Second
)

// leg is one PeerConnection of a browser. Pion's goroutines deliver what it
// receives, the stage sends, and the room's goroutine looks after it.
type leg struct {
	hub   *Hub
	id    string
	order uint32 // later legs have higher ones
	seat  atomic.Pointer[seat]

	offer   *offer
	pc      *webrtc.PeerConnection
	outlets []*outlet
	aside   *aside // nil where no m-line was offered for it
	up      uplink
	down    downlink
	ready   atomic.Bool   // media can be sent
	lastIn  atomic.Int64  // Unix ns of the last RTP or RTCP packet
	lastRTP atomic.Int64  // of the last RTP packet
	gone    chan struct{} // closed with the leg

	// The room's goroutine alone touches these.
	state     LegState // zero: on its way up
	created   time.Time
	connected time.Time
	interval  interval
}

// seat is where a participant is, and as whom: a move changes it.
type seat struct {
	room        string
	participant uint32
}

// newLeg makes a leg for an offer, with its PeerConnection.
func (h *Hub) newLeg(at seat, id string, o *offer) (*leg, error) {
	l := &leg{
		hub: h, id: id, order: h.legs.Add(1),
		offer: o, gone: make(chan struct{}), created: time.Now(),
	}
	l.seat.Store(&at)
	l.up.leg, l.down.leg = l, l
	l.down.begin()
	for i := range min(o.sections, h.cfg.Slots) {
		l.outlets = append(l.outlets, &outlet{index: i, offer: o})
	}
	if o.sections > h.cfg.Slots {
		l.aside = &aside{offer: o}
	}
	var err error
	if l.pc, err = h.network.newPeerConnection(l); err != nil {
		return nil, fmt.Errorf("peer connection: %w", err)
	}
	return l, nil
}

// answer answers the leg's offer.
func (l *leg) answer(ctx context.Context) (string, error) {
	answer, err := l.negotiate(ctx)
	if err == nil {
		l.pc.OnConnectionStateChange(l.changed)
	}
	return answer, err
}

// negotiate applies the offer and makes the answer, once and for all.
func (l *leg) negotiate(ctx context.Context) (string, error) {
	err := l.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: l.offer.sdp})
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	for _, o := range l.outlets {
		if _, err := l.pc.AddTrack(o); err != nil {
			return "", fmt.Errorf("%w: slot %d: %w", ErrBadOffer, o.index, err)
		}
	}
	tracks := len(l.outlets)
	if l.aside != nil {
		if _, err := l.pc.AddTrack(l.aside); err != nil {
			return "", fmt.Errorf("%w: what is for one alone: %w", ErrBadOffer, err)
		}
		tracks++
	}
	for _, surplus := range l.pc.GetTransceivers()[tracks:] {
		if err := surplus.Stop(); err != nil {
			return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
		}
	}
	answer, err := l.pc.CreateAnswer(nil)
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	gathered := webrtc.GatheringCompletePromise(l.pc)
	if err := l.pc.SetLocalDescription(answer); err != nil {
		return "", fmt.Errorf("%w: %w", ErrBadOffer, err)
	}
	ctx, cancel := context.WithTimeout(ctx, gatherTimeout)
	defer cancel()
	select {
	case <-gathered:
		return l.offer.finishAnswer(l.pc.LocalDescription().SDP), nil
	case <-ctx.Done():
		return "", fmt.Errorf("gather candidates: %w", ctx.Err())
	}
}

// outlet gives the leg's part in slot i, nil if it has none or is not up.
func (l *leg) outlet(i int) *outlet {
	if i >= len(l.outlets) || !l.ready.Load() || !l.outlets[i].bound.Load() {
		return nil
	}
	return l.outlets[i]
}

// depth is the redundancy with which to send to this leg.
func (l *leg) depth() red.Depth {
	if l.offer.red == 0 {
		return red.None
	}
	return l.down.depth()
}

// writeRTCP sends RTCP; a leg that cannot be sent to is found out otherwise.
func (l *leg) writeRTCP(p rtcp.Packet) {
	if l.ready.Load() {
		_ = l.pc.WriteRTCP([]rtcp.Packet{p})
	}
}

// changed is Pion's report on ICE and DTLS.
func (l *leg) changed(state webrtc.PeerConnectionState) {
	l.follow(func(r *room) { r.legChanged(l, state) })
}

// follow has the room that the leg is in run act, also if the leg is being
// moved meanwhile. It does not wait for it.
func (l *leg) follow(act func(*room)) {
	l.hub.tell(l.seat.Load().room, false, func(r *room) {
		if l.seat.Load().room != r.id {
			l.follow(act)
			return
		}
		act(r)
	})
}

// participant is as whom the leg is in its room.
func (l *leg) participant() uint32 { return l.seat.Load().participant }

// close ends the PeerConnection in the background: Pion may take its time.
func (l *leg) close() {
	l.ready.Store(false)
	close(l.gone)
	l.hub.work.Go(func() {
		if err := l.pc.Close(); err != nil {
			at := l.seat.Load()
			l.hub.log.Debug("close leg", "room", at.room, "participant", at.participant, "leg", l.id, "error", err)
		}
	})
}

// buffer is Pion's BufferFactory: what Pion decrypts comes to us on the spot
// instead of waiting in a buffer for a goroutine to read it.
func (l *leg) buffer(kind packetio.BufferPacketType, ssrc uint32) io.ReadWriteCloser {
	return &streamSink{leg: l, ssrc: ssrc, control: kind == packetio.RTCPBufferPacket}
}

// streamSink takes the packets of one SSRC.
type streamSink struct {
	leg     *leg
	ssrc    uint32
	control bool
}

// Write receives one decrypted packet, which is valid only meanwhile.
func (s *streamSink) Write(b []byte) (int, error) {
	now := time.Now()
	s.leg.lastIn.Store(now.UnixNano())
	if s.control {
		s.leg.down.receive(s.ssrc, b, now)
	} else {
		s.leg.up.receive(b, now)
	}
	return len(b), nil
}

// Read never has anything: it waits for the leg's end.
func (s *streamSink) Read([]byte) (int, error) {
	<-s.leg.gone
	return 0, io.EOF
}

// Close is called by Pion at the end.
func (s *streamSink) Close() error { return nil }
