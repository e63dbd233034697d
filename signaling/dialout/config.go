package dialout

import (
	"errors"
	"fmt"
	"time"

	"partyline/signaling/wire"
)

// Config is how calls are paced and how long is waited for what.
type Config struct {
	Currency      string        // of all money, ISO 4217
	PerSecond     int           // calls begun per second, by all batches together
	Ringing       int           // calls under way that have not joined, at once
	Waiting       int           // calls not ended, at once; more are refused
	Ring          time.Duration // how long a phone rings
	Limit         time.Duration // how long a call may last
	RetryAfter    time.Duration // between two tries, unless the caller says otherwise
	ApproveWithin time.Duration // how long a call waits for an admin's yes
	RingBack      bool          // a call that the network dropped is placed once more
	Keep          time.Duration // how long a batch can be looked at after its end
	Queue         Queue         // nil: a restart forgets the calls that wait
}

// DefaultConfig is what holds unless somebody says otherwise.
func DefaultConfig() Config {
	return Config{
		Currency:      "CNY",
		PerSecond:     5,
		Ringing:       30,
		Waiting:       2000,
		Ring:          45 * time.Second,
		Limit:         4 * time.Hour,
		RetryAfter:    30 * time.Second,
		ApproveWithin: 10 * time.Minute,
		RingBack:      true,
		Keep:          time.Hour,
	}
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if len(c.Currency) != 3 {
		errs = append(errs, fmt.Errorf("currency: %q is no ISO 4217 code", c.Currency))
	}
	if c.PerSecond < 1 || c.PerSecond > 1000 {
		errs = append(errs, fmt.Errorf("calls per second: %d is not in 1..1000", c.PerSecond))
	}
	if c.Ringing < 1 || c.Waiting < c.Ringing {
		errs = append(errs, fmt.Errorf("ringing at once: %d is not in 1..%d, the calls that may wait", c.Ringing, c.Waiting))
	}
	if least, most := wire.MinRetryAfter*time.Second, wire.MaxRetryAfter*time.Second; c.RetryAfter < least || c.RetryAfter > most {
		errs = append(errs, fmt.Errorf("time between two tries: %v is not in %v..%v", c.RetryAfter, least, most))
	}
	if c.Ring < time.Second || c.Ring > wire.MaxRing*time.Second || c.Limit <= 0 || c.ApproveWithin <= 0 || c.Keep <= 0 {
		errs = append(errs, errors.New("times must be more than 0, and that of ringing at most 3 minutes"))
	}
	return errors.Join(errs...)
}
