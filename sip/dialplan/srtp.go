package dialplan

import "fmt"

// SRTP is whether the sound of a trunk's calls is encrypted, with keys that
// come in the session description (SDES, RFC 4568). The description itself is
// as safe as its transport: keys mean little without TLS.
type SRTP uint8

// The policies. The zero value never encrypts.
const (
	SRTPOff      SRTP = iota // refuse RTP/SAVP, overlook keys in RTP/AVP
	SRTPOffered              // offer keys, take them where they are offered, do without otherwise
	SRTPRequired             // refuse calls without
)

// policies are the names in the configuration.
var policies = [...]string{SRTPOff: "off", SRTPOffered: "offered", SRTPRequired: "required"}

// String gives the policy's name in the configuration.
func (s SRTP) String() string {
	if int(s) < len(policies) {
		return policies[s]
	}
	return "unknown"
}

// MarshalText gives the policy's name.
func (s SRTP) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads a policy's name: "off", "offered" or "required".
func (s *SRTP) UnmarshalText(text []byte) error {
	for policy, name := range policies {
		if name == string(text) {
			*s = SRTP(policy)
			return nil
		}
	}
	return fmt.Errorf(`srtp cannot be %q: write "off", "offered" or "required"`, text)
}
