// Package leg is the media of one call: RTP and RTCP sockets, latching,
// payload types, telephone events, statistics and the media timeout.
//
//	goroutine | one per | owns                      | ends when
//	Run       | leg     | reading RTP, the latch    | ctx ends, Close, or silence
//	control   | leg     | RTCP, reports, timeouts   | Run ends
package leg
