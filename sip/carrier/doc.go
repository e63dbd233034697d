// Package carrier is a simulated telephone company behind a real SIP socket:
// people who answer, are busy, let it ring, have voicemail or a fax machine,
// put the bridge on hold, hang up; networks that lose packets; refusals of
// every kind; people who dial in; and a registrar for trunks that register.
// Demos, tests and training need no other. Nothing here costs money.
//
//	company, err := carrier.New(carrier.Config{NewCodec: …})
//	// calls to sip:…001@company.UDP() are answered, to …002 are busy
//	for _, r := range company.Records() { … r.Duration() … }
//
// What happens is a [Scenario], a text of one line for each kind of number;
// NUMBERS.md has the usual one as a table, and the language. Every call is one
// telephone of package softphone, which follows its steps from the first to the
// last. The company keeps a list of its own of the calls that it saw, which
// tests hold against the bridge's records.
//
//	goroutine | one per                           | owns                   | ends when
//	called    | call that came in                 | its steps, its record  | the call has ended
//	Call      | caller of the scenario            | its steps, its record  | their call has ended, Close
//	watch     | call that a caller placed         | the end of their steps | the call has ended
//	second    | second telephone that answered    | its record             | that call has ended
package carrier
