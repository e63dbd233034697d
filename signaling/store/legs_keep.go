package store

import (
	"bytes"
	"compress/flate"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
)

// Keep is quality.Store. A leg is counted in the sums of its hour when it is
// kept as ended for the first time; after that its row stays as it is.
func (s *Store) Keep(ctx context.Context, batch quality.Batch) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for _, step := range []func(context.Context, bulk, quality.Batch) error{
			s.keepLegs, keepChunks, keepEvents, keepJoins, keepCalls,
		} {
			if err := step(ctx, s.bulk(tx), batch); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Store) keepLegs(ctx context.Context, tx bulk, batch quality.Batch) error {
	rows, err := s.legsToKeep(ctx, tx, batch.Legs)
	if err != nil || len(rows) == 0 {
		return err
	}
	err = tx.insert(ctx, "leg", s.legs.names, len(rows), func(i int) []any { return s.legs.values(&rows[i]) }, s.legs.update)
	if err != nil {
		return err
	}
	if err := s.keepSittings(ctx, tx, rows); err != nil {
		return err
	}
	if err := keepWords(ctx, tx, rows); err != nil {
		return err
	}
	if err := addLegs(ctx, tx, rows); err != nil {
		return err
	}
	return unpack(ctx, tx, rows)
}

// legsToKeep leaves out the legs that are stored as ended already, and all but
// the last word on each.
func (s *Store) legsToKeep(ctx context.Context, tx bulk, records []quality.Record) ([]legRow, error) {
	var rows []legRow
	for some := range slices.Chunk(records, mostPlaces) {
		ids, places := idsOf(some)
		over, err := keyed(ctx, tx, `SELECT id, ended FROM leg WHERE id IN (`+places+`)`+s.dialect.forUpdate, ids)
		if err != nil {
			return nil, fmt.Errorf("find legs: %w", err)
		}
		stars, err := keyed(ctx, tx, `SELECT leg_id, stars FROM rating WHERE leg_id IN (`+places+`)`, ids)
		if err != nil {
			return nil, fmt.Errorf("find ratings: %w", err)
		}
		now := time.Now()
		for _, record := range some {
			if over[record.Leg.ID] == 0 {
				rows = append(rows, newLegRow(record, int(stars[record.Leg.ID]), now))
			}
		}
	}
	last := map[string]int{}
	for i := range rows {
		if at, ok := last[rows[i].Leg.ID]; !ok || rows[at].ended == 0 {
			last[rows[i].Leg.ID] = i
		}
	}
	kept := rows[:0:0]
	for i := range rows {
		if last[rows[i].Leg.ID] == i {
			kept = append(kept, rows[i])
		}
	}
	return kept, nil
}

// mostPlaces is how many values one query looks for.
const mostPlaces = 100

func idsOf(records []quality.Record) (ids []any, places string) {
	for i := range records {
		ids = append(ids, records[i].Leg.ID)
	}
	return ids, placesFor(len(ids))
}

// placesFor names so many arguments, from the first on.
func placesFor(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = `$` + strconv.Itoa(i+1)
	}
	return strings.Join(all, `, `)
}

// keyed reads numbers by texts.
func keyed(ctx context.Context, q querier, query string, args []any) (map[string]int64, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := map[string]int64{}
	for rows.Next() {
		var key string
		var n int64
		if err := rows.Scan(&key, &n); err != nil {
			return nil, err
		}
		all[key] = n
	}
	return all, rows.Err()
}

// keepWords notes which names and numbers there are.
func keepWords(ctx context.Context, tx bulk, rows []legRow) error {
	type word struct{ sort, word string }
	last := map[word]int64{}
	for i := range rows {
		for _, w := range []word{{"name", strings.ToLower(rows[i].Leg.Name)}, {"number", rows[i].Leg.Number}} {
			if w.word != "" {
				last[w] = max(last[w], hourOf(rows[i].Leg.Began))
			}
		}
	}
	words := make([]word, 0, len(last))
	for w := range last {
		words = append(words, w)
	}
	slices.SortFunc(words, func(a, b word) int { return strings.Compare(a.sort+a.word, b.sort+b.word) })
	return tx.insert(ctx, "leg_word", []string{"sort", "word", "last"}, len(words), func(i int) []any {
		return []any{words[i].sort, words[i].word, last[words[i]]}
	}, ` ON CONFLICT (sort, word) DO UPDATE SET last = excluded.last WHERE leg_word.last < excluded.last`)
}

func keepChunks(ctx context.Context, tx bulk, batch quality.Batch) error {
	type place struct {
		leg  string
		from int64
	}
	chunks := lastOfEach(batch.Chunks, func(c quality.Chunk) place { return place{c.Leg, ms(c.From)} })
	return tx.insert(ctx, "leg_chunk", []string{"leg_id", "began", "ended", "samples", "packed"}, len(chunks), func(i int) []any {
		c := &chunks[i]
		return []any{c.Leg, ms(c.From), ms(c.To), c.Samples, c.Packed}
	}, ` ON CONFLICT (leg_id, began) DO UPDATE SET ended = excluded.ended, samples = excluded.samples, packed = excluded.packed`)
}

// lastOfEach leaves out what comes again later with the same key: no statement
// may touch a row twice.
func lastOfEach[T any, K comparable](all []T, key func(T) K) []T {
	at := make(map[K]int, len(all))
	kept := make([]T, 0, len(all))
	for _, v := range all {
		k := key(v)
		if i, ok := at[k]; ok {
			kept[i] = v
			continue
		}
		at[k] = len(kept)
		kept = append(kept, v)
	}
	return kept
}

func keepEvents(ctx context.Context, tx bulk, batch quality.Batch) error {
	return tx.insert(ctx, "leg_event", []string{"leg_id", "number", "at", "what", "note"}, len(batch.Events), func(i int) []any {
		e := &batch.Events[i]
		return []any{e.Leg, e.Number, ms(e.At), string(e.What), shortened(printable(e.Note), longestText)}
	}, ` ON CONFLICT DO NOTHING`)
}

func keepCalls(ctx context.Context, tx bulk, batch quality.Batch) error {
	now := ms(time.Now())
	for _, c := range batch.Calls {
		sig := c.Signalling
		_, err := tx.ExecContext(ctx, `
			INSERT INTO leg_signalling (leg_id, at, pdd_ms, answer_ms, status, q850, retransmissions, challenges, holds, held_ms, bye)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING`,
			c.Leg, now, sig.PDD.Milliseconds(), sig.Answer.Milliseconds(), sig.Status, sig.Q850, sig.Retransmissions, sig.Challenges,
			sig.Holds, sig.Held.Milliseconds(), string(sig.Bye))
		if err != nil {
			return fmt.Errorf("keep a call's signalling: %w", err)
		}
		if len(c.Ladder) > 0 {
			ladder, err := packLadder(c.Ladder)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO leg_ladder (leg_id, at, messages) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, c.Leg, now, ladder); err != nil {
				return fmt.Errorf("keep a ladder: %w", err)
			}
		}
		if len(c.Capture) > 0 {
			if _, err := tx.ExecContext(ctx, `INSERT INTO leg_evidence (leg_id, at, packed) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`, c.Leg, now, c.Capture); err != nil {
				return fmt.Errorf("keep a capture: %w", err)
			}
		}
	}
	return nil
}

// packLadder makes messages a quarter of their length.
func packLadder(ladder []quality.Message) ([]byte, error) {
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.DefaultCompression)
	if err != nil {
		return nil, fmt.Errorf("pack a ladder: %w", err)
	}
	if err := json.NewEncoder(w).Encode(ladder); err != nil {
		return nil, fmt.Errorf("pack a ladder: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("pack a ladder: %w", err)
	}
	return packed.Bytes(), nil
}

// largestLadder is more than any packed ladder unpacks to.
const largestLadder = 16 << 20

func unpackLadder(packed []byte) ([]quality.Message, error) {
	var ladder []quality.Message
	text := io.LimitReader(flate.NewReader(bytes.NewReader(packed)), largestLadder)
	if err := json.NewDecoder(text).Decode(&ladder); err != nil {
		return nil, fmt.Errorf("unpack a ladder: %w", err)
	}
	return ladder, nil
}
