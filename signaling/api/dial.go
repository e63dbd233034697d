package api

import (
	"context"
	"errors"
	"net/http"

	"partyline/signaling/auth"
	"partyline/signaling/dialout"
	"partyline/signaling/feed"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// Dialling is how people are called at the company's expense.
type Dialling struct {
	Calls *dialout.Exchange // nil: nobody can be called
	Feed  *feed.Feed        // tells people what becomes of it; nil: nothing is told
}

// wishBody is whom somebody has called, and into which meeting.
type wishBody struct {
	Meeting string `json:"meeting,omitempty" maxLength:"64" doc:"id of a meeting that I organise or am invited to; absent: a new one is made" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name    string `json:"name,omitempty" maxLength:"200" doc:"of the new meeting" example:"Outage"`
	wire.Dial
}

type quoteInput struct {
	Body wishBody
}

type quoteOutput struct {
	Body struct {
		Currency string       `json:"currency" doc:"ISO 4217" example:"CNY"`
		Rate     int64        `json:"rate" doc:"of all that can be called together, per minute, in 10⁻⁶ of the currency" example:"360000"`
		Prices   []wire.Price `json:"prices" nullable:"false" doc:"in the order of to, that of my own phone first"`
	}
}

type batchInput struct {
	Key  string `header:"Idempotency-Key" maxLength:"64" doc:"new for each wish; asked again by the same key, nobody is called twice. May stand in the body as key"`
	Body wishBody
}

type batchOutput struct {
	Body batchBody
}

// batchBody is a batch with its calls.
type batchBody struct {
	Batch wire.Batch  `json:"batch"`
	Calls []wire.Call `json:"calls" nullable:"false"`
	Link  string      `json:"link" doc:"of the meeting" example:"https://meet.example.com/j/Zk3v9Qm1Xr7Lw5Tn2Bp8Jc"`
}

type batchesOutput struct {
	Body []wire.Batch `nullable:"false"`
}

type callInput struct {
	ByID
	Call string `path:"call" maxLength:"64"`
}

func (a *API) dialling() {
	whom := []Code{NotFound, NotAllowed, Ended, BadNumber, NoNumber, NoCalls}
	register(a, operation{
		id: "quote-calls", method: http.MethodPost, path: "/quotes", access: signedIn, errors: whom,
		summary: "What calling people costs, who can pay, and how long what is left lasts; nobody is called",
	}, a.quoteCalls)
	register(a, operation{
		id: "add-batch", method: http.MethodPost, path: "/batches", access: signedIn, status: http.StatusCreated,
		errors:  append(whom, TooMany, KeyReused, ShuttingDown),
		summary: "Call people: me, others into a meeting, a callback, or a list with retries",
		maxBody: 1 << 20,
	}, a.addBatch)
	register(a, operation{
		id: "list-batches", method: http.MethodGet, path: "/batches", access: signedIn,
		summary: "The calls that I asked for, newest first: those under way, and for an hour those that have ended",
	}, func(_ context.Context, v auth.Visitor, _ *empty) (*batchesOutput, error) {
		return &batchesOutput{a.cfg.Dialling.Calls.Of(v.Person.ID)}, nil
	})
	register(a, operation{
		id: "get-batch", method: http.MethodGet, path: "/batches/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "One batch with its calls: mine, into a meeting that I organise, or for admins any",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*batchOutput, error) {
		s, err := a.batchFor(ctx, v, in.ID)
		if err != nil {
			return nil, err
		}
		return a.batchResult(ctx, s), nil
	})
	register(a, operation{
		id: "delete-batch", method: http.MethodDelete, path: "/batches/{id}", access: signedIn, errors: []Code{NotFound},
		summary: "End all calls of a batch, rung or joined",
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		return nil, a.cancelCalls(ctx, v, in.ID, in.ID)
	})
	register(a, operation{
		id: "delete-call", method: http.MethodDelete, path: "/batches/{id}/calls/{call}", access: signedIn, errors: []Code{NotFound},
		summary: "End one call of a batch, rung or joined",
	}, func(ctx context.Context, v auth.Visitor, in *callInput) (*empty, error) {
		return nil, a.cancelCalls(ctx, v, in.ID, in.Call)
	})
	a.dialStreams()
}

// wish is what the visitor asks for. Without a meeting it is into none yet.
func (a *API) wish(ctx context.Context, v auth.Visitor, b wishBody) (dialout.Wish, error) {
	if err := b.Check(); err != nil {
		return dialout.Wish{}, invalid("body", err.Error())
	}
	w := dialout.Wish{
		By: dialout.Caller{Person: v.Person.ID, Name: v.Person.Name, Language: v.Person.Language}, Host: true, Dial: b.Dial,
	}
	if b.Meeting == "" {
		return w, nil
	}
	m, err := a.book.Read(ctx, v.Person.ID, b.Meeting)
	if err != nil {
		return w, err
	}
	if _, err := a.book.Get(ctx, m.ID); err != nil { // it is over
		return w, err
	}
	role := meeting.RoleFor(m.CredentialOf(v.Person.ID))
	if !m.MayDial(role, v.Person.ID) {
		return w, meeting.ErrNotAllowed
	}
	w.Meeting, w.MeetingName, w.Host = m.ID, m.Name, role == meeting.Host
	return w, nil
}

func (a *API) quoteCalls(ctx context.Context, v auth.Visitor, in *quoteInput) (*quoteOutput, error) {
	w, err := a.wish(ctx, v, in.Body)
	if err != nil {
		return nil, err
	}
	q, err := a.cfg.Dialling.Calls.Quote(ctx, w)
	if err != nil {
		return nil, err
	}
	var out quoteOutput
	out.Body.Currency, out.Body.Rate, out.Body.Prices = q.Currency, q.Rate, q.Prices
	return &out, nil
}

// addBatch has people called, into a meeting of the moment if need be.
func (a *API) addBatch(ctx context.Context, v auth.Visitor, in *batchInput) (*batchOutput, error) {
	if in.Key != "" {
		in.Body.Key = in.Key
	}
	w, err := a.wish(ctx, v, in.Body)
	switch {
	case err != nil:
		return nil, err
	case w.Key == "":
		return nil, invalid("Idempotency-Key", "Give each wish a key of its own, so that nobody is called twice.")
	}
	before, err := a.cfg.Dialling.Calls.Before(w)
	if err != nil || before.Batch.Batch != "" {
		return a.batchResult(ctx, before), err
	}
	if w.Meeting == "" {
		if _, err = a.cfg.Dialling.Calls.Quote(ctx, w); err != nil { // nobody to call: then no meeting either
			return nil, err
		}
		m, err := a.book.Create(ctx, v.Person.ID, in.Body.Name, meeting.Now)
		if err != nil {
			return nil, named("name", err)
		}
		w.Meeting, w.MeetingName = m.ID, m.Name
	}
	s, err := a.cfg.Dialling.Calls.Dial(ctx, w)
	if err != nil {
		return nil, err
	}
	return a.batchResult(ctx, s), nil
}

func (a *API) batchResult(ctx context.Context, s dialout.Snapshot) *batchOutput {
	out := &batchOutput{batchBody{Batch: s.Batch, Calls: s.Calls}}
	m, err := a.book.Get(ctx, s.Batch.Meeting)
	if err == nil || errors.Is(err, meeting.ErrEnded) {
		out.Body.Link = requestOf(ctx).base + "/j/" + string(m.Link)
	}
	return out
}

// batchFor gives a batch to those who may see it: who asked for it, who
// organises the meeting, and admins. To others there is none.
func (a *API) batchFor(ctx context.Context, v auth.Visitor, id string) (dialout.Snapshot, error) {
	s, ok := a.cfg.Dialling.Calls.Batch(id)
	if !ok || !a.maySee(ctx, v, s.Batch) {
		return dialout.Snapshot{}, errNotFound
	}
	return s, nil
}

func (a *API) maySee(ctx context.Context, v auth.Visitor, b wire.Batch) bool {
	if b.By == v.Person.ID || v.Person.Admin {
		return true
	}
	m, err := a.book.Read(ctx, v.Person.ID, b.Meeting)
	return err == nil && m.Organiser == v.Person.ID
}

// cancelCalls ends a batch, or one call of it.
func (a *API) cancelCalls(ctx context.Context, v auth.Visitor, batch, id string) error {
	s, err := a.batchFor(ctx, v, batch)
	if err != nil {
		return err
	}
	for _, c := range s.Calls {
		if c.Call == id {
			batch = id
		}
	}
	if batch != id {
		return errNotFound // a call of another batch
	}
	return a.cfg.Dialling.Calls.Cancel(id, func(string, string) bool { return true })
}
