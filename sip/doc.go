// Package sip is the gateway between telephone calls and meetings.
//
// A call comes in on a trunk, is answered at once, hears the menu (package
// ivr), takes a seat in a meeting and a place in its sound, and is recorded
// when it ends. [Gateway.serve] is that story in one function; everything that
// happens to a call meanwhile - a key, a notice from the host, hold, the end of
// a sentence, silence on the wire, BYE - is an event in one select loop,
// call.converse. What may take a while (the directory, the room, the seat) is
// done by errands, one at a time, whose outcomes are events too. What a caller
// hears and which key does what is decided by package ivr alone: the call hands
// it events and carries out its effects.
//
// The gateway knows meetings and sound only through [Directory] and
// [Conference], which it declares; numbers and codes pass through it as
// [Number] and [Secret], which do not print.
//
// A call that the company places is the same call the other way round:
// [Gateway.Dial] opens its tab with [Billing], rings over the best trunk (package
// outbound), and hands whoever answers to the same loop, where the menu asks them
// for the key 1. What such a call has beside every other stands in the type
// called; its tab is closed once, whatever happens.
//
// What a call leaves behind - its SIP messages, masked, and the headers of its
// packets - is its trail: package ladder reads from the messages how the signalling
// went, and package evidence makes of both what a carrier can be shown.
//
// The company's own phones register here ([Accounts] knows whose they are) and
// call one another: Gateway.connect is that story. Two phones are two lines in
// a room of their own, as callers in a meeting are. Whoever is to prove who they
// are, trunk or phone, is challenged by package digest before anything is
// counted or recorded.
//
//	goroutine | one per          | owns                                | ends when
//	serve     | call             | the call: menu, seat, line, record  | the call is over
//	accept    | call             | the 200, until its ACK              | ACK, CANCEL or 64*T1
//	leg.Run   | call             | the sound's way into the line       | the call is over
//	poller.run| gateway          | reading the RTP of all calls        | no call is left
//	errand    | call, at times   | one question to directory or room   | it is answered, or 8 s
//	call      | phone that rings | its INVITE, leg and answer          | answer, refusal, or the caller's end
//	hearing   | call we place    | reading RTP from the INVITE on      | the call is over
//	try       | trunk tried      | its INVITE                          | answer, refusal, CANCEL
//	letGo     | phone that refers| its BYE, where it sends none        | BYE, or a second
//	registered| REGISTER         | looking its account up              | it is answered
//	keepAlive | gateway          | the way to phones behind NAT        | Close
//	over      | call that ended  | telling what is kept of it          | told, seconds later or at Close
//	hep.send  | gateway with HEP | showing SIP messages to a collector | Close
//	hep.listen| collector by TCP | knowing that it closed the connection | the connection is
//
// The SIP sockets and transactions have goroutines of their own; see the
// packages under internal.
package sip
