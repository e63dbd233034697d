package transport

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// sipvicious runs one of its programs from an address of the loopback net and
// returns what it says, when it is over, has done enough, or is stuck. It is
// given time: svmap alone waits for three seconds before it sums up.
func sipvicious(t *testing.T, enough func() bool, program, from string, s *Stack, args ...string) string {
	t.Helper()
	switch _, err := exec.LookPath(program); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("%s is not installed (Debian package sipvicious)", program)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	args = append([]string{"-b", from, "-x", from, "-p", strconv.Itoa(int(s.Local("udp").Port())), "-v"}, args...)
	if enough != nil {
		go func() {
			defer cancel()
			for !enough() && ctx.Err() == nil {
				time.Sleep(20 * time.Millisecond)
			}
			select {
			case <-time.After(time.Second): // for what it does after that
			case <-ctx.Done():
			}
		}()
	}
	command := exec.CommandContext(ctx, program, append(args, "127.0.0.1")...)
	command.Dir = t.TempDir()
	command.Env = append(os.Environ(), "HOME="+command.Dir)
	command.WaitDelay = time.Second
	out, err := command.CombinedOutput()
	if len(out) == 0 {
		t.Fatalf("%s said nothing: %v", program, err)
	}
	t.Logf("%s: %s", program, out)
	return string(out)
}

// registrar asks everybody for a password, and takes none.
type registrar struct{ asked atomic.Int64 }

func (r *registrar) ServeSIP(in Incoming) {
	r.asked.Add(1)
	if in.IsAck() {
		return
	}
	res := sip.NewResponseFromRequest(in.Request, 401, "Unauthorized", nil)
	res.AppendHeader(sip.NewHeader("WWW-Authenticate", `Digest realm="partyline", nonce="0123456789", algorithm=MD5`))
	_ = in.Tx.Respond(res)
}

func (*registrar) Stray(*sip.Response)  {}
func (*registrar) Received(sip.Message) {}

// TestScanners lets sipvicious at a stack whose layers above ask for a password
// whatever the extension.
func TestScanners(t *testing.T) {
	t.Parallel()
	open := func(t *testing.T) (*Stack, *registrar) {
		r := &registrar{}
		stranger := netip.MustParseAddr("127.0.0.2")
		allow := func(a netip.Addr) bool { return a != stranger }
		return start(t, Config{Rate: 1000, Abilities: abilities, Allow: allow}, r, nil), r
	}
	t.Run("svmap from outside the list finds nothing", func(t *testing.T) {
		t.Parallel()
		s, r := open(t)
		out := sipvicious(t, nil, "svmap", "127.0.0.2", s)
		if !strings.Contains(out, "found nothing") || r.asked.Load() != 0 || s.screen.gate.drops(notListed) == 0 {
			t.Errorf("%d requests went up, %d were dropped", r.asked.Load(), s.screen.gate.drops(notListed))
		}
	})
	for name, args := range map[string][]string{
		"REGISTER": {"-e", "100-400", "-m", "REGISTER"},
		"forced":   {"-e", "100-400", "-m", "REGISTER", "--force"},
		"INVITE":   {"-e", "100-400", "-m", "INVITE", "--force"},
	} {
		t.Run("svwar finds no extension by "+name, func(t *testing.T) {
			t.Parallel()
			s, _ := open(t)
			if out := sipvicious(t, nil, "svwar", "127.0.0.1", s, args...); strings.Contains(out, "exists -") || strings.Contains(out, "| Extension") {
				t.Error("it found something")
			}
		})
	}
	t.Run("svcrack is banned", func(t *testing.T) {
		t.Parallel()
		s, r := open(t)
		banned := func() bool { return s.Counters().Banned > 0 }
		if out := sipvicious(t, banned, "svcrack", "127.0.0.1", s, "-u", "100", "-r", "1000-9999"); strings.Contains(out, "cracked users") {
			t.Error("it found a password")
		}
		if tries := r.asked.Load(); tries < banAt || tries > 3*banAt {
			t.Errorf("%d of its requests were heard", tries)
		}
		if s.Counters().Banned != 1 {
			t.Error("it is not banned")
		}
	})
}
