// Package offer is SDP offer and answer (RFC 3264) for one audio stream.
//
// It is pure: a [Session] turns the peer's description into ours and into the
// [Media] that both amount to. PCMU, PCMA and Opus are spoken, with
// telephone-event at either clock; payload types are the offerer's, whatever
// their numbers; other media lines are refused by port 0 and kept in place.
package offer
