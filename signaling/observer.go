package signaling

import (
	"partyline/metrics/quality"
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
	// Reported carries what a browser measured of a leg that lives; facts are nil
	// when they are as before. Its times are ours.
	Reported(at quality.Key, sample quality.Sample, facts *wire.Facts)
	// Refused counts what browsers reported that makes no sense. The reason is one
	// of few words: "share", "time", "count", "level", "span", "clock", "flood",
	// "leg" or "stage".
	Refused(reason string)
	// Came tells how somebody came in with a browser, or did not.
	Came(join quality.Join)
}

// silent is the Observer of a server that nobody watches.
type silent struct{}

func (silent) SocketOpened()                   {}
func (silent) SocketClosed(string)             {}
func (silent) Received(string)                 {}
func (silent) RoomsChanged(int)                {}
func (silent) ParticipantsChanged(string, int) {}
func (silent) Refused(string)                  {}
func (silent) Came(quality.Join)               {}

func (silent) Reported(quality.Key, quality.Sample, *wire.Facts) {}
