package transport

import (
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// order puts requests back into the order in which they arrived. sipgo runs
// each message's transaction on a goroutine of its own, so that of two INFO
// sent back to back the second may come first. The read loop announces every
// request here before that goroutine starts; a request that came through its
// transaction then waits for those of its Call-ID that were announced earlier.
//
// A retransmission is announced but never comes, since its transaction absorbs
// it; the same key tells it apart, and it is not waited for. One that overtakes
// the original comes in its place.
type order struct {
	handle func(Incoming)
	lagged func(lag time.Duration, now time.Time) // told how long each request took to get here

	mu      sync.Mutex // guards what follows
	queues  map[string]*queue
	waiting map[*sip.Request]*place
	empty   map[string]*place   // those that wait, by transaction key
	seen    map[string]struct{} // transaction keys of this half period …
	before  map[string]struct{} // … and of the one before
	came    *sync.Cond          // one of those that wait came, or was given up
	stopped bool
	running sync.WaitGroup
}

// queue holds the requests of one Call-ID in order of arrival.
type queue struct {
	places []*place
	busy   bool // a goroutine is working on it
}

// place is a request's position; it is empty until its transaction delivers it.
type place struct {
	call     string
	key      string
	twins    []*sip.Request // the request, and repetitions of it that may come first
	incoming Incoming
	filled   bool
	arrived  time.Time
	until    time.Time // not waited for beyond
}

const (
	// patience is how long the order waits for a request that was announced.
	patience = time.Second
	// memory is how long sipgo's transactions absorb retransmissions (64*T1).
	memory = 32 * time.Second
	// maxWaiting bounds what a flood can make us keep; beyond it requests are
	// served as they come.
	maxWaiting = 20000
)

func newOrder(handle func(Incoming), lagged func(time.Duration, time.Time)) *order {
	o := &order{
		handle: handle, lagged: lagged, queues: make(map[string]*queue),
		waiting: make(map[*sip.Request]*place), empty: make(map[string]*place),
		seen: make(map[string]struct{}), before: make(map[string]struct{}),
	}
	o.came = sync.NewCond(&o.mu)
	return o
}

// announce notes a request's arrival; it is called by read loops, in order.
func (o *order) announce(req *sip.Request, in Incoming, now time.Time) {
	call := req.CallID()
	if req.IsCancel() || call == nil {
		return // CANCEL goes to the transaction that it cancels
	}
	key, err := sip.ServerTxKeyMake(req)
	if err != nil {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if p := o.empty[key]; p != nil {
		p.twins = append(p.twins, req)
		o.waiting[req] = p
		return
	}
	if _, known := o.seen[key]; known || o.stopped || len(o.waiting) >= maxWaiting {
		return
	}
	if _, known := o.before[key]; known {
		return
	}
	o.seen[key] = struct{}{}
	p := &place{
		call: call.Value(), key: key, twins: []*sip.Request{req},
		incoming: in, arrived: now, until: now.Add(patience),
	}
	o.waiting[req], o.empty[key] = p, p
	o.queue(p.call).places = append(o.queue(p.call).places, p)
}

// deliver takes a request from its transaction.
func (o *order) deliver(req *sip.Request, tx *sip.ServerTx) {
	now := time.Now()
	if arrived := o.place(req, tx); !arrived.IsZero() {
		o.lagged(now.Sub(arrived), now)
	}
}

// place puts a request where it was announced, or at the end, and tells when it
// arrived if that is known.
func (o *order) place(req *sip.Request, tx *sip.ServerTx) (arrived time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.stopped {
		return arrived
	}
	p := o.waiting[req]
	if p == nil { // came back after its transaction was gone, or was given up
		p = &place{incoming: Incoming{Request: req}}
		if call := req.CallID(); call != nil {
			p.call = call.Value()
		}
		q := o.queue(p.call)
		q.places = append(q.places, p)
	}
	o.forget(p)
	p.incoming.Request, p.incoming.Tx, p.filled = req, tx, true
	o.start(p.call)
	return p.arrived
}

// forget stops waiting for what a place is for; o.mu is held.
func (o *order) forget(p *place) {
	for _, req := range p.twins {
		delete(o.waiting, req)
	}
	if o.empty[p.key] == p {
		delete(o.empty, p.key)
	}
	o.came.Broadcast()
}

// queue finds or makes a queue; o.mu is held.
func (o *order) queue(call string) *queue {
	q := o.queues[call]
	if q == nil {
		q = &queue{}
		o.queues[call] = q
	}
	return q
}

// start sets a goroutine to work if the head of the queue is there; o.mu is held.
func (o *order) start(call string) {
	q := o.queues[call]
	if q == nil || q.busy || len(q.places) == 0 || !q.places[0].filled {
		return
	}
	q.busy = true
	o.running.Add(1)
	go o.run(call, q)
}

// run handles what stands at the head of one queue.
func (o *order) run(call string, q *queue) {
	defer o.running.Done()
	for {
		o.mu.Lock()
		if len(q.places) == 0 || !q.places[0].filled || o.stopped {
			q.busy = false
			if len(q.places) == 0 {
				delete(o.queues, call)
			}
			o.mu.Unlock()
			return
		}
		p := q.places[0]
		q.places = q.places[1:]
		o.mu.Unlock()
		o.handle(p.incoming)
	}
}

// tidy gives up on requests that never came and forgets old keys.
func (o *order) tidy(now time.Time, forget bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, p := range o.waiting {
		if now.Before(p.until) {
			continue
		}
		o.forget(p)
		o.abandon(p)
	}
	if forget {
		o.seen, o.before = make(map[string]struct{}), o.seen
	}
}

// abandon takes an empty place out of its queue; o.mu is held.
func (o *order) abandon(p *place) {
	q := o.queues[p.call]
	if q == nil {
		return
	}
	for i, other := range q.places {
		if other == p {
			q.places = append(q.places[:i:i], q.places[i+1:]...)
			break
		}
	}
	if len(q.places) == 0 && !q.busy {
		delete(o.queues, p.call)
		return
	}
	o.start(p.call)
}

// stop waits for the requests that were read already, since sipgo would open a
// socket anew for one whose transaction begins when all are closed; then it lets
// none through any more and waits for those being handled.
func (o *order) stop() {
	o.mu.Lock()
	late := false
	limit := time.AfterFunc(patience, func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		late = true
		o.came.Broadcast()
	})
	for len(o.waiting) > 0 && !late {
		o.came.Wait()
	}
	o.stopped = true
	o.mu.Unlock()
	limit.Stop()
	o.running.Wait()
}
