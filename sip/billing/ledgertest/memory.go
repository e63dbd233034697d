// Package ledgertest has a ledger in memory, which is the reference for those
// in databases, and the test that all of them pass. Package ledgertest is for
// tests only.
package ledgertest

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"partyline/sip/billing"
)

// Account is one of the three that a budget has in each period.
type Account string

// The accounts.
const (
	Free  Account = "free"
	Held  Account = "held"
	Spent Account = "spent"
)

// Entry moves an amount between two accounts of a budget: double entry in one
// line.
type Entry struct {
	Call, Budget, Period string
	From, To             Account
	Amount               billing.Micro
}

// book names the accounts of a budget in a period.
type book struct{ budget, period string }

// call is a record with its hold.
type call struct {
	record billing.CDR
	hold   billing.Hold
	books  []book // of the budgets that the hold was taken of
}

// Memory is a ledger that forgets everything with the program. Any goroutine
// may use it.
type Memory struct {
	mu      sync.Mutex // guards what follows
	budgets map[string]billing.Budget
	calls   map[string]*call
	entries []Entry
	sent    map[string]bool // notices
	fail    func(method string) error
}

var _ billing.Ledger = (*Memory)(nil)

// NewMemory makes a ledger with budgets.
func NewMemory(budgets ...billing.Budget) *Memory {
	m := &Memory{budgets: make(map[string]billing.Budget), calls: make(map[string]*call), sent: make(map[string]bool)}
	for _, b := range budgets {
		m.budgets[b.ID] = b
	}
	return m
}

// SetBudget adds a budget or changes its limit.
func (m *Memory) SetBudget(b billing.Budget) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.budgets[b.ID] = b
}

// FailWith makes methods fail before they change anything, by their names in
// lower case; nil: none does.
func (m *Memory) FailWith(fail func(method string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.fail = fail
}

// enter locks the ledger for a method, or fails.
func (m *Memory) enter(ctx context.Context, method string) error {
	m.mu.Lock()
	err := ctx.Err()
	if err == nil && m.fail != nil {
		err = m.fail(method)
	}
	if err != nil {
		m.mu.Unlock()
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// standing sums a budget's entries.
func (m *Memory) standing(b book) billing.Standing {
	s := billing.Standing{Budget: m.budgets[b.budget], Period: b.period}
	for _, e := range m.entries {
		if e.Budget != b.budget || e.Period != b.period {
			continue
		}
		for account, amount := range map[Account]billing.Micro{e.To: e.Amount, e.From: -e.Amount} {
			switch account {
			case Held:
				s.Held += amount
			case Spent:
				s.Spent += amount
			}
		}
	}
	return s
}

// owned are the books of the payers who have budgets, in the order of their ids.
func (m *Memory) owned(payers []billing.Payer, dates billing.Dates) (books []book) {
	for _, id := range slices.Sorted(maps.Keys(m.budgets)) {
		if b := m.budgets[id]; slices.Contains(payers, b.Payer) {
			books = append(books, book{id, dates.Key(b.Period)})
		}
	}
	return books
}

// take moves an amount from free to held in all books, or in none.
func (m *Memory) take(id string, books []book, amount billing.Micro) ([]billing.Notice, error) {
	for _, b := range books {
		if err := m.standing(b).Take(amount); err != nil {
			return nil, err
		}
	}
	return m.move(id, books, Free, Held, amount), nil
}

// move writes an entry in each book, and returns the notices that are due for
// the first time.
func (m *Memory) move(id string, books []book, from, to Account, amount billing.Micro) (due []billing.Notice) {
	if amount == 0 {
		return nil
	}
	for _, b := range books {
		before := m.standing(b)
		m.entries = append(m.entries, Entry{id, b.budget, b.period, from, to, amount})
		for _, n := range m.standing(b).Notices(before.Spent + before.Held) {
			key := fmt.Sprint(b, n.Percent)
			if !m.sent[key] {
				m.sent[key] = true
				due = append(due, n)
			}
		}
	}
	return due
}

// Open implements billing.Ledger.
func (m *Memory) Open(ctx context.Context, record billing.CDR, hold billing.Hold) ([]billing.Notice, error) {
	if err := m.enter(ctx, "open"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	if m.calls[record.ID] != nil {
		return nil, fmt.Errorf("call %s is opened already", record.ID)
	}
	c := &call{record: record, hold: hold, books: m.owned(hold.Payers, hold.Dates)}
	due, err := m.take(record.ID, c.books, hold.Amount)
	if err != nil {
		return nil, err
	}
	m.calls[record.ID] = c
	return due, nil
}

// Extend implements billing.Ledger.
func (m *Memory) Extend(ctx context.Context, id string, more billing.Micro, expires time.Time) ([]billing.Notice, error) {
	if err := m.enter(ctx, "extend"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	c, err := m.openCall(id)
	if err != nil {
		return nil, err
	}
	due, err := m.take(id, c.books, more)
	if err == nil {
		c.hold.Amount += more
		c.hold.Expires = expires
	}
	return due, err
}

// openCall finds a call that is not settled.
func (m *Memory) openCall(id string) (*call, error) {
	c := m.calls[id]
	switch {
	case c == nil:
		return nil, fmt.Errorf("call %s: %w", id, billing.ErrNoCall)
	case c.record.State == billing.Closed:
		return nil, fmt.Errorf("call %s: %w", id, billing.ErrSettled)
	}
	return c, nil
}

// Update implements billing.Ledger.
func (m *Memory) Update(ctx context.Context, record billing.CDR) error {
	if err := m.enter(ctx, "update"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	c, err := m.openCall(record.ID)
	if err != nil {
		return err
	}
	if record.Beat.Before(c.record.Beat) {
		record.Beat = c.record.Beat
	}
	c.record = record
	return nil
}

// Beat implements billing.Ledger.
func (m *Memory) Beat(ctx context.Context, beats []billing.Beat) error {
	if err := m.enter(ctx, "beat"); err != nil {
		return err
	}
	defer m.mu.Unlock()
	for _, b := range beats {
		if c, err := m.openCall(b.Call); err == nil && b.At.After(c.record.Beat) {
			c.record.Beat = b.At
		}
	}
	return nil
}

// Settle implements billing.Ledger.
func (m *Memory) Settle(ctx context.Context, record billing.CDR, charge billing.Charge) ([]billing.Notice, error) {
	if err := m.enter(ctx, "settle"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	c, err := m.openCall(record.ID)
	if err != nil {
		return nil, err
	}
	held := c.hold.Amount
	m.move(record.ID, c.books, Held, Spent, min(held, charge.Micro))
	m.move(record.ID, c.books, Held, Free, max(held-charge.Micro, 0))
	due := m.move(record.ID, c.books, Free, Spent, max(charge.Micro-held, 0))
	record.State, record.Cost, record.BilledSeconds = billing.Closed, charge.Micro, charge.Seconds
	c.record = record
	return due, nil
}

// Unsettled implements billing.Ledger.
func (m *Memory) Unsettled(ctx context.Context) (open []billing.CDR, err error) {
	if err := m.enter(ctx, "unsettled"); err != nil {
		return nil, err
	}
	defer m.mu.Unlock()
	for _, record := range m.records() {
		if record.State != billing.Closed {
			open = append(open, record)
		}
	}
	return open, nil
}

// Facts implements billing.Ledger.
func (m *Memory) Facts(ctx context.Context, q billing.Query) (billing.Facts, error) {
	if err := m.enter(ctx, "facts"); err != nil {
		return billing.Facts{}, err
	}
	defer m.mu.Unlock()
	f := billing.Facts{ByTrunk: make(map[string]int)}
	for _, b := range m.owned(q.Payers, q.Dates) {
		f.Standings = append(f.Standings, m.standing(b))
	}
	for _, c := range m.calls {
		r := &c.record
		if r.Direction != billing.Outbound || r.Rule != "" && r.Answer.IsZero() || r.Cause == billing.CauseNotCalled {
			continue
		}
		if r.State != billing.Closed {
			f.Open++
			if r.Person == q.Person && q.Person != "" {
				f.OpenPerson++
			}
		}
		if r.Setup.Before(q.Since) {
			continue
		}
		if slices.Contains(q.Trunks, r.Trunk) {
			f.ByTrunk[r.Trunk]++
		}
		if r.Person == q.Person && q.Person != "" {
			f.ByPerson++
		}
		if strings.HasPrefix(string(r.To), "+"+q.Prefix) {
			f.ToPrefix++
		}
	}
	return f, nil
}

// records are all of them by id.
func (m *Memory) records() (all []billing.CDR) {
	for _, c := range m.calls {
		all = append(all, c.record)
	}
	slices.SortFunc(all, func(a, b billing.CDR) int {
		return cmp.Or(a.Setup.Compare(b.Setup), strings.Compare(a.ID, b.ID))
	})
	return all
}

// Records are all records, oldest first.
func (m *Memory) Records() []billing.CDR {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.records()
}

// Entries are all that was booked, oldest first.
func (m *Memory) Entries() []Entry {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.entries)
}

// Standing is how a budget stands in a period, by its entries.
func (m *Memory) Standing(budget, period string) billing.Standing {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.standing(book{budget, period})
}
