//go:build race

package music

const raceEnabled = true
