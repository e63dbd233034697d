// Package offer is SDP offer and answer (RFC 3264) for one audio stream.
//
// It is pure: a [Session] turns the peer's description into ours and into the
// [Media] that both amount to. PCMU, PCMA, G.722 and Opus are spoken, with
// telephone-event and comfort noise at the clock that goes with them; payload
// types are the offerer's, whatever their numbers; other media lines are
// refused by port 0 and kept in place. Whether sound is encrypted, with keys in
// the description, is a policy of the trunk.
package offer
