// Package dialout calls people into meetings: batches of calls with their
// order, pace and retries.
package dialout
