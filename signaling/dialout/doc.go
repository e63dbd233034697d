// Package dialout calls people into meetings at the company's expense: whom,
// in which order, how fast, and what is tried again when.
//
// An [Exchange] has the batches: what somebody asked for at once. A batch
// belongs to the exchange and not to whoever asked, so that it goes on when
// their browser is gone and is there when they come back. The rules, in
// call.go and batch.go, take the time as a parameter and know no goroutines.
// What a call is made of is behind [Dialer]; who is told of it, behind
// [Audience].
//
// # The four ways
//
// wire.DialMe rings the caller's own phone. wire.DialInto and wire.DialRingAll
// ring others; the latter is meant to be asked with retries. wire.DialCallback
// rings the caller's own phone, and the others as soon as that has joined: each
// costs from its own answer on. When the caller does not come, or is gone
// before somebody answered, that somebody is not rung any longer.
//
// # Retries
//
// A number that is busy, does not answer or is answered by a machine is
// followed by the person's next number after altAfter; when all have failed the
// round is over, and the next one begins RetryAfter later. Whoever declined, is
// refused by a rule or has no money left is not tried again. A number that does
// not exist, or at which a fax answered, is struck off.
//
// # Restarts
//
// Nobody is called into a meeting that a restart has emptied. Who had not been
// called by then stands in [Queue], so that it can be told whom nobody called.
//
// # Who runs
//
//	goroutine      one per                    owns                              ends when
//	Exchange.run   Exchange                   all batches, their calls, timers  Shutdown, after all attempts have ended
//	attempt        call that is being placed  one call of Dialer.Dial           the call has ended
//	               or goes on
//	drop           call that was placed, or   one call of Queue.Drop            it is answered; Shutdown waits for it
//	               calls that ended before
//	quoting        number, 8 at a time        one call of Dialer.Quote          it is answered; Quote waits for it
//
// run never waits for anybody: Dialer.Meter and the methods of Audience return
// at once. Everybody else gives it functions and waits until they have run.
package dialout
