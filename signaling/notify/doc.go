// Package notify carries a message to a person over one channel: mail, Web
// Push, a bot in a group chat of WeCom, DingTalk, Feishu or Slack, or a signed
// webhook. One file per channel. What a message says is written by whoever
// sends it; here it only gets the shape, the signature and the size that the
// channel asks for.
//
// A sender tries once, within a deadline, and tells by a [Refused] what became
// of it: whether trying again helps, when, and what somebody has to mend. When
// to try again, and how many messages a bot takes ([LimitsOf]), is up to the
// caller.
//
// Addresses of bots and of browsers are input of people: [Guard] lets requests
// out to public addresses only, unless an admin allowed others. Neither
// addresses nor secrets get into logs or errors: they are of types that mask
// themselves.
//
// The package starts no goroutines. Every sender may be used by many.
package notify
