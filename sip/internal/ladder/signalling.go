package ladder

import (
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/sip/evidence"
)

// signalling is what is read from the messages of a call as they pass.
type signalling struct {
	invited     time.Time // the first INVITE; zero: there was none
	out         bool      // that was ours
	rang        bool
	pdd, answer time.Duration
	status      int // final, of the first INVITE or what came again in its place
	q850        int
	again       int
	challenged  map[string]uint32 // CSeq of the last request that was, by method
	challenges  int
	bye         quality.Side
	told        bool
}

// note takes a message.
func (s *signalling) note(h evidence.Head, out, again bool, at time.Time) {
	if again {
		s.again++
		return
	}
	switch {
	case h.Status != 0:
		s.response(h, out, at)
	default:
		s.request(h, out, at)
	}
}

func (s *signalling) request(h evidence.Head, out bool, at time.Time) {
	if before, ok := s.challenged[h.Method]; ok && h.Sequence > before {
		s.challenges++
		delete(s.challenged, h.Method)
	}
	switch h.Method {
	case "INVITE":
		if s.invited.IsZero() {
			s.invited, s.out = at, out
		}
	case "BYE", "CANCEL":
		if s.bye == "" {
			s.bye = side(out)
		}
		s.reason(h)
	}
}

func (s *signalling) response(h evidence.Head, out bool, at time.Time) {
	if h.Status == 401 || h.Status == 407 {
		if s.challenged == nil {
			s.challenged = make(map[string]uint32)
		}
		s.challenged[h.Of] = h.Sequence
	}
	if h.Of != "INVITE" || s.invited.IsZero() || out == s.out || s.answered() {
		return
	}
	if h.Status > 100 && h.Status < 300 && s.pdd == 0 {
		s.pdd = at.Sub(s.invited)
	}
	switch {
	case h.Status > 100 && h.Status < 200:
		s.rang = true
	case h.Status >= 200:
		s.status = h.Status
		s.reason(h)
	}
	if s.answered() {
		s.answer = at.Sub(s.invited)
	}
}

// answered tells whether the INVITE was: what comes later is within the call.
func (s *signalling) answered() bool { return s.status >= 200 && s.status < 300 }

// reason reads the cause of a Reason header that is of Q.850 (RFC 3326).
func (s *signalling) reason(h evidence.Head) {
	for value := range strings.SplitSeq(h.Reason, ",") {
		protocol, parameters, _ := strings.Cut(value, ";")
		if !strings.EqualFold(strings.TrimSpace(protocol), "Q.850") {
			continue
		}
		for p := range strings.SplitSeq(parameters, ";") {
			name, cause, _ := strings.Cut(strings.TrimSpace(p), "=")
			if n, err := strconv.ParseUint(cause, 10, 8); err == nil && strings.EqualFold(name, "cause") {
				s.q850 = int(n)
			}
		}
	}
}

// after is how the signalling of a call went of which so much is known that was
// tried before.
func (s *signalling) after(before quality.Signalling) quality.Signalling {
	all := before
	all.Retransmissions += s.again
	all.Challenges += s.challenges
	if s.status != 0 || before.Status == 0 {
		all.PDD, all.Answer, all.Status, all.Q850, all.Bye = s.pdd, s.answer, s.status, s.q850, s.bye
	}
	return all
}

func side(out bool) quality.Side {
	if out {
		return quality.Us
	}
	return quality.Them
}
