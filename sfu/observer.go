package sfu

import (
	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// Observer hears what happens in the rooms. Calls come from any goroutine of
// the Hub, in order for each room, and must not block nor call back into it.
type Observer interface {
	// Speaking tells who is heard now, loudest first; nobody when the list is
	// empty. It comes when somebody begins or ends, at most ten times a
	// second, and once a second when only levels have changed.
	Speaking(room string, speakers []Speaker)
	// LegChanged tells that a browser leg connected, broke or closed.
	LegChanged(room string, participant uint32, leg string, state LegState)
	// Measured gives how a leg fared, every 5 s, and once more when it ends.
	Measured(at quality.Key, sample quality.Sample)
	// Glanced gives how a leg was in the last second, or in the last few when it
	// says little: for warnings, beside what Measured gives.
	Glanced(at quality.Key, sample quality.Sample)
	// Together tells whose microphones hear the same, whenever that has changed:
	// they sit in one room, and one of them should be muted.
	Together(room string, pairs []quality.Together)
	// TalkingMuted tells that a muted phone has been talking for a second. It
	// comes at most once for each time that the phone was muted.
	TalkingMuted(room string, participant uint32)
	// Music tells that a phone sends steady music, which hold does that was
	// not signalled, and later that it has ended. The hub lets it be heard:
	// whoever is told decides.
	Music(room string, participant uint32, playing bool)
	// RecordingEnded tells that a recording is over, whyever: its tracks are
	// closed.
	RecordingEnded(room string, how Recording)
}

// Speaker is somebody who is heard.
type Speaker struct {
	Participant uint32
	Level       audio.Level
}

// LegState is how far a browser leg has come.
type LegState uint8

// The states of a leg.
const (
	LegConnected LegState = iota + 1 // ICE and DTLS are up
	LegBroken                        // no packets for a while; may come back
	LegClosed                        // over
)

// String names the state for logs.
func (s LegState) String() string {
	switch s {
	case LegConnected:
		return "connected"
	case LegBroken:
		return "broken"
	case LegClosed:
		return "closed"
	default:
		return "unknown"
	}
}
