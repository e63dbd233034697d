package sfu

import (
	"partyline/sfu/audio"
	"partyline/sfu/internal/music"
	"partyline/sfu/internal/vad"
)

// overheard is what the room notices about a phone beside mixing it.
type overheard struct {
	frame audio.Frame // of the tick, if the mix has none

	voice   vad.Detector
	stretch vad.Stretch
	told    bool // that it talks while it is muted

	music   *music.Detector // from its first word on
	playing bool            // music, as the observer knows it
}

// watch looks at a tick of a phone in a room. Nothing is decoded for it but
// what somebody captures, and music that may end: for as long as it plays, the
// guard listens on, although the others may be spared it.
func (l *line) watch(s *source, level audio.Level) {
	o := &l.overheard
	open := l.gate.left > 0 && !l.held.Load()
	var heard *audio.Frame
	switch {
	case l.voice.in:
		heard = &l.voice.frame
	case l.captures.wanted.Load() || o.playing && open:
		heard = &o.frame
		l.speak(heard)
	}
	l.record(heard, level)
	o.mutedTalk(l, s, level)
	o.guard(l, s, heard, l.voice.in || open)
}

// mutedTalk tells of a phone that talks although it is muted.
func (o *overheard) mutedTalk(l *line, s *source, level audio.Level) {
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

// guard tells of music that begins and ends.
func (o *overheard) guard(l *line, s *source, heard *audio.Frame, open bool) {
	if o.music == nil {
		if !l.voice.in {
			return
		}
		o.music = new(music.Detector)
	}
	playing := false
	if heard != nil && open {
		playing = o.music.Hear(heard)
	} else {
		playing = o.music.Pause()
	}
	if playing != o.playing {
		o.playing = playing
		l.hub.observer.Music(l.room.room.id, s.participant, playing)
	}
}

// anew forgets what was noticed about talk. In the foyer there is no music to
// guard against; from room to room it goes along, as a mute does.
func (o *overheard) anew(foyer bool) {
	next := overheard{music: o.music, playing: o.playing}
	if foyer {
		next = overheard{}
	}
	*o = next
}
