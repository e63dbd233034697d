// Package quality is the vocabulary of call quality: samples and their classes.
// It imports nothing of ours, so that every plane may use it.
package quality

// Class is how good a leg's connection is, as people see it.
type Class uint8

// The classes, in the order of getting worse; Sample.Class has their limits. A
// muted or silent leg is Unclassified, never Good.
const (
	Unclassified Class = iota
	Good
	Degraded
	Poor
)

// String gives the class's name as it stands in messages to clients.
func (c Class) String() string {
	switch c {
	case Good:
		return "good"
	case Degraded:
		return "degraded"
	case Poor:
		return "poor"
	default:
		return "unclassified"
	}
}
