#!/bin/sh
# Makes the sentences of the simulated telephone company beside this file.
# Debian packages: flite, sox. The voices are Carnegie Mellon's (slt and rms).
set -eu
cd "$(dirname "$0")"
scratch=$(mktemp)
trap 'rm -f "$scratch"' EXIT
say() {
	flite -voice "$2" -t "$3" -o "$scratch"
	sox -t wav "$scratch" -r 8000 -c 1 -b 16 -D "$1.wav" gain -n -6
}
say hello slt "Hello. You have reached the simulated telephone company. I am listening."
say voicemail rms "You have reached my voicemail. Please leave a message after the tone."
say unassigned slt "The number you have dialled is not in service."
say please-hold slt "Please hold the line."
