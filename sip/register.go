package sip

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	sipmsg "github.com/emiago/sipgo/sip"
	"golang.org/x/sync/errgroup"

	"partyline/sip/internal/digest"
	"partyline/sip/internal/registrar"
	"partyline/sip/internal/transport"
)

// lookupLimit bounds how long an account is looked for.
const lookupLimit = 3 * time.Second

// What a source is blamed for: a wrong password now and then is a person, many
// are a scanner.
const blameWrongPassword = 4

// register takes a REGISTER: RFC 3261 section 10.3. Looking an account up may
// take a moment, so it is done on a goroutine of its own.
func (g *Gateway) register(in transport.Incoming) {
	if !g.serves(in) {
		g.endpoint.Respond(in, sipmsg.StatusForbidden, reason("phones do not register from this address"))
		return
	}
	g.working.Go(func() {
		defer g.recovered("a registration")
		g.registered(in)
	})
}

// serves tells whether phones may register from where a request came.
func (g *Gateway) serves(in transport.Incoming) bool {
	source, err := netip.ParseAddrPort(in.Source())
	return err == nil && g.cfg.allowsPhones(source.Addr())
}

// registered checks who registers, and changes their bindings.
func (g *Gateway) registered(in transport.Incoming) {
	account, ok := g.authenticated(in)
	if !ok {
		return
	}
	request, err := registrar.Read(in.Request, account.User, account.proof())
	if err != nil {
		g.endpoint.Respond(in, sipmsg.StatusBadRequest, reason(err.Error()))
		return
	}
	bindings, err := g.registrar.Register(request, time.Now())
	if err != nil {
		g.log.Info("registration refused", "account", account.User, "error", err)
		status, headers := g.registrar.Refusal(err)
		g.endpoint.Respond(in, status, append(headers, reason(err.Error()))...)
		return
	}
	g.log.Debug("registered", "account", account.User, "phones", len(bindings), "source", in.Source())
	g.endpoint.Respond(in, sipmsg.StatusOK, registrar.Confirmation(bindings, request.Path, time.Now())...)
}

// authenticated finds the account that a request proves to be of, and answers
// the request where it proves nothing. An account that does not exist is
// refused as a wrong password is, so that names cannot be found out.
func (g *Gateway) authenticated(in transport.Incoming) (Account, bool) {
	header := in.GetHeader("Authorization")
	if header == nil {
		g.endpoint.Respond(in, sipmsg.StatusUnauthorized, g.challenge(false)...)
		return Account{}, false
	}
	account, err := g.whose(header.Value(), in.Request)
	switch {
	case err == nil && strings.EqualFold(account.User, in.To().Address.User):
		return account, true
	case errors.Is(err, digest.ErrStale), errors.Is(err, digest.ErrReplayed):
		g.endpoint.Respond(in, sipmsg.StatusUnauthorized, g.challenge(true)...)
	case errors.Is(err, digest.ErrMalformed):
		g.endpoint.Respond(in, sipmsg.StatusBadRequest, reason(err.Error()))
	case err == nil || errors.Is(err, digest.ErrWrong):
		g.log.Info("registration refused: wrong name or password", "source", in.Source())
		g.blame(in.Source(), blameWrongPassword)
		g.endpoint.Respond(in, sipmsg.StatusForbidden, reason("wrong name or password"))
	default:
		g.log.Error("looking a SIP account up failed", "error", err)
		g.endpoint.Respond(in, sipmsg.StatusServiceUnavailable, sipmsg.NewHeader("Retry-After", strconv.Itoa(retryAfter)))
	}
	return Account{}, false
}

// whose finds the account that credentials prove. It returns the errors of
// package digest, and what went wrong on our side.
func (g *Gateway) whose(credentials string, req *sipmsg.Request) (Account, error) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupLimit)
	defer cancel()
	var account Account
	var fault error
	request := digest.Request{Method: string(req.Method), URI: req.Recipient.String(), Body: req.Body()}
	_, err := g.guard.Check(credentials, request, func(user string) (digest.Secret, bool) {
		account, fault = g.accounts.Account(ctx, user)
		return account.secret(), fault == nil
	})
	if fault != nil && !errors.Is(fault, ErrNoAccount) {
		return Account{}, fmt.Errorf("SIP account: %w", fault)
	}
	return account, err
}

func (g *Gateway) challenge(stale bool) []sipmsg.Header {
	var headers []sipmsg.Header
	for _, value := range g.guard.Challenge(stale) {
		headers = append(headers, sipmsg.NewHeader("WWW-Authenticate", value))
	}
	return headers
}

// reason says in a header why a request is refused, for whoever looks for the
// fault.
func reason(text string) sipmsg.Header {
	return sipmsg.NewHeader("Warning", fmt.Sprintf("399 partyline %q", text))
}

// A phone behind NAT is reached for as long as its router remembers it: half a
// minute, where it is forgetful (RFC 4787 section 4.3 asks for two).
const (
	keepAliveEvery = 25 * time.Second
	keepAliveLimit = 10 * time.Second
	keepAlives     = 32 // at once
)

// keepAlive sends phones something now and then, until the gateway closes.
func (g *Gateway) keepAlive(every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case now := <-ticker.C:
			g.ping(g.registrar.Flows(now))
		case <-g.closing:
			return
		}
	}
}

// ping asks phones what they can do; that they answer is not important. Streams
// are kept open by the phones (RFC 5626 section 3.5.1).
func (g *Gateway) ping(flows []registrar.Flow) {
	ctx, cancel := context.WithTimeout(context.Background(), keepAliveLimit)
	defer cancel()
	var all errgroup.Group
	all.SetLimit(keepAlives)
	for _, way := range flows {
		if way.Network != "udp" {
			continue
		}
		all.Go(func() error {
			if _, err := g.endpoint.Options(ctx, way.Network, way.Source); err != nil && ctx.Err() == nil {
				g.log.Debug("a phone does not answer", "source", way.Source, "error", err)
			}
			return nil
		})
	}
	_ = all.Wait() // which returns none
}

// blame counts against a source that it did something wrong; whoever does so
// often is not listened to for a while.
func (g *Gateway) blame(source string, weight float64) {
	if from, err := netip.ParseAddrPort(source); err == nil {
		g.endpoint.Blame(from.Addr(), weight)
	}
}

// recovered keeps a panic in one request from ending the others.
func (g *Gateway) recovered(what string) {
	if cause := recover(); cause != nil {
		g.log.Error(what+" panicked", "panic", cause, "stack", string(debug.Stack()))
	}
}
