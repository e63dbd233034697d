package sfu

import "partyline/sfu/audio"

// Prompts is where a line finds what it plays. sfu/prompts satisfies it.
type Prompts interface {
	// Clip gives the frames of a clip in a language ("en", "zh-CN"), and
	// whether there is one.
	Clip(language, name string) ([]audio.Frame, bool)
}
