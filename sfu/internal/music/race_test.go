//go:build race

package music

const raceEnabled = true

// long is how long a piece is, in seconds.
const long = 6.0
