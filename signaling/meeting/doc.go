// Package meeting holds what a meeting is and the rules that go with it: who
// may do what, the numbers and codes that admit, how guessing is slowed, and
// what a guest is told before joining. It knows neither SQL nor HTTP; [Store]
// is what it needs of a database.
//
// The [Planner] plans when meetings are: a meeting has [Series] of dates, wall
// times with a rule and the name of a zone, which become instants only when
// they are asked for. What changes a [Schedule] is a function on the whole of
// it; the store runs it in one transaction and posts its letters in the same. A
// [Promise] keeps the instants that people were told of, so that they can be
// told when a country changes its clocks; nothing else reads it. Reminders read
// what is coming by [Planner.Upcoming].
//
// The package starts no goroutines.
package meeting
