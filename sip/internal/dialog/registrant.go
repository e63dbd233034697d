package dialog

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Registration is what a registrar is asked for.
type Registration struct {
	Server   string // "sip:host:port;transport=tcp": the Request-URI, and where to send
	Domain   string // of the address of record; the server's host when empty
	User     string // of the address of record, and for authentication
	AuthUser string // for authentication, where it is another
	Password string
	Contact  string        // user part of our Contact; the endpoint's when empty
	Expires  time.Duration // asked for; zero removes the binding
	Headers  []sip.Header  // added to each request, such as the Route of an outbound proxy
}

// Binding is what a registrar has granted.
type Binding struct {
	Lasts time.Duration
	// Services are the values of Service-Route (RFC 3608): calls of this account
	// go that way.
	Services []string
	Paths    []string // values of Path (RFC 3327): how calls come to us
}

// Registrant keeps one address of record bound to our address (RFC 3261 section
// 10.2): each of its requests belongs to the same Call-ID, with the next number.
// It may be used by one goroutine at a time.
type Registrant struct {
	e        *Endpoint
	r        Registration
	server   sip.Uri
	call     string
	tag      string
	sequence uint32
	exact    bool          // 423 is a refusal
	minimum  time.Duration // that a 423 asked for
	proof    credential
}

// Registrant prepares to register.
func (e *Endpoint) Registrant(r Registration) (*Registrant, error) {
	n := &Registrant{e: e, r: r, call: sip.GenerateTagN(24), tag: sip.GenerateTagN(16)}
	if err := sip.ParseUri(r.Server, &n.server); err != nil {
		return nil, fmt.Errorf("SIP address %q: %w", r.Server, err)
	}
	if n.r.Domain == "" {
		n.r.Domain = n.server.Host
	}
	n.proof.user, n.proof.password = r.AuthUser, r.Password
	if r.AuthUser == "" {
		n.proof.user = r.User
	}
	return n, nil
}

// Register binds our address to an address of record once. A refusal is a
// *Rejected, also one that wants a longer time (423). Refreshing it in time is up to the caller.
func (e *Endpoint) Register(ctx context.Context, r Registration) (time.Duration, error) {
	n, err := e.Registrant(r)
	if err != nil {
		return 0, err
	}
	n.exact = true
	granted, err := n.Register(ctx, Way{}, r.Expires)
	return granted.Lasts, err
}

// Register asks for the binding, or for its end where expires is zero: of ours
// alone, not of others of the same address of record. It answers challenges, and
// asks for longer where the registrar wants that (423). A refusal is a
// *Rejected.
func (n *Registrant) Register(ctx context.Context, way Way, expires time.Duration) (Binding, error) {
	for attempt := 0; ; attempt++ {
		asked := expires
		if expires > 0 {
			asked = max(expires, n.minimum)
		}
		req := n.request(way, asked)
		n.proof.authorize(req)
		res, err := n.e.request(ctx, req, way.As)
		switch {
		case err != nil:
			return Binding{}, err
		case res.IsSuccess():
			n.proof.satisfied()
			return Binding{
				Lasts:    granted(res, req.Contact().Address),
				Services: addressList(res, "Service-Route"), Paths: addressList(res, "Path"),
			}, nil
		case attempt < 4 && (n.proof.challenged(res) || n.raise(res, asked)): // a stale nonce, two realms, 423
		default:
			return Binding{}, rejected(res)
		}
	}
}

// mostExpires bounds what a 423 can have us ask for.
const mostExpires = 24 * time.Hour

// raise takes a 423: a binding is to last at least as long as its Min-Expires
// (RFC 3261 section 10.2.8).
func (n *Registrant) raise(res *sip.Response, asked time.Duration) bool {
	if res.StatusCode != sip.StatusIntervalToBrief || asked == 0 || n.exact {
		return false
	}
	least := lasting(value(res, "Min-Expires"))
	if least <= asked || least > mostExpires {
		return false
	}
	n.minimum = least
	return true
}

// request builds the next REGISTER.
func (n *Registrant) request(way Way, expires time.Duration) *sip.Request {
	n.sequence++
	network := way.Network
	if network == "" {
		network = networkOf(n.server, "udp")
	}
	req := n.e.outside(sip.REGISTER, outsider{
		target: sip.Uri{Scheme: "sip", Host: n.server.Host, Port: n.server.Port},
		party:  sip.Uri{Scheme: "sip", User: n.r.User, Host: n.r.Domain},
		way:    Way{network, way.Peer, way.As}, call: n.call, tag: n.tag, sequence: n.sequence, contact: n.r.Contact,
	})
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(expires.Seconds()))))
	req.AppendHeader(sip.NewHeader("Supported", "path"))
	for _, h := range n.r.Headers {
		req.AppendHeader(h)
	}
	return req
}

// granted is how long the registrar keeps our contact: the parameter of the
// contact before the header (RFC 3261 section 10.2.4).
func granted(res *sip.Response, ours sip.Uri) time.Duration {
	for _, h := range res.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		if ok && contact.Address.User == ours.User && contact.Address.HostPort() == ours.HostPort() {
			if text, given := contact.Params.Get("expires"); given {
				return lasting(text)
			}
		}
	}
	return lasting(value(res, "Expires"))
}

// lasting reads a number of seconds; nonsense is no time at all.
func lasting(text string) time.Duration {
	text, _, _ = strings.Cut(text, "(") // a comment, in Retry-After
	text, _, _ = strings.Cut(text, ";")
	n, _ := strconv.ParseUint(strings.TrimSpace(text), 10, 31)
	return time.Duration(n) * time.Second
}

// addressList are the elements of a header that lists addresses, each as it
// stands.
func addressList(msg sip.Message, name string) []string {
	var found []string
	for _, list := range values(msg, name) {
		for list != "" {
			var text string
			if text, list = cutElement(list); strings.TrimSpace(text) != "" {
				found = append(found, strings.TrimSpace(text))
			}
		}
	}
	return found
}
