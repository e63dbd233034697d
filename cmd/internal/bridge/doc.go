// Package bridge runs Partyline as its operators do, for whoever looks at it
// from outside: it builds the program without cgo, starts it on ports of its
// own with a data directory of its own, sets it up by the link that it prints,
// and speaks to its HTTP API.
package bridge
