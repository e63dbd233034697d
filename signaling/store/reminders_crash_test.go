package store_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/store"
)

// crashAt tells the test binary to remind people until it has come to a point,
// and to kill itself there.
const crashAt = "PARTYLINE_TEST_REMINDER_CRASH"

// crowd is how many people are told.
const crowd = 12

// TestKilledReminders kills a program that reminds people at each state that a
// reminder goes through, and lets another one go on. No message is lost, and
// nobody's phone rings twice.
func TestKilledReminders(t *testing.T) {
	if order := os.Getenv(crashAt); order != "" {
		remindUntilKilled(t, order)
		return
	}
	eachConfig(t, func(t *testing.T, cfg store.Config, _ *sql.DB) {
		s, err := openStore(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		dsn := cfg.DSN
		if dsn == "" {
			dsn = "sqlite:" + cfg.Dir + "/partyline.db"
		}
		for _, point := range []string{"planned", "claimed", "sending", "sent", "recorded", "ringing", "rang", "answered"} {
			a := announcement(point)
			if err := s.AddAnnouncement(t.Context(), a); err != nil {
				t.Fatal(err)
			}
			diary := filepath.Join(t.TempDir(), "diary")
			killAt(t, point, a.ID, diary, dsn)
			finish(t, s, a.ID, diary)
			checkDiary(t, s, point, a.ID, diary)
		}
	})
}

func announcement(id string) reminder.Announcement {
	a := reminder.Announcement{ID: id, Title: "Fire drill", By: "boss", At: time.Now().Truncate(time.Millisecond), Phone: true}
	for n := range crowd {
		who := fmt.Sprintf("%s-%d", id, n)
		a.People = append(a.People, reminder.Who{Key: who, Person: who, Phone: "+8613800138000", Language: "en", Zone: "UTC"})
	}
	return a
}

// killAt runs the test binary until it has killed itself.
func killAt(t *testing.T, point, subject, diary, dsn string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledReminders$")
	cmd.Env = append(os.Environ(), crashAt+"="+strings.Join([]string{point, subject, diary, dsn}, "|"))
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("%s: it was not killed: %v\n%s", point, err, out)
	}
}

func remindUntilKilled(t *testing.T, order string) {
	part := strings.SplitN(order, "|", 4)
	s, err := openStore(t.Context(), store.Config{DSN: part[3]})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	remind(t, &mined{Store: s, point: part[0]}, part[1], part[2]).Run(ctx)
	t.Fatal("nobody killed it")
}

// remind makes a service that writes what it sends into a diary.
func remind(t *testing.T, s *mined, subject, diary string) *reminder.Service {
	t.Helper()
	file, err := os.OpenFile(diary, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	cfg := reminder.DefaultConfig()
	cfg.Poll, cfg.Plan, cfg.SendWithin, cfg.Lease, cfg.CallLease = 20*time.Millisecond, 50*time.Millisecond, 100*time.Millisecond, 200*time.Millisecond, 200*time.Millisecond
	out := &outlets{mine: s, file: file, subject: subject}
	reach := reminder.Reach{
		Senders:   map[notify.Channel]notify.Sender{notify.Push: out, notify.WebSocket: out},
		Directory: out, Phone: out,
	}
	service, err := reminder.New(t.Context(), cfg, s, nothingElse{}, reach, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	out.service = service
	return service
}

// nothingElse is an agenda without meetings.
type nothingElse struct{}

func (nothingElse) Upcoming(context.Context, time.Time, time.Time) ([]reminder.Subject, error) {
	return nil, nil
}

// mined is a store in which the program dies at a point.
type mined struct {
	*store.Store
	point string
	times atomic.Int64
}

// pass kills the program the third time that it comes to its point; where that
// is come to only once, then.
func (m *mined) pass(point string) {
	enough := int64(3)
	switch point {
	case "planned", "claimed", "recorded":
		enough = 1
	}
	if point == m.point && m.times.Add(1) == enough {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // until it arrives
	}
}

func (m *mined) AddRows(ctx context.Context, rows []reminder.Row) (int, error) {
	n, err := m.Store.AddRows(ctx, rows)
	if n > 0 {
		m.pass("planned")
	}
	return n, err
}

func (m *mined) ClaimRows(
	ctx context.Context, owner string, channel notify.Channel, now time.Time, n int, lease time.Duration,
) ([]reminder.Row, error) {
	rows, err := m.Store.ClaimRows(ctx, owner, channel, now, n, lease)
	if len(rows) > 0 {
		m.pass("claimed")
	}
	return rows, err
}

func (m *mined) RecordRows(ctx context.Context, owner string, outcomes []reminder.Outcome) error {
	err := m.Store.RecordRows(ctx, owner, outcomes)
	if len(outcomes) > 0 {
		m.pass("recorded")
	}
	return err
}

func (m *mined) AddAnswer(ctx context.Context, a reminder.Answer, later []reminder.Row) error {
	err := m.Store.AddAnswer(ctx, a, later)
	m.pass("answered")
	return err
}

// outlets writes down what is sent. What a killed program wrote is there: the
// system has it.
type outlets struct {
	mine    *mined
	file    *os.File
	subject string
	service *reminder.Service
}

func (o *outlets) Routes(context.Context, string) ([]notify.Route, error) {
	return []notify.Route{{Channel: notify.Push}}, nil
}

func (o *outlets) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	if m.Kind == reminder.KindSettled || m.Topic != o.subject {
		return notify.Sent{}, nil
	}
	o.mine.pass("sending")
	_, err := fmt.Fprintln(o.file, "message", m.Key)
	o.mine.pass("sent")
	return notify.Sent{}, err
}

func (o *outlets) Call(_ context.Context, c reminder.PhoneCall) (reminder.Act, error) {
	if c.Subject != o.subject {
		return reminder.NoReply, nil
	}
	o.mine.pass("ringing")
	_, err := fmt.Fprintln(o.file, "phone", c.ID)
	o.mine.pass("rang")
	return reminder.Heard, err
}

// finish lets another program go on until nothing is to be done any more.
func finish(t *testing.T, s *store.Store, subject, diary string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	service := remind(t, &mined{Store: s}, subject, diary)
	go func() {
		defer close(done)
		service.Run(ctx)
	}()
	for {
		rows, err := s.RowsOf(ctx, subject)
		if err != nil {
			t.Fatalf("%s: not all is done: %v", subject, err)
		}
		open := len(rows) == 0
		for _, r := range rows {
			open = open || r.State == reminder.Pending || r.State == reminder.Claimed
		}
		if !open {
			break
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			t.Fatalf("%s: not all is done: %+v", subject, rows)
		}
	}
	cancel()
	<-done
}

func checkDiary(t *testing.T, s *store.Store, point, subject, diary string) {
	t.Helper()
	text, err := os.ReadFile(diary)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		seen[strings.TrimSpace(line)]++
	}
	rows, err := s.RowsOf(t.Context(), subject)
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3*crowd {
		t.Errorf("%s: %d reminders", point, len(rows))
	}
	answered := make(map[string]bool)
	for _, r := range rows {
		answered[r.Who] = answered[r.Who] || r.State == reminder.Acknowledged
	}
	for _, r := range rows {
		phone, message := seen["phone "+r.Key()], seen["message "+r.Key()]
		switch {
		case phone > 1:
			t.Errorf("%s: the phone of %s rang %d times", point, r.Who, phone)
		case r.Channel == notify.Phone && phone == 0 && (r.State != reminder.Failed || r.Reason != reminder.ByAbort):
			t.Errorf("%s: the phone of %s did not ring, and is %s", point, r.Who, r.State)
		// Whoever has answered on the phone needs no message any more.
		case r.Channel != notify.Phone && message == 0 && !(r.State == reminder.Suppressed && answered[r.Who]):
			t.Errorf("%s: the message to %s by %s was lost, and is %s", point, r.Who, r.Channel, r.State)
		}
	}
}
