package invite

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
)

// book is a planner with one meeting.
type book struct {
	mu       sync.Mutex // guards all
	schedule meeting.Schedule
	replies  []meeting.Reply
	fails    error // of the next reply
}

func (b *book) MeetingOfInvitee(_ context.Context, invitee string) (string, error) {
	if invitee != annsInvitation {
		return "", ErrNoInvitee
	}
	return "m1", nil
}

func (b *book) Schedule(context.Context, string) (meeting.Schedule, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.schedule, nil
}

func (b *book) Reply(_ context.Context, r meeting.Reply) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.fails; err != nil {
		b.fails = nil
		return err
	}
	r.At = time.Time{}
	b.replies = append(b.replies, r)
	return nil
}

func newBook() *book {
	return &book{schedule: meeting.Schedule{
		Meeting: meeting.Meeting{ID: "m1", Invitees: []meeting.Invitee{{ID: annsInvitation, Reach: auth.Reach{Email: "ann@example.com"}}}},
		Series: []meeting.Series{
			{ID: series, UID: series + "@meet.example.com", Zone: "Asia/Shanghai", Start: ical.NewWall(2026, time.March, 2, 15, 0, 0), Minutes: 45},
			{ID: "old", UID: "old@meet.example.com", Zone: "Asia/Shanghai", Cancelled: true},
		},
	}}
}

// replyMail is a mail with a calendar, as Ann's mail program sends it.
func replyMail(calendar string, headers ...string) string {
	return strings.Join(append([]string{
		"From: Ann Smith <Ann@Example.com>", "To: reply@reply.example.com", "Subject: Accepted", "MIME-Version: 1.0",
		`Content-Type: multipart/mixed; boundary="outer"`,
	}, headers...), "\r\n") + "\r\n\r\n--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n" +
		"--inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nAnn has accepted.\r\n" +
		"--inner\r\nContent-Type: text/calendar; charset=UTF-8; method=REPLY\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		base64.StdEncoding.EncodeToString([]byte(calendar)) + "\r\n--inner--\r\n--outer--\r\n"
}

func calendarReply(lines ...string) string {
	return strings.Join(append(append([]string{
		"BEGIN:VCALENDAR", "PRODID:-//Some//Client//EN", "VERSION:2.0", "METHOD:REPLY", "BEGIN:VEVENT",
		"UID:" + series + "@meet.example.com", "SEQUENCE:2", "DTSTAMP:20260221T080000Z",
	}, lines...), "END:VEVENT", "END:VCALENDAR", ""), "\r\n")
}

const (
	accepts  = "ATTENDEE;CN=Ann;PARTSTAT=ACCEPTED:MAILTO:ann@example.com"
	declines = "ATTENDEE;PARTSTAT=DECLINED:mailto:ANN@EXAMPLE.COM"
)

func TestTake(t *testing.T) {
	said := func(status meeting.Status, date string) meeting.Reply {
		r := meeting.Reply{Meeting: "m1", Invitee: annsInvitation, Status: status, Via: "mail", Sequence: 2}
		if date != "" {
			r.Occurrence = series + "_" + date
		}
		return r
	}
	ours := strings.Replace(calendarReply(accepts), "METHOD:REPLY", "METHOD:REQUEST", 1)
	cases := []struct {
		name, mail string
		want       meeting.Reply
		dropped    string
	}{
		{"accepted", replyMail(calendarReply(accepts)), said(meeting.Accepted, ""), ""},
		{"declined, with a date in Shanghai", replyMail(calendarReply(declines, "RECURRENCE-ID;TZID=Asia/Shanghai:20260309T150000")), said(meeting.Declined, "20260309T150000"), ""},
		{"a date in UTC", replyMail(calendarReply(declines, "RECURRENCE-ID:20260309T070000Z")), said(meeting.Declined, "20260309T150000"), ""},
		{"a date in Outlook's zone", replyMail(calendarReply(declines, "RECURRENCE-ID;TZID=W. Europe Standard Time:20260309T080000")), said(meeting.Declined, "20260309T150000"), ""},
		{"with a start", replyMail(calendarReply(accepts, "DTSTART;TZID=Asia/Shanghai:20260302T150000", "RRULE:FREQ=HOURLY")), said(meeting.Accepted, ""), ""},
		{"an automatic acceptance", replyMail(calendarReply(accepts), "Auto-Submitted: auto-replied"), said(meeting.Accepted, ""), ""},
		{"as an attachment alone", "From: ann@example.com\r\nContent-Type: application/ics\r\n\r\n" + calendarReply(accepts), said(meeting.Accepted, ""), ""},

		{"no mail", "hello", meeting.Reply{}, "not a mail"},
		{"written by hand", "From: ann@example.com\r\n\r\nI come.", meeting.Reply{}, "no calendar in it"},
		{"on holiday", "From: ann@example.com\r\nAuto-Submitted: auto-replied\r\n\r\nI am away.", meeting.Reply{}, "an automatic answer without a calendar"},
		{"a loop", replyMail(calendarReply(accepts), strings.Split(strings.Repeat("Received: from x by y\n", 30)+"X: y", "\n")...), meeting.Reply{}, "it goes round in circles"},
		{"our own letter", replyMail(ours), meeting.Reply{}, "a letter of ours, or of another organiser"},
		{"a proposal", replyMail(strings.Replace(ours, "REQUEST", "COUNTER", 1)), meeting.Reply{}, "a calendar that is no reply"},
		{"nothing in it", replyMail("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR\r\n"), meeting.Reply{}, "its calendar has nothing in it"},
		{"another sender", strings.Replace(replyMail(calendarReply(accepts)), "Ann@Example.com", "eve@example.net", 1), meeting.Reply{}, "written by somebody else than who was invited"},
		{"another attendee", replyMail(calendarReply(strings.Replace(accepts, "ann@", "eve@", 1))), meeting.Reply{}, "written by somebody else than who was invited"},
		{"another meeting", replyMail(strings.Replace(calendarReply(accepts), "UID:", "UID:x", 1)), meeting.Reply{}, "about another meeting"},
		{"cancelled", replyMail(strings.Replace(calendarReply(accepts), "UID:"+series, "UID:old", 1)), meeting.Reply{}, "the meeting was cancelled"},
		{"delegated", replyMail(calendarReply("ATTENDEE;PARTSTAT=DELEGATED:mailto:ann@example.com")), meeting.Reply{}, "neither accepted, tentative nor declined"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			b := newBook()
			err := NewReplies(b, b, testAddresses(t), slog.New(slog.DiscardHandler)).take(t.Context(), annsInvitation, []byte(c.mail))
			var dropped *Dropped
			if errors.As(err, &dropped) != (c.dropped != "") || dropped != nil && dropped.Reason != c.dropped {
				t.Fatalf("got %v, want %q", err, c.dropped)
			}
			if c.dropped != "" {
				if len(b.replies) != 0 {
					t.Errorf("noted all the same: %+v", b.replies)
				}
				return
			}
			if diff := cmp.Diff([]meeting.Reply{c.want}, b.replies); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// TestTakeWhatThePlannerSays: what will not be different the next time is
// dropped, what may be is not.
func TestTakeWhatThePlannerSays(t *testing.T) {
	for _, err := range []error{meeting.ErrStale, meeting.ErrEnded, meeting.ErrNoOccurrence, meeting.ErrNoInvitee, errors.New("disk full")} {
		b := newBook()
		b.fails = fmt.Errorf("note a reply: %w", err)
		got := NewReplies(b, b, testAddresses(t), slog.New(slog.DiscardHandler)).take(t.Context(), annsInvitation, []byte(replyMail(calendarReply(accepts))))
		var dropped *Dropped
		if final := err.Error() != "disk full"; errors.As(got, &dropped) != final {
			t.Errorf("%v is answered by %v", err, got)
		}
	}
}

// listen takes replies on a port of loopback and gives its address.
func listen(t *testing.T, b *book) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- NewReplies(b, b, testAddresses(t), slog.New(slog.DiscardHandler)).Listen(ctx, ListenerConfig{Domain: "reply.example.com"}, l)
	}()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

// deliver sends a mail as a mail server does.
func deliver(t *testing.T, server, from, to, text string) error {
	t.Helper()
	c, err := smtp.Dial(server)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.SendMail(from, []string{to}, strings.NewReader(text)); err != nil {
		return err
	}
	return c.Quit()
}

func TestListen(t *testing.T) {
	b := newBook()
	server := listen(t, b)
	signed, err := testAddresses(t).Sign(annsInvitation)
	if err != nil {
		t.Fatal(err)
	}
	stranger, err := testAddresses(t).Sign("0198f2c0-0000-7000-8000-0000000000ff")
	if err != nil {
		t.Fatal(err)
	}
	accepted := replyMail(calendarReply(accepts))
	for _, c := range []struct {
		what, from, to, text string
		code                 int // of the refusal
		noted                int // replies until then
	}{
		{"a reply", "ann@example.com", signed, accepted, 0, 1},
		{"a reply in capitals", "ann@example.com", strings.ToUpper(signed), accepted, 0, 2},
		{"a forged address", "ann@example.com", "reply+mfrgg@reply.example.com", accepted, 550, 2},
		{"mail for others", "ann@example.com", "bob@example.com", accepted, 550, 2},
		{"whoever is not invited any more", "ann@example.com", stranger, accepted, 0, 2},
		{"a forged sender", "eve@example.net", signed, strings.Replace(accepted, "Ann@Example.com", "eve@example.net", 1), 0, 2},
		{"a report of delivery", "", signed, accepted, 0, 2},
		{"too much", "ann@example.com", signed, accepted + strings.Repeat(strings.Repeat("x", 70)+"\r\n", 20000), 552, 2},
	} {
		err := deliver(t, server, c.from, c.to, c.text)
		var refused *smtp.SMTPError
		if errors.As(err, &refused) != (c.code != 0) || refused != nil && refused.Code != c.code {
			t.Errorf("%s: %v, want %d", c.what, err, c.code)
		}
		b.mu.Lock()
		if len(b.replies) != c.noted {
			t.Errorf("%s: %d replies are noted, want %d", c.what, len(b.replies), c.noted)
		}
		b.mu.Unlock()
	}
	b.mu.Lock()
	b.fails = errors.New("disk full")
	b.mu.Unlock()
	var again *smtp.SMTPError
	if err := deliver(t, server, "ann@example.com", signed, accepted); !errors.As(err, &again) || again.Code != 451 {
		t.Errorf("a full disk: %v, want 451", err)
	}
	if err := deliver(t, server, "ann@example.com", signed, accepted); err != nil || len(b.replies) != 3 {
		t.Errorf("the second attempt: %v, %d replies", err, len(b.replies))
	}
}

func FuzzReadMail(f *testing.F) {
	f.Add([]byte(replyMail(calendarReply(accepts))))
	f.Add([]byte("From: a@b\r\nContent-Type: text/calendar\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nBEGIN=3AVCALENDAR"))
	f.Add([]byte("Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := readMail(text)
		if err != nil || m.calendar == nil {
			return
		}
		_, _ = replyIn(m.calendar) // must come back
	})
}
