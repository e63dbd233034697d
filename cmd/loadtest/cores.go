package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"

	"golang.org/x/sys/unix"
)

// cores divides the processors: one for the server, the others for the load,
// so that neither slows the other and the server's caches stay its own. The
// zero value divides nothing.
type cores struct {
	divided      bool
	server, load unix.CPUSet
}

// splitCores moves this process off the server's processor. With only one
// processor, nothing is divided.
func splitCores() (cores, error) {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return cores{}, fmt.Errorf("processors: %w", err)
	}
	if all.Count() < 2 {
		return cores{}, nil
	}
	c := cores{divided: true, load: all}
	for i := range maxProcessors {
		if all.IsSet(i) {
			c.server.Set(i)
			c.load.Clear(i)
			break
		}
	}
	return c, moveTo(&c.load)
}

// share undoes the division for what is started from now on: Chromium needs
// more than one processor to keep time.
func (c *cores) share() error {
	if !c.divided {
		return nil
	}
	all := c.load
	for i := range maxProcessors {
		if c.server.IsSet(i) {
			all.Set(i)
		}
	}
	*c = cores{}
	return moveTo(&all)
}

// maxProcessors is how many a unix.CPUSet can name.
const maxProcessors = 1024

// moveTo moves all threads of this process; those to come inherit it.
func moveTo(set *unix.CPUSet) error {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return fmt.Errorf("processors: %w", err)
	}
	for _, t := range threads {
		if id, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.SchedSetaffinity(id, set) // the thread may have ended
		}
	}
	runtime.GOMAXPROCS(set.Count())
	return nil
}

// start starts a process on the server's processor.
func (c cores) start(cmd *exec.Cmd) error {
	if !c.divided {
		return cmd.Start()
	}
	return c.onServers(cmd.Start)
}

// onServers runs f on the server's processor; what f starts stays there.
func (c cores) onServers(f func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.SchedSetaffinity(0, &c.server); err != nil {
		return fmt.Errorf("processors: %w", err)
	}
	err := f()
	if back := unix.SchedSetaffinity(0, &c.load); back != nil {
		return fmt.Errorf("processors: %w", back)
	}
	return err
}
