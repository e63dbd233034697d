// Package reminder tells people what they must not forget, where they are, and
// leaves them alone in their quiet hours: it holds the ladder by which somebody
// is reminded of a meeting, a to-do or an announcement, the rules of quiet
// hours and of their override, and the receipts.
//
// [Service.Plan] reads the [Agenda] and writes a row for each person, step and
// channel into the [Store]. A lane for each channel claims what is due and
// takes it through stages, each of which decides one thing:
//
//	due → muted → merge → rate → send → retry → record
//
// A row is claimed with a lease, so that any number of nodes may run. A message
// goes out at least once, always with the same key; a phone rings at most once
// for a step: its claim is written before the call, and nobody takes it over.
// [Service.Acknowledge] ends all that is planned, claimed or ringing. What a
// reminder says is made of the time at which it goes out, so that one which
// comes late is right.
//
// After the program stood still, what would have been said meanwhile is said in
// one message while it is of use, and counted as expired when it is not.
//
// Nothing but an explicit act is a receipt: nobody is told what was read.
//
//	goroutine · one per · owns · ends when
//	planner   · Service · the view of the agenda          · Run's context is done
//	lane      · channel · claimed rows until recorded     · Run's context is done and its batch is recorded
//	message   · message · its job, until it is sent       · sent, refused, or Config.SendWithin
//	call      · call    · its job and a slot of the lane  · the call is over; Run waits
//	watcher   · call    · nothing; looks whether the row is still claimed · its call is over
package reminder
