// Package store holds all SQL of signaling. [Store] keeps accounts
// ([auth.Store]), meetings and their dates ([meeting.Store],
// [meeting.PlannerStore]), what admins set (the stores of
// [company]), the records of calls and their money ([billing.Ledger],
// [billing.Archive]), and the quality of calls ([quality.Store], [health.Legs]
// and what stands beside it) in SQLite or PostgreSQL; what
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
// Pages about quality do not look at all legs: what legs come to is summed up by
// the hour in each dimension, in the transaction that ends a leg, and what trunks
// do in that which closes a record. What legs of several dimensions come to, and
// where there are any, is told by packs: all legs of a day that is over, a column
// in each row. Whatever changes a leg forgets the pack of its day.
// [Store.Sweep] makes packs anew, and deletes what is old, in small steps; SQLite
// overwrites it.
//
// Beyond those of database/sql the package starts one goroutine for each
// [Store.EachRecord], which ends with it.
package store
