// Package sip is the gateway between telephone calls and meetings.
//
// A call comes in on a trunk, is answered at once, hears the menu (package
// ivr), takes a seat in a meeting and a place in its sound, and is recorded
// when it ends. [Gateway.serve] is that story in one function; everything that
// happens to a call meanwhile - a key, a notice from the host, hold, the end of
// a sentence, silence on the wire, BYE - is an event in one select loop,
// call.converse. What may take a while (the directory, the room, the seat) is
// done by errands, one at a time, whose outcomes are events too.
//
// The gateway knows meetings and sound only through [Directory] and
// [Conference], which it declares; numbers and codes pass through it as
// [Number] and [Secret], which do not print.
//
//	goroutine | one per          | owns                                | ends when
//	serve     | call             | the call: menu, seat, line, record  | the call is over
//	accept    | call             | the 200, until its ACK              | ACK, CANCEL or 64*T1
//	leg.Run   | call             | reading RTP into the line           | the call is over
//	errand    | call, at times   | one question to directory or room   | it is answered, or 8 s
//
// The SIP sockets and transactions have goroutines of their own; see the
// packages under internal.
package sip
