// Package outbound is what stands between a call of ours and the carrier that
// carries it: which of the carrier's addresses takes it, whether the carrier
// knows us and is there, and what it is told about who calls.
//
// A trunk's targets become addresses by RFC 3263. A call goes to the first; one
// that says nothing, refuses with 503 or cannot be reached is left for the next,
// all within seconds, and is tried last for a while. Whatever else is answered
// is the answer. A target that was given up may ring all the same: its call is
// cancelled, or ended if it was answered meanwhile.
//
// Accounts register and stay registered (RFC 3261 section 10), over the flow
// that they registered by (RFC 5626); calls then take the Service-Route (RFC
// 3608). OPTIONS tell which targets are there. What is said of the caller is in
// caller.go, and holds no number that the trunk does not own.
//
//	goroutine | one per                       | owns                        | ends when
//	watch     | trunk that places calls       | OPTIONS to its targets      | Set drops the trunk, or Close
//	probe     | target, every so often        | one OPTIONS                 | answered, or seconds later
//	run       | account of one that registers | its registration            | the same, having taken it back
package outbound
