package main

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// inParallel does n things, at most width at a time, and stops at the first
// that fails. It calls done, unless that is nil, with how many are done; from
// any goroutine.
func inParallel(ctx context.Context, n, width int, do func(i int) error, done func(int)) error {
	var group errgroup.Group
	group.SetLimit(width)
	finished := make(chan struct{}, n)
	failed, cancel := context.WithCancel(ctx)
	defer cancel()
	for i := range n {
		if failed.Err() != nil {
			break
		}
		group.Go(func() error {
			if err := do(i); err != nil {
				cancel()
				return err
			}
			finished <- struct{}{}
			if done != nil {
				done(len(finished))
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}
