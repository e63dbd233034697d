package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

const (
	// informWithin is how long everybody has to hear the notice before the
	// recording begins without those who have not.
	informWithin = 20 * time.Second
	// beepEvery is how often phones hear that they are recorded.
	beepEvery = 15 * time.Second
)

// taping is a room's recording: announced until everybody has heard the
// notice, then on. There is none while it is off.
type taping struct {
	wire.Recording
	notice  uint32
	id      string
	tape    Tape
	overdue bool        // informWithin is over
	timer   *time.Timer // until that, then until the next beep
}

var errRecording = errors.New("a recording begins or ends just now")

// record begins or stops a recording for a host, from a browser or a phone.
// Who begins one is noted before anybody hears of it.
func (s *Server) record(ctx context.Context, r *room, number uint32, on bool) error {
	if !on {
		_, err := ask(ctx, r, func() (struct{}, error) {
			_, err := r.may(number, meeting.Record)
			if err == nil {
				r.stopTaping()
			}
			return struct{}{}, err
		})
		return err
	}
	begun, err := ask(ctx, r, func() (*Recording, error) { return r.newRecording(number) })
	if err != nil || begun == nil {
		return err
	}
	tape, err := s.records.Begin(ctx, *begun)
	if err != nil {
		return fmt.Errorf("begin a recording: %w", err)
	}
	_, err = ask(context.WithoutCancel(ctx), r, func() (struct{}, error) {
		return struct{}{}, r.announceTaping(number, *begun, tape)
	})
	if err != nil {
		return errors.Join(err, s.records.End(context.WithoutCancel(ctx), begun.ID, time.Now()))
	}
	return nil
}

// newRecording is what will be noted of a recording, or nil where one is on.
func (r *room) newRecording(number uint32) (*Recording, error) {
	by, err := r.may(number, meeting.Record)
	if err != nil || r.taping != nil {
		return nil, err
	}
	if r.closingTape.Load() {
		return nil, errRecording
	}
	id, err := uuid.NewV7()
	if err != nil {
		return nil, fmt.Errorf("make a recording id: %w", err)
	}
	return &Recording{
		ID: id.String(), Meeting: r.meeting.ID, Room: r.id, Person: by.who.Person, Name: by.name, At: time.Now(),
	}, nil
}

// announceTaping tells everybody that the room is going to be recorded.
func (r *room) announceTaping(number uint32, what Recording, tape Tape) error {
	if r.taping != nil || r.closingTape.Load() {
		return errRecording // somebody else was quicker
	}
	r.notices++
	t := &taping{
		Recording: wire.Recording{State: wire.RecordingAnnounced, By: number, Name: what.Name},
		notice:    r.notices, id: what.ID, tape: tape,
	}
	r.taping = t
	t.timer = r.later(informWithin, func() {
		t.overdue = true
		r.proceed()
	})
	r.log.Info("recording announced", "recording", t.id, "by", number, "person", what.Person)
	for _, m := range r.members {
		m.informed = false
	}
	r.tellRecording()
	for _, m := range r.everyMember() {
		r.inform(m)
		if m.kind == meeting.Phone {
			m.out.notice(Notice{Kind: RecordingNotice})
		}
	}
	return nil
}

// recording is the recording as everybody sees it, or nil.
func (r *room) recording() *wire.Recording {
	if r.taping == nil {
		return nil
	}
	view := r.taping.Recording
	if view.State == wire.RecordingAnnounced {
		view.Heard, view.Of = r.informed()
	}
	for _, m := range r.members {
		if m.objects {
			view.Objections++
		}
	}
	return &view
}

// informed is how many have heard of the recording, of all who are here.
func (r *room) informed() (heard, of int) {
	for _, m := range r.everyMember() {
		of++
		if m.informed {
			heard++
		}
	}
	return heard, of
}

func (r *room) tellRecording() {
	if r.taping != nil {
		r.announce(&wire.RecordingChanged{Recording: *r.recording()})
	}
}

// inform gives a browser the notice of the recording that there is. Phones
// hear it: of a newcomer's, Arrival tells.
func (r *room) inform(m *member) {
	if r.taping != nil {
		m.out.event(wire.Marshal(&wire.Notice{Notice: r.taping.notice, About: wire.NoticeRecording}))
	}
}

// hasHeard takes a member's word that they know of the recording.
func (r *room) hasHeard(m *member, notice uint32) {
	if r.taping == nil || r.taping.notice != notice || m.informed {
		return
	}
	m.informed = true
	if r.taping.State == wire.RecordingOn {
		r.letRecord(m)
	}
	r.proceed()
}

// letRecord has the voice of somebody recorded who knows and does not object.
func (r *room) letRecord(m *member) {
	if m.informed && !m.objects {
		r.audio.SetRecorded(r.id, m.number, true)
	}
}

// proceed begins an announced recording when everybody has heard of it, or
// time is up. It is called whenever that may have become so.
func (r *room) proceed() {
	t := r.taping
	if t == nil || t.State != wire.RecordingAnnounced || len(r.members) == 0 {
		return
	}
	var late []uint32
	for _, m := range r.everyMember() {
		if !m.informed {
			late = append(late, m.number)
		}
	}
	if late != nil && !t.overdue {
		r.tellRecording()
		return
	}
	t.timer.Stop()
	if err := r.audio.Record(r.id, t.tape); err != nil {
		r.log.Error("recording cannot begin", "recording", t.id, "err", err)
		r.stopTaping()
		return
	}
	t.State, t.Since = wire.RecordingOn, time.Now().UnixMilli()
	for _, m := range r.members {
		r.letRecord(m)
	}
	r.log.Info("recording is on", "recording", t.id, "not_informed", len(late))
	r.tellRecording()
	if late != nil {
		r.tellHosts(&wire.NotRecorded{Participants: late})
	}
	r.beep(t)
}

// beep lets phones hear that they are recorded, again and again.
func (r *room) beep(t *taping) {
	if r.taping == t {
		r.audio.Chime(r.id, ChimeRecording)
		t.timer = r.later(beepEvery, func() { r.beep(t) })
	}
}

// object leaves a member's voice out of recordings from now on.
func (r *room) object(m, _ *member) error {
	if r.taping == nil {
		return fmt.Errorf("nothing is recorded: %w", ErrNotAllowed)
	}
	if m.objects {
		return nil
	}
	m.objects = true
	r.audio.SetRecorded(r.id, m.number, false)
	r.tellHosts(&wire.Objection{Participant: m.number})
	r.tellRecording()
	return nil
}

// stopTaping ends the recording, if there is one. Closing the tape takes a
// while; the room goes on meanwhile.
func (r *room) stopTaping() {
	t := r.taping
	if t == nil {
		return
	}
	t.timer.Stop()
	on := t.State == wire.RecordingOn
	t.State = wire.RecordingOff
	r.tellRecording()
	r.taping = nil
	for _, m := range r.members {
		m.out.notice(Notice{Kind: RecordingStopped})
	}
	r.closingTape.Store(true)
	r.errands.Go(func() {
		if on {
			if err := r.audio.StopRecording(r.id); err != nil {
				r.log.Error("recording is not complete", "recording", t.id, "err", err)
			}
		}
		r.note("recorded", func(ctx context.Context) error { return r.records.End(ctx, t.id, time.Now()) })
		r.closingTape.Store(false)
		r.log.Info("recording is off", "recording", t.id)
	})
}

// tapeEnded takes the audio plane's word that it stopped by itself.
func (r *room) tapeEnded(err error) {
	if r.taping != nil && r.taping.State == wire.RecordingOn {
		r.log.Error("recording broke off", "recording", r.taping.id, "err", err)
		r.stopTaping()
	}
}
