// Package dialog is SIP calls: RFC 3261 dialogs on both sides, above
// transactions and below media.
package dialog
