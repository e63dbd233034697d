package transport

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// TestOverload offers three times as many calls as a handler can take that is
// bound by its own slots, not by this machine: it goes on at its full pace,
// calls that stand are served throughout, the rest is told at once to come back
// later, and afterwards all is as before. A machine that stalls while it offers
// gets three tries at that.
func TestOverload(t *testing.T) {
	const (
		slots    = 4
		cost     = 40 * time.Millisecond
		capacity = float64(slots) / 0.040 // calls a second
		lasts    = 3 * time.Second
		tries    = 3
	)
	free := make(chan struct{}, slots)
	var busy atomic.Int64 // nanoseconds, of all slots together
	h := &handler{each: func(in Incoming) {
		if in.Initial {
			free <- struct{}{}
			begun := time.Now()
			time.Sleep(cost)
			busy.Add(int64(time.Since(begun)))
			<-free
		}
	}}
	s := start(t, Config{Rate: 1e6, Pending: 20}, h, nil)
	conn := dial(t, "udp", s.Local("udp"))
	var accepted, refused, within atomic.Int64
	var reading sync.WaitGroup
	reading.Go(func() { countAnswers(t, conn, &accepted, &refused, &within) })

	before := heap()
	offered, sentWithin, goodput := 0, 0, 0.0
	for try := 0; try < tries && goodput < 0.9; try++ {
		already := offered
		busy.Store(0)
		begun := time.Now()
		for elapsed := time.Duration(0); elapsed < lasts; elapsed = time.Since(begun) {
			for ; float64(offered-already) < 3*capacity*elapsed.Seconds(); offered++ {
				text := strings.Replace(request("INVITE", fmt.Sprint("call", offered), 1, "udp"), ";tag=t", "", 1)
				if _, err := conn.Write([]byte(text)); err != nil {
					t.Fatal(err)
				}
				if offered%10 == 0 { // a call that stands
					sentWithin++
					if _, err := conn.Write([]byte(request("INFO", fmt.Sprint("standing", offered), 1, "udp"))); err != nil {
						t.Fatal(err)
					}
				}
			}
			time.Sleep(5 * time.Millisecond)
		}
		// Slots that are in use all the time do all that they can, be the machine
		// as slow as it may.
		goodput = float64(busy.Load()) / float64(slots*time.Since(begun))
		t.Logf("offered %d, went on at %.0f %% of capacity, refused %d", offered, 100*goodput, refused.Load())
	}
	if goodput < 0.9 {
		t.Errorf("went on at %.0f %% of capacity", 100*goodput)
	}
	await(t, "an answer to every request within a call", func() bool { return int(within.Load()) == sentWithin })
	await(t, "an answer to every INVITE", func() bool { return int(accepted.Load()+refused.Load()) == offered })
	if refused.Load() < int64(offered)/3 {
		t.Errorf("only %d of %d were told to come back later", refused.Load(), offered)
	}
	await(t, "the end of overload", func() bool { c := s.Counters(); return c.Pending == 0 && !c.Overloaded })
	await(t, "a heap that has grown by less than 8 MB a try", func() bool { // transactions are kept for 32 s
		return int64(heap())-int64(before) < tries*8<<20
	})
	if c := s.Counters(); c.Shed != uint64(refused.Load()) || c.Admitted != uint64(accepted.Load()) {
		t.Errorf("counted %+v", c)
	}
	was := accepted.Load()
	if _, err := conn.Write([]byte(strings.Replace(request("INVITE", "afterwards", 1, "udp"), ";tag=t", "", 1))); err != nil {
		t.Fatal(err)
	}
	await(t, "a call afterwards", func() bool { return accepted.Load() == was+1 })
	_ = conn.Close()
	reading.Wait()
}

// countAnswers counts final answers until the connection is closed.
func countAnswers(t *testing.T, conn net.Conn, accepted, refused, within *atomic.Int64) {
	buf := make([]byte, 65536)
	for {
		n, err := conn.Read(buf)
		if err != nil {
			return
		}
		res, err := sip.ParseMessage(buf[:n])
		if err != nil {
			t.Error(err)
			continue
		}
		r, ok := res.(*sip.Response)
		switch {
		case !ok || r.IsProvisional():
		case r.CSeq().MethodName == sip.INFO:
			within.Add(1)
		case r.StatusCode == 503:
			refused.Add(1)
			if r.GetHeader("Retry-After") == nil {
				t.Error("503 without Retry-After")
			}
		case r.IsSuccess():
			accepted.Add(1)
		}
	}
}

// TestARepeatedInviteIsNotShed repeats an INVITE that was taken before there
// was too much to do: it must not be told otherwise now.
func TestARepeatedInviteIsNotShed(t *testing.T) {
	o := newOverload(2)
	now := time.Unix(1000, 0)
	invite := func(call string) *message {
		var m message
		if !m.parse([]byte(request("INVITE", call, 1, "udp"))) {
			t.Fatal("not parsed")
		}
		return &m
	}
	if !o.admit(invite("a"), now) || !o.admit(invite("b"), now) || o.admit(invite("c"), now) {
		t.Fatal("two should have been taken, and no third")
	}
	if !o.admit(invite("a"), now) {
		t.Error("a repetition was shed")
	}
	o.answered([]byte("a"), []byte("1"))
	if !o.admit(invite("a"), now) {
		t.Error("a repetition of an answered INVITE was shed")
	}
	o.answered([]byte("b"), []byte("1"))
	if !o.admit(invite("c"), now) {
		t.Error("nothing waits, and still it sheds")
	}
}

// TestLagSheds has requests wait for the processor.
func TestLagSheds(t *testing.T) {
	o := newOverload(1000)
	now := time.Unix(1000, 0)
	call := 0
	takes := func() bool {
		var m message
		call++
		m.parse([]byte(request("INVITE", fmt.Sprint("lag", call), 1, "udp")))
		return o.admit(&m, now)
	}
	o.handled(3*time.Second, now)
	if !takes() {
		t.Error("one slow request sheds calls")
	}
	for range 20 {
		o.handled(2*time.Second, now)
	}
	if takes() {
		t.Error("lag does not shed calls")
	}
	now = now.Add(2 * stale)
	if !takes() {
		t.Error("an old lag sheds calls")
	}
}
