// Package wire is the vocabulary of Partyline's WebSocket: every message of
// both directions, as Go types and as JSON.
//
// ../PROTOCOL.md tells the conversation; ../testdata/protocol holds an example
// of each message, which the tests of the web client read too. Nothing here
// keeps state, so everything may be used by any goroutine.
package wire

// Version is the protocol's version. A client that speaks another one is
// refused with CodeVersion.
const Version = 1

// MaxMessage is how many bytes a message of a client may have; an SDP offer is
// the largest by far.
const MaxMessage = 64 << 10

// Message is one message of either direction.
type Message interface {
	// Kind is the message's "type" on the wire.
	Kind() string
}

// Code says why a request failed or a connection was refused. The list is
// closed: clients have words for each.
type Code string

// The codes.
const (
	CodeBadMessage   Code = "bad-message"   // not JSON, of unknown type, or with impossible values
	CodeTooLarge     Code = "too-large"     // more than MaxMessage bytes
	CodeTooFast      Code = "too-fast"      // more messages than a person can cause
	CodeVersion      Code = "version"       // the client speaks another protocol: load the page again
	CodeTicket       Code = "ticket"        // the ticket is unknown, used or too old
	CodeSessionGone  Code = "session-gone"  // nothing left to resume: say hello with a new ticket
	CodeNotFound     Code = "not-found"     // no such meeting or participant
	CodeEnded        Code = "ended"         // the meeting is over
	CodeFull         Code = "full"          // no seat left
	CodeLocked       Code = "locked"        // the meeting takes nobody, not even at the door
	CodeRemoved      Code = "removed"       // a host removed this person from the running meeting
	CodeNotAllowed   Code = "not-allowed"   // the role does not permit it
	CodeNotJoined    Code = "not-joined"    // only possible inside a meeting
	CodeBadOffer     Code = "bad-offer"     // the SDP offer cannot be answered
	CodeNoHost       Code = "no-host"       // no host is there who could be called
	CodeUnavailable  Code = "unavailable"   // this installation cannot: recordings need a key file, calls a trunk
	CodeBadNumber    Code = "bad-number"    // nothing that could be called
	CodeTooMany      Code = "too-many"      // calls under way or asked for at once
	CodeShuttingDown Code = "shutting-down" // this server stops: come back a little later
	CodeInternal     Code = "internal"      // our fault; the log knows
)

// Codes lists every code, for tests and documents.
func Codes() []Code {
	return []Code{
		CodeBadMessage, CodeTooLarge, CodeTooFast, CodeVersion, CodeTicket, CodeSessionGone, CodeNotFound, CodeEnded,
		CodeFull, CodeLocked, CodeRemoved, CodeNotAllowed, CodeNotJoined, CodeBadOffer, CodeNoHost, CodeUnavailable,
		CodeBadNumber, CodeTooMany, CodeShuttingDown, CodeInternal,
	}
}
