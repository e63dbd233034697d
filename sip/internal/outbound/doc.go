// Package outbound is what stands between a call of ours and the carrier that
// carries it: which of the carrier's addresses takes it, whether the carrier
// knows us and is there, and what it is told about who calls.
package outbound
