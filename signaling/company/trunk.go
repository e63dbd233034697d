package company

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/sip/dialplan"
)

// Trunk is a carrier as admins describe it: a dialplan.Trunk in plain values,
// without its secrets.
type Trunk struct {
	Name     string    `json:"name" maxLength:"40" doc:"for logs, records and rate decks; it cannot be changed" example:"carrier-a"`
	Label    string    `json:"label" required:"false" maxLength:"80" doc:"shown beside the numbers" example:"Beijing"`
	Allow    []string  `json:"allow" required:"false" nullable:"false" maxItems:"100" doc:"networks or addresses that calls come from" example:"203.0.113.0/24"`
	Numbers  []string  `json:"numbers" required:"false" nullable:"false" maxItems:"1000" doc:"numbers of ours that it brings calls for; none: all" example:"+861065529988"`
	Language string    `json:"language" required:"false" enum:",en,zh-CN" doc:"of the menu; empty: the caller chooses" example:"en"`
	MaxCalls int       `json:"maxCalls" required:"false" minimum:"0" maximum:"100000" doc:"at once, from the carrier; 0: no limit" example:"30"`
	SRTP     string    `json:"srtp" required:"false" enum:",off,offered,required" doc:"whether sound is encrypted; empty: off" example:"offered"`
	Vouches  bool      `json:"vouches" required:"false" doc:"answers for the caller's number, which may then name a colleague"`
	User     string    `json:"user" required:"false" maxLength:"100" doc:"asked for with each call that it brings; empty: none" example:"partyline"`
	Outbound *Outbound `json:"outbound,omitempty" nullable:"false" doc:"how calls are placed over it; absent: none are"`
}

// Outbound is a dialplan.Outbound in plain values.
type Outbound struct {
	Targets    []Target  `json:"targets" required:"false" nullable:"false" maxItems:"20" doc:"where calls go; none: where the domain points by DNS"`
	Proxy      string    `json:"proxy" required:"false" maxLength:"200" doc:"a SIP URI that every request goes through" example:"sip:proxy.example.com;lr"`
	Register   bool      `json:"register" required:"false" doc:"tell the registrar where to reach us"`
	Registrar  string    `json:"registrar" required:"false" maxLength:"200" doc:"empty: the domain" example:"sip.example.com"`
	Domain     string    `json:"domain" required:"false" maxLength:"200" doc:"of the carrier; empty: the target's host" example:"example.com"`
	Expires    int       `json:"expires" required:"false" minimum:"0" maximum:"86400" doc:"seconds asked for with a registration; 0: the default" example:"600"`
	Accounts   []Account `json:"accounts" required:"false" nullable:"false" maxItems:"20" doc:"users of the carrier; the first answers challenges to calls"`
	Caller     Caller    `json:"caller" required:"false"`
	Channels   int       `json:"channels" required:"false" minimum:"0" maximum:"100000" doc:"calls at once, as the carrier sold them; 0: no limit" example:"30"`
	ServerName string    `json:"serverName" required:"false" maxLength:"253" doc:"that the carrier's certificate must be for; empty: the host" example:"sip.example.com"`
	CA         string    `json:"ca" required:"false" maxLength:"60000" doc:"certificates to trust, in PEM; empty: the system's" example:""`
	ClientCert string    `json:"clientCert" required:"false" maxLength:"60000" doc:"certificate that we show, in PEM" example:""`
	Prefixes   []string  `json:"prefixes" required:"false" nullable:"false" maxItems:"1000" doc:"beginnings of the numbers that it calls; none: all" example:"+86"`
	Off        bool      `json:"off" required:"false" doc:"not to be used for now"`
}

// Target is one place that takes a trunk's calls.
type Target struct {
	Host      string `json:"host" maxLength:"253" example:"sip.example.com"`
	Port      int    `json:"port" required:"false" minimum:"0" maximum:"65535" doc:"0: by DNS, or the transport's own" example:"5060"`
	Transport string `json:"transport" required:"false" enum:",udp,tcp,tls" doc:"empty: by DNS, else UDP" example:"udp"`
	Priority  uint16 `json:"priority" required:"false" doc:"the lowest is tried first" example:"10"`
	Weight    uint16 `json:"weight" required:"false" doc:"share among those of one priority" example:"1"`
}

// Account is a user of a carrier.
type Account struct {
	User     string `json:"user" maxLength:"100" example:"4711"`
	AuthUser string `json:"authUser" required:"false" maxLength:"100" doc:"that the password belongs to; empty: the user" example:"4711"`
}

// Caller is a dialplan.CallerID in plain values.
type Caller struct {
	Owned     []string `json:"owned" required:"false" nullable:"false" maxItems:"1000" doc:"numbers that may be shown; one that ends in a star is a block" example:"+86106552*"`
	Default   string   `json:"default" required:"false" maxLength:"40" doc:"shown where no other may be; empty: anonymous" example:"+861065529988"`
	Header    string   `json:"header" required:"false" enum:",from,pai" doc:"where the carrier looks for the number; empty: from" example:"pai"`
	Privacy   bool     `json:"privacy" required:"false" doc:"ask the carrier to hide the number"`
	Diversion bool     `json:"diversion" required:"false" doc:"name the number first called, on calls passed on"`
}

// Secrets are what a trunk must not lose. They do not print.
type Secrets struct {
	Password  string            `json:"password,omitempty"`
	ClientKey string            `json:"clientKey,omitempty"`
	Accounts  map[string]string `json:"accounts,omitempty"` // passwords by user
}

// String prints nothing of them.
func (Secrets) String() string { return "•••" }

// GoString prints nothing of them.
func (Secrets) GoString() string { return "•••" }

// LogValue logs nothing of them.
func (Secrets) LogValue() slog.Value { return slog.StringValue("•••") }

// NewSecrets changes the secrets of a trunk; nil leaves one as it is, and empty
// text takes it away. They do not print.
type NewSecrets struct {
	Password, ClientKey *string
	Accounts            map[string]string // by user
}

// String prints nothing of them.
func (NewSecrets) String() string { return "•••" }

// GoString prints nothing of them.
func (NewSecrets) GoString() string { return "•••" }

// LogValue logs nothing of them.
func (NewSecrets) LogValue() slog.Value { return slog.StringValue("•••") }

// apply gives the secrets that a trunk has after a change: those that it has a
// use for.
func (n NewSecrets) apply(old Secrets, t Trunk) Secrets {
	next := Secrets{Password: old.Password, ClientKey: old.ClientKey}
	if n.Password != nil {
		next.Password = *n.Password
	}
	if n.ClientKey != nil {
		next.ClientKey = *n.ClientKey
	}
	if t.User == "" {
		next.Password = ""
	}
	if t.Outbound == nil || t.Outbound.ClientCert == "" {
		next.ClientKey = ""
	}
	if t.Outbound == nil {
		return next
	}
	for _, a := range t.Outbound.Accounts {
		password, given := n.Accounts[a.User]
		if !given {
			password = old.Accounts[a.User]
		}
		if password != "" {
			if next.Accounts == nil {
				next.Accounts = map[string]string{}
			}
			next.Accounts[a.User] = password
		}
	}
	return next
}

// changes tells which secrets differ, and nothing of them.
func (s Secrets) changes(next Secrets) (all []Change) {
	note := func(field, from, to string) {
		if from != to {
			all = append(all, Change{"secrets." + field, dots(from), dots(to)})
		}
	}
	note("password", s.Password, next.Password)
	note("clientKey", s.ClientKey, next.ClientKey)
	users := map[string]bool{}
	for _, accounts := range []map[string]string{s.Accounts, next.Accounts} {
		for user := range accounts {
			users[user] = true
		}
	}
	for user := range users {
		note("accounts."+user, s.Accounts[user], next.Accounts[user])
	}
	slices.SortFunc(all, func(a, b Change) int { return cmp.Compare(a.Field, b.Field) })
	return all
}

func dots(secret string) string {
	if secret == "" {
		return ""
	}
	return "•••"
}

// trunkName is what a trunk may be called: it stands in paths, logs and decks.
var trunkName = regexp.MustCompile(`^[A-Za-z0-9._-]{1,40}$`)

// clean puts a description into the form that is stored. It returns an
// *auth.Invalid with everything that is wrong.
func (t Trunk) clean() (Trunk, error) {
	var bad []auth.FieldError
	wrong := func(field, message string) { bad = append(bad, auth.FieldError{Field: field, Message: message}) }
	if !trunkName.MatchString(t.Name) {
		wrong("name", "A trunk's name has 1 to 40 letters, digits, dots, dashes and underscores.")
	}
	t.Label, t.User = strings.TrimSpace(t.Label), strings.TrimSpace(t.User)
	t.SRTP = cmp.Or(t.SRTP, dialplan.SRTPOff.String())
	t.Allow, t.Numbers = trimmed(t.Allow), trimmed(t.Numbers)
	for i, text := range t.Allow {
		network, err := network(text)
		if err != nil {
			wrong("allow", "Write networks such as 203.0.113.0/24, or addresses such as 203.0.113.7.")
			break
		}
		t.Allow[i] = network.String()
	}
	if t.Outbound != nil {
		o := t.Outbound.clean(wrong)
		t.Outbound = &o
	}
	if bad != nil {
		return Trunk{}, &auth.Invalid{Fields: bad}
	}
	return t, nil
}

// keep gives the description with the accounts of an earlier one, where it says
// nothing of them.
func (t Trunk) keep(old Trunk) Trunk {
	if t.Outbound != nil && t.Outbound.Accounts == nil && old.Outbound != nil {
		o := *t.Outbound
		o.Accounts = old.Outbound.Accounts
		t.Outbound = &o
	}
	return t
}

func (o Outbound) clean(wrong func(field, message string)) Outbound {
	o.Targets, o.Accounts = slices.Clone(o.Targets), slices.Clone(o.Accounts)
	for i := range o.Targets {
		o.Targets[i].Host = strings.TrimSpace(o.Targets[i].Host)
	}
	o.Prefixes, o.Caller.Owned = trimmed(o.Prefixes), trimmed(o.Caller.Owned)
	o.Caller.Default = strings.TrimSpace(o.Caller.Default)
	o.Caller.Header = cmp.Or(o.Caller.Header, dialplan.From.String())
	if o.Targets == nil {
		o.Targets = []Target{}
	}
	if o.Accounts == nil {
		o.Accounts = []Account{}
	}
	seen := map[string]bool{}
	for _, a := range o.Accounts {
		if seen[a.User] {
			wrong("outbound.accounts", "Two accounts have the same user.")
		}
		seen[a.User] = true
	}
	// The files of the server's machine are not the admin's to name.
	for field, text := range map[string]string{"outbound.ca": o.CA, "outbound.clientCert": o.ClientCert} {
		if text != "" && !x509.NewCertPool().AppendCertsFromPEM([]byte(text)) {
			wrong(field, "This is no certificate in PEM.")
		}
	}
	return o
}

// trimmed gives the texts without spaces around them, and without empty ones.
func trimmed(texts []string) []string {
	all := make([]string, 0, len(texts))
	for _, s := range texts {
		if s = strings.TrimSpace(s); s != "" {
			all = append(all, s)
		}
	}
	return all
}

// network reads a network or a single address.
func network(text string) (netip.Prefix, error) {
	text = strings.TrimSpace(text)
	if address, err := netip.ParseAddr(text); err == nil {
		address = address.Unmap().WithZone("")
		return netip.PrefixFrom(address, address.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	return p.Masked(), err
}

// plan makes the trunk that is run of a clean description and its secrets. It
// returns an *auth.Invalid where the dial plan does not take it.
func (t Trunk) plan(s Secrets) (dialplan.Trunk, error) {
	trunk := dialplan.Trunk{
		Name: t.Name, Numbers: t.Numbers, Label: t.Label, Language: t.Language, MaxCalls: t.MaxCalls,
		Vouches: t.Vouches, User: t.User, Password: dialplan.Password(s.Password),
	}
	for _, text := range t.Allow {
		n, err := network(text)
		if err != nil {
			return dialplan.Trunk{}, notPlanned(err)
		}
		trunk.Allow = append(trunk.Allow, n)
	}
	if err := trunk.SRTP.UnmarshalText([]byte(cmp.Or(t.SRTP, dialplan.SRTPOff.String()))); err != nil {
		return dialplan.Trunk{}, notPlanned(err)
	}
	if t.Outbound != nil {
		var err error
		if trunk.Outbound, err = t.Outbound.plan(s); err != nil {
			return dialplan.Trunk{}, err
		}
	}
	if _, err := dialplan.NewPlan([]dialplan.Trunk{trunk}); err != nil {
		return dialplan.Trunk{}, notPlanned(err)
	}
	return trunk, nil
}

func (o Outbound) plan(s Secrets) (dialplan.Outbound, error) {
	out := dialplan.Outbound{
		Proxy: o.Proxy, Register: o.Register, Registrar: o.Registrar, Domain: o.Domain, Expires: time.Duration(o.Expires) * time.Second,
		Channels: o.Channels, ServerName: o.ServerName, CA: o.CA, ClientCert: o.ClientCert, ClientKey: s.ClientKey,
		Prefixes: o.Prefixes, Off: o.Off,
		Caller: dialplan.CallerID{Default: dialplan.Number(o.Caller.Default), Privacy: o.Caller.Privacy, Diversion: o.Caller.Diversion},
	}
	for _, t := range o.Targets {
		out.Targets = append(out.Targets, dialplan.Target(t))
	}
	for _, a := range o.Accounts {
		out.Accounts = append(out.Accounts, dialplan.Account{User: a.User, AuthUser: a.AuthUser, Password: dialplan.Password(s.Accounts[a.User])})
	}
	for _, n := range o.Caller.Owned {
		out.Caller.Owned = append(out.Caller.Owned, dialplan.Number(n))
	}
	if err := out.Caller.Header.UnmarshalText([]byte(cmp.Or(o.Caller.Header, dialplan.From.String()))); err != nil {
		return dialplan.Outbound{}, notPlanned(err)
	}
	if o.ClientCert != "" {
		if _, err := tls.X509KeyPair([]byte(o.ClientCert), []byte(s.ClientKey)); err != nil {
			return dialplan.Outbound{}, &auth.Invalid{Fields: []auth.FieldError{{
				Field: "secrets.clientKey", Message: "Certificate and key do not belong together.",
			}}}
		}
	}
	return out, nil
}

// notPlanned makes fields of what the dial plan says, a sentence each.
func notPlanned(err error) error {
	invalid := &auth.Invalid{}
	for _, line := range strings.Split(err.Error(), "\n") {
		invalid.Fields = append(invalid.Fields, auth.FieldError{Field: "trunk", Message: line})
	}
	return fmt.Errorf("dial plan: %w", invalid)
}

// describe is the way back, for trunks of the configuration file. Names of
// files are shown as they are.
func describe(t dialplan.Trunk) (Trunk, Secrets) {
	d := Trunk{
		Name: t.Name, Label: t.Label, Allow: []string{}, Numbers: trimmed(t.Numbers), Language: t.Language,
		MaxCalls: t.MaxCalls, SRTP: t.SRTP.String(), Vouches: t.Vouches, User: t.User,
	}
	for _, n := range t.Allow {
		d.Allow = append(d.Allow, n.String())
	}
	o := t.Outbound
	s := Secrets{Password: string(t.Password), ClientKey: o.ClientKey, Accounts: map[string]string{}}
	if len(o.Targets) == 0 && o.Domain == "" && o.Proxy == "" {
		return d, s
	}
	d.Outbound = &Outbound{
		Targets: []Target{}, Proxy: o.Proxy, Register: o.Register, Registrar: o.Registrar, Domain: o.Domain,
		Expires: int(o.Expires / time.Second), Accounts: []Account{}, Channels: o.Channels,
		ServerName: o.ServerName, CA: o.CA, ClientCert: o.ClientCert, Prefixes: trimmed(o.Prefixes), Off: o.Off,
		Caller: Caller{
			Owned: []string{}, Default: string(o.Caller.Default), Header: o.Caller.Header.String(),
			Privacy: o.Caller.Privacy, Diversion: o.Caller.Diversion,
		},
	}
	for _, target := range o.Targets {
		d.Outbound.Targets = append(d.Outbound.Targets, Target(target))
	}
	for _, a := range o.Accounts {
		d.Outbound.Accounts = append(d.Outbound.Accounts, Account{a.User, a.AuthUser})
		s.Accounts[a.User] = string(a.Password)
	}
	for _, n := range o.Caller.Owned {
		d.Outbound.Caller.Owned = append(d.Outbound.Caller.Owned, string(n))
	}
	return d, s
}
