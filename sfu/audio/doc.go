// Package audio is the vocabulary of sound that the planes of Partyline share:
// frames on the bus, packets from a phone, the mix a phone hears, and the Line
// and Ear through which a call and a room meet. It imports nothing of ours.
//
// The bus is 16 kHz, mono, signed 16-bit, in frames of 20 ms (320 samples).
//
// A call hands RTP payloads to its [Line] as they arrive, still coded: jitter
// buffer, decoding, concealment and ranking belong to the room, which pulls
// once per tick and decodes only those who are heard. In the other direction
// the room calls the call's [Ear] once per tick with a [Mix], whose payloads
// are made once per codec and shared by everybody who hears the same mix.
package audio
