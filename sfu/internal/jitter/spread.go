package jitter

// spread measures how unevenly packets arrive: how late each is behind the
// earliest of the last few seconds. Times are µs.
type spread struct {
	bins   [bins]uint8 // how many of the window's packets, by lateness
	window [window]uint8
	at     int // next place in window
	n      int // packets in window

	least   [2]int64 // transit minimum of the previous and the current half
	current int      // packets in the current half
}

const (
	window   = 100  // packets: 2 s at 20 ms
	binWidth = 5000 // µs
	bins     = 60   // up to 300 ms
)

// add notes a packet's transit time, which has any constant offset.
func (s *spread) add(transit int64) {
	switch {
	case s.n == 0:
		s.least = [2]int64{transit, transit}
	case s.current == window/2:
		s.least = [2]int64{s.least[1], transit}
		s.current = 0
	}
	s.least[1] = min(s.least[1], transit)
	s.current++

	late := uint8(min((transit-s.base()+binWidth-1)/binWidth, bins-1))
	if s.n == window {
		s.bins[s.window[s.at]]--
	} else {
		s.n++
	}
	s.bins[late]++
	s.window[s.at] = late
	s.at = (s.at + 1) % window
}

// base is the transit time of the quickest recent packet.
func (s *spread) base() int64 { return min(s.least[0], s.least[1]) }

// p97 is the lateness in µs that 97 of 100 packets stay within.
func (s *spread) p97() int64 {
	allowed := s.n * 3 / 100
	for late := bins - 1; late > 0; late-- {
		if allowed -= int(s.bins[late]); allowed < 0 {
			return int64(late) * binWidth
		}
	}
	return 0
}
