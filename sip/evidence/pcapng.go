package evidence

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"net/netip"
	"time"
)

// pcapng writes packets in the format of draft-ietf-opsawg-pcapng: a section
// header, an interface of bare IP packets, and an enhanced packet block for each
// packet.
type pcapng struct {
	w   *bufio.Writer
	err error
}

const (
	sectionHeader, interfaceDescription, enhancedPacket = 0x0A0D0D0A, 1, 6
	byteOrder                                           = 0x1A2B3C4D
	// rawIP is LINKTYPE_RAW: an IPv4 or IPv6 header comes first.
	rawIP = 101
	// snapLength is no limit.
	snapLength = 1 << 18

	optionEnd, optionComment                              = 0, 1
	sectionApplication, interfaceName, interfaceTimeUnits = 4, 2, 9
	packetFlags                                           = 2
	inbound, outbound                                     = 1, 2
)

// WritePCAPNG writes the call as a pcapng file, as tools of network people read
// it. SIP over TCP and TLS stands in it as datagrams, with a comment that tells.
// The errors are those of w.
func (c *Capture) WritePCAPNG(w io.Writer) error {
	p := &pcapng{w: bufio.NewWriter(w)}
	p.section("Partyline")
	p.network("call")
	packets := c.Packets
	for _, m := range c.Messages {
		for len(packets) > 0 && packets[0].At.Before(m.At) {
			p.media(packets[0])
			packets = packets[1:]
		}
		p.message(m)
	}
	for _, packet := range packets {
		p.media(packet)
	}
	if p.err == nil {
		p.err = p.w.Flush()
	}
	if p.err != nil {
		return fmt.Errorf("write a capture: %w", p.err)
	}
	return nil
}

func (p *pcapng) message(m Message) {
	comment := "numbers and secrets are masked"
	if m.Network != "udp" {
		comment = "carried by " + m.Network + ", shown as a datagram; " + comment
	}
	p.packet(m.At, m.Out, datagram(m.Out, m.Local, m.Peer, m.Data, len(m.Data)), comment)
}

func (p *pcapng) media(m Packet) {
	p.packet(m.At, m.Out, datagram(m.Out, m.Local, m.Peer, m.Header, m.Size), "")
}

func (p *pcapng) section(application string) {
	var b []byte
	b = binary.LittleEndian.AppendUint32(b, byteOrder)
	b = binary.LittleEndian.AppendUint16(b, 1)                  // major version
	b = binary.LittleEndian.AppendUint16(b, 0)                  // minor version
	b = binary.LittleEndian.AppendUint64(b, 0xFFFFFFFFFFFFFFFF) // length of the section is not told
	b = appendOption(b, sectionApplication, []byte(application))
	p.block(sectionHeader, appendOption(b, optionEnd, nil))
}

func (p *pcapng) network(name string) {
	var b []byte
	b = binary.LittleEndian.AppendUint16(b, rawIP)
	b = binary.LittleEndian.AppendUint16(b, 0) // reserved
	b = binary.LittleEndian.AppendUint32(b, snapLength)
	b = appendOption(b, interfaceName, []byte(name))
	b = appendOption(b, interfaceTimeUnits, []byte{6}) // 10^-6 s
	p.block(interfaceDescription, appendOption(b, optionEnd, nil))
}

func (p *pcapng) packet(at time.Time, outward bool, data []byte, comment string) {
	micros := uint64(at.UnixMicro())
	var b []byte
	b = binary.LittleEndian.AppendUint32(b, 0) // the first interface
	b = binary.LittleEndian.AppendUint32(b, uint32(micros>>32))
	b = binary.LittleEndian.AppendUint32(b, uint32(micros))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(data)))
	b = append(b, data...)
	b = pad(b, len(data))
	flags := uint32(inbound)
	if outward {
		flags = outbound
	}
	b = appendOption(b, packetFlags, binary.LittleEndian.AppendUint32(nil, flags))
	if comment != "" {
		b = appendOption(b, optionComment, []byte(comment))
	}
	p.block(enhancedPacket, appendOption(b, optionEnd, nil))
}

// block writes a block with its length before and after.
func (p *pcapng) block(kind uint32, body []byte) {
	b := binary.LittleEndian.AppendUint32(make([]byte, 0, len(body)+12), kind)
	length := uint32(len(body) + 12)
	b = binary.LittleEndian.AppendUint32(b, length)
	b = append(b, body...)
	b = binary.LittleEndian.AppendUint32(b, length)
	if p.err == nil {
		_, p.err = p.w.Write(b)
	}
}

func appendOption(b []byte, code uint16, value []byte) []byte {
	b = binary.LittleEndian.AppendUint16(b, code)
	b = binary.LittleEndian.AppendUint16(b, uint16(len(value)))
	return pad(append(b, value...), len(value))
}

// pad fills up to 32 bits what has n bytes more than a multiple of them.
func pad(b []byte, n int) []byte {
	for ; n%4 != 0; n++ {
		b = append(b, 0)
	}
	return b
}

// datagram is a UDP packet of IPv4 or IPv6, whose payload is data and then zeros
// up to size.
func datagram(outward bool, local, peer netip.AddrPort, data []byte, size int) []byte {
	from, to := peer, local
	if outward {
		from, to = local, peer
	}
	const udpHeader, longest = 8, 65535 - 48
	size = min(max(size, len(data)), longest)
	data = data[:min(len(data), size)]
	length := udpHeader + size
	four := from.Addr().Unmap().Is4() && to.Addr().Unmap().Is4()
	var b []byte
	if four {
		b = ipv4(from.Addr().Unmap().As4(), to.Addr().Unmap().As4(), length)
	} else {
		b = ipv6(sixteen(from.Addr()), sixteen(to.Addr()), length)
	}
	start := len(b)
	b = binary.BigEndian.AppendUint16(b, from.Port())
	b = binary.BigEndian.AppendUint16(b, to.Port())
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = binary.BigEndian.AppendUint16(b, 0) // no checksum, which IPv4 allows
	b = append(b, data...)
	b = append(b, make([]byte, size-len(data))...)
	if !four {
		binary.BigEndian.PutUint16(b[start+6:], checksum(pseudo(b), b[start:]))
	}
	return b
}

// sixteen is an address as IPv6 writes it; none is the unspecified one.
func sixteen(a netip.Addr) [16]byte {
	if !a.IsValid() {
		return [16]byte{}
	}
	return a.As16()
}

const protocolUDP = 17

func ipv4(from, to [4]byte, length int) []byte {
	b := []byte{0x45, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(20+length))
	b = append(b, 0, 0, 0x40, 0, 64, protocolUDP, 0, 0) // not to be fragmented, 64 hops
	b = append(append(b, from[:]...), to[:]...)
	binary.BigEndian.PutUint16(b[10:], checksum(nil, b))
	return b
}

func ipv6(from, to [16]byte, length int) []byte {
	b := []byte{0x60, 0, 0, 0}
	b = binary.BigEndian.AppendUint16(b, uint16(length))
	b = append(b, protocolUDP, 64)
	return append(append(b, from[:]...), to[:]...)
}

// pseudo is what RFC 8200 section 8.1 has the checksum begin with, of a packet
// with an IPv6 header.
func pseudo(b []byte) []byte {
	p := append([]byte(nil), b[8:40]...)
	p = binary.BigEndian.AppendUint32(p, uint32(len(b)-40))
	return append(p, 0, 0, 0, protocolUDP)
}

// checksum is that of RFC 1071; 0 is written as all ones, since in UDP it means none.
func checksum(before, data []byte) uint16 {
	var sum uint32
	for _, b := range [][]byte{before, data} {
		for ; len(b) >= 2; b = b[2:] {
			sum += uint32(binary.BigEndian.Uint16(b))
		}
		if len(b) == 1 {
			sum += uint32(b[0]) << 8
		}
	}
	for sum > 0xFFFF {
		sum = sum>>16 + sum&0xFFFF
	}
	if sum == 0xFFFF {
		return 0xFFFF
	}
	return ^uint16(sum)
}
