package signaling

import (
	"errors"
	"fmt"
	"net/url"
	"time"

	"partyline/signaling/dialout"
)

// Config is what a Server can be told.
type Config struct {
	Version         string        // of the program, told to clients
	Origins         []string      // whose pages may connect besides the server's own host, such as "https://meet.example.com"
	Language        string        // of names that the room gives to guests: "en" or "zh-CN"
	Slots           int           // audio m-lines that a browser is to offer, 1..8
	MaxParticipants int           // per room, those at the door included; 1..1000
	KeepSeat        time.Duration // how long a broken browser keeps its session and seat
	EmptyAfter      time.Duration // how long an empty room waits for somebody to come back
	ConnectWithin   time.Duration // deadline for the answer to an SDP offer
	// EmployeeGrace is how long calls that the company pays for go on in a
	// meeting that the last of its people has left; 0: as long as they like.
	EmployeeGrace time.Duration
	DialOut       dialout.Config
}

// DefaultConfig is what holds unless somebody says otherwise.
func DefaultConfig() Config {
	return Config{
		Version:         "dev",
		Language:        "en",
		Slots:           3,
		MaxParticipants: 500,
		KeepSeat:        30 * time.Second,
		EmptyAfter:      30 * time.Second,
		ConnectWithin:   5 * time.Second,
		EmployeeGrace:   time.Minute,
		DialOut:         dialout.DefaultConfig(),
	}
}

// maxParticipants keeps what one act can cause, such as muting all, below what
// may wait for a socket.
const maxParticipants = queueMost - 24

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	var errs []error
	if c.Slots < 1 || c.Slots > 8 {
		errs = append(errs, fmt.Errorf("slots: %d is not in 1..8", c.Slots))
	}
	if c.MaxParticipants < 1 || c.MaxParticipants > maxParticipants {
		errs = append(errs, fmt.Errorf("participants per room: %d is not in 1..%d", c.MaxParticipants, maxParticipants))
	}
	if _, ok := madeUpNames[c.Language]; !ok {
		errs = append(errs, fmt.Errorf("language: %q is neither en nor zh-CN", c.Language))
	}
	if c.EmployeeGrace < 0 {
		errs = append(errs, errors.New("employee grace: less than 0"))
	}
	if err := c.DialOut.Validate(); err != nil {
		errs = append(errs, fmt.Errorf("calling people: %w", err))
	}
	if c.KeepSeat <= 0 || c.EmptyAfter <= 0 || c.ConnectWithin <= 0 {
		errs = append(errs, errors.New("times must be more than 0"))
	}
	for _, origin := range c.Origins {
		if u, err := url.Parse(origin); err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
			errs = append(errs, fmt.Errorf("origin %q: expected something like https://meet.example.com", origin))
		}
	}
	return errors.Join(errs...)
}
