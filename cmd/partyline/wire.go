package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu"
	"partyline/signaling"
	"partyline/signaling/api"
	"partyline/sip"
)

// This file is where the engines meet: each adapter says in one engine's words
// what another one offers.

var (
	_ signaling.Rooms = rooms{}
	_ sfu.Observer    = (*listener)(nil)
	_ sip.Conference  = (*sfu.Hub)(nil)
	_ api.Live        = live{}
)

// rooms is the audio plane in signaling's words.
type rooms struct{ *sfu.Hub }

// Connect answers a browser's offer.
func (r rooms) Connect(ctx context.Context, room string, participant uint32, leg, offer string) (string, error) {
	answer, err := r.Hub.Connect(ctx, room, participant, leg, offer)
	switch {
	case errors.Is(err, sfu.ErrBadOffer):
		return "", fmt.Errorf("%w: %w", signaling.ErrBadOffer, err)
	case errors.Is(err, sfu.ErrRoomFull):
		return "", fmt.Errorf("%w: %w", signaling.ErrFull, err)
	}
	return answer, err
}

// Move takes a participant to another room. Whoever has no audio yet is known
// to signaling alone.
func (r rooms) Move(from string, participant uint32, to string, as uint32) error {
	err := r.Hub.Move(from, participant, to, as)
	switch {
	case errors.Is(err, sfu.ErrNoParticipant):
		return nil
	case errors.Is(err, sfu.ErrRoomFull):
		return fmt.Errorf("%w: %w", signaling.ErrFull, err)
	}
	return err
}

// Chime lets phones hear a tone. Both engines number them alike; a test holds
// them together.
func (r rooms) Chime(room string, chime signaling.Chime) { r.Hub.Chime(room, sfu.Chime(chime)) }

// Record begins to write what is said onto a tape.
func (r rooms) Record(room string, tape signaling.Tape) error { return r.Hub.Record(room, tape) }

// listener hands what the audio plane hears to the people in the meeting. The
// server is set once, before anything is heard: each needs the other to begin.
type listener struct {
	server *signaling.Server
	nearby neighbours
}

// Speaking tells the room who is heard.
func (l *listener) Speaking(room string, heard []sfu.Speaker) {
	speakers := make([]signaling.Speaker, len(heard))
	for i, s := range heard {
		speakers[i] = signaling.Speaker{Participant: s.Participant, Level: uint8(s.Level)}
	}
	l.server.Speaking(room, speakers)
}

// LegChanged tells a browser how its leg fares.
func (l *listener) LegChanged(room string, participant uint32, leg string, state sfu.LegState) {
	l.server.LegChanged(room, participant, leg, signaling.LegState(state))
}

// Measured and Glanced are for the collector, which tells what it makes of them.
func (*listener) Measured(quality.Key, quality.Sample) {}

// Glanced is as Measured.
func (*listener) Glanced(quality.Key, quality.Sample) {}

// Together tells those who sit in one room that they are heard twice.
func (l *listener) Together(room string, pairs []quality.Together) {
	l.nearby.tell(l.server, room, pairs)
}

// TalkingMuted points a caller to their mute.
func (l *listener) TalkingMuted(room string, participant uint32) {
	l.server.TalkingMuted(room, participant)
}

// Music tells the room that a phone plays music, or no longer.
func (l *listener) Music(room string, participant uint32, playing bool) {
	l.server.Music(room, participant, playing)
}

// RecordingEnded tells the room that its recording is over.
func (l *listener) RecordingEnded(room string, how sfu.Recording) {
	l.server.RecordingEnded(room, how.Err)
}

// live is the running meetings in the API's words.
type live struct{ server *signaling.Server }

// Running describes the room of a meeting.
func (l live) Running(id string) (api.Room, bool) {
	room, running := l.server.Occupancy(id)
	return api.Room{Participants: room.Participants, Locked: room.Locked}, running
}

// Changed tells a running meeting its new name and settings.
func (l live) Changed(ctx context.Context, id string) error {
	return l.server.MeetingChanged(ctx, id)
}

// EndRoom ends the room of a meeting.
func (l live) EndRoom(_ context.Context, id string) error {
	l.server.EndMeeting(id)
	return nil
}

// Issue makes a ticket for the WebSocket.
func (l live) Issue(p api.Pass) (string, time.Time, error) {
	ticket, expires, err := l.server.Tickets().Issue(signaling.Identity{
		Person: p.Person, Login: p.Session, Name: p.Name, Meeting: p.Meeting, Role: p.Role,
		Language: p.Language, Key: signaling.Key(p.Key), Admin: p.Admin, Address: p.Address,
	})
	if errors.Is(err, signaling.ErrTooManyTickets) {
		err = fmt.Errorf("%w: %w", api.ErrBusy, err)
	}
	return ticket, expires, err
}

// SignOut closes what a person holds open.
func (l live) SignOut(person string, sessions ...string) { l.server.SignOut(person, sessions...) }
