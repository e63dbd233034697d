package billing

import "io"

func compareDecks(old, new *Deck) []Change { panic("later") }

func parseDeck(r io.Reader, reading Reading) (Sheet, []Fault) { panic("later") }
