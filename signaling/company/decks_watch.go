package company

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// watchEvery is how long it may take until decks count that somebody else has
// changed: the command line, or another node.
const watchEvery = 30 * time.Second

// Watch applies the decks when others change them, until the context is done.
func (d *Decks) Watch(ctx context.Context) {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		all, err := d.store.Decks(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			d.log.WarnContext(ctx, "whether the decks have changed could not be read", "err", err)
		case summary(all) != *d.loaded.Load():
			d.applied(ctx)
		}
	}
}

// summary is what of decks makes a difference to prices: which are to come in
// force, and when.
func summary(decks []Deck) string {
	var text strings.Builder
	for _, deck := range decks {
		if !deck.ActiveFrom.IsZero() {
			fmt.Fprintln(&text, deck.Version, deck.Trunk, deck.ActiveFrom.UnixMilli())
		}
	}
	return text.String()
}
