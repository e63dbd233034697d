// Package company is what admins set for the whole company: the trunks that
// calls are placed over, the rates that they cost, the brakes against fraud,
// the answers to first calls to a country - and the log of who changed what.
// Beside it are everybody's own contacts, since some may call nobody else.
//
// Each noun has a type that applies its rules ([Trunks], [Decks], [Brakes],
// [Approvals], [Contacts], [Log]) and a store of its own. What is changed is
// stored together with its line in the log, or not at all. The rules of money
// themselves are those of partyline/sip/billing, and those of trunks
// partyline/sip/dialplan's: together with the API and the store, this package
// is the only one here to use them.
//
// The package starts no goroutines. Whoever runs what is set here asks for it
// when the program starts and is told of changes; [Decks.Watch], which runs on
// the goroutine of its caller, tells of those that others make.
package company
