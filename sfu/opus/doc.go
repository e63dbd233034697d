// Package opus codes and decodes Opus (RFC 6716) on the bus: 16 kHz mono.
//
// Encoders work as the bridge needs them: VoIP, 32 kbit/s, complexity 5,
// in-band FEC. The 8 kbit/s more than the design had planned bring a phone's
// voice from NSIM .92 to .96 (ESTOI .975 to .989) at the same CPU time, which
// counts where it was coded before, by the phone or its carrier. At 20 kbit/s
// with FEC the encoder would fall to medium band, and below complexity 2 it
// would make no FEC at all.
//
// The codec is github.com/thesyncim/gopus, a port of libopus in Go without C:
// at 16 kHz it decodes bit for bit as libopus 1.6.1 does. As it is young, its
// calls are fenced with recover, and a build with the tag libopus (and cgo)
// uses C's libopus through github.com/hraban/opus instead; the tests under that
// tag decode the same packets with both and compare:
//
//	go test -tags "libopus nolibopusfile" ./sfu/opus
//
// An Encoder or Decoder belongs to one goroutine at a time.
package opus
