package sfu

// stay implements phone.
func (l *line) stay() (release func()) {
	l.seating.Lock()
	return l.seating.Unlock
}

// moved implements phone.
func (l *line) moved(to *place) { l.place.Store(to) }

// enterBy gives the line its voice in a room whose mix is next. Where the line
// comes from it is no longer heard by then.
func (l *line) enterBy(next floor, s *source) {
	l.moving.Lock()
	defer l.moving.Unlock()
	if l.floor != nil {
		l.floor.drop(l)
		l.floor = nil
	}
	l.enter(s)
	l.move(next)
}
