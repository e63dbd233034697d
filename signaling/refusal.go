package signaling

import (
	"context"
	"errors"

	"partyline/signaling/dialout"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// What a Server may answer instead of a seat, beside meeting.ErrNotFound and
// meeting.ErrEnded.
var (
	ErrFull         = errors.New("meeting is full")
	ErrRemoved      = errors.New("removed from this meeting by a host")
	ErrShuttingDown = errors.New("server is stopping")
	// ErrNoHost means that no host is there who could be called.
	ErrNoHost = errors.New("no host is here")
	// ErrNotAllowed is returned for an act that the role does not permit.
	ErrNotAllowed = meeting.ErrNotAllowed
)

// Errors within the engine.
var (
	errNotJoined     = errors.New("not in a meeting")
	errNoParticipant = errors.New("no such participant")
	errTooManyLegs   = errors.New("two legs are up already")
	errLegInUse      = errors.New("name of leg is in use")
	errSessionGone   = errors.New("nothing to resume")
	errBadTicket     = errors.New("ticket is unknown, used or too old")
	errVersion       = errors.New("client speaks another protocol")
	errRoomGone      = errors.New("room is gone")
	errNoHealth      = errors.New("nobody knows how connections fare")
	errMissed        = errors.New("whose place was to be taken is gone")
)

// refusals says what a client is told of an error: the first match counts.
var refusals = []struct {
	err  error
	code wire.Code
	text string
}{
	{meeting.ErrNotFound, wire.CodeNotFound, "There is no such meeting. Check the link or the number."},
	{meeting.ErrEnded, wire.CodeEnded, "This meeting has ended."},
	{errRoomGone, wire.CodeEnded, "This meeting has ended."},
	{ErrFull, wire.CodeFull, "The meeting is full. Try again when somebody has left."},
	{ErrRemoved, wire.CodeRemoved, "A host removed you from this meeting."},
	{ErrNotAllowed, wire.CodeNotAllowed, "Your role in this meeting does not allow that."},
	{errNotJoined, wire.CodeNotJoined, "Join a meeting first."},
	{errNoParticipant, wire.CodeNotFound, "This participant is no longer there."},
	{errHasLeft, wire.CodeNotFound, "This participant is no longer there."},
	{errNoRoom, wire.CodeNotFound, "There is no such room."},
	{errNoMove, wire.CodeNotFound, "This move can no longer be undone."},
	{ErrNoHost, wire.CodeNoHost, "No host is here who could be called."},
	{ErrUnavailable, wire.CodeUnavailable, "This installation is not set up for recordings."},
	{errNoHealth, wire.CodeUnavailable, "This installation does not measure connections."},
	{errRecording, wire.CodeUnavailable, "A recording begins or ends just now. Try again in a moment."},
	{errBreakoutsClose, wire.CodeUnavailable, "Break-out rooms are being closed. Try again in a moment."},
	{dialout.ErrUnavailable, wire.CodeUnavailable, "This installation is not set up for calling people."},
	{dialout.ErrBadNumber, wire.CodeBadNumber, "This is not a number that can be called."},
	{dialout.ErrNobody, wire.CodeNotFound, "No telephone number of this person is known."},
	{dialout.ErrPayer, wire.CodeBadMessage, "The message was not understood: this payer is not yours to choose."},
	{dialout.ErrNotFound, wire.CodeNotFound, "This call is over."},
	{dialout.ErrNotAllowed, wire.CodeNotAllowed, "Only hosts, and whoever dialled, can end this call."},
	{dialout.ErrTooMany, wire.CodeTooMany, "Too many calls are under way. Try again in a little while."},
	{dialout.ErrKeyReused, wire.CodeBadMessage, "The message was not understood: this key was used for other calls."},
	{dialout.ErrShuttingDown, wire.CodeShuttingDown, "The server is stopping. Try again in a few seconds."},
	{errTooManyLegs, wire.CodeBadOffer, "Two connections are up already: drop one first."},
	{errLegInUse, wire.CodeBadOffer, "Each connection needs a name of its own."},
	{ErrBadOffer, wire.CodeBadOffer, "The audio of this browser could not be connected."},
	{errSessionGone, wire.CodeSessionGone, "The connection was away for too long. Join again."},
	{errBadTicket, wire.CodeTicket, "The ticket is used or too old. Ask for a new one."},
	{errVersion, wire.CodeVersion, "This page does not fit the server's version. Load it again."},
	{ErrShuttingDown, wire.CodeShuttingDown, "The server is stopping. Try again in a few seconds."},
	{context.DeadlineExceeded, wire.CodeInternal, "That took too long. Try again."},
	{wire.ErrMalformed, wire.CodeBadMessage, "The message was not understood."},
}

// explain maps an error to what the client is told. What is not in the table
// is our fault.
func explain(err error) (wire.Code, string) {
	var bad *wire.DecodeError
	if errors.As(err, &bad) {
		return wire.CodeBadMessage, "The message was not understood: " + bad.Reason + "."
	}
	for _, r := range refusals {
		if errors.Is(err, r.err) {
			return r.code, r.text
		}
	}
	return wire.CodeInternal, "Something went wrong on the server. Try again."
}
