// Package hep hands SIP messages to a collector such as Homer or sngrep, in
// version 3 of the Homer Encapsulation Protocol over UDP, TCP or TLS.
//
// What the collector is slow to take is dropped and counted: calls never wait. A
// connection that breaks is made anew.
//
//	goroutine | one per    | owns                          | ends when
//	send      | exporter   | its socket, what it waits for | Close
//	listen    | connection | knowing that it is closed     | the connection is
package hep

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"fmt"
	"net"
	"net/netip"
	"os"

	"partyline/sip/evidence"
	"partyline/sip/internal/transport"
)

// Config says where messages go to.
type Config struct {
	Collector string // "host:port"
	Network   string // "udp", "tcp" or "tls"; "" is the first
	CA        string // PEM file with who signed the collector's certificate; "": the system's
	Agent     uint32 // by which the collector knows us
	Password  string // that the collector asks for; empty: none
	// Masking is what is hidden of the messages. Passwords, keys and keys pressed
	// always are.
	Masking evidence.Masking
}

// Validate tells what is wrong with it.
func (c Config) Validate() error {
	if _, port, err := net.SplitHostPort(c.Collector); err != nil || port == "" {
		return fmt.Errorf("the collector %q is not like homer.example.com:9060", c.Collector)
	}
	switch c.Network {
	case "", udp, "tcp", encrypted:
	default:
		return fmt.Errorf("the collector is reached by udp, tcp or tls, not by %q", c.Network)
	}
	_, err := c.tls()
	return err
}

// tls is what a connection over TLS needs; nil for others.
func (c Config) tls() (*tls.Config, error) {
	if c.Network != encrypted {
		return nil, nil
	}
	host, _, err := net.SplitHostPort(c.Collector)
	if err != nil {
		return nil, err
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: host}
	if c.CA == "" {
		return secure, nil
	}
	signers, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("who signed the collector's certificate: %w", err)
	}
	secure.RootCAs = x509.NewCertPool()
	if !secure.RootCAs.AppendCertsFromPEM(signers) {
		return nil, fmt.Errorf("%s has no certificate: it must be PEM, with BEGIN CERTIFICATE", c.CA)
	}
	return secure, nil
}

// The networks that do not speak for themselves.
const (
	udp       = "udp"
	encrypted = "tls"
)

// Chunks of HEP3, all of vendor 0.
const (
	chunkFamily = 0x0001 + iota
	chunkProtocol
	chunkSource4
	chunkDestination4
	chunkSource6
	chunkDestination6
	chunkSourcePort
	chunkDestinationPort
	chunkSeconds
	chunkMicroseconds
	chunkKind
	chunkAgent
	_ // keep-alive
	chunkPassword
	chunkPayload
)

const (
	familyIPv4, familyIPv6   = 2, 10 // those of the Linux kernel
	protocolTCP, protocolUDP = 6, 17
	kindSIP                  = 1
)

// message is one on its way to the collector.
type message struct {
	transport.Passing
	local netip.AddrPort
}

// appendTo writes a packet.
func (c Config) appendTo(b []byte, m message) []byte {
	start := len(b)
	b = append(b, "HEP3\x00\x00"...)
	from, to := m.Peer, m.local
	if m.Out {
		from, to = m.local, m.Peer
	}
	from, to = plain(from), plain(to)
	if from.Addr().Is4() && to.Addr().Is4() {
		b = appendChunk(b, chunkFamily, []byte{familyIPv4})
		b = appendChunk(b, chunkSource4, from.Addr().AsSlice())
		b = appendChunk(b, chunkDestination4, to.Addr().AsSlice())
	} else {
		source, destination := sixteen(from), sixteen(to)
		b = appendChunk(b, chunkFamily, []byte{familyIPv6})
		b = appendChunk(b, chunkSource6, source[:])
		b = appendChunk(b, chunkDestination6, destination[:])
	}
	protocol := byte(protocolUDP)
	if m.Network != "udp" {
		protocol = protocolTCP
	}
	b = appendChunk(b, chunkProtocol, []byte{protocol})
	b = appendChunk(b, chunkSourcePort, binary.BigEndian.AppendUint16(nil, from.Port()))
	b = appendChunk(b, chunkDestinationPort, binary.BigEndian.AppendUint16(nil, to.Port()))
	b = appendChunk(b, chunkSeconds, binary.BigEndian.AppendUint32(nil, uint32(m.At.Unix())))
	b = appendChunk(b, chunkMicroseconds, binary.BigEndian.AppendUint32(nil, uint32(m.At.Nanosecond()/1000)))
	b = appendChunk(b, chunkKind, []byte{kindSIP})
	b = appendChunk(b, chunkAgent, binary.BigEndian.AppendUint32(nil, c.Agent))
	if c.Password != "" {
		b = appendChunk(b, chunkPassword, []byte(c.Password))
	}
	b = appendChunk(b, chunkPayload, evidence.Mask(m.Data, c.Masking))
	binary.BigEndian.PutUint16(b[start+4:], uint16(len(b)-start))
	return b
}

// appendChunk writes a chunk: vendor, kind and length, which counts these six
// bytes.
func appendChunk(b []byte, kind uint16, content []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, 0)
	b = binary.BigEndian.AppendUint16(b, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(6+len(content)))
	return append(b, content...)
}

func plain(a netip.AddrPort) netip.AddrPort { return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()) }

// sixteen is an address as IPv6 writes it; none is the unspecified one.
func sixteen(a netip.AddrPort) [16]byte {
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.Addr().As16()
}
