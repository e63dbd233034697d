// Package store holds all SQL of signaling. [Store] keeps accounts
// ([auth.Store]), meetings and their dates ([meeting.Store],
// [meeting.PlannerStore]), what admins set (the stores of
// [company]), the records of calls and their money ([billing.Ledger],
// [billing.Archive]) in SQLite or PostgreSQL; what
// the two do differently is in one dialect value each. Every query is written
// once, in the subset that both understand.
//
// On SQLite all writes go through one connection, which begins each
// transaction with the write lock, and reads through a pool of others (WAL
// lets them go on meanwhile). On PostgreSQL both are the same pool.
//
// Writes of the ledger that several goroutines want at the same moment share a
// transaction: one of them writes for all. [Store.ProveLedger] checks that its
// sums agree.
//
// Beyond those of database/sql the package starts one goroutine for each
// [Store.EachRecord], which ends with it.
package store
