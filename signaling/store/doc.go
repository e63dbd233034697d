// Package store holds all SQL of signaling. [Store] keeps accounts
// ([auth.Store]) and meetings ([meeting.Store]) in SQLite or PostgreSQL; what
// the two do differently is in one dialect value each. Every query is written
// once, in the subset that both understand.
//
// On SQLite all writes go through one connection, which begins each
// transaction with the write lock, and reads through a pool of others (WAL
// lets them go on meanwhile). On PostgreSQL both are the same pool.
//
// The package starts no goroutines beyond those of database/sql.
package store
