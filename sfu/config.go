package sfu

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// MaxSlots is the most talkers that a room can forward at once.
const MaxSlots = 8

// Config says where a Hub listens and how big its rooms may become.
type Config struct {
	// UDP is the one address, host:port, of all browsers' media. An empty
	// host means every address of this machine.
	UDP string
	// TCP is the address for browsers that cannot use UDP (ICE-TCP, RFC
	// 6544). Empty turns it off.
	TCP string
	// PublicAddresses are what browsers are told to send to, where that
	// differs from the machine's own addresses (NAT). Empty: the own ones.
	PublicAddresses []netip.Addr
	// Loopback offers 127.0.0.1 as well: for development and tests.
	Loopback bool
	// Slots is how many people are heard at once, 1 to MaxSlots.
	Slots int
	// MaxParticipants is the most people, browsers and phones, in one room.
	MaxParticipants int
	// LevelPhones brings phones gently to a common loudness, by at most 3 dB
	// a second and 12 dB in all.
	LevelPhones bool
}

// DefaultConfig is what a single node starts with.
func DefaultConfig() Config {
	return Config{UDP: ":7882", TCP: ":7882", Slots: 3, MaxParticipants: 500, LevelPhones: true}
}

// Validate tells what is wrong with the configuration, everything at once.
func (c Config) Validate() error {
	var errs []error
	if _, err := net.ResolveUDPAddr("udp", c.UDP); err != nil || c.UDP == "" {
		errs = append(errs, fmt.Errorf("udp %q is not host:port", c.UDP))
	}
	if c.TCP != "" {
		if _, err := net.ResolveTCPAddr("tcp", c.TCP); err != nil {
			errs = append(errs, fmt.Errorf("tcp %q is not host:port", c.TCP))
		}
	}
	for _, a := range c.PublicAddresses {
		if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() {
			errs = append(errs, fmt.Errorf("public address %s cannot be sent to", a))
		}
	}
	if c.Slots < 1 || c.Slots > MaxSlots {
		errs = append(errs, fmt.Errorf("slots is %d, must be 1 to %d", c.Slots, MaxSlots))
	}
	if c.MaxParticipants < 2 {
		errs = append(errs, fmt.Errorf("max participants is %d, must be at least 2", c.MaxParticipants))
	}
	return errors.Join(errs...)
}
