// Package ivr is the phone menu: what a caller hears and which keys do what,
// from the moment the call is answered until it ends.
//
// [Machine] is pure. It takes an [Event] with the time at which it happened
// and returns the [Effect]s to carry out; it starts no goroutine, reads no
// clock and knows nothing of SIP, of meetings or of sound. Whoever runs it
// sends [Elapsed] when [Machine.Deadline] has come and [Said] when the last
// [Say] was heard to its end, and answers FindMeeting, Identify, Enter, Act and
// Attend by exactly one event each.
//
// The conversation:
//
//	answered   welcome, and the choice of a language where the trunk has none;
//	           or back to the meeting of before, for whoever was in one lately
//	number     nine digits; complete without #; * starts again
//	code       six digits of a host or an invitee; # alone is a guest
//	name       said by the caller, where the meeting wants it
//	outside    music until the door, the host or the hour opens the meeting,
//	           hearing nothing of it
//	warned     of the recording, before anything of the room is heard
//	room       a whisper to this caller alone, then what [Keys] say
//	farewell   one last sentence, then the call is hung up
//
// Each question may be answered three times. Every prompt is cut short by a
// key, and keys that come before their question count for it. One sentence is
// never cut short: the notice of a recording, which counts as heard only when
// all of it was.
package ivr
