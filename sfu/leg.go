package sfu

import "time"

// leg is one PeerConnection of a browser.
type leg struct{}

func (l *leg) hangUp() {}

func (r *room) tendLegs(*member, time.Time) {}
