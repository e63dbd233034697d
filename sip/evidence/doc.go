// Package evidence is what is kept of a telephone call to show to whoever carried
// it: the SIP messages, with numbers and secrets masked, and the headers of RTP
// and RTCP, whose payload is gone.
//
// A call writes into a [Tape] while it lives. What comes of it is a [Capture],
// which is stored packed and made into files: pcapng for Wireshark and its like
// ([Capture.WritePCAPNG]), and a ladder for people ([Capture.WriteHTML]).
//
// Masked means: of numbers the last three digits are left, of display names,
// passwords, keys and their digests nothing. Bodies are kept only of session
// descriptions, for an INFO may hold the keys that somebody pressed.
package evidence
