package company

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/seal"
	"partyline/sip/dialplan"
)

// ErrReadOnly is a trunk of the configuration file, which is changed there.
var ErrReadOnly = errors.New("this trunk stands in the configuration file")

// ErrKeyMissing means that there are sealed secrets, and not the key file that
// they were sealed with. A new key would not open them.
var ErrKeyMissing = errors.New("there are stored secrets but no key file: put it back; if it is lost, put another one there (one line, by openssl rand -hex 32), " +
	"and enter the passwords of the trunks again")

// StoredTrunk is a trunk as the store has it.
type StoredTrunk struct {
	Trunk
	Sealed    []byte // Secrets; empty: none
	ChangedAt time.Time
	ChangedBy Who
}

// TrunkStore keeps trunks. Each method is one transaction and may be called
// from any goroutine.
type TrunkStore interface {
	// Trunks lists them by name.
	Trunks(ctx context.Context) ([]StoredTrunk, error)
	// AddTrunk returns ErrTaken.
	AddTrunk(ctx context.Context, t StoredTrunk, note Entry) error
	// ChangeTrunk lets change work on the trunk and stores what it made of it,
	// with the entry; nobody else changes it meanwhile. It returns ErrNotFound.
	ChangeTrunk(ctx context.Context, name string, change func(*StoredTrunk) (Entry, error)) error
	// RemoveTrunk returns ErrNotFound.
	RemoveTrunk(ctx context.Context, name string, note Entry) error
}

// Trunks are those of the configuration file and those that admins have
// stored. Its methods may be called from any goroutine.
type Trunks struct {
	store TrunkStore
	box   *seal.Box
	fixed []dialplan.Trunk
	apply func(context.Context, []dialplan.Trunk) error
	turn  chan struct{} // whoever applies the trunks holds it, so that the latest are applied last
	now   func() time.Time
	log   *slog.Logger
}

// NewTrunks makes the trunks over their store. The key file seals their
// secrets; it is made where there is none and nothing is sealed yet. Apply is
// told all trunks whenever they change; nil: nobody is. The clock may be nil
// for the real one.
func NewTrunks(
	ctx context.Context, store TrunkStore, keyFile string, fixed []dialplan.Trunk,
	apply func(context.Context, []dialplan.Trunk) error, clock func() time.Time, log *slog.Logger,
) (*Trunks, error) {
	key, err := findKey(ctx, store, keyFile)
	if err != nil {
		return nil, fmt.Errorf("key file of stored secrets: %w", err)
	}
	box, err := seal.NewBox(key, "trunk")
	if err != nil {
		return nil, fmt.Errorf("key file of stored secrets: %w", err)
	}
	if clock == nil {
		clock = time.Now
	}
	return &Trunks{store, box, slices.Clone(fixed), apply, make(chan struct{}, 1), clock, log}, nil
}

// findKey reads the key file, or makes it where nothing is sealed.
func findKey(ctx context.Context, store TrunkStore, path string) (seal.Key, error) {
	key, err := seal.ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	stored, err := store.Trunks(ctx)
	if err != nil {
		return seal.Key{}, err
	}
	if slices.ContainsFunc(stored, func(t StoredTrunk) bool { return len(t.Sealed) > 0 }) {
		return seal.Key{}, fmt.Errorf("%s: %w", path, ErrKeyMissing)
	}
	return seal.NewKey(path, "The key of the passwords that Partyline's database keeps.\nKeep a copy elsewhere: without it they have to be entered again")
}

// ListedTrunk is a trunk as admins see it: of its secrets, whether they are
// there.
type ListedTrunk struct {
	Trunk
	Fixed     bool // of the configuration file
	Password  bool
	ClientKey bool
	Accounts  []string // that have a password
	ChangedAt time.Time
	ChangedBy Who
	// Fault is why a stored trunk is out of service: seal.ErrWrongKey,
	// seal.ErrTampered or ErrTaken in its chain, or an *auth.Invalid; nil: it is
	// not.
	Fault error
}

func listed(t Trunk, s Secrets) ListedTrunk {
	users := []string{}
	for user, password := range s.Accounts {
		if password != "" {
			users = append(users, user)
		}
	}
	slices.Sort(users)
	return ListedTrunk{Trunk: t, Password: s.Password != "", ClientKey: s.ClientKey != "", Accounts: users}
}

// All lists the trunks: those of the configuration file, then the stored ones
// by name. It returns auth.ErrNotAllowed.
func (t *Trunks) All(ctx context.Context, actor auth.Person) ([]ListedTrunk, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	stored, err := t.store.Trunks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	all := make([]ListedTrunk, 0, len(t.fixed)+len(stored))
	for _, f := range t.fixed {
		one := listed(describe(f))
		one.Fixed = true
		all = append(all, one)
	}
	for _, s := range stored {
		all = append(all, t.look(s))
	}
	return all, nil
}

// look describes a stored trunk.
func (t *Trunks) look(s StoredTrunk) ListedTrunk {
	_, err := t.run(s)
	secrets, openErr := t.open(s)
	if openErr != nil {
		secrets = Secrets{}
	}
	one := listed(s.Trunk, secrets)
	one.ChangedAt, one.ChangedBy, one.Fault = s.ChangedAt, s.ChangedBy, err
	return one
}

// One gives a trunk by its name. It returns auth.ErrNotAllowed or ErrNotFound.
func (t *Trunks) One(ctx context.Context, actor auth.Person, name string) (ListedTrunk, error) {
	all, err := t.All(ctx, actor)
	if err != nil {
		return ListedTrunk{}, err
	}
	i := slices.IndexFunc(all, func(l ListedTrunk) bool { return l.Name == name })
	if i < 0 {
		return ListedTrunk{}, ErrNotFound
	}
	return all[i], nil
}

// Running are the trunks that calls are taken from and placed over. A stored
// one that cannot be run is left out, and said so in the log.
func (t *Trunks) Running(ctx context.Context) ([]dialplan.Trunk, error) {
	stored, err := t.store.Trunks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	all := slices.Clone(t.fixed)
	for _, s := range stored {
		trunk, err := t.run(s)
		if err != nil {
			t.log.ErrorContext(ctx, "trunk is out of service", "trunk", s.Name, "err", err)
			continue
		}
		all = append(all, trunk)
	}
	return all, nil
}

// Shown are the numbers of the company's that a call may show, as the trunks that
// calls go out by own them, those that they show by default first; one that ends
// in a star is a whole block.
func (t *Trunks) Shown(ctx context.Context) ([]string, error) {
	stored, err := t.store.Trunks(ctx)
	if err != nil {
		return nil, fmt.Errorf("list trunks: %w", err)
	}
	var callers []Caller
	for _, f := range t.fixed {
		if described, _ := describe(f); described.Outbound != nil && !described.Outbound.Off {
			callers = append(callers, described.Outbound.Caller)
		}
	}
	for _, s := range stored {
		if s.Outbound != nil && !s.Outbound.Off {
			callers = append(callers, s.Outbound.Caller)
		}
	}
	var usual, others []string
	for _, c := range callers {
		usual, others = append(usual, c.Default), append(others, c.Owned...)
	}
	slices.Sort(others)
	shown := []string{}
	for _, number := range append(usual, others...) {
		if number != "" && !slices.Contains(shown, number) {
			shown = append(shown, number)
		}
	}
	return shown, nil
}

func (t *Trunks) run(s StoredTrunk) (dialplan.Trunk, error) {
	if t.isFixed(s.Name) {
		return dialplan.Trunk{}, fmt.Errorf("the configuration file has a trunk of the same name: %w", ErrTaken)
	}
	secrets, err := t.open(s)
	if err != nil {
		return dialplan.Trunk{}, err
	}
	return s.Trunk.plan(secrets)
}

func (t *Trunks) isFixed(name string) bool {
	return slices.ContainsFunc(t.fixed, func(f dialplan.Trunk) bool { return f.Name == name })
}

// Add stores a new trunk. It returns auth.ErrNotAllowed or an *auth.Invalid.
func (t *Trunks) Add(ctx context.Context, actor auth.Person, d Trunk, n NewSecrets) (ListedTrunk, error) {
	if !actor.Admin {
		return ListedTrunk{}, auth.ErrNotAllowed
	}
	d, err := d.clean()
	if err != nil {
		return ListedTrunk{}, err
	}
	s := StoredTrunk{Trunk: d}
	entry, err := t.change(&s, actor, d, n, Added)
	if err == nil && t.isFixed(d.Name) {
		err = ErrTaken
	}
	if err == nil {
		err = t.store.AddTrunk(ctx, s, entry)
	}
	if errors.Is(err, ErrTaken) {
		err = &auth.Invalid{Fields: []auth.FieldError{{Field: "name", Message: "Another trunk has this name."}}}
	}
	if err != nil {
		return ListedTrunk{}, fmt.Errorf("add trunk: %w", err)
	}
	t.applied(ctx)
	return t.look(s), nil
}

// Change replaces a trunk's description, and those secrets that are given. A
// description whose accounts are nil keeps those that there are. It returns auth.ErrNotAllowed, ErrNotFound, ErrReadOnly or an *auth.Invalid.
func (t *Trunks) Change(ctx context.Context, actor auth.Person, name string, d Trunk, n NewSecrets) (ListedTrunk, error) {
	if err := t.mayChange(actor, name); err != nil {
		return ListedTrunk{}, err
	}
	d.Name = name
	var changed StoredTrunk
	err := t.store.ChangeTrunk(ctx, name, func(s *StoredTrunk) (Entry, error) {
		d, err := d.keep(s.Trunk).clean()
		if err != nil {
			return Entry{}, err
		}
		entry, err := t.change(s, actor, d, n, Changed)
		changed = *s
		return entry, err
	})
	if err != nil {
		return ListedTrunk{}, fmt.Errorf("change trunk: %w", err)
	}
	t.applied(ctx)
	return t.look(changed), nil
}

// Remove deletes a stored trunk; its calls go on. It returns
// auth.ErrNotAllowed, ErrNotFound or ErrReadOnly.
func (t *Trunks) Remove(ctx context.Context, actor auth.Person, name string) error {
	if err := t.mayChange(actor, name); err != nil {
		return err
	}
	entry, err := NewEntry(actor, t.now(), ThingTrunk, name, Removed, nil, nil)
	if err == nil {
		err = t.store.RemoveTrunk(ctx, name, entry)
	}
	if err != nil {
		return fmt.Errorf("remove trunk: %w", err)
	}
	t.applied(ctx)
	return nil
}

func (t *Trunks) mayChange(actor auth.Person, name string) error {
	switch {
	case !actor.Admin:
		return auth.ErrNotAllowed
	case t.isFixed(name):
		return ErrReadOnly
	}
	return nil
}

// change puts a clean description into a stored trunk and gives the entry of
// the log. Secrets that do not open are gone: whoever enters new ones mends
// the trunk.
func (t *Trunks) change(s *StoredTrunk, actor auth.Person, d Trunk, n NewSecrets, act Act) (Entry, error) {
	old, err := t.open(*s)
	if errors.Is(err, seal.ErrWrongKey) || errors.Is(err, seal.ErrTampered) {
		old = Secrets{}
	} else if err != nil {
		return Entry{}, err
	}
	next := n.apply(old, d)
	if _, err := d.plan(next); err != nil {
		return Entry{}, err
	}
	var before any = s.Trunk
	if act == Added {
		before = nil
	}
	entry, err := NewEntry(actor, t.now(), ThingTrunk, d.Name, act, before, d)
	if err != nil {
		return Entry{}, err
	}
	entry.Changes = append(entry.Changes, old.changes(next)...)
	s.Trunk, s.ChangedAt, s.ChangedBy = d, entry.At, entry.By
	s.Sealed, err = t.shut(d.Name, next)
	return entry, err
}

func place(name string) string { return "trunk " + name }

func (t *Trunks) shut(name string, s Secrets) ([]byte, error) {
	if s.Password == "" && s.ClientKey == "" && len(s.Accounts) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	return t.box.Seal(text, place(name)), nil
}

func (t *Trunks) open(s StoredTrunk) (Secrets, error) {
	if len(s.Sealed) == 0 {
		return Secrets{}, nil
	}
	text, err := t.box.Open(s.Sealed, place(s.Name))
	if err != nil {
		return Secrets{}, err
	}
	var secrets Secrets
	if err := json.Unmarshal(text, &secrets); err != nil {
		return Secrets{}, fmt.Errorf("%s: %w", place(s.Name), seal.ErrTampered)
	}
	return secrets, nil
}

// applyWithin is how long applying may take.
const applyWithin = 10 * time.Second

// applied tells whoever runs the trunks. The change is stored whatever comes
// of it, and whether the browser waits or not.
func (t *Trunks) applied(ctx context.Context) {
	if t.apply == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), applyWithin)
	defer cancel()
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		t.log.ErrorContext(ctx, "trunks not applied", "err", ctx.Err())
		return
	}
	trunks, err := t.Running(ctx)
	if err == nil {
		err = t.apply(ctx, trunks)
	}
	if err != nil {
		t.log.ErrorContext(ctx, "trunks not applied", "err", err)
	}
}
