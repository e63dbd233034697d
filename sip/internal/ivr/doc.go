// Package ivr is the phone menu: what a caller hears and which keys do what,
// from the moment the call is answered until it ends.
//
// [Machine] is pure. It takes an [Event] with the time at which it happened
// and returns the [Effect]s to carry out; it starts no goroutine, reads no
// clock and knows nothing of SIP, of meetings or of sound. Whoever runs it
// sends [Elapsed] when [Machine.Deadline] has come and [Said] when the last
// [Say] was heard to its end, and answers FindMeeting, Identify and Enter by
// exactly one event each.
//
// The conversation:
//
//	answered   welcome, and the choice of a language where the trunk has none
//	number     nine digits; complete without #; * starts again
//	code       six digits of a host or an invitee; # alone is a guest
//	door       the meeting is locked: wait to be let in, hearing nothing of it
//	room       a whisper to this caller alone, then *6 *9 *5 *1 *#
//	farewell   one last sentence, then the call is hung up
//
// Each question may be answered three times. Every prompt is cut short by a
// key, and keys that come before their question count for it.
package ivr
