package quality

// Score is what a Sample comes to.
type Score struct {
	Class   Class
	Because Because // the limits of its class that were exceeded

	// MOS-CQE of each direction by the E-model, 0 when nothing is known. The
	// narrowband and wideband scales must never be mixed in one average.
	Said, Heard float64
	Wideband    bool
	Estimate    bool // the codec's constants are no standard's
}

// Because is a set of limits that were exceeded.
type Because uint8

// The limits.
const (
	BecauseLoss Because = 1 << iota
	BecauseConcealed
	BecauseJitter
	BecauseRoundTrip
	BecauseMOS
)

// Has tells whether all of the causes are set.
func (b Because) Has(causes Because) bool { return b&causes == causes }
