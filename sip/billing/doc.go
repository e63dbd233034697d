// Package billing holds the rules of money: what a call costs, whose budget
// pays, what is held before it is placed, by which rule it is refused, and what
// its record says. Amounts are whole micro-units of one currency.
package billing
