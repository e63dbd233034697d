package billing

// Told is the greatest share, in percent, that the owner of a budget that
// stands so has been told of; 0: none.
func (s Standing) Told() (percent int) {
	for _, n := range s.Notices(-1) {
		percent = n.Percent
	}
	return percent
}

// Percent is how much of the budget is used up, spent and held; over 100 where
// it is overrun.
func (s Standing) Percent() int {
	used := s.Spent + s.Held
	switch {
	case used <= 0:
		return 0
	case s.Budget.Limit <= 0:
		return 100
	}
	return int(used * 100 / s.Budget.Limit)
}
