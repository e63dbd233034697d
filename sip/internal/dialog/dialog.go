package dialog

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Why an operation on a dialog did not succeed.
var (
	ErrEnded     = errors.New("the call has ended")
	ErrCancelled = errors.New("the caller gave up")
	ErrNoACK     = errors.New("no ACK arrived for the answer")
	ErrPending   = errors.New("another offer is under way")
)

// Config is what an endpoint needs beside its sockets. The zero value serves.
type Config struct {
	Transport transport.Config
	Agent     string        // User-Agent and Server header; "Partyline" when empty
	User      string        // user part of our Contact; "partyline" when empty
	T1, T2    time.Duration // RFC 3261 section 17.1.1.1; 500 ms and 4 s when zero
	// Observe, if set, is told of every message, for transcripts. It is called
	// from many goroutines and must not block.
	Observe func(Message)
}

// Message is one SIP message that was sent or received.
type Message struct {
	Sent    bool
	Peer    string // network address
	Summary string // start line without numbers: "INVITE", "180 Ringing (INVITE)"
	Call    string // Call-ID
}

// Endpoint is a SIP user agent: it takes calls and places them.
type Endpoint struct{}

// Listen opens the sockets. Each INVITE that starts a call is handed to answer
// on a goroutine of its own; answer is a call that reads from top to bottom: it
// rejects or answers, and when it returns, a call that still stands is ended
// (480 before the answer, BYE after it). ctx of answer ends with the call.
func Listen(cfg Config, answer func(ctx context.Context, d *Dialog), log *slog.Logger) (*Endpoint, error) {
	return &Endpoint{}, nil
}

// UDP and TCP are the addresses listened on; zero when off.
func (e *Endpoint) UDP() netip.AddrPort { return netip.AddrPort{} }

// TCP is the TCP address listened on; zero when off.
func (e *Endpoint) TCP() netip.AddrPort { return netip.AddrPort{} }

// Refuse makes every new INVITE be answered 503 with Retry-After, so that
// running calls can end; zero takes calls again.
func (e *Endpoint) Refuse(retryAfter time.Duration) {}

// Close ends all calls with BYE, waits for their functions and closes the
// sockets.
func (e *Endpoint) Close() error { return nil }

// Invitee is whom to call and as whom.
type Invitee struct {
	Target   string // "sip:number@host:port;transport=tcp"
	From     string // "sip:name@host"; our Contact when empty
	Display  string // display name of From
	User     string // user name for digest authentication; empty: none
	Password string
	Offer    []byte                                      // SDP
	Headers  []sip.Header                                // added to the INVITE
	Progress func(status int, reason string, sdp []byte) // 1xx beyond 100, may be nil
}

// Rejected is a final response that refuses a call.
type Rejected struct {
	Status int
	Reason string // reason phrase
	Header string // Reason header, RFC 3326
}

// Error names the status.
func (r *Rejected) Error() string { return "call rejected" }

// Invite places a call and returns once it is answered and ACKed. When ctx ends
// first, the call is cancelled, and ended if its answer crossed the CANCEL. A
// refusal is a *Rejected.
func (e *Endpoint) Invite(ctx context.Context, who Invitee, h Handlers) (*Dialog, error) {
	return nil, ErrEnded
}

// Handlers are what the owner of a dialog does about the peer's wishes. They
// are called in the order of arrival, one at a time for each Call-ID, and must
// not block. Nil ones are answered as if the feature did not exist.
type Handlers struct {
	// Offered answers an offer made in a re-INVITE or UPDATE. A nil offer asks
	// for one (a re-INVITE without SDP), whose answer comes to Answered. An
	// error refuses with 488 and changes nothing.
	Offered func(offer []byte) (answer []byte, err error)
	// Answered takes the answer to an offer of ours that came with an ACK.
	Answered func(answer []byte) error
	// Info takes an INFO. An error is answered 415.
	Info func(contentType string, body []byte) error
}

// Dialog is one call. Its methods may be called from any goroutine.
type Dialog struct{}

// Call is the Call-ID.
func (d *Dialog) Call() string { return "" }

// Invitation is the INVITE that started the call. It must not be changed.
func (d *Dialog) Invitation() *sip.Request { return nil }

// Peer is the network address the INVITE came from or went to.
func (d *Dialog) Peer() netip.AddrPort { return netip.AddrPort{} }

// Host is our address as the peer is told it; media belongs there too.
func (d *Dialog) Host() netip.Addr { return netip.Addr{} }

// Offer is the INVITE's SDP; nil for a late offer, which is then ours to make
// in the answer.
func (d *Dialog) Offer() []byte { return nil }

// Answer of a call we placed is the SDP of the 2xx.
func (d *Dialog) RemoteAnswer() []byte { return nil }

// Handle installs what to do about re-INVITE, UPDATE and INFO. It belongs
// before Accept.
func (d *Dialog) Handle(h Handlers) {}

// Ring sends 180. It does nothing once the call is answered or over.
func (d *Dialog) Ring() {}

// Progress sends 183 with early media.
func (d *Dialog) Progress(sdp []byte) {}

// Accept answers the call with 200 and waits for the ACK, repeating the 200 by
// RFC 3261 section 13.3.1.4. It returns the ACK's SDP, which a late offer has
// its answer in. It returns ErrCancelled, ErrEnded, or ErrNoACK, in which case
// BYE was sent.
func (d *Dialog) Accept(ctx context.Context, sdp []byte) (ackSDP []byte, err error) { return nil, nil }

// Reject refuses the call with a final status. cause, where not zero, goes
// into a Reason header. Headers are added to the response.
func (d *Dialog) Reject(status int, cause Cause, headers ...sip.Header) {}

// Bye ends an answered call. It returns when BYE was answered or gave up.
func (d *Dialog) Bye(ctx context.Context, cause Cause) error { return nil }

// Reinvite makes a new offer and returns its answer. It returns ErrPending when
// another offer is under way, and a *Rejected when the peer refuses.
func (d *Dialog) Reinvite(ctx context.Context, offer []byte) (answer []byte, err error) {
	return nil, nil
}

// Info sends an INFO.
func (d *Dialog) Info(ctx context.Context, contentType string, body []byte) error { return nil }

// Done is closed when the call is over.
func (d *Dialog) Done() <-chan struct{} { return nil }

// Ending tells how the call ended. It is meaningful once Done is closed.
func (d *Dialog) Ending() Ending { return Ending{} }

// Cause is the content of a Reason header (RFC 3326). The zero value is none.
type Cause struct {
	Protocol string // "SIP" or "Q.850"
	Code     int
	Text     string
}

// Ending is how a call ended.
type Ending struct {
	How   How
	Cause Cause // the Reason header that came or went with it
}

// How a call ended.
type How uint8

// The ways a call ends.
const (
	Cancelled   How = iota + 1 // by the caller, before the answer
	Refused                    // by us, before the answer
	PeerHungUp                 // BYE from the peer
	WeHungUp                   // BYE from us
	Unconfirmed                // our answer was never ACKed
	Lost                       // a request within the call went unanswered
)
