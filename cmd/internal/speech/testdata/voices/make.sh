#!/bin/sh
# Makes the voices that the tests speak with: 16 kHz, mono, 16 bit, peak -4 dBFS.
# Needs flite, espeak-ng and sox from Debian. Run it in this directory:
#
#	cd cmd/internal/speech/testdata/voices && sh make.sh
#
# The voices are CMU's (flite: rms, slt, awb, kal; permissive) and espeak-ng's own
# (lea; the program is GPL, what it says is not). The sentences are ours.
set -eu

finish() {
	sox -D "$1" -r 16000 -c 1 -b 16 "$2.wav" norm -4
	rm "$1"
}

flite -voice rms -o raw.wav -t "The bridge keeps time by measuring how late it is. Fifteen large boxes were shipped to the harbor on Tuesday, and nobody asked why."
finish raw.wav rms
flite -voice slt -o raw.wav -t "She had your dark suit in greasy wash water all year. Please call the office before noon, and bring both of the yellow folders."
finish raw.wav slt
flite -voice awb -o raw.wav -t "Rainbows are often seen when the sun shines after a storm. Her quick answer surprised every judge in the crowded room."
finish raw.wav awb
espeak-ng -v en-us+f4 -s 150 -w raw.wav "Many people rode the early train to the village. A cold wind blew over the open field while the children sang."
finish raw.wav lea
flite -voice kal16 -o raw.wav -t "Seven silver ships sailed slowly past the lighthouse at dawn. We talked about the budget for an hour before lunch arrived."
finish raw.wav kal
