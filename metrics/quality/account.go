package quality

// Account adds up a leg's samples as they come. The zero value has none. It is
// not safe for concurrent use.
type Account struct{ sum summing }

// Add takes the next sample, which went by a codec.
func (a *Account) Add(sample *Sample, c Codec) { a.sum.add(sample, sample.Score(c)) }

// Summary is what the samples have come to so far.
func (a *Account) Summary() Summary { return a.sum.Summary }
