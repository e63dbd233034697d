package quality

import "time"

// Summary is what a leg's samples came to.
type Summary struct {
	Samples int
	Missing int // samples that were measured and could not be kept

	Unclassified, Good, Degraded, Poor time.Duration // for how long it was so

	PoorBecause     Causes // for how long which limit of Poor was exceeded
	DegradedBecause Causes // the same of Degraded, while it was not Poor

	Said, Heard Course
	RoundTrip   Mean  // s
	Worst       Worst // the worst time of it; zero when it was never Degraded nor Poor
	Marks       Marks // all that its samples had
}

// Causes is for how long each limit was exceeded; several may be at once.
type Causes struct {
	Loss, Concealed, Jitter, RoundTrip, MOS time.Duration
}

// Course is how one direction of a leg fared.
type Course struct {
	Packets, Lost                       uint64
	Late, Reordered, Duplicated, Healed uint64
	Gap                                 int // packets in the longest run of lost ones

	Burst     Mean // burst ratio, while packets were lost
	Concealed Mean // share
	Jitter    Mean // s
	Spread    Mean // s
	Buffer    Mean // s
	Bitrate   Mean // bit/s
	Level     Mean // dBov, while known
	Talking   Mean // share

	Narrow, Wide Mean // MOS-CQE on the narrowband and on the wideband scale, which are never mixed
}

// Mean is a mean over time with its largest and least values.
type Mean struct {
	Value, Least, Most float64
	Over               time.Duration // how much time it is of; with 0 there is no mean
}

// Worst is a time in which a leg was Degraded or Poor without a pause.
type Worst struct {
	From, To time.Time
	Class    Class // Poor if it was at any time
}
