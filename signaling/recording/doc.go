// Package recording is the vault where recordings of meetings lie, encrypted
// at rest.
//
// A recording is a directory of the vault, named by its id, with a file for
// each track. Directories have mode 0700 and files 0600. What is in them can be
// read with the vault's key file alone: whoever has the disk or a backup of it
// without that file has nothing. There is no way around the vault: whoever is
// to hear a recording needs a [Vault.Read], and the program gives that to the
// route of the meeting's host only.
//
// # What a file looks like
//
// After a header of 48 octets come chunks; each is one Write, so that what was
// written can be read even if the program was killed right afterwards:
//
//	magic     8 octets  "PLTRACK1"
//	key id    8 octets  says which key file it was, and nothing about the key
//	salt     32 octets  random
//	chunk…    4 octets  length n of the plaintext, at most 65536; the highest bit marks the last one
//	          n + 16    AES-256-GCM
//
// The key of a file is HKDF-SHA-256 (RFC 5869) of the vault's key, with the
// salt and the names of recording and track: a file that was renamed or copied
// into another recording cannot be read. Chunks are sealed by the STREAM
// construction (Hoang, Reyhanitabar, Rogaway and Vizár 2015, §3.3), as in age:
// the nonce is the chunk's number and whether it is the last one, so that no
// chunk can be changed, left out, repeated or put elsewhere unnoticed. The
// chunk's length is authenticated with it.
//
// It is not the age format itself because age seals 64 KiB at a time: of a
// track on which little is said, a power cut would take many minutes.
//
// A file without its last chunk reads as far as it goes and then says
// [ErrUnfinished]: it is still being written, the program was killed, or
// somebody cut it. Whoever knows that the recording was finished knows which.
//
// Everything here may be used from any goroutine, but for one track's reader or
// writer.
package recording
