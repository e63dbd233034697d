package sfu

// mixer is the mix of a room's phones.
type mixer struct{}

// newMixer starts the mix of a room that gets its first phone.
func newMixer(*room) *mixer { return &mixer{} }

// Tap, Untap, add, remove and close make it the room's mixture.
func (m *mixer) Tap(uint32, voice)  {}
func (m *mixer) Untap(uint32)       {}
func (m *mixer) add(phone, *source) {}
func (m *mixer) remove(phone)       {}
func (m *mixer) close()             {}
