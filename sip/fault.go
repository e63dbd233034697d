package sip

import (
	"errors"
	"log/slog"
	"runtime/debug"
)

// errFault is what a panic becomes.
var errFault = errors.New("a fault of ours")

// guarded does something for one call, and turns a panic into errFault: the
// fault of one call does not end the others.
func guarded(log *slog.Logger, what string, do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			log.Error(what+" panicked", "panic", cause, "stack", string(debug.Stack()))
			err = errFault
		}
	}()
	return do()
}
