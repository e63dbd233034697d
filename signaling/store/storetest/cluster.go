package storetest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// superuser is whom the cluster belongs to, in the database and, where the
// tests run as root, on the system: PostgreSQL refuses to run as root.
const superuser = "postgres"

// startWithin is how long a cluster may take to be made and to answer.
const startWithin = time.Minute

// lazy is a cluster that starts when it is first asked for.
type lazy struct {
	once    sync.Once
	cluster *cluster // nil where PostgreSQL is not installed
	err     error
}

// shared is the one cluster of a test binary: starting one takes seconds.
var shared lazy

func (l *lazy) start() (*cluster, error) {
	l.once.Do(func() { l.cluster, l.err = startCluster() })
	return l.cluster, l.err
}

func (l *lazy) stop() error {
	if l.cluster == nil {
		return nil
	}
	return l.cluster.stop()
}

// cluster is a running PostgreSQL that listens on a unix socket only.
type cluster struct {
	dir  string // of data and socket
	bin  string
	as   *syscall.SysProcAttr
	quit chan struct{} // closed to stop it
	done chan error    // how it ended
}

func startCluster() (*cluster, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	c := &cluster{bin: bin, quit: make(chan struct{}), done: make(chan error, 1)}
	if c.dir, err = os.MkdirTemp("", "partyline-pg-"); err != nil {
		return c, err
	}
	if err := c.run(); err != nil {
		return c, errors.Join(err, os.RemoveAll(c.dir))
	}
	return c, nil
}

// binaries finds the newest PostgreSQL of Debian.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("no /usr/lib/postgresql/*/bin/initdb")
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func version(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}

func (c *cluster) run() error {
	if err := c.becomeOwner(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), startWithin)
	defer cancel()
	data := filepath.Join(c.dir, "data")
	initdb := c.command(ctx, "initdb", "-D", data, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w: %s", err, out)
	}
	started := make(chan error, 1)
	go c.serve(data, started)
	if err := <-started; err != nil {
		return err
	}
	for {
		err := c.command(ctx, "pg_isready", "-q", "-h", c.dir).Run()
		if err == nil {
			return nil
		}
		select {
		case err := <-c.done:
			return fmt.Errorf("postgres ended: %w", err)
		case <-ctx.Done():
			return errors.Join(fmt.Errorf("not ready: %w", err), c.end())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// becomeOwner arranges that the programs run as an ordinary user.
func (c *cluster) becomeOwner() error {
	c.as = &syscall.SysProcAttr{}
	if os.Getuid() != 0 {
		return nil
	}
	u, err := user.Lookup(superuser)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	c.as.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return os.Chown(c.dir, uid, gid)
}

func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.Dir = c.dir
	attr := *c.as
	cmd.SysProcAttr = &attr
	return cmd
}

// serve runs the server until quit is closed. The kernel stops it should the
// tests be killed; it watches the thread that started it, which is therefore
// held here.
func (c *cluster) serve(data string, started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// fsync off: nothing of this has to survive.
	cmd := c.command(context.Background(), "postgres", "-D", data, "-F", "-k", c.dir, "-c", "listen_addresses=", "-c", "max_connections=200")
	cmd.SysProcAttr.Pdeathsig = syscall.SIGINT
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err = <-ended:
	case <-c.quit:
		err = cmd.Process.Signal(syscall.SIGINT) // fast shutdown
		err = errors.Join(err, <-ended)
	}
	c.done <- err
}

func (c *cluster) stop() error {
	return errors.Join(c.end(), os.RemoveAll(c.dir))
}

func (c *cluster) end() error {
	close(c.quit)
	return <-c.done
}
