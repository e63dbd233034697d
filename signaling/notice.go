package signaling

import "partyline/sfu/audio"

// Notice is something that a phone is told.
type Notice struct {
	Kind NoticeKind
	// Text is the name of where the caller is moved to.
	Text string
	// Count is the new position, of PositionChanged; how many wait, of
	// SomebodyWaits; the 3 of "Caller 3", of CalledHost, or 0; the number of the
	// break-out room, of Moving, or 0 for another meeting; by how many minutes
	// somebody is late, of IsLate; and how many have not answered, of NotReplied.
	Count int
	// Spoken is the name of whom IsLate and IsAway are about, in their own voice;
	// nil: none was recorded.
	Spoken []audio.Frame
}

// TellHosts lets the hosts of a running meeting hear a notice who take part by
// phone. It does nothing for a meeting that does not run.
func (s *Server) TellHosts(meeting string, n Notice) {
	main := s.room(meeting)
	if main == nil {
		return
	}
	for _, r := range main.family.rooms() {
		r.mail.put(func() { r.noticeHosts(n) })
	}
}

// NoticeKind is what was done.
type NoticeKind uint8

// The notices, in the order in which the gateway has them.
const (
	Admitted         NoticeKind = iota + 1 // let in from the door, or the wait is over
	Refused                                // not let in
	MutedByHost                            //
	UnmuteAsked                            // the host asks the caller to unmute
	HandLowered                            // by the host
	Locked                                 //
	Unlocked                               //
	Removed                                // with no return
	Ended                                  // the meeting is over
	PositionChanged                        // at the door
	HostArrived                            // of a caller who waits for them
	Opened                                 // of a caller who came too early
	Moving                                 // to another room, on the same call
	MovedBack                              // to the main room
	RecordingNotice                        // to be heard to its end, then HeardNotice
	RecordingStopped                       //
	TalkingMuted                           // the caller talks, and nobody hears it
	CalledHost                             // to hosts: somebody asks for help
	MutedByGuard                           // music was heard on the line
	UnmutedByGuard                         // the music ended, or a host undid that
	SomebodyWaits                          // to hosts: at the door
	HandedOver                             // the caller goes on in their browser
	MadeHost                               // by another host
	IsLate                                 // to hosts: an invitee, by Count minutes
	IsAway                                 // to hosts: an invitee cannot come
	NotReplied                             // to hosts: Count invitees
	EmployeesGone                          // nobody of the company is here any more: a call that we placed ends soon
	EmployeesBack                          // somebody of the company is: it goes on
)
