// Package music tells steady music from speech, in what a phone sends: music
// that an exchange plays to a held line, and nobody wants in a meeting.
//
// A [Detector] looks for two things that speech has not. Notes stay where they
// are: the energy in peaks of the spectrum that keep their frequency for 160 ms
// and more, or near it for 240 ms, is a large part of an instrument's and a
// small part of a voice's, which glides. And drums repeat themselves exactly.
// It needs 2 s of sound, or 2.6 s of drums, and costs 4 µs for a frame.
//
// Somebody who hums or sings for more than 2 s is a musician.
//
// Nothing here is safe for concurrent use.
package music
