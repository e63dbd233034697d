// Package channel knows by which ways people can be reached, and sends over
// them: the bots that admins set up ([Bots]), whom of a bot's chat to call by
// name and which bots somebody chose, and the browsers that take push messages
// ([Browsers]). A [Desk] takes a message to whatever it is meant for; how it
// has to look there is partyline/signaling/notify's business.
//
// Addresses of bots and browsers, and the secrets that sign, are sealed in the
// store: whoever knows them can speak in the company's name.
//
// Goroutines:
//
//	goroutine        one per            owns                 ends when
//	Desk.push        browser, message   the attempt to send  it was taken or refused, 10 s at most
package channel
