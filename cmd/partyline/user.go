package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/store"
)

type userCommand struct {
	Add           userAdd           `cmd:"" help:"Make an account, and print the link by which its owner chooses a password."`
	List          userList          `cmd:"" help:"List accounts."`
	ResetPassword userResetPassword `cmd:"" help:"Print a link by which somebody chooses a new password, or set one."`
	Deactivate    userDeactivate    `cmd:"" help:"Sign somebody out everywhere and let them in no more. Their records stay."`
	Activate      userActivate      `cmd:"" help:"Undo a deactivation."`
}

// operator is whoever may start programs on the server's machine: more cannot
// be asked of anybody.
var operator = auth.Person{ID: "operator", Admin: true, Active: true}

// withStore opens the data for a command. A running server may have it open, too.
// What a command does it says itself: the log goes nowhere.
func (t *terminal) withStore(use func(Config, *store.Store, *slog.Logger) error) (err error) {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	data, err := store.Open(t.ctx, cfg.database(), log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	return use(cfg, data, log)
}

// withAccounts opens the data for a command that looks after people.
func (t *terminal) withAccounts(use func(context.Context, *auth.Accounts, Config) error) error {
	return t.withStore(func(cfg Config, data *store.Store, log *slog.Logger) error {
		accounts := auth.New(auth.DefaultConfig(), data, time.Now, log)
		needed, err := accounts.SetUpNeeded(t.ctx)
		if err != nil {
			return err
		}
		if needed {
			return errors.New("nobody has set this Partyline up yet: start the server and open the link that it prints")
		}
		return use(t.ctx, accounts, cfg)
	})
}

// findPerson finds an account by its e-mail address.
func findPerson(ctx context.Context, accounts *auth.Accounts, email string) (auth.Person, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	people, err := accounts.People(ctx, operator, email)
	if err != nil {
		return auth.Person{}, err
	}
	for _, p := range people {
		if p.Email == email {
			return p, nil
		}
	}
	return auth.Person{}, fmt.Errorf("nobody has the e-mail address %s: `partyline user list` shows everybody", email)
}

type userAdd struct {
	Email    string `arg:"" help:"E-mail address, which is also the name to log in by."`
	Name     string `required:"" help:"Name as others see it."`
	Phone    string `help:"Phone number with country code, such as +8613800138000."`
	Language string `default:"en" help:"en or zh-CN."`
	TimeZone string `default:"UTC" help:"IANA name, such as Asia/Shanghai."`
	Admin    bool   `help:"May look after people and settings."`

	Department string `help:"Name of the department."`
	CostCentre string `help:"Cost centre that pays for calls."`
	MayCall    string `default:"everyone" enum:"everyone,known,nobody" help:"Whom at the company's cost: ${enum}."`
}

// Run adds the person.
func (c userAdd) Run(t *terminal) error {
	return t.withAccounts(func(ctx context.Context, accounts *auth.Accounts, cfg Config) error {
		added, err := accounts.Add(ctx, operator, auth.Profile{
			Name: c.Name, Email: c.Email, Phone: auth.Phone(c.Phone), Language: c.Language, TimeZone: c.TimeZone, Admin: c.Admin,
			Standing: auth.Standing{Department: c.Department, CostCentre: c.CostCentre, MayCall: auth.MayCall(c.MayCall)},
		})
		switch {
		case errors.Is(err, auth.ErrEmailTaken):
			return fmt.Errorf("%s has an account already", c.Email)
		case err != nil:
			return plainFields(err)
		}
		return printInvitation(t.out, cfg, added[0])
	})
}

// plainFields gives the sentences about fields, one a line.
func plainFields(err error) error {
	var invalid *auth.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	var errs []error
	for _, field := range invalid.Fields {
		errs = append(errs, field)
	}
	return errors.Join(errs...)
}

// printInvitation prints the link, which is the one thing that must be seen in
// clear here.
func printInvitation(out io.Writer, cfg Config, who auth.Newcomer) error {
	_, err := fmt.Fprintf(out, "%s chooses a password at\n%s/welcome/%s\n", who.Person.Email, cfg.address(), string(who.Invitation))
	return err
}

type userList struct {
	Query string `arg:"" optional:"" help:"Part of a name or an e-mail address."`
}

// Run lists people, deactivated ones too.
func (c userList) Run(t *terminal) error {
	return t.withAccounts(func(ctx context.Context, accounts *auth.Accounts, _ Config) error {
		people, err := accounts.People(ctx, operator, c.Query)
		if err != nil {
			return err
		}
		table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "E-MAIL\tNAME\tROLE\tSTATE\tLANGUAGE\tTIME ZONE\tDEPARTMENT\tCOST CENTRE\tMAY CALL")
		for _, p := range people {
			fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Email, p.Name, roleOf(p), stateOf(p), p.Language, p.TimeZone,
				p.Department, p.CostCentre, p.MayCall)
		}
		return table.Flush()
	})
}

func roleOf(p auth.Person) string {
	if p.Admin {
		return "admin"
	}
	return "member"
}

func stateOf(p auth.Person) string {
	switch {
	case !p.Active:
		return "deactivated"
	case p.Invited:
		return "invited"
	default:
		return "active"
	}
}

type userResetPassword struct {
	Email string `arg:"" help:"Whose password."`
	Stdin bool   `help:"Set the password to the first line of standard input, instead of printing a link."`
}

// Run prints a link or sets the password.
func (c userResetPassword) Run(t *terminal) error {
	return t.withAccounts(func(ctx context.Context, accounts *auth.Accounts, cfg Config) error {
		p, err := findPerson(ctx, accounts, c.Email)
		if err != nil {
			return err
		}
		if c.Stdin {
			return setPassword(t, accounts, p)
		}
		if !p.Active {
			return fmt.Errorf("%s is deactivated: `partyline user activate` first", p.Email)
		}
		invited, err := accounts.Invite(ctx, operator, p.ID)
		if err != nil {
			return err
		}
		return printInvitation(t.out, cfg, invited)
	})
}

func setPassword(t *terminal, accounts *auth.Accounts, p auth.Person) error {
	line, err := bufio.NewReader(t.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("reading the password: %w", err)
	}
	err = accounts.SetPassword(t.ctx, p.Email, auth.Password(strings.TrimRight(line, "\r\n")))
	if errors.Is(err, auth.ErrWeakPassword) {
		return errors.New("this password is too easy to guess: use at least 10 characters that are no name or address")
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(t.out, "%s has a new password and is signed out everywhere\n", p.Email)
	return err
}

type userDeactivate struct {
	Email string `arg:"" help:"Whom."`
}

// Run deactivates somebody.
func (c userDeactivate) Run(t *terminal) error { return setActive(t, c.Email, false) }

type userActivate struct {
	Email string `arg:"" help:"Whom."`
}

// Run lets somebody in again.
func (c userActivate) Run(t *terminal) error { return setActive(t, c.Email, true) }

func setActive(t *terminal, email string, active bool) error {
	return t.withAccounts(func(ctx context.Context, accounts *auth.Accounts, _ Config) error {
		p, err := findPerson(ctx, accounts, email)
		if err != nil {
			return err
		}
		p, err = accounts.Change(ctx, operator, p.ID, auth.Change{Active: &active})
		if errors.Is(err, auth.ErrLastAdmin) {
			return fmt.Errorf("%s is the last admin: make somebody else one first", email)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(t.out, "%s is %s\n", p.Email, stateOf(p))
		return err
	})
}
