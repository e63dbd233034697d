// Package g711 codes and decodes ITU-T G.711, and measures the loudness of a
// coded payload without decoding it.
//
// Both laws work by table: 16 KB and 8 KB for coding, because G.711 looks at
// the upper 14 (µ-law) or 13 (A-law) bits of a sample only, and 512 bytes each
// for decoding. The tables follow the compress and expand procedures of ITU-T
// G.191 bit for bit. Nothing here allocates, and everything may be called from
// any goroutine.
package g711
