// Package meeting holds what a meeting is and the rules that go with it: who
// may do what, the numbers and codes that admit, how guessing is slowed, and
// what a guest is told before joining. It knows neither SQL nor HTTP; [Store]
// is what it needs of a database.
package meeting
