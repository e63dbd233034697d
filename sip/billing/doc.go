// Package billing holds the rules of money: what a call costs, whose budget
// pays, what is held before it is placed, by which rule it is refused, and what
// its record says. Amounts are whole micro-units of one currency; there is no
// float. It knows neither SQL nor SIP: [Ledger] is what it needs of a database,
// and whoever places calls goes to a [Desk].
//
// # A call
//
//	quote, _ := desk.Quote(ctx, request, routes) // what it would cost, or by which rule it is refused
//	tab, _ := desk.Open(ctx, request, routes)    // record and hold are written: now the INVITE may leave
//	tab.Trying(trunk, why)
//	tab.Ringing(at)
//	tab.Answered(ctx, at)                        // before the ACK: from here on it is charged, whatever crashes
//	<-tab.Warnings()                             // one minute left, out of money, too long
//	record, _ := tab.Close(ctx, result)          // settled, once
//
// What is held of each budget always reaches one minute (a [Slice]) beyond what
// the call may use: connection, initial block and a slice at first; another
// slice when 20 s are left before the last one. Where that is refused, the call
// is told that one minute is left when it is, and ends 2 s before its money
// does. It tries again every 5 s meanwhile, for other calls end and budgets are
// raised. A hold counts in the day and month in which it was taken.
//
// Budgets of the company, of who pays, of who dials and of the meeting count
// together, and where a person pays, those of the person's department and cost
// centre too ([Request.Payers]). Each must cover a call ([Standing.Take]).
//
// # Rate decks
//
// [ParseDeck] reads CSV with a header. Our columns are
//
//	prefix          digits of E.164 without plus; the longest that fits counts
//	destination     what the carrier calls it
//	rate_per_min    price of a minute
//	connect_fee     price of the connection, once
//	initial_s       seconds that are billed as soon as a call is
//	increment_s     and then at a time; 1 where it is not given
//	min_s           the least that is billed
//	grace_s         calls of up to so many seconds cost nothing
//	currency        ISO 4217; any but the company's is a fault
//	effective_from  date or time, at answer; dates are those of the company's zone
//	effective_to    not included
//	trunk           of which alone
//	direction       outbound or inbound
//	class           what the numbers are: premium numbers that look like others
//	weight          among rates that fit alike the greatest counts
//
// of which prefix and rate_per_min are needed. The names of Kazoo, Yeastar,
// A2Billing, CGRateS and cnxcc are understood as well, in any case and with any
// punctuation; what of theirs would change prices in a way that a [Rate] cannot
// say is a fault. A [Deck] is one version, of one trunk or of all. It is in force
// from its time until the next one's; [Decks] look numbers up in those in force.
// [WriteDeck] and [ParseDeck] keep a deck exactly, so that [Recompute] charges a
// record again by the version that it names and comes to the same micro-unit.
//
// # Brakes
//
// Each is a function of its own, asked in the order of [Rules]; the first that
// refuses is on record with the call, and its [Refusal] says the true reason.
// The counts of the last minutes and of running calls are the ledger's or the
// desk's own, whichever are greater: the ledger remembers what was before a
// restart, the desk knows what is being opened at the same moment. Every call
// counts for the velocities. Colleagues and saved contacts have limits ten times as
// high, not none: anybody can save a contact.
//
// # Goroutines
//
//	goroutine        one per      owns                                          ends when
//	[Desk.Run]       desk         heartbeats, more holds, what is not settled    its context is done
//	warning (timer)  answered tab nothing: it sends what is due, waits for none  the tab is closed
//	[Journal.Run]    journal      writing records of legs that nobody dialled    its context is done
//
// [Desk.Run] and [Journal.Run] run on their caller's goroutine.
package billing
