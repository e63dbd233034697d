// Package invite sends what calendars understand and reads what they answer:
// invitations, changes and cancellations as iTIP mail (RFC 5546), replies to
// them, each person's private feed, and files to import.
//
// What a change means for whom is frozen as a [Mailing] in the transaction of
// the change. [Post] sends its letters afterwards, each at least once: a letter
// has the same Message-ID however often it is sent. [Replies] takes what mail
// programs answer to the signed address of each invitation, and [Answers] what
// people do by the links in it; [Feeds] serves what
// calendar programs fetch, and [Importer] makes meetings of files.
//
//	goroutine  one per             owns                    ends when
//	carrier    letter on its way   a claimed letter        it is sent, put back or given up
//	session    mail connection     the mail under way      it closes, or five seconds after Listen's ctx is done
//	closer     Listen              the end of the server   Listen returns, which waits for it
//
// [Post.Run] and [Replies.Listen] run in goroutines of their callers.
package invite
