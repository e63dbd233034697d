package offer

// Direction is which way sound flows, seen from us (RFC 3264 section 5.1).
type Direction uint8

// The directions. The zero value is not a direction.
const (
	SendRecv Direction = iota + 1
	SendOnly
	RecvOnly
	Inactive
)

// String gives the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendRecv:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	default:
		return "unknown"
	}
}

// Sends tells whether we may send.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives tells whether the peer may send.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// reverse is a direction as the other side sees it.
func (d Direction) reverse() Direction {
	switch d {
	case SendOnly:
		return RecvOnly
	case RecvOnly:
		return SendOnly
	default:
		return d
	}
}

// intersect is what two wishes about our direction leave.
func intersect(a, b Direction) Direction {
	switch {
	case a.Sends() && b.Sends() && a.Receives() && b.Receives():
		return SendRecv
	case a.Sends() && b.Sends():
		return SendOnly
	case a.Receives() && b.Receives():
		return RecvOnly
	default:
		return Inactive
	}
}
