package carrier

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"partyline/sip/internal/dialog"
	"partyline/sip/softphone"
)

// line is one call and the telephone that it is on. It belongs to the goroutine
// that follows its steps.
type line struct {
	carrier  *Carrier
	ringing  *softphone.Ringing // nil: the telephone calls
	call     *softphone.Call    // nil before there is sound
	from, to string
	record   *Record
	network  Network
	answered bool
}

// errOver ends the steps of a call that is over.
var errOver = errors.New("the call is over")

// actions are what verbs do. An error ends the call.
var actions = map[Verb]func(*line, context.Context, Step) error{
	Ring:      (*line).ring,
	Progress:  (*line).progress,
	Early:     (*line).early,
	Challenge: (*line).challenge,
	Answer:    (*line).answer,
	Refuse:    (*line).refuseStep,
	Say:       (*line).say,
	Play:      (*line).play,
	Quiet:     (*line).quiet,
	Press:     (*line).press,
	Hear:      (*line).hear,
	Wait:      (*line).wait,
	Hold:      (*line).hold,
	Net:       (*line).impair,
	Vanish:    (*line).vanish,
	Stay:      (*line).stay,
	Hangup:    (*line).hangup,
}

// follow does one step after the other; a call that stands after the last one
// goes on until the other side ends it.
func (l *line) follow(ctx context.Context, steps []Step) {
	for _, step := range steps {
		err := actions[step.Verb](l, ctx, step)
		switch {
		case errors.Is(err, errOver), ctx.Err() != nil:
			return
		case err != nil:
			l.note("%s: %v", step.Verb, err)
			return
		}
	}
	if l.answered {
		<-ctx.Done()
	}
}

func (l *line) note(format string, args ...any) { l.carrier.note(l.from, l.to, format, args...) }

func (l *line) change(do func(*Record)) { l.carrier.book.change(l.record, do) }

// close writes down how a call that came in ended, having ended it if need be.
func (l *line) close() {
	if l.record == nil {
		return
	}
	if l.answered {
		l.bye()
	} else {
		l.refuse(480) // does nothing where the call is over
	}
	<-l.ringing.Done()
	ending := l.ringing.Ending()
	l.change(func(r *Record) { r.end(time.Now(), ending) })
	l.note("ended: %s", ending.How)
}

// bye hangs up.
func (l *line) bye() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := l.call.Hangup(ctx); err != nil && !errors.Is(err, dialog.ErrEnded) {
		l.note("hanging up: %v", err)
	}
}

// pause waits.
func (l *line) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return errOver
	}
}

func (l *line) wait(ctx context.Context, s Step) error { return l.pause(ctx, s.Span.pick()) }

func (l *line) ring(ctx context.Context, s Step) error {
	l.change(func(r *Record) { r.Ringing = time.Now() })
	l.ringing.Ring()
	l.note("rings")
	return l.stay(ctx, s)
}

// stay lasts as long as the step says, or to the end of the call.
func (l *line) stay(ctx context.Context, s Step) error {
	if s.Span == (Span{}) {
		<-ctx.Done()
		return errOver
	}
	return l.wait(ctx, s)
}

// betweenProgress parts provisional responses.
const betweenProgress = 40 * time.Millisecond

func (l *line) progress(ctx context.Context, s Step) error {
	for i := range s.Count {
		if i%2 == 0 {
			l.ringing.Progress()
		} else {
			l.ringing.Ring()
		}
		if err := l.pause(ctx, betweenProgress); err != nil {
			return err
		}
	}
	l.note("%d provisional responses", s.Count)
	return nil
}

func (l *line) early(ctx context.Context, s Step) (err error) {
	if l.call, err = l.ringing.Early(); err != nil {
		return err
	}
	l.change(func(r *Record) { r.Ringing = time.Now() })
	l.worsen()
	l.note("early media: %s", s.Text)
	sound := l.carrier.sounds[s.Text]
	if s.Span == (Span{}) {
		return l.until(ctx, l.call.Say(sound))
	}
	l.call.Repeat(sound)
	defer l.call.Quiet()
	return l.wait(ctx, s)
}

// until waits for something.
func (l *line) until(ctx context.Context, done <-chan struct{}) error {
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return errOver
	}
}

func (l *line) challenge(context.Context, Step) error {
	user, status := l.carrier.proven(l.ringing.Invitation(), "Proxy-Authorization")
	switch status {
	case 0:
		l.note("calls as %s", user)
		return nil
	case http.StatusUnauthorized:
		l.note("is asked for a password")
		l.ringing.Refuse(http.StatusProxyAuthRequired, 0, l.carrier.challenges("Proxy-Authenticate")...)
		l.carrier.book.drop(l.record)
		l.record = nil
		return errOver
	default:
		l.refuse(http.StatusForbidden)
		return errOver
	}
}

func (l *line) answer(ctx context.Context, s Step) error {
	at := time.Now()
	call, err := l.ringing.Answer(ctx)
	if err == nil || errors.Is(err, dialog.ErrEnded) || errors.Is(err, dialog.ErrNoACK) { // the latter two after the 200
		l.change(func(r *Record) { r.Answered, r.Status = at, http.StatusOK })
	}
	if err != nil {
		return err
	}
	l.call, l.answered = call, true
	l.worsen()
	l.note("answers with %v", call.Codec())
	if s.Count == 2 {
		l.answerAgain(ctx)
	}
	return nil
}

// answerAgain answers from a second telephone, which keeps talking until it is
// hung up on.
func (l *line) answerAgain(ctx context.Context) {
	record := *l.record
	record.Second, record.Answered = true, time.Now()
	second := l.carrier.book.open(record)
	call, err := l.ringing.AnswerAgain(ctx)
	if err != nil {
		l.note("a second telephone: %v", err)
		l.carrier.book.change(second, func(r *Record) { r.Ended, r.How = time.Now(), err.Error() })
		return
	}
	l.note("a second telephone answers")
	l.carrier.work.Go(func() {
		<-call.Done()
		l.carrier.book.change(second, func(r *Record) { r.end(time.Now(), call.Ending()) })
		l.note("the second telephone ended: %s", call.Ending().How)
	})
}

func (l *line) refuseStep(_ context.Context, s Step) error {
	status := s.Count
	if status == 0 {
		status = lastDigits(l.to)
	}
	l.refuse(status)
	return errOver
}

// lastDigits is the status that a number ends in; 404 where it is none.
func lastDigits(number string) int {
	status, err := strconv.Atoi(number[max(0, len(number)-3):])
	if err != nil || status < 300 || status > 699 {
		return http.StatusNotFound
	}
	return status
}

// refuse ends a call before its answer; it does nothing afterwards.
func (l *line) refuse(status int) {
	select {
	case <-l.ringing.Done():
		return
	default:
	}
	l.change(func(r *Record) { r.Status = status })
	l.ringing.Refuse(status, causes[status])
	l.note("refuses: %d", status)
}

// causes are the Q.850 causes that networks give with SIP statuses (RFC 3398
// section 7.2.4.1, read backwards).
var causes = map[int]int{
	400: 41, 403: 21, 404: 1, 405: 63, 406: 79, 408: 102, 410: 22, 415: 79, 480: 19, 482: 25, 483: 25, 484: 28, 485: 1, 486: 17, 488: 88,
	500: 41, 501: 79, 502: 38, 503: 34, 504: 102, 600: 17, 603: 21, 604: 1, 606: 88, 607: 21,
}

func (l *line) say(ctx context.Context, s Step) error {
	l.note("says %s", s.Text)
	return l.until(ctx, l.call.Say(l.carrier.sounds[s.Text]))
}

func (l *line) play(_ context.Context, s Step) error {
	l.note("plays %s", s.Text)
	l.call.Repeat(l.carrier.sounds[s.Text])
	return nil
}

func (l *line) quiet(context.Context, Step) error {
	l.call.Quiet()
	return nil
}

func (l *line) press(ctx context.Context, s Step) error {
	l.note("presses %s", s.Text)
	return l.call.Press(ctx, s.Text)
}

// patience is how long somebody waits to hear something.
const patience = 30 * time.Second

func (l *line) hear(ctx context.Context, s Step) error {
	limit := patience
	if s.Span != (Span{}) {
		limit = s.Span.pick()
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-l.call.Sounded():
		l.note("hears something")
	case <-timer.C:
		l.note("hears nothing")
	case <-ctx.Done():
		return errOver
	}
	return nil
}

func (l *line) hold(ctx context.Context, s Step) error {
	if err := l.call.Hold(ctx); err != nil {
		return err
	}
	l.note("puts the other side on hold")
	if err := l.wait(ctx, s); err != nil {
		return err
	}
	l.note("is back")
	return l.call.Resume(ctx)
}

func (l *line) impair(_ context.Context, s Step) error {
	l.network = s.Network
	l.worsen()
	l.note("network: %v", s.Network)
	return nil
}

// String is the network as scenarios write it.
func (n Network) String() string {
	return fmt.Sprintf("loss=%g%% delay=%v jitter=%v", 100*n.Loss, n.Delay, n.Jitter)
}

// worsen has the call's sound cross the bad network, once there is any.
func (l *line) worsen() {
	if l.call != nil {
		l.call.Impair(l.network.Loss, l.network.Delay, l.network.Jitter)
	}
}

func (l *line) vanish(ctx context.Context, _ Step) error {
	l.note("vanishes")
	l.call.StopSending(true)
	<-ctx.Done()
	return errOver
}

func (l *line) hangup(context.Context, Step) error {
	l.note("hangs up")
	l.bye()
	return errOver
}
