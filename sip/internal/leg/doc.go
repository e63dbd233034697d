// Package leg is the media of one call: RTP and RTCP sockets, SRTP, latching,
// payload types, packet times, keys, statistics and the media timeout.
//
//	goroutine  | one per | owns                    | ends when
//	Run        | leg     | the leg, reading RTP    | ctx ends, Close, or silence
//	attend     | leg     | RTCP, the media timeout | Run ends
//	poller.run | Ports   | reading RTP of all legs | the last leg's Run ends
//
// The third is there where [Ports.Share] was called and the system is Linux; Run
// then only waits.
//
// Sending has no goroutine: the room's tick calls Hear.
package leg
