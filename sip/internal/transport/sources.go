package transport

import (
	"hash/maphash"
	"math"
	"net/netip"
	"time"
)

// sources remembers how addresses behave, in a table of fixed size: who is
// sending fast, and who was blamed. An address that finds its places taken
// turns out the one that was heard of longest ago, so that whoever floods us
// from many addresses forgets himself first.
//
// The bans have a table of their own, which only the blamed get into: a flood
// of new addresses does not push them out.
type sources struct {
	seed  maphash.Seed
	rate  float64 // messages a second and source
	paces [paceSets][ways]pace
	bans  [banSets][ways]ban
}

const (
	ways     = 4
	paceSets = 2048
	banSets  = 1024

	// banAt is the blame that bans. Blame halves in banHalf, so that a telephone
	// with a wrong password that tries twice a minute stays below it.
	banAt   = 20
	banHalf = time.Minute
	// banFor is how long the first ban lasts. Each further one lasts twice as
	// long as the one before, up to banMost; an address that was good for
	// banMost begins anew.
	banFor  = 2 * time.Minute
	banMost = 2 * time.Hour
)

// pace is a token bucket that holds two seconds' worth.
type pace struct {
	who    netip.Addr
	tokens float64
	at     time.Time
}

// ban is what an address is blamed for.
type ban struct {
	who     netip.Addr
	blame   float64
	at      time.Time // of blame
	until   time.Time // banned until then
	strikes uint8     // bans so far
}

func newSources(rate int) *sources {
	return &sources{seed: maphash.MakeSeed(), rate: float64(rate)}
}

// subject is whom an address stands for: with IPv6, whoever has the /64.
func subject(a netip.Addr) netip.Addr {
	a = a.Unmap()
	if a.Is4() {
		return a
	}
	p, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a
	}
	return p.Addr()
}

// take takes a token from a source's bucket, if there is one.
func (s *sources) take(who netip.Addr, now time.Time) bool {
	set := &s.paces[maphash.Comparable(s.seed, who)%paceSets]
	p := &set[0]
	for i := range set {
		if set[i].who == who {
			p = &set[i]
			break
		}
		if set[i].at.Before(p.at) {
			p = &set[i]
		}
	}
	if p.who != who {
		*p = pace{who: who, tokens: 2 * s.rate, at: now}
	}
	p.tokens = min(2*s.rate, p.tokens+now.Sub(p.at).Seconds()*s.rate)
	p.at = now
	if p.tokens < 1 {
		return false
	}
	p.tokens--
	return true
}

// find looks for what an address is blamed for; nil for nothing.
func (s *sources) find(who netip.Addr) *ban {
	set := &s.bans[maphash.Comparable(s.seed, who)%banSets]
	for i := range set {
		if set[i].who == who {
			return &set[i]
		}
	}
	return nil
}

// banned tells whether an address is not listened to.
func (s *sources) banned(who netip.Addr, now time.Time) bool {
	b := s.find(who)
	return b != nil && now.Before(b.until)
}

// blame adds to what an address is blamed for, and tells for how long that got
// it banned, if it did.
func (s *sources) blame(who netip.Addr, weight float64, now time.Time) (banned time.Duration) {
	b := s.find(who)
	if b == nil {
		set := &s.bans[maphash.Comparable(s.seed, who)%banSets]
		b = &set[0]
		for i := range set {
			if set[i].worth(now) < b.worth(now) {
				b = &set[i]
			}
		}
		*b = ban{who: who, at: now}
	}
	if now.Before(b.until) {
		return 0
	}
	if now.Sub(b.until) > banMost {
		b.strikes = 0
	}
	b.blame = b.left(now) + weight
	b.at = now
	if b.blame < banAt {
		return 0
	}
	banned = min(banFor<<min(b.strikes, 10), banMost)
	b.strikes = min(b.strikes+1, 10)
	b.until, b.blame = now.Add(banned), 0
	return banned
}

// forgive takes blame away, but no ban.
func (s *sources) forgive(who netip.Addr) {
	if b := s.find(who); b != nil {
		b.blame = 0
	}
}

// left is what remains of the blame by now.
func (b *ban) left(now time.Time) float64 {
	return b.blame * math.Exp2(-now.Sub(b.at).Seconds()/banHalf.Seconds())
}

// worth tells which of two entries to keep: a ban, or else the greater blame.
func (b *ban) worth(now time.Time) float64 {
	if now.Before(b.until) {
		return banAt + b.until.Sub(now).Seconds()
	}
	return b.left(now)
}

// count tells how many addresses are banned, and how many known at all.
func (s *sources) count(now time.Time) (banned, known int) {
	for i := range s.bans {
		for j := range s.bans[i] {
			if now.Before(s.bans[i][j].until) {
				banned++
			}
		}
	}
	for i := range s.paces {
		for j := range s.paces[i] {
			if s.paces[i][j].who.IsValid() {
				known++
			}
		}
	}
	return banned, known
}
