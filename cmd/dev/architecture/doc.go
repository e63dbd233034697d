// Package architecture checks that the source tree is built as its design
// says: which directories there are, who imports whom, which package owns a
// heavy dependency, what every package documents, and how large things get.
//
// It reads the sources itself instead of asking the go command, so that `go
// test` sees every file that the verdict depends on and may cache it.
package architecture
