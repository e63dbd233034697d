package notify

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Cause is why a message was not taken, from a closed list.
type Cause string

// The causes.
const (
	Unreachable Cause = "unreachable" // no connection, or no answer in time
	Throttled   Cause = "throttled"   // too many messages
	Failing     Cause = "failing"     // the service says that it does not work at the moment
	BadSecret   Cause = "secret"      // the signature, key or password is not accepted
	BadKeyword  Cause = "keyword"     // the bot takes messages with its keyword only
	BadOrigin   Cause = "origin"      // the bot does not take messages from our address
	BadAddress  Cause = "address"     // there is no such bot, mailbox or browser, or no longer
	Private     Cause = "private"     // the address is in a private network
	Redirected  Cause = "redirected"  // the address wants the message sent elsewhere
	TooLong     Cause = "too-long"    // more than the service takes
	Unsupported Cause = "unsupported" // the message or the answer makes no sense to the other side
)

// Refused is a message that was not taken.
type Refused struct {
	Channel Channel
	Name    string // of the bot, as admins call it; empty on other channels
	Cause   Cause
	// Permanent: the same message will be refused again.
	Permanent bool
	// Gone: so will be every other to this address; forget it.
	Gone bool
	// RetryAfter is how long the service wants to be left alone; zero: it did
	// not say.
	RetryAfter time.Duration
	// Status of HTTP or SMTP, or the service's own code; zero: there was no
	// answer.
	Status int

	err error
}

// Error says what was refused, for the log. It names neither address nor
// secret.
func (r *Refused) Error() string {
	text := string(r.Channel)
	if r.Name != "" {
		text += fmt.Sprintf(" bot %q", r.Name)
	}
	text += ": " + r.Say("en")
	if r.Status != 0 {
		text += fmt.Sprintf(" (status %d)", r.Status)
	}
	if r.err != nil {
		text += ": " + r.err.Error()
	}
	return text
}

// Unwrap gives what went wrong below, if anything is known of it.
func (r *Refused) Unwrap() error { return r.err }

// LogValue implements slog.LogValuer.
func (r *Refused) LogValue() slog.Value {
	return slog.StringValue(r.Error())
}

// AsRefused finds the *Refused in an error's chain.
func AsRefused(err error) (*Refused, bool) {
	var r *Refused
	return r, errors.As(err, &r)
}
