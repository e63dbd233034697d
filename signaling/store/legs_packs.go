package store

import (
	"encoding/binary"
	"errors"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// quarterLength is how finely packs know when legs began, in milliseconds: all
// time zones begin their hours with a quarter of those of UTC.
const quarterLength = hourLength / 4

// quartersOfDay are the quarters of an hour that a day has, and dayLength is its
// length in milliseconds.
const (
	quartersOfDay = 96
	dayLength     = 24 * hourLength
)

// The parts of a pack beside one for each dimension.
const (
	partMarks = "marks" // of each leg when it began, its class and how bad it was
	partSums  = "sums"  // of each leg what else is summed up
)

// The bits of a leg's mark above its class.
const (
	markClass   = 0x03
	markDropped = 0x04
	markUnheard = 0x08
)

// dayPack is a pack while it is made. Each leg has a place in every part.
type dayPack struct {
	marks, sums []byte
	values      map[health.Dimension]*columnPacker
}

// columnPacker makes the column of a dimension: the different values, and for each
// leg the number of its own.
type columnPacker struct {
	numbers map[string]uint64
	words   []byte // each with its length before it
	legs    []byte
}

func newDayPack() *dayPack {
	p := &dayPack{values: make(map[health.Dimension]*columnPacker)}
	for _, d := range health.Dimensions() {
		p.values[d] = &columnPacker{numbers: make(map[string]uint64)}
	}
	return p
}

// add packs a leg that is over: of its row, what legFacets says.
func (p *dayPack) add(r *legRow, badness int64) {
	mark := byte(r.class) & markClass
	if r.dropped != 0 {
		mark |= markDropped
	}
	if r.because.Has(becauseUnheard) {
		mark |= markUnheard
	}
	p.marks = append(p.marks, byte(r.began%dayLength/quarterLength), mark)
	p.marks = binary.AppendUvarint(p.marks, uint64(max(badness, 0)))
	p.sums = append(p.sums, byte(r.stars), byte(r.because))
	for _, n := range r.figures() {
		p.sums = binary.AppendUvarint(p.sums, uint64(*n-unknown))
	}
	for d, column := range p.values {
		column.add(r.value(d))
	}
}

func (v *columnPacker) add(word string) {
	number, ok := v.numbers[word]
	if !ok {
		number = uint64(len(v.numbers))
		v.numbers[word] = number
		v.words = binary.AppendUvarint(v.words, uint64(len(word)))
		v.words = append(v.words, word...)
	}
	v.legs = binary.AppendUvarint(v.legs, number)
}

// packed is the column as it is stored.
func (v *columnPacker) packed() []byte {
	all := binary.AppendUvarint(nil, uint64(len(v.numbers)))
	return append(append(all, v.words...), v.legs...)
}

// parts are those of a pack, as they are stored.
func (p *dayPack) parts() map[string][]byte {
	all := map[string][]byte{partMarks: p.marks, partSums: p.sums}
	for d, column := range p.values {
		all[string(d)] = column.packed()
	}
	return all
}

// figures are what is measured of a leg and summed up; each may be unknown.
func (r *legRow) figures() [5]*int64 {
	return [...]*int64{&r.narrow, &r.wide, &r.loss, &r.jitter, &r.roundTrip}
}

// errPack is of a pack that is damaged, which is as if there were none.
var errPack = errors.New("not the legs of a day")

// packReader takes numbers from a part.
type packReader struct {
	data []byte
	at   int
	err  error
}

func (r *packReader) more() bool { return r.at < len(r.data) && r.err == nil }

func (r *packReader) number() uint64 {
	n, size := binary.Uvarint(r.data[r.at:])
	if size <= 0 {
		r.err = errPack
		return 0
	}
	r.at += size
	return n
}

func (r *packReader) octet() byte {
	if r.at == len(r.data) {
		r.err = errPack
		return 0
	}
	r.at++
	return r.data[r.at-1]
}

func (r *packReader) word() string {
	length := r.number()
	if length > uint64(len(r.data)-r.at) {
		r.err = errPack
		return ""
	}
	r.at += int(length)
	return string(r.data[r.at-int(length) : r.at])
}

// end tells whether all was read, and no more.
func (r *packReader) end() error {
	if r.more() {
		return errPack
	}
	return r.err
}

// packedLeg is what marks say of a leg.
type packedLeg struct {
	quarter int64 // of the day
	class   quality.Class
	dropped bool
	unheard bool
	badness int64
}

// readMarks reads the part of that name.
func readMarks(part []byte) ([]packedLeg, error) {
	r := packReader{data: part}
	legs := make([]packedLeg, 0, len(part)/3)
	for r.more() {
		quarter, mark := r.octet(), r.octet()
		legs = append(legs, packedLeg{
			int64(quarter), quality.Class(mark & markClass), mark&markDropped != 0, mark&markUnheard != 0, int64(r.number()),
		})
		if quarter >= quartersOfDay {
			r.err = errPack
		}
	}
	return legs, r.end()
}

// packedColumn is a dimension's part, read: what there is, and which of it each of
// so many legs has.
type packedColumn struct {
	words []string
	legs  []uint32
}

func readColumn(part []byte, legs int) (v packedColumn, err error) {
	r := packReader{data: part}
	count := r.number()
	if count > uint64(len(part)) {
		return v, errPack
	}
	v.words = make([]string, count)
	for i := range v.words {
		v.words[i] = r.word()
	}
	v.legs = make([]uint32, legs)
	for i := range v.legs {
		number := r.number()
		if number >= count {
			return v, errPack
		}
		v.legs[i] = uint32(number)
	}
	return v, r.end()
}

// find is the number of a value.
func (v *packedColumn) find(word string) (uint32, bool) {
	for i, w := range v.words {
		if w == word {
			return uint32(i), true
		}
	}
	return 0, false
}

// packedSums is what is summed up of a leg beside its mark.
type packedSums struct {
	stars   int
	because quality.Because
	figures [5]int64 // in the order of those of a row
}

// readSums reads the part of that name, of so many legs.
func readSums(part []byte, legs int) ([]packedSums, error) {
	r := packReader{data: part}
	all := make([]packedSums, legs)
	for i := range all {
		one := &all[i]
		one.stars, one.because = int(r.octet()), quality.Because(r.octet())
		for k := range one.figures {
			one.figures[k] = int64(r.number()) + unknown
		}
	}
	return all, r.end()
}

// give completes a row.
func (s *packedSums) give(row *legRow) {
	row.stars, row.because = s.stars, s.because
	for i, n := range row.figures() {
		*n = s.figures[i]
	}
}
