// Package transport is SIP's sockets: admission, limits and arrival order.
//
// It stands on sipgo for reading, parsing and transactions, and guards what
// sipgo leaves open. Datagrams are judged at the socket, before anything is
// allocated or remembered for them; a failed read does not end the listener;
// and requests, for which sipgo starts a goroutine each, are put back into the
// order in which they arrived, one Call-ID at a time.
//
//	goroutine | one per               | owns                        | ends when
//	serveUDP  | stack                 | the UDP socket's reading    | Close
//	serveTCP  | stack                 | accepting                   | Close
//	tidy      | stack                 | expiry of the order's state | Close
//	run       | Call-ID with requests | calling the handler         | its queue is empty
package transport
