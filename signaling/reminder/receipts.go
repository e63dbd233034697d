package reminder

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Receipts are what became of the reminders of a subject. Only the organiser
// sees all of them; everybody else sees their own.
type Receipts struct {
	Subject Subject
	Funnel  Funnel
	People  []Receipt
	// Again is how many times those who have not answered can still be reminded,
	// and from when on.
	Again  int
	NextAt time.Time
}

// Funnel counts people and reminders.
type Funnel struct {
	People       int // who are to be reminded
	Planned      int // reminders, each of one step and channel
	Sent         int // delivered and answered ones included
	Delivered    int // answered ones included
	Acknowledged int // people who answered
	Late         int // of them, those who will be late
	Declined     int // of them, those who will not come
	Failed       int
	Expired      int
	Suppressed   int
	Waiting      int // people who have not answered
}

// Receipt is what became of one person's reminders.
type Receipt struct {
	Who      Who
	Answer   Answer // the last; Act is empty where there is none
	Rows     []Row  // by time
	Hosts    bool   // leads, and need not answer
	Answered bool
}

// Receipts gives what became of a subject's reminders to its organiser, and to
// others who are in it what became of their own. It returns ErrNoSubject to
// everybody else.
func (s *Service) Receipts(ctx context.Context, person, id string) (Receipts, error) {
	subject, err := s.find(ctx, id)
	if err != nil {
		return Receipts{}, err
	}
	rows, err := s.store.RowsOf(ctx, id)
	if err != nil {
		return Receipts{}, fmt.Errorf("read receipts: %w", err)
	}
	answers, err := s.store.AnswersTo(ctx, id)
	if err != nil {
		return Receipts{}, fmt.Errorf("read receipts: %w", err)
	}
	r := Receipts{Subject: *subject, People: receipts(subject, rows, answers)}
	r.Again, r.NextAt = s.left(r.People, subject)
	if person != subject.Organiser {
		r.People = slices.DeleteFunc(r.People, func(p Receipt) bool { return p.Who.Person != person })
		r.Again, r.NextAt = 0, time.Time{}
		if len(r.People) == 0 || person == "" {
			return Receipts{}, ErrNoSubject
		}
	}
	r.Funnel = funnel(r.People)
	return r, nil
}

// receipts are those of each person, of the date that stands now.
func receipts(subject *Subject, rows []Row, answers []Answer) []Receipt {
	last := lastOf(answers, subject.Start)
	of := make(map[string][]Row)
	for _, r := range rows {
		if r.Start.Equal(subject.Start) {
			of[r.Who] = append(of[r.Who], r)
		}
	}
	all := make([]Receipt, len(subject.People))
	for i, w := range subject.People {
		a, ok := last[w.Key]
		slices.SortStableFunc(of[w.Key], func(a, b Row) int { return a.Due.Compare(b.Due) })
		all[i] = Receipt{Who: w, Answer: a, Answered: ok, Rows: of[w.Key], Hosts: subject.leads(w)}
	}
	slices.SortStableFunc(all, func(a, b Receipt) int { return cmp.Compare(a.Who.Name, b.Who.Name) })
	return all
}

func funnel(people []Receipt) Funnel {
	f := Funnel{People: len(people)}
	for _, p := range people {
		switch {
		case p.Answered:
			f.Acknowledged++
		case !p.Hosts:
			f.Waiting++
		}
		switch p.Answer.Act {
		case Late:
			f.Late++
		case Cannot:
			f.Declined++
		}
		for _, r := range p.Rows {
			f.count(r)
		}
	}
	return f
}

func (f *Funnel) count(r Row) {
	f.Planned++
	switch r.State {
	case Acknowledged:
		f.Sent++
		f.Delivered++
	case Delivered:
		f.Sent++
		f.Delivered++
	case Sent:
		f.Sent++
	case Failed:
		f.Failed++
	case Expired:
		f.Expired++
	case Suppressed:
		f.Suppressed++
	}
}

// left is how many times those who have not answered can be reminded again, and
// when the first of them next.
func (s *Service) left(people []Receipt, subject *Subject) (times int, next time.Time) {
	now := s.now()
	for _, p := range people {
		if p.Answered || p.Hosts {
			continue
		}
		used := make(map[Step]bool)
		last := time.Time{}
		for _, r := range p.Rows {
			if r.Step.Base() == Again {
				used[r.Step] = true
			}
			if r.SentAt.After(last) {
				last = r.SentAt
			}
		}
		left := MostAgain - len(used)
		if left <= 0 {
			continue
		}
		at := now
		if after := last.Add(AgainAfter); !last.IsZero() && after.After(now) {
			at = after
		}
		if times = max(times, left); next.IsZero() || at.Before(next) {
			next = at
		}
	}
	if !next.Before(subject.over()) {
		return 0, time.Time{}
	}
	return times, next
}

// Table is the receipts as rows of text under their heads, for a file.
func (r Receipts) Table() (head []string, rows [][]string) {
	head = []string{"name", "required", "answer", "minutes", "where", "at", "step", "channel", "state", "reason", "due", "sent_at"}
	for _, p := range r.People {
		person := []string{p.Who.Name, strconv.FormatBool(p.Who.Required), string(p.Answer.Act), "", p.Answer.Where, stamp(p.Answer.At)}
		if p.Answer.Act == Late {
			person[3] = strconv.Itoa(p.Answer.Minutes)
		}
		if len(p.Rows) == 0 {
			rows = append(rows, append(slices.Clone(person), make([]string, 6)...))
		}
		for _, row := range p.Rows {
			rows = append(rows, append(slices.Clone(person), string(row.Step), string(row.Channel), string(row.State), string(row.Reason),
				stamp(row.Due), stamp(row.SentAt)))
		}
	}
	return head, rows
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
