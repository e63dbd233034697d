package sfu

import "errors"

// What Move may answer besides ErrRoomFull and ErrClosed; nothing has changed
// then.
var (
	// ErrNoParticipant means that nobody of that number is in the room.
	ErrNoParticipant = errors.New("participant is not in the room")
	// ErrTaken means that the number is somebody else's where they would go.
	ErrTaken = errors.New("participant number is taken")
)

// Move takes a participant, browser or phone, out of one room and into another
// one, where it is known as the participant given: at the next frame it hears
// the other room and is heard there, by the same connections. Its mute and
// hold go along; whether it may be recorded does not, as it has not heard the
// other room's notice. The other room begins with it, if need be.
//
// When Move returns, the old room hears nothing more of it and it hears
// nothing more of the old room. From then on it is known by its new place
// alone: what is asked about the old one finds nobody.
func (h *Hub) Move(from string, participant uint32, to string, as uint32) error {
	return ErrClosed
}
