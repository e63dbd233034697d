package dialog

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"
)

// session is a dialog's session timer (RFC 4028): one side refreshes the
// session now and then by re-INVITE or UPDATE, and the other hangs up when no
// refresh comes. The zero value is a session without. The dialog's mutex guards
// it.
type session struct {
	seconds int  // session interval; 0: no timer runs
	ours    bool // it is we who refresh
	minimum int  // highest Min-SE heard of
	expires time.Time
	timer   *time.Timer
}

// shortest is the session interval below which RFC 4028 section 4 forbids any.
const shortest = 90

// stop ends the timer.
func (s *session) stop() {
	if s.timer != nil {
		s.timer.Stop()
	}
	s.seconds, s.timer = 0, nil
}

// expiry is a Session-Expires header.
type expiry struct {
	seconds   int
	refresher string // "uac", "uas" or empty
}

// expiryOf reads Session-Expires; seconds is 0 where there is none that can be
// read.
func expiryOf(msg sip.Message) expiry {
	first, named := parameters(value(msg, "Session-Expires"))
	return expiry{seconds: seconds(first), refresher: named["refresher"]}
}

// minimumOf reads Min-SE; 0 where there is none.
func minimumOf(msg sip.Message) int {
	first, _ := parameters(value(msg, "Min-SE"))
	return seconds(first)
}

// seconds reads a number of seconds up to a day; 0 where it cannot be read.
func seconds(text string) int {
	const day = 86400
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		return 0
	}
	return int(min(n, day))
}

func (x expiry) header() sip.Header {
	text := strconv.Itoa(x.seconds)
	if x.refresher != "" {
		text += ";refresher=" + x.refresher
	}
	return sip.NewHeader("Session-Expires", text)
}

// tooSmall tells whether a request asks for a session interval that is to be
// refused with 422. A peer that does not know timers cannot be told so: there,
// it was a proxy that put the header in.
func tooSmall(req *sip.Request) bool {
	x := expiryOf(req)
	return x.seconds > 0 && x.seconds < shortest && lists(req, "Supported", "timer")
}

// respondTimer agrees on the session timer that an INVITE or UPDATE asks for and
// gives what the 2xx says about it: RFC 4028 section 9 and its table 2. The
// timer runs from then on.
func (d *Dialog) respondTimer(req *sip.Request) []sip.Header {
	x := expiryOf(req)
	knows := lists(req, "Supported", "timer")
	if x.seconds == 0 && !knows {
		d.setTimer(expiry{}, false)
		return nil
	}
	agreed := expiry{seconds: int(d.e.cfg.SessionExpires / time.Second), refresher: x.refresher}
	if x.seconds > 0 {
		agreed.seconds = max(min(agreed.seconds, x.seconds), shortest, minimumOf(req))
	} else {
		agreed.seconds = max(agreed.seconds, minimumOf(req))
	}
	switch {
	case !knows:
		agreed.refresher = "uas"
	case agreed.refresher == "" && d.refreshing():
		agreed.refresher = "uas" // as it was
	case agreed.refresher == "" && x.seconds > 0:
		agreed.refresher = "uac" // who asks for a timer may keep it
	case agreed.refresher == "":
		agreed.refresher = "uas"
	}
	d.setTimer(agreed, agreed.refresher == "uas")
	headers := []sip.Header{agreed.header()}
	if knows {
		headers = append(headers, sip.NewHeader("Require", "timer"))
	}
	return headers
}

// requestTimer is what an INVITE or UPDATE of ours within the call says about
// the timer: who refreshes stays who it was.
func (d *Dialog) requestTimer() []sip.Header {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session.seconds == 0 {
		return nil
	}
	x := expiry{seconds: d.session.seconds, refresher: "uas"}
	if d.session.ours {
		x.refresher = "uac"
	}
	headers := []sip.Header{x.header()}
	if d.session.minimum > 0 {
		headers = append(headers, sip.NewHeader("Min-SE", strconv.Itoa(d.session.minimum)))
	}
	return headers
}

// answeredTimer takes what a 2xx to an INVITE or UPDATE of ours says: RFC 4028
// section 7.2. Without the header there is no timer.
func (d *Dialog) answeredTimer(res *sip.Response) {
	x := expiryOf(res)
	d.setTimer(x, x.refresher != "uas")
}

// raise takes a 422: the interval is to be at least what its Min-SE says. It
// reports false where there is nothing to raise.
func (d *Dialog) raise(res *sip.Response) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	least := minimumOf(res)
	if res == nil || res.StatusCode != statusIntervalTooSmall || least <= d.session.minimum || d.session.seconds == 0 {
		return false
	}
	d.session.minimum = least
	d.session.seconds = max(d.session.seconds, least)
	return true
}

func (d *Dialog) refreshing() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.session.seconds > 0 && d.session.ours
}

// setTimer starts the session's interval anew.
func (d *Dialog) setTimer(x expiry, ours bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.session.stop()
	if x.seconds <= 0 || d.phase == over {
		return
	}
	interval := time.Duration(x.seconds) * d.e.cfg.second
	d.session.seconds, d.session.ours = x.seconds, ours
	d.session.expires = time.Now().Add(interval - margin(interval, d.e.cfg.second))
	if ours {
		d.session.timer = time.AfterFunc(interval/2, func() { d.e.spawn(d.refresh) })
	} else {
		d.session.timer = time.AfterFunc(time.Until(d.session.expires), func() { d.e.spawn(d.expire) })
	}
}

// margin is how long before its end a session is given up: the smaller of 32 s
// and a third of the interval (RFC 4028 section 10).
func margin(interval, second time.Duration) time.Duration { return min(32*second, interval/3) }

// refresh refreshes the session, by UPDATE where the peer has that. A refusal is
// tried again until the session has expired; silence ends the call.
func (d *Dialog) refresh() {
	ctx, cancel := context.WithTimeout(d.ctx, 64*d.e.cfg.T1)
	defer cancel()
	var err error
	if d.allows(sip.UPDATE) {
		_, err = d.Update(ctx, nil)
	} else {
		err = d.repeatOffer(ctx)
	}
	switch {
	case err == nil || d.at(over):
		return
	case errors.Is(err, context.DeadlineExceeded):
		d.expire()
		return
	}
	d.e.log.Info("refreshing a session failed", "call", d.Call(), "error", err)
	d.mu.Lock()
	defer d.mu.Unlock()
	left := time.Until(d.session.expires)
	if d.session.timer == nil {
		return
	}
	if left < 2*d.e.cfg.T1 {
		d.session.timer = time.AfterFunc(max(left, 0), func() { d.e.spawn(d.expire) })
		return
	}
	d.session.timer = time.AfterFunc(left/2, func() { d.e.spawn(d.refresh) })
}

// repeatOffer makes the offer that is in force once more.
func (d *Dialog) repeatOffer(ctx context.Context) error {
	d.mu.Lock()
	sdp, answered := d.described, d.handlers.Answered
	d.mu.Unlock()
	answer, err := d.Reinvite(ctx, sdp)
	if err == nil && answered != nil && len(answer) > 0 {
		answered(answer)
	}
	return err
}

// expire ends a call whose session was not refreshed in time.
func (d *Dialog) expire() {
	if d.at(over) {
		return
	}
	d.e.log.Info("a session has expired, hanging up", "call", d.Call(), "peer", d.peer.String())
	ctx, cancel := context.WithTimeout(context.Background(), 8*d.e.cfg.T1)
	defer cancel()
	_ = d.bye(ctx, Cause{Protocol: "SIP", Code: 408, Text: "session expired"}, Expired)
}
