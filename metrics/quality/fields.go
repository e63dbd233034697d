package quality

import (
	"math"
	"time"
)

// field is a figure of a T as it is packed: in whole units, cut off at least
// and most.
type field[T any] struct {
	get         func(*T) float64
	set         func(*T, float64)
	unit        float64
	least, most float64
}

// sampleFields are the figures of a Sample beside those of its streams.
var sampleFields = [...]field[Sample]{
	duration(func(s *Sample) *time.Duration { return &s.Span }, 10*time.Millisecond, 10*time.Minute),
	duration(func(s *Sample) *time.Duration { return &s.RoundTrip }, time.Millisecond, 10*time.Minute),
	number(func(s *Sample) *Marks { return &s.Marks }, math.MaxUint16),
}

// streamFields are those of a Stream. The first ones change all the time: they
// are the cheap ones. The order is that of version 1 of the packing.
var streamFields = [...]field[Stream]{
	number(func(s *Stream) *uint64 { return &s.Packets }, 1<<32),
	duration(func(s *Stream) *time.Duration { return &s.Jitter }, 100*time.Microsecond, time.Minute),
	duration(func(s *Stream) *time.Duration { return &s.Spread }, time.Millisecond, time.Minute),
	{
		func(s *Stream) float64 { return float64(s.Bitrate) },
		func(s *Stream, v float64) { s.Bitrate = int(v) }, 100, 0, 1e9,
	},
	share(func(s *Stream) *float64 { return &s.Level }, 0.5, Unknown, 20),
	share(func(s *Stream) *float64 { return &s.Swing }, 0.2, 0, 200),
	share(func(s *Stream) *float64 { return &s.Talking }, 0.01, 0, 1),
	duration(func(s *Stream) *time.Duration { return &s.Buffer }, time.Millisecond, time.Minute),
	share(func(s *Stream) *float64 { return &s.Loss }, 0.001, 0, 1),
	share(func(s *Stream) *float64 { return &s.Concealed }, 0.001, 0, 1),
	number(func(s *Stream) *int { return &s.Gap }, 1<<32),
	share(func(s *Stream) *float64 { return &s.Burst }, 0.05, 0, 1000),
	number(func(s *Stream) *uint64 { return &s.Reordered }, 1<<32),
	number(func(s *Stream) *uint64 { return &s.Healed }, 1<<32),
	number(func(s *Stream) *uint64 { return &s.Late }, 1<<32),
	number(func(s *Stream) *uint64 { return &s.Duplicated }, 1<<32),
	share(func(s *Stream) *float64 { return &s.Clipped }, 0.001, 0, 1),
}

func duration[T any](of func(*T) *time.Duration, unit, most time.Duration) field[T] {
	return field[T]{
		func(t *T) float64 { return float64(*of(t)) },
		func(t *T, v float64) { *of(t) = time.Duration(v) },
		float64(unit), 0, float64(most),
	}
}

func number[T any, N ~int | ~uint16 | ~uint64](of func(*T) *N, most float64) field[T] {
	return field[T]{
		func(t *T) float64 { return float64(*of(t)) },
		func(t *T, v float64) { *of(t) = N(v) },
		1, 0, most,
	}
}

func share[T any](of func(*T) *float64, unit, least, most float64) field[T] {
	return field[T]{
		func(t *T) float64 { return *of(t) },
		func(t *T, v float64) { *of(t) = v },
		unit, least, most,
	}
}

// units is the figure in units, rounded; what is not a number is 0.
func (f *field[T]) units(t *T) int64 {
	v := f.get(t)
	if math.IsNaN(v) {
		return 0
	}
	return int64(math.Round(min(max(v, f.least), f.most) / f.unit))
}

// restore sets the figure from units; it tells whether they are possible.
func (f *field[T]) restore(t *T, units int64) bool {
	v := float64(units)
	if v < math.Floor(f.least/f.unit) || v > math.Ceil(f.most/f.unit) {
		return false
	}
	v *= f.unit
	if f.unit < 1 { // 3 * 0.1 is to be 0.3
		v = float64(units) / math.Round(1/f.unit)
	}
	f.set(t, v)
	return true
}

const figures = len(sampleFields) + 2*len(streamFields)

// quanta are a sample's figures in units: the streams' take turns, so that
// those that change stand together.
type quanta [figures]int64

func quantaOf(s *Sample) (q quanta) {
	for i := range sampleFields {
		q[i] = sampleFields[i].units(s)
	}
	for i := range streamFields {
		q[len(sampleFields)+2*i] = streamFields[i].units(&s.Said)
		q[len(sampleFields)+2*i+1] = streamFields[i].units(&s.Heard)
	}
	return q
}

// sample is the way back. It tells whether all of the figures are possible.
func (q *quanta) sample() (s Sample, ok bool) {
	ok = true
	for i := range sampleFields {
		ok = ok && sampleFields[i].restore(&s, q[i])
	}
	for i := range streamFields {
		ok = ok && streamFields[i].restore(&s.Said, q[len(sampleFields)+2*i]) &&
			streamFields[i].restore(&s.Heard, q[len(sampleFields)+2*i+1])
	}
	return s, ok
}
