package wire

import (
	"errors"
	"slices"
)

const (
	maxSteps = 16
	maxStage = 24 // bytes of a stage or cause
)

func (m *Joins) check() error {
	if m.Leg != "" {
		if err := checkLeg(m.Leg); err != nil {
			return err
		}
	}
	if len(m.Steps) > maxSteps || len(m.Failed) > maxStage || len(m.Cause) > maxStage {
		return errors.New("too many steps, or too long a word,")
	}
	if slices.ContainsFunc(m.Steps, func(s Step) bool { return len(s.Stage) > maxStage }) {
		return errors.New("stage too long")
	}
	return nil
}

func (m *Rating) check() error {
	switch {
	case m.Stars < 1 || m.Stars > 5:
		return errors.New("stars outside 1..5")
	case len(m.Reasons) > len(RatingReasons()):
		return errors.New("too many reasons")
	case slices.ContainsFunc(m.Reasons, func(r string) bool { return !slices.Contains(RatingReasons(), r) }):
		return errors.New("unknown reason")
	}
	return nil
}
