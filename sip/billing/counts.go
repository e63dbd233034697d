package billing

import "time"

// placed is what of a call the velocities count: when it was opened, by what it
// counts for. The ledger counts too, and sees other nodes and what was before a
// restart; but it does not see the calls that are being opened at this moment.
type placed map[string][]time.Time

// keys are what a call counts for.
func (s *situation) keys() (person, prefix, trunk string) {
	if s.Person != "" {
		person = "person " + s.Person
	}
	prefix = "prefix " + block(s.To.Number)
	if len(s.routes) > 0 {
		trunk = "trunk " + s.routes[0].trunk
	}
	return person, prefix, trunk
}

// since counts the calls of a key, and forgets older ones.
func (p placed) since(key string, since time.Time) int {
	calls := p[key]
	for len(calls) > 0 && calls[0].Before(since) {
		calls = calls[1:]
	}
	if len(calls) == 0 {
		delete(p, key)
		return 0
	}
	p[key] = calls
	return len(calls)
}

// add counts a call.
func (p placed) add(s *situation) {
	person, prefix, trunk := s.keys()
	for _, key := range []string{person, prefix, trunk} {
		if key != "" {
			p[key] = append(p[key], s.At)
		}
	}
}

// remove takes the latest call off that counts for the same, which was not
// placed after all.
func (p placed) remove(s *situation) {
	person, prefix, trunk := s.keys()
	for _, key := range []string{person, prefix, trunk} {
		if n := len(p[key]); n > 0 {
			p[key] = p[key][:n-1]
		}
	}
}

// sweep forgets what is older than any window counts.
func (p placed) sweep(since time.Time) {
	for key := range p {
		p.since(key, since)
	}
}

// admit asks the brakes that count, with what the desk itself knows beside the
// ledger's facts. Where they agree the tab counts from now on; nil only asks.
func (d *Desk) admit(s *situation, t *Tab) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s.Direction == Outbound {
		d.count(s)
		if err := first(ofFacts, s); err != nil {
			return err
		}
	}
	if t != nil {
		if d.open[s.Call] != nil {
			return errTwice
		}
		d.open[s.Call] = t
		if s.Direction == Outbound {
			d.placed.add(s)
		}
	}
	return nil
}

// count raises the facts to what the desk knows. d.mu is held.
func (d *Desk) count(s *situation) {
	all, person := 0, 0
	for _, t := range d.open {
		if t.request.Direction == Outbound {
			all++
			if t.request.Person == s.Person {
				person++
			}
		}
	}
	f, since := &s.facts, s.At.Add(-s.brakes.Window)
	f.Open, f.OpenPerson = max(f.Open, all), max(f.OpenPerson, person)
	byPerson, toPrefix, _ := s.keys()
	f.ByPerson, f.ToPrefix = max(f.ByPerson, d.placed.since(byPerson, since)), max(f.ToPrefix, d.placed.since(toPrefix, since))
	byTrunk := make(map[string]int, len(s.routes))
	for _, route := range s.routes {
		byTrunk[route.trunk] = max(f.ByTrunk[route.trunk], d.placed.since("trunk "+route.trunk, since))
	}
	f.ByTrunk = byTrunk
}

// withdraw takes a call off that was admitted and not opened.
func (d *Desk) withdraw(s *situation) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.open, s.Call)
	if s.Direction == Outbound {
		d.placed.remove(s)
	}
}
