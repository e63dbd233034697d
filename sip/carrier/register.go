package carrier

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/digest"
	"partyline/sip/internal/registrar"
	"partyline/sip/internal/transport"
)

// realm is what passwords are for.
const realm = "simulated-carrier"

// register takes a REGISTER of an account (RFC 3261 section 10.3).
func (c *Carrier) register(in transport.Incoming) {
	<-c.opened
	user, status := c.proven(in.Request, "Authorization")
	switch {
	case status == sip.StatusUnauthorized:
		c.agent.Respond(in, status, c.challenges("WWW-Authenticate")...)
		return
	case status != 0 || in.To() == nil || !strings.EqualFold(in.To().Address.User, user):
		c.note("", "", "refuses a registration: wrong name or password")
		c.agent.Respond(in, sip.StatusForbidden)
		return
	}
	now := time.Now()
	request, err := registrar.Read(in.Request, user, "")
	if err != nil {
		c.agent.Respond(in, sip.StatusBadRequest)
		return
	}
	bindings, err := c.registrar.Register(request, now)
	if err != nil {
		status, headers := c.registrar.Refusal(err)
		c.agent.Respond(in, status, headers...)
		return
	}
	c.note("", "", "registers %s: %d places", user, len(bindings))
	c.agent.Respond(in, sip.StatusOK, registrar.Confirmation(bindings, request.Path, now)...)
}

// proven tells which account a request proves to be of. Status is 0, or 401
// where it proves nothing, or 403 where it is wrong.
func (c *Carrier) proven(req *sip.Request, header string) (user string, status int) {
	h := req.GetHeader(header)
	if h == nil {
		return "", sip.StatusUnauthorized
	}
	user, err := c.guard.Check(h.Value(), digest.Request{Method: string(req.Method), URI: req.Recipient.String(), Body: req.Body()}, c.secret)
	switch {
	case err == nil:
		return user, 0
	case isStale(err):
		return "", sip.StatusUnauthorized
	default:
		return "", sip.StatusForbidden
	}
}

// secret finds an account's.
func (c *Carrier) secret(user string) (digest.Secret, bool) {
	for _, a := range c.cfg.Scenario.Accounts {
		if a.User == user {
			return digest.NewSecret(user, realm, string(a.Password)), true
		}
	}
	return digest.Secret{}, false
}

// challenges are headers that ask for a password.
func (c *Carrier) challenges(name string) (headers []sip.Header) {
	for _, value := range c.guard.Challenge(false) {
		headers = append(headers, sip.NewHeader(name, value))
	}
	return headers
}
