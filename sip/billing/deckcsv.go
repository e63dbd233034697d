package billing

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"time"
)

// deckHeader are our own columns, in their order.
var deckHeader = []string{
	"prefix", "destination", "rate_per_min", "connect_fee", "initial_s", "increment_s", "min_s", "grace_s", "currency",
	"effective_from", "effective_to", "trunk", "direction", "class", "weight",
}

// WriteDeck writes rates as CSV in our own columns, which ParseDeck reads back
// as they are.
func WriteDeck(w io.Writer, rates []Rate, currency Currency) error {
	out := csv.NewWriter(w)
	cells := make([]string, len(deckHeader))
	err := out.Write(deckHeader)
	for i := 0; i < len(rates) && err == nil; i++ {
		r := &rates[i]
		cells = append(cells[:0], r.Prefix, r.Destination, r.PerMinute.String(), r.Connect.String(),
			strconv.Itoa(r.Initial), strconv.Itoa(r.Increment), strconv.Itoa(r.Minimum), strconv.Itoa(r.Grace),
			currency.Code, deckTime(r.From), deckTime(r.To), r.Trunk, r.Direction.String(), r.Class, strconv.Itoa(r.Weight))
		err = out.Write(cells)
	}
	out.Flush()
	if err == nil {
		err = out.Error()
	}
	if err != nil {
		return fmt.Errorf("write a rate deck: %w", err)
	}
	return nil
}

// deckTime writes a time of a deck; empty for ever.
func deckTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
