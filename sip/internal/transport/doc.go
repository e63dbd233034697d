// Package transport is SIP's sockets: admission, limits, validity and arrival
// order.
//
// It stands on sipgo for parsing and transactions, and guards what sipgo leaves
// open. Every message goes the same way, be it a datagram or a piece of a
// stream:
//
//	gate     is its source listened to?        a table of fixed size, bans that decay
//	message  taken apart, once                 in the bytes that were read
//	screen   valid, and can we do it?          if not: its status, without a transaction
//	overload an INVITE too many?               503 with Retry-After
//	sipgo    reads it, written anew in the one form that it reads without loss
//	order    puts requests back in order       one Call-ID at a time
//	Handler
//
// A failed read or accept does not end a listener; streams are framed here, so
// that sipgo is given whole messages only. Connections that we open go through
// the same code: sipgo is made to believe that it has accepted them. Each is known
// by its peer and by who we are to it (Identity): carriers' certificates, and ours,
// differ. A peer known by name is looked up as RFC 3263 says, by sip/internal/resolve.
//
//	goroutine | one per                  | owns                                | ends when
//	serveUDP  | stack                    | the UDP socket's reading            | Close
//	ServeTCP  | stack, and ServeTLS      | handing streams to sipgo            | Close
//	welcome   | listener                 | accepting                           | Close
//	greet     | stream that comes in     | its TLS handshake                   | sipgo has it, or 10 s
//	connect   | peer being dialled       | opening a stream, TLS included      | sipgo has it, or 10 s
//	stun.run  | stack with STUN          | asking for the public address       | Close
//	tidy      | stack                    | expiry of what is kept of the past  | Close
//	run       | Call-ID with requests    | calling the handler                 | its queue is empty
//
// sipgo reads each stream on a goroutine of its own, which runs the judging of
// its messages and ends with the stream.
package transport
