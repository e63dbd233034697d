package sfu

import (
	"partyline/sfu/audio"
	"partyline/sfu/internal/vad"
)

// overheard is what the room notices about a phone beside mixing it.
type overheard struct {
	voice   vad.Detector
	stretch vad.Stretch
	told    bool // that it talks while it is muted
}

// watch looks at a tick of a phone in a room.
func (l *line) watch(s *source, level audio.Level) {
	l.record(level)
	o := &l.overheard
	voice := o.voice.Hear(level)
	if !s.muted.Load() || l.held.Load() {
		o.stretch, o.told = vad.Stretch{}, o.told && s.muted.Load()
		return
	}
	if o.stretch.Hear(voice) && !o.told {
		o.told = true
		l.hub.observer.TalkingMuted(l.room.room.id, s.participant)
	}
}
