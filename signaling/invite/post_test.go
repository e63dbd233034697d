package invite

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/internal/ical"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shelf keeps letters in memory as the store does in its tables.
type shelf struct {
	mu    sync.Mutex // guards all
	wait  []Letter
	fates []string
	again int // letters that came back
}

func (s *shelf) ClaimLetters(_ context.Context, n int, _ time.Duration) ([]Letter, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(n, len(s.wait))
	claimed := s.wait[:n:n]
	s.wait = s.wait[n:]
	for i := range claimed {
		claimed[i].Attempt++
	}
	return claimed, nil
}

func (s *shelf) LetterSent(_ context.Context, l Letter) error {
	s.fate(l.ID + " sent")
	return nil
}

func (s *shelf) LetterFailed(_ context.Context, l Letter, why string) error {
	s.fate(l.ID + " failed: " + why)
	return nil
}

func (s *shelf) LetterAgain(_ context.Context, l Letter, pause time.Duration, _ string) error {
	s.mu.Lock()
	s.again++
	s.mu.Unlock()
	time.AfterFunc(pause, func() {
		s.mu.Lock()
		s.wait = append(s.wait, l)
		s.mu.Unlock()
	})
	return nil
}

func (s *shelf) NextLetter(_ context.Context, limit time.Duration) (time.Duration, error) {
	return limit, nil
}

func (s *shelf) fate(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fates = append(s.fates, text)
}

// mailer is a mail server that refuses the first letters.
type mailer struct {
	mu      sync.Mutex // guards all
	refuse  int
	gone    map[string]bool // mailboxes that do not exist
	sent    []notify.Message
	attempt []time.Time
}

func (m *mailer) Send(_ context.Context, message notify.Message) (notify.Sent, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.attempt = append(m.attempt, time.Now())
	if m.gone[message.Address] {
		return notify.Sent{}, &notify.Refused{Channel: notify.Mail, Cause: notify.BadAddress, Permanent: true, Gone: true}
	}
	if m.refuse > 0 {
		m.refuse--
		return notify.Sent{}, &notify.Refused{Channel: notify.Mail, Cause: notify.Unreachable}
	}
	m.sent = append(m.sent, message)
	return notify.Sent{}, nil
}

var written = time.Date(2026, 2, 20, 10, 0, 0, 0, time.UTC)

const (
	annsInvitation = "0198f2c0-0000-7000-8000-000000000001"
	series         = "0198f2c0-0000-7000-8000-00000000000a"
)

func weekly() Mailing {
	return Mailing{
		Meeting: "m1", Method: Request, Reason: Invited, UID: series + "@meet.example.com", Sequence: 2,
		Title: "产品周会 / Product weekly", Agenda: "1. Numbers\n2. Next week", Zone: "Asia/Shanghai",
		Start: ical.NewWall(2026, time.March, 2, 15, 0, 0), Minutes: 45, Rule: "FREQ=WEEKLY;BYDAY=MO",
		Exceptions: []Exception{
			{Recurrence: ical.NewWall(2026, time.March, 9, 15, 0, 0), Cancelled: true},
			{Recurrence: ical.NewWall(2026, time.March, 16, 15, 0, 0), Start: ical.NewWall(2026, time.March, 17, 16, 30, 0), Minutes: 60},
		},
		Organiser: "李伟", OrganiserEmail: "liwei@example.com", Link: "Zk3v9Qm1Xr7Lw5Tn2Bp8Jc", Number: "482913", At: written,
	}
}

func ann() Recipient {
	return Recipient{
		Invitee: annsInvitation, Person: "p1", Name: "Ann Smith", Email: "ann@example.com", Language: "en", Zone: "Europe/Berlin",
		Code: "135790", Required: true,
	}
}

func place() Place {
	return Place{PublicURL: "https://meet.example.com", Numbers: []string{"+861055550100"}, ReplyDomain: "reply.example.com"}
}

func testAddresses(t testing.TB) *Addresses {
	t.Helper()
	var key seal.Key
	copy(key[:], "0123456789abcdef0123456789abcdef")
	a, err := NewAddresses(key, "reply.example.com")
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func testLinks(t testing.TB) *Links {
	t.Helper()
	var key seal.Key
	copy(key[:], "0123456789abcdef0123456789abcdef")
	l, err := NewLinks(key)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func newTestPost(t testing.TB, letters Letters, mail notify.Sender) *Post {
	return NewPost(PostConfig{Place: place(), Addresses: testAddresses(t), Domain: "meet.example.com"}, letters, mail, slog.New(slog.DiscardHandler))
}

// TestLetterWords compares letters with how they were when somebody last read
// them; -update writes them anew.
func TestLetterWords(t *testing.T) {
	one := weekly()
	one.Recurrence, one.Start, one.Rule, one.Exceptions = ical.NewWall(2026, time.March, 23, 15, 0, 0), ical.NewWall(2026, time.March, 24, 23, 30, 0), "", nil
	zh := ann()
	zh.Language, zh.Zone, zh.Name, zh.Required = "zh-CN", "", "安娜", false
	plain := newTestPost(t, nil, nil)
	linked := newTestPost(t, nil, nil)
	linked.cfg.Links = testLinks(t)
	onlyLinked := newTestPost(t, nil, nil)
	onlyLinked.cfg.Links, onlyLinked.cfg.Addresses, onlyLinked.cfg.Place.ReplyDomain = testLinks(t), nil, ""
	cases := map[string]struct {
		reason Reason
		m      Mailing
		to     Recipient
		post   *Post
	}{
		"invited-en": {Invited, weekly(), ann(), plain}, "invited-zh": {Invited, weekly(), zh, plain},
		"changed-one-en": {Changed, one, ann(), plain}, "changed-one-zh": {Changed, one, zh, plain},
		"cancelled-en": {Cancelled, weekly(), ann(), linked}, "cancelled-one-zh": {Cancelled, one, zh, plain},
		"removed-en": {Removed, weekly(), ann(), linked}, "removed-zh": {Removed, weekly(), zh, plain},
		"clocks-en": {Clocks, weekly(), ann(), plain}, "clocks-zh": {Clocks, weekly(), zh, plain},
		"links-en": {Invited, weekly(), ann(), linked}, "links-one-zh": {Changed, one, zh, onlyLinked},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			c.m.Reason = c.reason
			if c.reason == Cancelled || c.reason == Removed {
				c.m.Method = Cancel
			}
			m, err := c.post.compose(Letter{ID: "l1", Mailing: c.m, To: c.to})
			if err != nil {
				t.Fatal(err)
			}
			got := "To: " + m.Address + "\nSubject: " + m.Title + "\nMessage-ID: " + m.Mail.MessageID + "\nIn-Reply-To: " + m.Mail.InReplyTo +
				"\nReply-To: " + m.Mail.ReplyTo + "\nFrom: " + m.Mail.From + "\n\n" + m.Text + "\n" +
				strings.ReplaceAll(string(m.Calendar.Body), "\r\n", "\n")
			golden(t, filepath.Join("testdata", "letters", name+".txt"), got)
		})
	}
}

func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestLetterInTheCalendar: what a mail program reads has every date at the right
// instant, an address that answers can be matched by, and the way in.
func TestLetterInTheCalendar(t *testing.T) {
	m, err := newTestPost(t, nil, nil).compose(Letter{ID: "l1", Mailing: weekly(), To: ann()})
	if err != nil {
		t.Fatal(err)
	}
	c, faults, err := ical.Read(bytes.NewReader(m.Calendar.Body))
	if err != nil || len(faults) != 0 || len(c.Events) != 2 {
		t.Fatalf("%v %v %d events", err, faults, len(c.Events))
	}
	e, moved := c.Events[0], c.Events[1]
	if invitee, err := testAddresses(t).Read(e.Organiser.Email); err != nil || invitee != annsInvitation {
		t.Errorf("answers go to %q: %q, %v", e.Organiser.Email, invitee, err)
	}
	if moved.Recurrence != ical.NewWall(2026, time.March, 16, 15, 0, 0) || moved.Start != ical.NewWall(2026, time.March, 17, 16, 30, 0) || moved.Minutes != 60 {
		t.Errorf("the moved date is %+v", moved)
	}
	if !strings.Contains(e.Text, "tel:+861055550100,,482913%23,,135790%23") {
		t.Errorf("no way in by one tap in %q", e.Text)
	}
	if c.Method != "REQUEST" || e.Sequence != 2 || e.Zone != "Asia/Shanghai" || len(e.Except) != 1 {
		t.Errorf("the series is %+v", e)
	}
}

// TestPostTriesAgain: a letter that the server does not take now is sent later,
// each once; one for nobody is given up at once, and one that nobody ever takes
// after two days.
func TestPostTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, m := &shelf{}, &mailer{refuse: 5, gone: map[string]bool{"gone@example.com": true}}
		for _, id := range []string{"l1", "l2", "l3"} {
			l := Letter{ID: id, Mailing: weekly(), To: ann()}
			l.Mailing.At = time.Now()
			if id == "l2" {
				l.To.Email = "gone@example.com"
			}
			s.wait = append(s.wait, l)
		}
		run(t, newTestPost(t, s, m), time.Hour)
		var ids []string
		for _, message := range m.sent {
			ids = append(ids, message.Mail.MessageID)
		}
		if len(ids) != 2 || ids[0] == ids[1] || s.again != 5 {
			t.Errorf("sent %v after %d refusals", ids, s.again)
		}
		if len(s.fates) != 3 || !strings.Contains(strings.Join(s.fates, "; "), "l2 failed") {
			t.Errorf("fates: %v", s.fates)
		}

		never := &shelf{wait: []Letter{{ID: "l4", Mailing: weekly(), To: ann()}}}
		never.wait[0].Mailing.At = time.Now()
		down := &mailer{refuse: 1 << 30}
		run(t, newTestPost(t, never, down), 72*time.Hour)
		if len(never.fates) != 1 || !strings.HasPrefix(never.fates[0], "l4 failed") {
			t.Errorf("fates: %v", never.fates)
		}
		if since := down.attempt[len(down.attempt)-1].Sub(down.attempt[0]); since < 48*time.Hour || since > 49*time.Hour {
			t.Errorf("given up after %v", since)
		}
	})
}

// TestPostStops: a letter that a stopping program could not send waits for the
// next one.
func TestPostStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &shelf{wait: []Letter{{ID: "l1", Mailing: weekly(), To: ann()}}}
		hangs := hanging{}
		run(t, newTestPost(t, s, hangs), time.Second)
		time.Sleep(time.Second)
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.wait) != 1 || len(s.fates) != 0 {
			t.Errorf("waiting: %d, fates: %v", len(s.wait), s.fates)
		}
	})
}

// hanging is a mail server that never answers.
type hanging struct{}

func (hanging) Send(ctx context.Context, _ notify.Message) (notify.Sent, error) {
	<-ctx.Done()
	return notify.Sent{}, errors.New("broke off")
}

// run has a Post work for a while.
func run(t *testing.T, p *Post, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	p.Run(ctx)
}
