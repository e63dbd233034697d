package signaling

import (
	"partyline/signaling/wire"
)

// Observer counts what happens. Calls come from any goroutine and must not
// block. None of them names a person, a number or a meeting.
type Observer interface {
	// SocketOpened and SocketClosed bracket each WebSocket that said hello or
	// tried to. The reason is one of few words: "left", "broken", "refused",
	// "slow", "silent", "rule", "replaced" or "shutdown".
	SocketOpened()
	SocketClosed(reason string)
	// Received counts a client's message by type; "bad" for what was not
	// understood.
	Received(kind string)
	// RoomsChanged and ParticipantsChanged tell by how many the running rooms,
	// and the participants of one kind ("browser" or "phone") in them, became
	// more or fewer.
	RoomsChanged(by int)
	ParticipantsChanged(kind string, by int)
	// Reported carries what a browser measured on its downlink.
	Reported(room string, participant uint32, stats wire.Stats)
}

// silent is the Observer of a server that nobody watches.
type silent struct{}

func (silent) SocketOpened()                       {}
func (silent) SocketClosed(string)                 {}
func (silent) Received(string)                     {}
func (silent) RoomsChanged(int)                    {}
func (silent) ParticipantsChanged(string, int)     {}
func (silent) Reported(string, uint32, wire.Stats) {}
