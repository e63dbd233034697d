// Package invite sends what calendars understand and reads what they answer:
// invitations, changes and cancellations as iTIP mail (RFC 5546), replies to
// them, each person's private feed, and files to import.
//
// What a change means for whom is frozen as a [Mailing] in the transaction of
// the change. [Post] sends its letters afterwards, each at least once: a letter
// has the same Message-ID however often it is sent.
package invite
