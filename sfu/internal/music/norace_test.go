//go:build !race

package music

const raceEnabled = false

// long is how long a piece is, in seconds.
const long = 12.0
