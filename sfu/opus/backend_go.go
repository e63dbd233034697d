//go:build !libopus

package opus

func newEncoder() (encoder, error) { return newGopusEncoder() }
func newDecoder() (decoder, error) { return newGopusDecoder() }
