package quality

import "time"

// Key is where a leg is while it lives.
type Key struct {
	Room        string
	Participant uint32
	Leg         string // name of a browser's connection; empty for a phone
}

// Kind is by what somebody takes part.
type Kind string

// The kinds of legs, as they stand in records.
const (
	Browser Kind = "browser"
	Phone   Kind = "phone"
)

// Access is by what network a participant is connected, as far as the browser
// or the subnet tells.
type Access string

// The accesses. The empty one is not known.
const (
	Wired    Access = "wired"
	WiFi     Access = "wifi"
	Cellular Access = "cellular"
	VPN      Access = "vpn"
)

// Leg is one participant's connection: who, where and by what. ID is that of
// the participant's visit, which is that of the record of the call as well.
type Leg struct {
	ID          string
	Meeting     string // id
	Room        string // id; that of a breakout room differs from the meeting's
	Participant uint32
	Kind        Kind
	Person      string // id; empty for whoever has no account
	Name        string // as the meeting saw it
	Number      string // of a phone, E.164; shown masked
	CallID      string // SIP Call-ID of a phone's call

	Outbound    bool   // we called
	Trunk       string // of a phone
	Country     string // of the other end, ISO 3166 alpha-2
	Destination string // of the rate deck
	Codec       string // "opus", "PCMU", …
	Wideband    bool   // whether the codec carries 7 kHz or more

	Address   string // of the participant as the media comes from it, without port
	Site      string // name of the subnet it is in; empty: none of the company's
	Access    Access
	Agent     string // browser and major version ("Chrome 143"), or the phone's User-Agent
	System    string // operating system
	Device    string // microphone's label, shortened; empty: not told
	Transport string // "udp", "tcp", "tls"
	Candidate string // "host", "srflx", "prflx", "relay"

	Began time.Time
	Ended time.Time // zero while it lives
	Cause string    // what ended it, in the words of the records of calls
	// Dropped tells that it ended against everybody's will.
	Dropped bool
}
