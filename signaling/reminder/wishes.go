package reminder

import (
	"context"
	"fmt"
)

// ChoiceOf is how a person wants to be reminded.
func (s *Service) ChoiceOf(ctx context.Context, person string) (Choice, error) {
	choices, err := s.store.Choices(ctx, []string{person})
	if err != nil {
		return Choice{}, fmt.Errorf("read a choice: %w", err)
	}
	return choices[person], nil
}

// Choose changes how a person is reminded. It returns ErrBadChoice.
func (s *Service) Choose(ctx context.Context, person string, c Choice) error {
	if err := c.Check(); err != nil {
		return err
	}
	if err := s.store.SetChoice(ctx, person, c); err != nil {
		return fmt.Errorf("set a choice: %w", err)
	}
	s.replan()
	return nil
}

// LadderOf is how people are reminded of a meeting, and whether its organiser
// chose it.
func (s *Service) LadderOf(ctx context.Context, meeting string) (Ladder, bool, error) {
	ladders, err := s.store.Ladders(ctx, []string{meeting})
	if err != nil {
		return Ladder{}, false, fmt.Errorf("read a ladder: %w", err)
	}
	if l, ok := ladders[meeting]; ok {
		return l, true, nil
	}
	return DefaultLadder(Meeting), false, nil
}

// SetLadder changes how people are reminded of a meeting; that the organiser
// asks is for the caller to see to. It returns ErrBadLadder.
func (s *Service) SetLadder(ctx context.Context, meeting string, l Ladder) error {
	if err := l.Check(); err != nil {
		return err
	}
	if err := s.store.SetLadder(ctx, meeting, l); err != nil {
		return fmt.Errorf("set a ladder: %w", err)
	}
	s.replan()
	return nil
}

// replan has everything planned anew.
func (s *Service) replan() {
	s.turn.Lock()
	clear(s.planned)
	s.turn.Unlock()
	s.Changed()
}
