// Package leg is the media of one call: RTP and RTCP sockets, SRTP, latching,
// payload types, packet times, keys, statistics and the media timeout.
//
//	goroutine | one per | owns                   | ends when
//	Run       | leg     | reading RTP            | ctx ends, Close, or silence
//	attend    | leg     | RTCP, the media timeout | Run ends
//
// Sending has no goroutine: the room's tick calls Hear.
package leg
