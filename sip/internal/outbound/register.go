package outbound

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// account is one account of a carrier that registers.
type account struct {
	dialplan.Account
	r       *carrier
	contact string // user part of its Contact

	// For the goroutine that runs it:
	registrant *dialog.Registrant
	failures   int
	ponged     bool // the far end of the flow answers keep-alives

	mu      sync.Mutex // guards what follows
	binding dialog.Binding
	way     dialog.Way
	expires time.Time // of binding; zero: not registered
	next    time.Time
	fault   string
	refused bool
	unsure  bool // a REGISTER was given up by way, and may have been taken
}

// newAccount makes an account. Its Contact is hard to guess and the same each
// time, so that a registration after a restart takes the place of the one before.
func newAccount(r *carrier, a dialplan.Account) *account {
	sum := sha256.Sum256([]byte(strings.Join([]string{"contact", r.trunk.Name, a.User, authName(a), string(a.Password)}, "\x00")))
	return &account{Account: a, r: r, contact: "pl" + hex.EncodeToString(sum[:10])}
}

// authName is whom an account's password belongs to.
func authName(a dialplan.Account) string { return cmp.Or(a.AuthUser, a.User) }

const (
	// registerTime is how long one registrar may take.
	registerTime = 6 * time.Second
	// againFirst is when a registration that failed is tried again, on average,
	// and twice as long after each further failure, up to againMost.
	againFirst = 2 * time.Second
	againMost  = 5 * time.Minute
	// refusedFirst and refusedMost are the same where name and password were
	// refused: a registrar bans whoever asks often.
	refusedFirst = 5 * time.Minute
	refusedMost  = time.Hour
	// takeBackTime is how long Close waits for a registration to be taken back.
	takeBackTime = 2 * time.Second
	// aliveEvery is how often a flow is kept alive (RFC 5626 section 4.4.1), and
	// pongTime how long a far end that answers that may take.
	aliveEvery = 25 * time.Second
	pongTime   = 10 * time.Second
)

// run keeps the account registered until ctx ends, and then takes the
// registration back.
func (a *account) run(ctx context.Context) {
	for {
		wait := a.register(ctx)
		if ctx.Err() == nil {
			a.r.judge()
			a.rest(ctx, wait)
		}
		if ctx.Err() != nil {
			a.takeBack()
			return
		}
	}
}

// rest waits until the next REGISTER is due, or the flow is lost (RFC 5626
// section 4.5), and keeps the flow alive meanwhile.
func (a *account) rest(ctx context.Context, wait time.Duration) {
	a.mu.Lock()
	way, bound := a.way, !a.expires.IsZero()
	a.next = time.Now().Add(wait)
	a.mu.Unlock()
	due := time.NewTimer(wait)
	defer due.Stop()
	alive := time.NewTicker(a.r.c.cfg.scaled(aliveEvery))
	defer alive.Stop()
	var gone <-chan struct{}
	if bound {
		gone = a.r.endpoint.Gone(way)
	}
	var pong <-chan time.Time
	var pinged time.Time
	for {
		select {
		case <-due.C:
			return
		case <-ctx.Done():
			return
		case <-gone:
			a.r.c.log.Info("a registration's connection is lost", "trunk", a.r.trunk.Name)
			pause(ctx, time.Duration(a.r.c.cfg.Resolver.Random(int(a.r.c.cfg.second)))) // not all at the same instant
			return
		case <-alive.C:
			if bound {
				pinged = time.Now()
				a.r.endpoint.KeepAlive(way)
				pong = time.After(a.r.c.cfg.scaled(pongTime))
			}
		case <-pong:
			pong = nil
			switch heard := a.r.endpoint.Heard(way); {
			case heard.After(pinged):
				a.ponged = true
			case a.ponged: // it used to answer
				a.r.endpoint.Drop(way)
			}
		}
	}
}

// register registers once, with the first registrar that answers, and tells when
// to do so again.
func (a *account) register(ctx context.Context) time.Duration {
	host, places := a.r.registrar()
	targets, err := a.r.resolve(ctx, places)
	if err == nil {
		err = a.prepare(host)
	}
	var binding dialog.Binding
	var way dialog.Way
	for _, t := range bestFirst(targets, time.Now()) {
		if way, err = a.r.way(t.hop); err != nil {
			continue
		}
		binding, err = a.ask(ctx, way)
		if err != nil && ctx.Err() != nil {
			a.mu.Lock()
			a.way, a.unsure = way, true
			a.mu.Unlock()
		}
		if err == nil || settled(err) || ctx.Err() != nil {
			break
		}
		t.failed(time.Now(), retryAfter(err), err.Error())
	}
	if err == nil && binding.Lasts <= 0 {
		err = errors.New("the registrar accepts, but does not keep, our address")
	}
	if err != nil {
		return a.failed(ctx, err)
	}
	return a.succeeded(binding, way)
}

// prepare makes the registrant, once.
func (a *account) prepare(host string) (err error) {
	if a.registrant != nil {
		return nil
	}
	domain := cmp.Or(a.r.trunk.Outbound.Domain, host)
	registration := dialog.Registration{
		Server: "sip:" + bracketed(host), Domain: bracketed(domain), User: escaped(a.User), AuthUser: authName(a.Account),
		Password: string(a.Password), Contact: a.contact,
	}
	if a.r.proxy != "" {
		registration.Headers = []sip.Header{sip.NewHeader("Route", a.r.proxy)}
	}
	a.registrant, err = a.r.endpoint.Registrant(registration)
	return err
}

// ask sends one REGISTER.
func (a *account) ask(ctx context.Context, way dialog.Way) (dialog.Binding, error) {
	ctx, cancel := context.WithTimeout(ctx, registerTime)
	defer cancel()
	binding, err := a.registrant.Register(ctx, way, cmp.Or(a.r.trunk.Outbound.Expires, dialplan.DefaultExpires))
	if errors.Is(err, context.DeadlineExceeded) {
		err = dialog.ErrSilent
	}
	return binding, err
}

// settled tells whether a refusal is the carrier's, and not of one of its
// servers alone.
func settled(err error) bool {
	var refused *dialog.Rejected
	return errors.As(err, &refused) && refused.Status != sip.StatusRequestTimeout && refused.Status < 500
}

func retryAfter(err error) time.Duration {
	var refused *dialog.Rejected
	if errors.As(err, &refused) {
		return refused.RetryAfter
	}
	return 0
}

// succeeded notes a registration and tells when to refresh it: well before it
// ends, so that there is time to try again.
func (a *account) succeeded(binding dialog.Binding, way dialog.Way) time.Duration {
	lasts := a.r.c.cfg.scaled(binding.Lasts)
	a.mu.Lock()
	news := a.expires.IsZero() || a.fault != ""
	if a.way != way {
		a.ponged = false
	}
	a.binding, a.way, a.expires, a.fault, a.refused = binding, way, time.Now().Add(lasts), "", false
	a.mu.Unlock()
	a.failures = 0
	if news {
		a.r.c.log.Info("registered", "trunk", a.r.trunk.Name, "for", binding.Lasts)
	}
	return refreshAfter(lasts, a.r.c.cfg.Resolver.Random)
}

// refreshAfter is when to refresh what lasts so long: after 70 to 80 % of it.
func refreshAfter(lasts time.Duration, random func(n int) int) time.Duration {
	return lasts * time.Duration(700+random(101)) / 1000
}

// failed notes why there is no registration, or none any more, and tells when to
// try again. A wrong password is told once.
func (a *account) failed(ctx context.Context, err error) time.Duration {
	if ctx.Err() != nil {
		return 0
	}
	refused, now := settled(err), time.Now()
	text := err.Error()
	if refused {
		text = refusal(err)
	}
	a.mu.Lock()
	news := text != a.fault
	if a.refused != refused {
		a.failures = 0
	}
	a.fault, a.refused = text, refused
	if refused || now.After(a.expires) {
		a.expires, a.binding = time.Time{}, dialog.Binding{}
	}
	a.mu.Unlock()
	wait := max(backOff(a.failures, refused, a.r.c.cfg.Resolver.Random), min(retryAfter(err), retryMost))
	a.failures++
	wait = a.r.c.cfg.scaled(wait)
	if news {
		a.r.c.log.Error("registering a trunk failed", "trunk", a.r.trunk.Name, "error", text, "again", wait.Round(time.Millisecond))
	}
	return wait
}

// refusal says in a sentence what a registrar's refusal means.
func refusal(err error) string {
	var refused *dialog.Rejected
	if !errors.As(err, &refused) {
		return err.Error()
	}
	switch refused.Status {
	case sip.StatusUnauthorized, sip.StatusProxyAuthRequired, sip.StatusForbidden:
		return fmt.Sprintf("the registrar does not accept the user name and password (%d %s): check them", refused.Status, refused.Reason)
	case sip.StatusNotFound:
		return fmt.Sprintf("the registrar does not know the user (%d %s): check the user name and the domain", refused.Status, refused.Reason)
	}
	return fmt.Sprintf("the registrar refuses: %d %s", refused.Status, refused.Reason)
}

// backOff is how long to wait after so many failures: half as long as it could
// be, and up to as long, at random.
func backOff(failures int, refused bool, random func(n int) int) time.Duration {
	first, most := againFirst, againMost
	if refused {
		first, most = refusedFirst, refusedMost
	}
	wait := min(first<<min(failures, 16), most)
	return wait/2 + wait*time.Duration(random(501))/1000
}

// takeBack removes our binding, if there is one or may be.
func (a *account) takeBack() {
	a.mu.Lock()
	way, bound := a.way, !a.expires.IsZero() || a.unsure
	a.expires, a.binding = time.Time{}, dialog.Binding{}
	a.mu.Unlock()
	if !bound {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeBackTime)
	defer cancel()
	if _, err := a.registrant.Register(ctx, way, 0); err != nil {
		a.r.c.log.Info("a registration could not be taken back, and ends by itself", "trunk", a.r.trunk.Name, "error", err)
	}
}

// bound tells whether the account is registered.
func (a *account) bound() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return time.Now().Before(a.expires)
}

// services are the Route headers of calls by this account.
func (a *account) services() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.binding.Services
}

func (a *account) state() AccountState {
	a.mu.Lock()
	defer a.mu.Unlock()
	return AccountState{
		User: a.User, Registered: time.Now().Before(a.expires), Expires: a.expires, Next: a.next, Error: a.fault, Refused: a.refused,
	}
}

// bare is the URI of an element of a Route header.
func bare(route string) string {
	_, rest, bracketed := strings.Cut(route, "<")
	if !bracketed {
		return route
	}
	uri, _, _ := strings.Cut(rest, ">")
	return uri
}
