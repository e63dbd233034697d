// Package speech tells how well speech came through, without people.
//
// [Score] compares a recording with what was said: delay, level, intelligibility
// (STOI after Taal 2011, ESTOI after Jensen and Taal 2016), similarity of mel
// spectrograms (NSIM, as in ViSQOL), log-spectral distance, drop-outs, images
// of a bad resampler, clicks. [Gates] says what is good enough. [Identify]
// tells which of several known voices are in a recording, also when they speak
// at once. [OwnVoice] and [ToneSNR] are for echo and noise.
//
// Segmental SNR is reported and never a gate: it gives 8 dB to a perfect Opus
// call and 33 dB to one with holes.
//
// Samples are mono, 16 bit, at 8 or 16 kHz. Everything here computes; nothing
// keeps state, so all of it may be called from any goroutine.
package speech
