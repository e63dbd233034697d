package sfu

import "sync/atomic"

// traffic counts what the hub's media path does. Each counter is its own
// atomic, so that counting costs a few nanoseconds and reading needs no lock.
type traffic struct {
	DroppedLate     atomic.Uint64
	DroppedOversize atomic.Uint64
}
