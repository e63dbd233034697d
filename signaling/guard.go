package signaling

// The hold guard: a phone that sends steady music, as a caller's own exchange
// does while it holds the call, is muted until the music ends. Its owner ends
// that by unmuting, a host by Unguard; either way the phone is trusted from
// then on.

// music takes what the audio plane heard on a phone's line.
func (r *room) music(number uint32, playing bool) {
	m, ok := r.members[number]
	switch {
	case !ok || m.guarded == playing || playing && (m.trusted || m.muted):
	case playing:
		m.guarded = true
		r.applyMute(m)
		m.out.notice(Notice{Kind: MutedByGuard})
		r.changed(m)
		r.log.Info("hold guard muted a phone", "participant", number)
	default:
		r.endGuard(m)
	}
}

// endGuard undoes what the guard did. Who was muted beside that stays muted.
func (r *room) endGuard(m *member) {
	m.guarded = false
	r.applyMute(m)
	m.out.notice(Notice{Kind: UnmutedByGuard})
	r.changed(m)
}

// unguard is a host's word that a phone may be heard whatever it plays.
func (r *room) unguard(_, on *member) error {
	on.trusted = true
	if on.guarded {
		r.endGuard(on)
	}
	return nil
}

// talkingMuted points out to a caller that nobody hears them.
func (r *room) talkingMuted(number uint32) {
	if m, ok := r.members[number]; ok && m.silent() {
		m.out.notice(Notice{Kind: TalkingMuted})
	}
}

// applyMute has the audio plane do what the member's state says.
func (r *room) applyMute(m *member) { r.audio.SetMuted(r.id, m.number, m.silent()) }
