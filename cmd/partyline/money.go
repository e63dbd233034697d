package main

import (
	"context"
	"fmt"

	"partyline/signaling/company"
	"partyline/signaling/wire"
	"partyline/sip"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// office is where the company's calls are paid for, and what its admins have
// set about them.
type office struct {
	desk      *billing.Desk
	history   *billing.History
	budgets   *company.Budgets
	decks     *company.Decks
	brakes    *company.Brakes
	approvals *company.Approvals
	contacts  *company.Contacts
	trunks    *company.Trunks // nil where there are no phones
	dialer    *dialer
	journal   *billing.Journal
	legs      *legs // that nobody dials
	lastLeave bool  // a brake, as it was before there were rooms
}

// openOffice settles what a crash has left, and begins to keep the accounts.
func (h *house) openOffice(ctx context.Context) error {
	home, o := h.cfg.money(), &h.office
	o.contacts = company.NewContacts(h.store, h.store, nil)
	o.approvals = company.NewApprovals(h.store, h.asked, nil)
	o.desk = billing.NewDesk(billing.Config{
		Ledger: h.store, Approvals: o.approvals, Home: home, Notices: h.budgetUsed, Log: h.log.With("part", "billing"),
	})
	o.brakes = company.NewBrakes(h.store, h.accounts, h.applyBrakes, nil)
	o.decks = company.NewDecks(h.store, home, o.desk.SetDecks, nil, h.log.With("part", "decks"))
	o.history = billing.NewHistory(h.store, home.Zone, nil)
	o.budgets = company.NewBudgets(h.store, home.Zone, nil)
	brakes, err := o.brakes.Current(ctx)
	if err != nil {
		return fmt.Errorf("brakes on calls: %w", err)
	}
	h.applyBrakes(brakes)
	decks, err := o.decks.Load(ctx)
	if err != nil {
		return fmt.Errorf("rate decks: %w", err)
	}
	o.desk.SetDecks(decks)
	settled, err := o.desk.Recover(ctx)
	if err != nil {
		return fmt.Errorf("settling the calls of the last run: %w", err)
	}
	if settled > 0 {
		h.log.Warn("calls that were cut off are settled to when they were last known to be alive", "calls", settled)
	}
	o.dialer = &dialer{
		desk: o.desk, numbering: h.cfg.numbering(), accounts: h.accounts, book: h.book, home: home, contacts: o.contacts, approvals: o.approvals, queue: h.store,
		records: &records{h.archive, h.accounts, h.vault}, stories: h.stories, log: h.log.With("part", "calls"), meters: make(map[string]meter), hearing: make(map[string]bool),
	}
	uncalled, err := o.dialer.recordUncalled(ctx)
	if err != nil {
		return err
	}
	if uncalled > 0 {
		h.log.Warn("nobody was called whose turn had not come when the program stopped", "calls", uncalled)
	}
	o.journal = billing.NewJournal(h.store, home.Zone, h.log.With("part", "journal"))
	o.legs = newLegs(o.journal, o.desk, home.Currency, h.cfg.SIP.home())
	h.keepAccounts()
	return nil
}

// keepAccounts runs desk and journal until the house is closed, after the
// phones.
func (h *house) keepAccounts() {
	h.runs(h.office.desk.Run)
	h.runs(h.office.journal.Run)
	h.runs(h.office.decks.Watch)
}

// connectRooms lets whoever dials hear the network, and the rooms know when calls
// end and who tells of visits.
func (h *house) connectRooms() {
	o := &h.office
	o.dialer.place = h.people.Place
	o.dialer.whispers = func(room string, participant uint32) whisper { return h.hub.Whisper(room, participant) }
	h.people.TellVisits(visits{o.legs, &h.diary.presence, h.soundings.gauges})
	h.soundings.fares.people = h.people
	h.people.AskHealth(h.soundings.desk)
	h.people.EndCallsWithoutEmployees(o.lastLeave)
}

// applyBrakes is called with the brakes that are to hold from now on.
func (h *house) applyBrakes(b billing.Brakes) {
	h.office.desk.SetBrakes(b)
	if h.people == nil {
		h.office.lastLeave = b.LastLeave
		return
	}
	h.people.EndCallsWithoutEmployees(b.LastLeave)
}

// connectPhones lets the office use the phones, and the phones the trunks that
// admins have stored. It is called before the phones start.
func (h *house) connectPhones(ctx context.Context) error {
	h.phones.Pay(sip.AtDesk(h.office.desk))
	h.office.dialer.phones = h.phones
	apply := func(_ context.Context, trunks []dialplan.Trunk) error { return h.phones.SetTrunks(trunks) }
	var err error
	h.office.trunks, err = company.NewTrunks(ctx, h.store, h.cfg.secretsKey(), h.cfg.gateway().Trunks, apply, nil, h.log.With("part", "trunks"))
	if err != nil {
		return fmt.Errorf("calls.key_file: %w", err)
	}
	trunks, err := h.office.trunks.Running(ctx)
	if err != nil {
		return fmt.Errorf("trunks: %w", err)
	}
	return h.phones.SetTrunks(trunks)
}

// asked tells admins that a call waits for one of them, or no longer: then it
// goes on, or ends.
func (h *house) asked(a company.Approval) {
	h.people.Feed().TellAdmins(&wire.ApprovalChanged{Approval: approvalOf(a)})
	if a.Standing != company.IsPending {
		h.people.Calls().Decide(a.Country, a.Standing == company.IsApproved)
	}
}

// approvalOf is a question to the admins as their pages show it. There is one
// for each country, which is its id.
func approvalOf(a company.Approval) wire.Approval {
	shown := wire.Approval{
		ID: a.Country, Country: a.Country, State: string(a.Standing), Number: a.Number,
		AskedBy: wire.Person{ID: a.AskedBy.ID, Name: a.AskedBy.Name}, AskedAt: a.AskedAt.UnixMilli(),
	}
	if a.DecidedBy.ID != "" {
		shown.DecidedBy = &wire.Person{ID: a.DecidedBy.ID, Name: a.DecidedBy.Name}
	}
	return shown
}

// budgetUsed tells admins, and whose budget it is, how far it is used up.
func (h *house) budgetUsed(n billing.Notice) {
	b := n.Standing.Budget
	h.log.Info("budget is used up", "percent", n.Percent, "payer", b.Payer.Kind.String(), "budget", b.ID)
	h.usedUp(n)
	if h.people == nil {
		return // a call of the last run: nobody is here yet
	}
	var people []string
	if b.Payer.Kind == billing.Person {
		people = append(people, b.Payer.ID)
	}
	h.people.Feed().TellAdmins(&wire.BudgetNotice{
		Budget: b.ID, Payer: wire.Payer{Kind: wire.PayerKind(b.Payer.Kind.String()), ID: b.Payer.ID, Name: b.Payer.ID},
		Period: b.Period.String(), Percent: n.Percent, Limit: int64(b.Limit), Spent: int64(n.Standing.Spent),
	}, people...)
}
