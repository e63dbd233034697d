package company_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/seal"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/dialplan"
)

const carrierPassword = "open sesame"

// carrier is a trunk as an admin describes it.
func carrier() company.Trunk {
	return company.Trunk{
		Name: "carrier-a", Label: "Beijing", Allow: []string{"203.0.113.0/24", " 198.51.100.7"}, Numbers: []string{" +861065529988", ""},
		Language: "en", MaxCalls: 30, SRTP: "offered", User: "in",
		Outbound: &company.Outbound{
			Targets:  []company.Target{{Host: " sip.example.com", Port: 5061, Transport: "tls", Priority: 10, Weight: 1}},
			Register: true, Domain: "example.com", Expires: 600, Accounts: []company.Account{{User: "4711", AuthUser: "auth"}},
			Caller:   company.Caller{Owned: []string{"+86106552*"}, Default: "+861065529988", Header: "pai"},
			Channels: 10, Prefixes: []string{"+86"},
		},
	}
}

func given(s string) *string { return &s }

func secrets() company.NewSecrets {
	return company.NewSecrets{Password: given("incoming"), Accounts: map[string]string{"4711": carrierPassword}}
}

var fixed = []dialplan.Trunk{{Name: "in-file", Allow: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}, Password: "x", User: "y"}}

// lines is a gateway: what it was told last.
type lines struct {
	mu     sync.Mutex
	trunks []dialplan.Trunk
	err    error
}

func (l *lines) set(_ context.Context, trunks []dialplan.Trunk) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trunks = trunks
	return l.err
}

func (l *lines) names() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var names []string
	for _, t := range l.trunks {
		names = append(names, t.Name)
	}
	return strings.Join(names, " ")
}

func trunksOn(t *testing.T, s *store.Store, key string, l *lines) *company.Trunks {
	t.Helper()
	trunks, err := company.NewTrunks(t.Context(), s, key, fixed, l.set, clock, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return trunks
}

func TestTrunks(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		gateway := &lines{}
		trunks := trunksOn(t, s, keyFile(t), gateway)
		added, err := trunks.Add(ctx, ann, carrier(), secrets())
		if err != nil {
			t.Fatal(err)
		}
		if !added.Password || !cmp.Equal(added.Accounts, []string{"4711"}) || added.ClientKey || added.Fault != nil || added.ChangedBy.Name != "Ann" ||
			!cmp.Equal(added.Allow, []string{"203.0.113.0/24", "198.51.100.7/32"}) || !cmp.Equal(added.Numbers, []string{"+861065529988"}) {
			t.Errorf("added: %+v", added)
		}
		if gateway.names() != "in-file carrier-a" {
			t.Fatalf("runs %s", gateway.names())
		}
		run := gateway.trunks[1]
		want := dialplan.Trunk{
			Name: "carrier-a", Label: "Beijing", Allow: []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("198.51.100.7/32")},
			Numbers: []string{"+861065529988"}, Language: "en", MaxCalls: 30, SRTP: dialplan.SRTPOffered, User: "in", Password: "incoming",
			Outbound: dialplan.Outbound{
				Targets:  []dialplan.Target{{Host: "sip.example.com", Port: 5061, Transport: "tls", Priority: 10, Weight: 1}},
				Register: true, Domain: "example.com", Expires: 10 * time.Minute,
				Accounts: []dialplan.Account{{User: "4711", AuthUser: "auth", Password: carrierPassword}},
				Caller:   dialplan.CallerID{Owned: []dialplan.Number{"+86106552*"}, Default: "+861065529988", Header: dialplan.PAI},
				Channels: 10, Prefixes: []string{"+86"},
			},
		}
		if diff := cmp.Diff(want, run, cmp.Comparer(func(a, b netip.Prefix) bool { return a == b })); diff != "" {
			t.Errorf("runs:\n%s", diff)
		}

		changed := carrier()
		changed.MaxCalls, changed.Name = 40, "is ignored"
		got, err := trunks.Change(ctx, cyd, "carrier-a", changed, company.NewSecrets{Accounts: map[string]string{"4711": "another"}})
		if err != nil || got.MaxCalls != 40 || !got.Password {
			t.Errorf("changed: %+v, %v", got, err)
		}
		if run = gateway.trunks[1]; run.Password != "incoming" || run.Outbound.Accounts[0].Password != "another" || run.MaxCalls != 40 {
			t.Errorf("secrets that were not given do not stay: %+v", run)
		}
		changed.Outbound.Accounts = append(changed.Outbound.Accounts, company.Account{User: "4712"})
		if got, err = trunks.Change(ctx, ann, "carrier-a", changed, company.NewSecrets{Accounts: map[string]string{"4712": "second"}}); err != nil ||
			!cmp.Equal(got.Accounts, []string{"4711", "4712"}) || gateway.trunks[1].Outbound.Accounts[0].Password != "another" {
			t.Errorf("an account more: %+v, %v", got, err)
		}
		changed.User, changed.Outbound = "", nil
		if got, err = trunks.Change(ctx, ann, "carrier-a", changed, company.NewSecrets{}); err != nil || got.Password || len(got.Accounts) != 0 {
			t.Errorf("secrets that nothing needs stay: %+v, %v", got, err)
		}
		if err := trunks.Remove(ctx, ann, "carrier-a"); err != nil || gateway.names() != "in-file" {
			t.Errorf("removed: %v, runs %s", err, gateway.names())
		}
		log := logged(t, s)
		for _, line := range []string{
			"Ann added trunk carrier-a allow:>[\"203.0.113.0/24\",\"198.51.100.7/32\"]", "secrets.accounts.4711:>•••", "secrets.password:>•••",
			"Cyd changed trunk carrier-a maxCalls:30>40 secrets.accounts.4711:•••>•••\n", "secrets.password:•••>\n", "Ann removed trunk carrier-a\n",
		} {
			if !strings.Contains(log, line) {
				t.Errorf("the log has no %q:\n%s", line, log)
			}
		}
		for _, secret := range []string{"sesame", "incoming", "another", "861065529988"} {
			if strings.Contains(log, secret) {
				t.Errorf("%s is in the log:\n%s", secret, log)
			}
		}
	})
}

func TestTrunkRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		gateway := &lines{}
		trunks := trunksOn(t, s, keyFile(t), gateway)
		if _, err := trunks.Add(ctx, ann, carrier(), secrets()); err != nil {
			t.Fatal(err)
		}
		for name, try := range map[string]struct {
			err  error
			want error
		}{
			"added by no admin":   {second(trunks.Add(ctx, bob, carrier(), secrets())), auth.ErrNotAllowed},
			"changed by no admin": {second(trunks.Change(ctx, bob, "carrier-a", carrier(), secrets())), auth.ErrNotAllowed},
			"removed by no admin": {trunks.Remove(ctx, bob, "carrier-a"), auth.ErrNotAllowed},
			"listed by no admin":  {second(trunks.All(ctx, bob)), auth.ErrNotAllowed},
			"of the file changed": {second(trunks.Change(ctx, ann, "in-file", carrier(), secrets())), company.ErrReadOnly},
			"of the file removed": {trunks.Remove(ctx, ann, "in-file"), company.ErrReadOnly},
			"unknown changed":     {second(trunks.Change(ctx, ann, "nothing", carrier(), secrets())), company.ErrNotFound},
			"unknown removed":     {trunks.Remove(ctx, ann, "nothing"), company.ErrNotFound},
			"unknown":             {second(trunks.One(ctx, ann, "nothing")), company.ErrNotFound},
		} {
			if !errors.Is(try.err, try.want) {
				t.Errorf("%s: %v, want %v", name, try.err, try.want)
			}
		}
		for field, change := range map[string]func(*company.Trunk){
			"name":                func(t *company.Trunk) { t.Name = "carrier a" },
			"name: taken":         func(*company.Trunk) {},
			"name: in the file":   func(t *company.Trunk) { t.Name = "in-file" },
			"allow":               func(t *company.Trunk) { t.Name, t.Allow = "b", []string{"example.com"} },
			"outbound.ca":         func(t *company.Trunk) { t.Name, t.Outbound.CA = "b", "/etc/passwd" },
			"outbound.clientCert": func(t *company.Trunk) { t.Name, t.Outbound.ClientCert = "b", "client.pem" },
			"outbound.accounts":   func(t *company.Trunk) { t.Name, t.Outbound.Accounts = "b", make([]company.Account, 2) },
			"trunk: no place":     func(t *company.Trunk) { *t = company.Trunk{Name: "b"} },
			"trunk: prefix":       func(t *company.Trunk) { t.Name, t.Outbound.Prefixes = "b", []string{"abc"} },
			"trunk: caller":       func(t *company.Trunk) { t.Name, t.Outbound.Caller.Owned = "b", []string{"110"} },
			"trunk: srtp":         func(t *company.Trunk) { t.Name, t.SRTP = "b", "maybe" },
			"trunk: header":       func(t *company.Trunk) { t.Name, t.Outbound.Caller.Header = "b", "x-caller" },
		} {
			wrong := carrier()
			change(&wrong)
			_, err := trunks.Add(ctx, ann, wrong, secrets())
			var invalid *auth.Invalid
			where, _, _ := strings.Cut(field, ":")
			if !errors.As(err, &invalid) || invalid.Fields[0].Field != where {
				t.Errorf("%s: %v", field, err)
			}
		}
		if gateway.names() != "in-file carrier-a" {
			t.Errorf("runs %s", gateway.names())
		}
	})
}

func second[T any](_ T, err error) error { return err }

// TestSecretsAtRest looks for secrets where they must not be: in the database,
// and in what is printed.
func TestSecretsAtRest(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var log bytes.Buffer
		trunks, err := company.NewTrunks(ctx, s, keyFile(t), nil, nil, clock, slog.New(slog.NewTextHandler(&log, nil)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := trunks.Add(ctx, ann, carrier(), secrets()); err != nil {
			t.Fatal(err)
		}
		stored, err := s.Trunks(ctx)
		if err != nil || len(stored) != 1 || len(stored[0].Sealed) == 0 {
			t.Fatal(stored, err)
		}
		listed, err := trunks.All(ctx, ann)
		if err != nil {
			t.Fatal(err)
		}
		running, err := trunks.Running(ctx)
		if err != nil {
			t.Fatal(err)
		}
		out := fmt.Sprintf("%s %s %+v %v %v %+v %#v %s", stored[0].Sealed, stored[0].Sealed, stored, listed, secrets(), secrets(), secrets(), log.String()) +
			fmt.Sprintf("%+v", running)
		for _, secret := range []string{carrierPassword, "incoming"} {
			if strings.Contains(out, secret) {
				t.Errorf("%q can be read in %s", secret, out)
			}
		}
	})
}

// TestKeyFile starts with key files that are not the one that sealed.
func TestKeyFile(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		path, gateway := keyFile(t), &lines{}
		trunks := trunksOn(t, s, path, gateway)
		if _, err := trunks.Add(ctx, ann, carrier(), secrets()); err != nil {
			t.Fatal(err)
		}
		was, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if _, err := company.NewTrunks(ctx, s, path, fixed, nil, clock, quiet); !errors.Is(err, company.ErrKeyMissing) || !strings.Contains(err.Error(), path) {
			t.Errorf("without the key file: %v", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("another key file was made")
		}
		if _, err := seal.NewKey(path, "another"); err != nil {
			t.Fatal(err)
		}
		trunks = trunksOn(t, s, path, gateway)
		one, err := trunks.One(ctx, ann, "carrier-a")
		if err != nil || !errors.Is(one.Fault, seal.ErrWrongKey) || one.Password {
			t.Errorf("with another key: %+v, %v", one, err)
		}
		if running, err := trunks.Running(ctx); err != nil || len(running) != 1 {
			t.Errorf("runs %v, %v", running, err)
		}
		// Entering the passwords again mends it.
		if one, err = trunks.Change(ctx, ann, "carrier-a", carrier(), secrets()); err != nil || one.Fault != nil || gateway.names() != "in-file carrier-a" {
			t.Errorf("mended: %+v, %v", one, err)
		}
		if err := os.WriteFile(path, was, 0o600); err != nil {
			t.Fatal(err)
		}
		if one, err = trunksOn(t, s, path, gateway).One(ctx, ann, "carrier-a"); err != nil || !errors.Is(one.Fault, seal.ErrWrongKey) {
			t.Errorf("with the first key: %+v, %v", one, err)
		}
	})
}

// TestTrunksAppliedInOrder changes a trunk from many goroutines: the gateway
// ends up with what is stored.
func TestTrunksAppliedInOrder(t *testing.T) {
	s := storetest.SQLite(t)
	gateway := &lines{}
	trunks := trunksOn(t, s, keyFile(t), gateway)
	if _, err := trunks.Add(t.Context(), ann, carrier(), secrets()); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			d := carrier()
			d.MaxCalls = i + 1
			if _, err := trunks.Change(t.Context(), ann, "carrier-a", d, company.NewSecrets{}); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	stored, err := s.Trunks(t.Context())
	if err != nil || gateway.trunks[1].MaxCalls != stored[0].MaxCalls {
		t.Errorf("runs %d, stored %d, %v", gateway.trunks[1].MaxCalls, stored[0].MaxCalls, err)
	}
}

// FuzzTrunk describes trunks in any words: what is accepted runs, and is
// described by the same words again.
func FuzzTrunk(f *testing.F) {
	f.Add("carrier-a", "203.0.113.0/24", "+861065529988", "offered", "sip.example.com", 5060, "+86", "+86106552*", "pai")
	f.Add("a", "::1", "", "", "", -1, "0", "*", "")
	s := storetest.SQLite(f)
	gateway := &lines{}
	trunks, err := company.NewTrunks(f.Context(), s, f.TempDir()+"/key", nil, gateway.set, clock, quiet)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name, allow, number, srtp, host string, port int, prefix, owned, header string) {
		ctx := context.Background()
		d := company.Trunk{
			Name: name, Allow: []string{allow}, Numbers: []string{number}, SRTP: srtp,
			Outbound: &company.Outbound{
				Targets: []company.Target{{Host: host, Port: port}}, Prefixes: []string{prefix},
				Caller: company.Caller{Owned: []string{owned}, Header: header},
			},
		}
		added, err := trunks.Add(ctx, ann, d, company.NewSecrets{})
		if err != nil {
			if !errors.Is(err, auth.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		again, err := trunks.Change(ctx, ann, name, added.Trunk, company.NewSecrets{})
		if diff := cmp.Diff(added, again); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
		if gateway.names() != name || added.Fault != nil {
			t.Errorf("runs %q, fault %v", gateway.names(), added.Fault)
		}
		if err := trunks.Remove(ctx, ann, name); err != nil {
			t.Error(err)
		}
	})
}
