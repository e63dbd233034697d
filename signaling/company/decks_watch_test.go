package company_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/company"
	"partyline/sip/billing"
)

// elsewhere is a store that somebody else changes.
type elsewhere struct {
	company.DeckStore
	mu    sync.Mutex // guards decks
	decks []company.Deck
}

func (s *elsewhere) add(version string, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decks = append([]company.Deck{{Version: version, Currency: "CNY", ActiveFrom: from}}, s.decks...)
}

func (s *elsewhere) Decks(context.Context) ([]company.Deck, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]company.Deck(nil), s.decks...), nil
}

func (s *elsewhere) DeckRates(_ context.Context, version string) (company.Deck, []byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, "prefix,rate_per_min\n86,1\n")
	_ = w.Close()
	for _, d := range s.decks {
		if d.Version == version {
			return d, packed.Bytes(), nil
		}
	}
	return company.Deck{}, nil, fmt.Errorf("no deck %s", version)
}

// TestWatch: a server learns of the decks that the command line has let come in
// force, and does nothing where none has.
func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &elsewhere{}
		s.add("0001", time.Now())
		var applied []string
		d := company.NewDecks(s, billing.Home{Currency: currency(t, "CNY")}, func(decks *billing.Decks) {
			applied = append(applied, decks.InForce("", time.Now()).Version())
		}, nil, quiet)
		if _, err := d.Load(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		var watching sync.WaitGroup
		watching.Go(func() { d.Watch(ctx) })
		time.Sleep(5 * time.Minute)
		s.add("a draft", time.Time{})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if len(applied) != 0 {
			t.Errorf("applied %v, and nothing has changed", applied)
		}
		s.add("0002", time.Now())
		time.Sleep(31 * time.Second)
		s.add("0003", time.Now().Add(time.Hour)) // to come
		time.Sleep(time.Minute)
		stop()
		watching.Wait()
		if got := fmt.Sprint(applied); got != "[0002 0002]" {
			t.Errorf("applied %s", got)
		}
	})
}
