package company

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"time"

	"partyline/sip/billing"
)

// DeckState is how far a version has come.
type DeckState string

// The states.
const (
	DeckDraft     DeckState = "draft"     // uploaded
	DeckScheduled DeckState = "scheduled" // comes in force
	DeckActive    DeckState = "active"    // in force
	DeckRetired   DeckState = "retired"   // was in force
	// DeckForeign is to be or was in force, and is in another currency than the
	// company's now: no call is priced by it.
	DeckForeign DeckState = "foreign"
)

// Deck is a version of a rate deck as it is kept.
type Deck struct {
	Version     string // "0001", "0002" …, given by the store
	Name        string
	Trunk       string // whose prices these are; empty: of all trunks
	Rows        int
	Currency    string
	SHA256      string // of the file that was uploaded, in hex
	UploadedAt  time.Time
	UploadedBy  Who
	ActiveFrom  time.Time // zero: a draft
	ActivatedBy string
	Removed     bool      // a draft that nobody wanted
	State       DeckState // found by when it is asked for; not stored
}

// DeckStore keeps decks for ever. Each method is one transaction and may be
// called from any goroutine.
type DeckStore interface {
	// AddDeck keeps a deck with its rates, and gives it the next version. Note
	// makes the entry, of the deck with its version.
	AddDeck(ctx context.Context, d Deck, rates []byte, note func(Deck) (Entry, error)) (Deck, error)
	// Decks lists those that were not removed, the latest version first.
	Decks(ctx context.Context) ([]Deck, error)
	// DeckRates gives a deck with its rates. It returns ErrNotFound, also for one
	// that was removed.
	DeckRates(ctx context.Context, version string) (Deck, []byte, error)
	// ChangeDeck lets change work on a deck and stores what it made of it; the
	// rates of one that is removed are forgotten. It returns ErrNotFound.
	ChangeDeck(ctx context.Context, version string, change func(*Deck) (Entry, error)) (Deck, error)
}

// states finds the states of decks: of each trunk's own, and of those for all,
// the latest that has begun is in force. Those in another currency than the
// company's are left out.
func states(decks []Deck, currency string, now time.Time) {
	active := map[string]int{}
	for i := range decks {
		d := &decks[i]
		switch {
		case d.ActiveFrom.IsZero():
			d.State = DeckDraft
			continue
		case d.Currency != currency:
			d.State = DeckForeign
			continue
		case d.ActiveFrom.After(now):
			d.State = DeckScheduled
			continue
		}
		d.State = DeckRetired
		if best, ok := active[d.Trunk]; !ok || d.follows(decks[best]) {
			active[d.Trunk] = i
		}
	}
	for _, i := range active {
		decks[i].State = DeckActive
	}
}

// follows tells whether a deck comes in force after another, as billing.Decks
// have it.
func (d Deck) follows(other Deck) bool {
	if d.ActiveFrom.Equal(other.ActiveFrom) {
		return d.Version > other.Version
	}
	return d.ActiveFrom.After(other.ActiveFrom)
}

// pack puts rates into the form in which they are kept: our own columns, by
// gzip.
func pack(rates []billing.Rate, currency billing.Currency) ([]byte, error) {
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return nil, err
	}
	if err := billing.WriteDeck(w, rates, currency); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}

// unpack gives the rates of a deck that is kept.
func unpack(d Deck, packed []byte) ([]billing.Rate, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, fmt.Errorf("read deck %s: %w", d.Version, err)
	}
	currency, err := billing.ParseCurrency(d.Currency)
	if err != nil {
		return nil, fmt.Errorf("read deck %s: %w", d.Version, err)
	}
	// What was accepted once is read again, whatever the limits are now.
	sheet, faults := billing.ParseDeck(r, billing.Reading{Currency: currency, Bytes: 1 << 40, Rows: 1 << 30})
	if len(faults) > 0 {
		return nil, fmt.Errorf("read deck %s: %v", d.Version, faults[0])
	}
	return sheet.Rates, nil
}

// digest passes a file on and sums it up.
type digest struct {
	io.Reader
	sum interface{ Sum([]byte) []byte }
}

func newDigest(r io.Reader) digest {
	sum := sha256.New()
	return digest{io.TeeReader(r, sum), sum}
}

func (d digest) hex() string { return hex.EncodeToString(d.sum.Sum(nil)) }
