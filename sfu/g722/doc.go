// Package g722 codes wideband telephone speech by ITU-T G.722 at 64 kbit/s
// (mode 1): 16 kHz, one byte for two samples.
//
// The sound is split into a lower and an upper half of the band by a quadrature
// mirror filter, and each half is coded as the difference to what an adaptive
// predictor expects: six bits below 4 kHz, two above. Both ends adapt by what
// went over the wire. They forget, so that a loss is made good within some 20 ms:
// to bring the decoder along by what a loss was concealed with was tried, and
// no score of speech with 5 % loss was better for it.
//
// [Encoder] and [Decoder] are plain values: the zero value begins a stream, and
// a copy goes on from where the original was. Both directions delay the sound
// by 22 samples together (1.4 ms). Nothing here is safe for concurrent use.
package g722
