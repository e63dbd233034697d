package store

import (
	"encoding/binary"
	"errors"
	"math"
	"time"

	"partyline/metrics/quality"
)

// summaryVersion is the first byte of a packed summary. The rest are the fields
// of quality.Summary in their order as varints: a summary takes some 200 bytes,
// a tenth of what it does as JSON.
const summaryVersion = 1

var errSummary = errors.New("not a summary of this version")

// fineness is how finely figures of a summary are kept.
const (
	fineCount = 1e3 // levels, MOS, burst ratios, shares of bits
	fineShare = 1e6
	fineTime  = 1e6 // seconds in µs
)

// summaryCoder goes through the fields of a summary, writing or reading them.
type summaryCoder struct {
	data    []byte
	reading bool
	err     error
}

func packSummary(s *quality.Summary) []byte {
	c := summaryCoder{data: []byte{summaryVersion}}
	clone := *s
	c.summary(&clone)
	return c.data
}

func unpackSummary(packed []byte) (quality.Summary, error) {
	var s quality.Summary
	if len(packed) == 0 || packed[0] != summaryVersion {
		return s, errSummary
	}
	c := summaryCoder{data: packed[1:], reading: true}
	c.summary(&s)
	if c.err == nil && len(c.data) > 0 {
		c.err = errSummary
	}
	return s, c.err
}

func (c *summaryCoder) summary(s *quality.Summary) {
	number(c, &s.Samples)
	number(c, &s.Missing)
	for _, d := range []*time.Duration{&s.Unclassified, &s.Good, &s.Degraded, &s.Poor} {
		c.duration(d)
	}
	for _, causes := range []*quality.Causes{&s.PoorBecause, &s.DegradedBecause} {
		for _, d := range []*time.Duration{&causes.Loss, &causes.Concealed, &causes.Jitter, &causes.RoundTrip, &causes.MOS} {
			c.duration(d)
		}
	}
	c.course(&s.Said)
	c.course(&s.Heard)
	c.mean(&s.RoundTrip, fineTime)
	c.time(&s.Worst.From)
	c.time(&s.Worst.To)
	number(c, &s.Worst.Class)
	c.duration(&s.Worst.Weight)
	number(c, &s.Marks)
}

func (c *summaryCoder) course(d *quality.Course) {
	for _, n := range []*uint64{&d.Packets, &d.Lost, &d.Late, &d.Reordered, &d.Duplicated, &d.Healed} {
		number(c, n)
	}
	number(c, &d.Gap)
	c.mean(&d.Burst, fineCount)
	c.mean(&d.Concealed, fineShare)
	c.mean(&d.Jitter, fineTime)
	c.mean(&d.Spread, fineTime)
	c.mean(&d.Buffer, fineTime)
	c.mean(&d.Bitrate, 1)
	c.mean(&d.Level, fineCount)
	c.mean(&d.Talking, fineShare)
	c.mean(&d.Narrow, fineCount)
	c.mean(&d.Wide, fineCount)
}

func (c *summaryCoder) mean(m *quality.Mean, fine float64) {
	c.duration(&m.Over)
	if m.Over == 0 {
		return
	}
	for _, f := range []*float64{&m.Value, &m.Least, &m.Most} {
		n := int64(math.Round(*f * fine))
		number(c, &n)
		*f = float64(n) / fine
	}
}

// duration keeps milliseconds.
func (c *summaryCoder) duration(d *time.Duration) {
	n := d.Milliseconds()
	number(c, &n)
	*d = time.Duration(n) * time.Millisecond
}

func (c *summaryCoder) time(t *time.Time) {
	n := ms(*t)
	number(c, &n)
	*t = fromMS(n)
}

// number writes or reads a whole number.
func number[T ~int | ~int64 | ~uint8 | ~uint16 | ~uint64](c *summaryCoder, n *T) {
	if !c.reading {
		c.data = binary.AppendVarint(c.data, int64(*n))
		return
	}
	value, size := binary.Varint(c.data)
	if size <= 0 {
		c.data, c.err = nil, errSummary
		*n = 0
		return
	}
	*n, c.data = T(value), c.data[size:]
}
