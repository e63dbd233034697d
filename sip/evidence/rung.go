package evidence

import (
	"net/netip"
	"strconv"
	"strings"

	"partyline/metrics/quality"
)

// Rung is the message as a ladder shows it.
func (m Message) Rung() quality.Message {
	head, _ := Read(m.Data)
	line, _, body := cutHead(m.Data)
	text, _, _ := strings.Cut(string(m.Data), "\r\n\r\n")
	return quality.Message{
		At: m.At, Out: m.Out, Again: m.Again, Line: string(line), Sort: head.Sort(),
		CSeq: strconv.FormatUint(uint64(head.Sequence), 10) + " " + head.Of,
		Peer: m.Network + " " + m.Peer.String(), Media: describe(body), Headers: text,
	}
}

// Ladder is all the messages as a ladder shows them.
func (c *Capture) Ladder() []quality.Message {
	rungs := make([]quality.Message, len(c.Messages))
	for i, m := range c.Messages {
		rungs[i] = m.Rung()
	}
	return rungs
}

// static are the payload types of RFC 3551 that phones use without an rtpmap.
var static = map[string]string{"0": "PCMU", "3": "GSM", "8": "PCMA", "9": "G722", "18": "G729"}

// describe says in a line what a session description offers or accepts: codecs,
// where sound is to go, and in which directions, "PCMA,PCMU 203.0.113.5:4000
// sendrecv". It is empty where there is none.
func describe(sdp []byte) string {
	var host, direction, port, profile string
	var payloads []string
	names := make(map[string]string)
	for line := range strings.Lines(string(sdp)) {
		key, value, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "=")
		if !ok {
			continue
		}
		switch key {
		case "c":
			if parts := strings.Fields(value); len(parts) == 3 {
				host = parts[2]
			}
		case "m":
			parts := strings.Fields(value)
			if port != "" || len(parts) < 4 || parts[0] != "audio" {
				continue
			}
			port, profile, payloads = parts[1], parts[2], parts[3:]
		case "a":
			switch name, content, _ := strings.Cut(value, ":"); name {
			case "rtpmap":
				payload, encoding, _ := strings.Cut(content, " ")
				names[payload] = first(encoding, "/")
			case "sendrecv", "sendonly", "recvonly", "inactive":
				direction = name
			}
		}
	}
	if port == "" {
		return ""
	}
	return sounds(payloads, names) + " " + place(host, port) + " " + or(direction, "sendrecv") + encrypted(profile)
}

// sounds are the first few codecs among payload types.
func sounds(payloads []string, names map[string]string) string {
	const several = 4
	var codecs []string
	for _, p := range payloads {
		name := or(names[p], static[p])
		if name == "" || strings.EqualFold(name, "telephone-event") || strings.EqualFold(name, "CN") {
			continue
		}
		if len(codecs) == several {
			return strings.Join(append(codecs, "…"), ",")
		}
		codecs = append(codecs, name)
	}
	return or(strings.Join(codecs, ","), "—")
}

func place(host, port string) string {
	address, err := netip.ParseAddr(host)
	number, bad := strconv.ParseUint(port, 10, 16)
	if err != nil || bad != nil {
		return host + ":" + port
	}
	return netip.AddrPortFrom(address, uint16(number)).String()
}

func encrypted(profile string) string {
	if strings.HasPrefix(profile, "RTP/SAVP") {
		return " SRTP"
	}
	return ""
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
