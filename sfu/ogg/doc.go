// Package ogg writes and reads Ogg Opus: one logical stream of Opus packets in
// Ogg pages, RFC 3533 and RFC 7845.
//
// Positions and durations are in samples of 48 kHz, whatever the packets were
// coded at. What was not sent is written as [Writer.Gap], so that a packet's
// place in the file is its place in time.
package ogg

// Rate is the clock of positions, in Hz.
const Rate = 48000

const (
	capture    = "OggS"
	headerSize = 27
	maxLacing  = 255 // segments of a page, and octets of a segment

	// Flags of a page, RFC 3533 §6.
	continued = 1
	first     = 2
	last      = 4
)

// crcTable is that of the polynomial 0x04c11db7, neither reflected nor
// inverted, RFC 3533 §6.
var crcTable = func() (table [256]uint32) {
	for i := range table {
		r := uint32(i) << 24
		for range 8 {
			if r&(1<<31) != 0 {
				r = r<<1 ^ 0x04c11db7
			} else {
				r <<= 1
			}
		}
		table[i] = r
	}
	return table
}()

// checksum is a page's, its own field being zero.
func checksum(page []byte) (crc uint32) {
	for _, b := range page {
		crc = crc<<8 ^ crcTable[byte(crc>>24)^b]
	}
	return crc
}
