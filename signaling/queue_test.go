package signaling

import (
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/wire"
)

// TestQueue: how much may wait for a client depends on since when.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newSocket(nil)
		message := outgoing{body: wire.Marshal(&wire.Ended{}), seq: 1}
		fill := func(n int) bool {
			for range n {
				if !c.push(message) {
					return false
				}
			}
			return true
		}
		time.Sleep(time.Hour) // nothing to take is not slowness
		if !fill(queueMost) {
			t.Fatal("a burst after a quiet hour counts as slowness")
		}
		if c.push(message) {
			t.Error("more than the most waits")
		}
		for range queueMost - queueLength {
			c.next()
		}
		time.Sleep(stuckAfter)
		if c.push(message); !c.push(message) {
			t.Error("slow too early")
		}
		time.Sleep(time.Millisecond)
		if c.push(message) {
			t.Error("a client that has taken nothing for a second is not slow")
		}
		c.next()
		if !c.push(message) {
			t.Error("a client that takes again is slow")
		}
		missed := make([]outgoing, 700)
		c.preload(missed)
		if !fill(300) {
			t.Error("what is sent again counts as slowness")
		}
	})
}
