package ivr

import (
	"errors"
	"fmt"
	"slices"
)

// Config is what the menu needs to know of the company, and of the trunk that
// the call came over.
type Config struct {
	// Languages to offer, the default first. Key 1 chooses the first.
	Languages []string
	// Language to speak without asking; empty asks if there are several.
	Language string
	// Keys in the room; empty: DefaultKeys.
	Keys Keys
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	if len(c.Languages) == 0 && c.Language == "" {
		return errors.New("the phone menu needs at least one language")
	}
	if len(c.Languages) > 9 {
		return errors.New("the phone menu can offer at most nine languages, one per key")
	}
	for _, language := range append(slices.Clone(c.Languages), c.Language) {
		if !speaks(language) && language != "" {
			return fmt.Errorf("the phone menu does not speak %q, only %q and %q", language, English, Mandarin)
		}
	}
	return c.Keys.Validate()
}

func speaks(language string) bool { return language == English || language == Mandarin }
