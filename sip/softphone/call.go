package softphone

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/pion/rtp"

	"partyline/sfu/audio"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/offer"
)

// Call is an answered call. Its methods may be called from any goroutine.
type Call struct {
	agent  *Agent
	leg    *leg.Leg
	dialog *dialog.Dialog
	tape   tape
	keys   chan byte
	heard  chan struct{} // closed when the peer is first heard
	done   chan struct{}
	over   time.Time // set before done is closed
	work   sync.WaitGroup

	mu      sync.Mutex // guards what follows
	session *offer.Session
	media   offer.Media
	speech  *utterance // nil: silence
}

func (a *Agent) newCall() (*Call, error) {
	l, err := leg.Open(a.ports, leg.Config{Timeout: a.cfg.Timeout}, a.cfg.Log)
	if err != nil {
		return nil, err
	}
	if a.cfg.Faults.Ptime != 0 {
		l.Packetize(a.cfg.Faults.Ptime)
	}
	return &Call{agent: a, leg: l, keys: make(chan byte, 64), heard: make(chan struct{}), done: make(chan struct{})}, nil
}

// established starts a call that was answered. answer, unless empty, is the
// peer's answer to our offer.
func (c *Call) established(d *dialog.Dialog, answer []byte) error {
	if len(answer) > 0 {
		if _, err := c.accept(answer); err != nil {
			return err
		}
	}
	c.mu.Lock()
	media := c.media
	c.mu.Unlock()
	if media.Codec == 0 {
		return errors.New("the call was answered without media")
	}
	return c.begin(d, Answered)
}

// begin starts what a call does while it lasts; kind is what the transcript says
// of it.
func (c *Call) begin(d *dialog.Dialog, kind Kind) error {
	if !c.agent.begin() {
		return errEnded
	}
	c.mu.Lock()
	media := c.media
	c.mu.Unlock()
	c.dialog = d
	c.tape.start = time.Now()
	c.agent.script.note(kind, "%v%s, media at %v", media.Codec, protection(media), media.RTP)
	ctx, cancel := context.WithCancel(context.Background())
	c.work.Go(func() { c.speak(ctx) })
	c.work.Go(func() { c.listen(ctx) })
	c.work.Go(func() { c.collect(ctx) })
	go func() {
		defer c.agent.calls.Done()
		<-d.Done()
		cancel()
		c.windUp()
	}()
	return nil
}

// fail ends a call whose media never came about.
func (c *Call) fail(d *dialog.Dialog) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = d.Bye(ctx, dialog.Cause{Protocol: "SIP", Code: 488, Text: "no media in common"})
	_ = c.leg.Close()
}

// windUp waits for the call's goroutines, frees what it held and says so.
func (c *Call) windUp() {
	defer close(c.done)
	c.work.Wait()
	c.Quiet()
	_ = c.leg.Close()
	c.over = time.Now()
	c.agent.script.note(Ended, "%s", c.how())
	if c.agent.sole {
		_ = c.agent.endpoint.Close()
	}
}

func (c *Call) how() string {
	e := c.dialog.Ending()
	if cause := e.Cause.String(); cause != "" {
		return e.How.String() + " (" + cause + ")"
	}
	return e.How.String()
}

// accept takes the answer to an offer of ours.
func (c *Call) accept(answer []byte) (offer.Media, error) {
	c.mu.Lock()
	media, err := c.session.Accept(answer)
	c.mu.Unlock()
	if err != nil {
		return media, fmt.Errorf("the answer to our offer: %w", err)
	}
	c.agree(media)
	return media, nil
}

// agree puts media into force.
func (c *Call) agree(media offer.Media) {
	c.mu.Lock()
	before := c.media
	c.media = media
	c.mu.Unlock()
	c.leg.Agree(media)
	switch {
	case before.Codec == 0:
	case media.Held() && !before.Held():
		c.agent.script.note(Held, "by the other side")
	case !media.Held() && before.Held():
		c.agent.script.note(Unheld, "by the other side")
	}
}

// handlers answer what the peer wants within the call.
func (c *Call) handlers() dialog.Handlers {
	return dialog.Handlers{Offered: c.offered, Answered: c.answered, Info: c.informed}
}

func (c *Call) offered(sdp []byte) ([]byte, error) {
	c.mu.Lock()
	if sdp == nil {
		defer c.mu.Unlock()
		return c.session.Offer(offer.SendRecv), nil
	}
	answer, media, err := c.session.Answer(sdp)
	c.mu.Unlock()
	if err != nil {
		return nil, err
	}
	c.agree(media)
	return answer, nil
}

func (c *Call) answered(sdp []byte) {
	if _, err := c.accept(sdp); err != nil { // what was agreed before stays in force
		c.agent.cfg.Log.Info("an answer within a call cannot be used", "error", err)
	}
}

func (c *Call) informed(contentType string, body []byte) error {
	d, err := dtmf.ParseINFO(contentType, body)
	if err != nil {
		return err
	}
	c.leg.Press(d)
	return nil
}

// listen records what comes.
func (c *Call) listen(ctx context.Context) {
	l := &listener{tape: &c.tape, codecs: &codecs{make: c.agent.cfg.NewCodec}}
	var packets, sound bool
	err := c.leg.Run(ctx, func(p audio.Packet) {
		if !packets {
			packets = true
			c.agent.script.note(FirstRTP, "%v from %v", p.Codec, c.leg.Statistics().Source)
		}
		if sound && c.agent.cfg.Forgetful {
			return
		}
		if level := l.hear(p); !sound && level < quiet {
			sound = true
			close(c.heard)
			c.agent.script.note(FirstSound, "at -%d dBov", level)
		}
	})
	if errors.Is(err, leg.ErrSilent) {
		c.agent.script.note(Silent, "hanging up")
		bye, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = c.dialog.Bye(bye, dialog.Cause{Protocol: "SIP", Code: 408, Text: "media timeout"})
	}
}

// quiet is a level that comfort noise stays below.
const quiet audio.Level = 60

// collect takes the keys that the peer presses.
func (c *Call) collect(ctx context.Context) {
	for {
		select {
		case d := <-c.leg.Digits():
			c.agent.script.note(KeyHeard, "%c", d.Key)
			select {
			case c.keys <- d.Key:
			default: // nobody reads them
			}
		case <-ctx.Done():
			return
		}
	}
}

// Sounded is closed when something louder than comfort noise is first heard.
func (c *Call) Sounded() <-chan struct{} { return c.heard }

// Keys carries the keys that the peer presses. It is never closed.
func (c *Call) Keys() <-chan byte { return c.keys }

// Codec is what we send.
func (c *Call) Codec() audio.Codec {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.media.Codec
}

// Suite is the crypto suite of SRTP, such as "AES_CM_128_HMAC_SHA1_80"; empty
// where sound is in the clear.
func (c *Call) Suite() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.media.SRTP == nil {
		return ""
	}
	return c.media.SRTP.Send.Suite.String()
}

// protection is what the transcript says of it.
func protection(media offer.Media) string {
	if media.SRTP == nil {
		return ""
	}
	return " by SRTP with " + media.SRTP.Send.Suite.String()
}

// Heard is the recording so far, or, of a call that has ended, all of it.
func (c *Call) Heard() Recording {
	select {
	case <-c.done:
		return c.tape.until(c.over)
	default:
		return c.tape.until(time.Now())
	}
}

// Transcript is what happened so far on this call's softphone.
func (c *Call) Transcript() []Event { return c.agent.Transcript() }

// Hold puts the peer on hold.
func (c *Call) Hold(ctx context.Context) error {
	return c.reoffer(ctx, offer.SendOnly, Holding)
}

// Resume ends Hold.
func (c *Call) Resume(ctx context.Context) error {
	return c.reoffer(ctx, offer.SendRecv, Resumed)
}

// Rekey has the sound go on under new keys in both directions.
func (c *Call) Rekey(ctx context.Context) error {
	c.mu.Lock()
	c.session.Rekey()
	c.mu.Unlock()
	return c.reoffer(ctx, offer.SendRecv, Rekeyed)
}

// reoffer makes a re-INVITE, and makes it again while another is under way.
func (c *Call) reoffer(ctx context.Context, direction offer.Direction, kind Kind) error {
	for {
		c.mu.Lock()
		sdp := c.session.Offer(direction)
		c.mu.Unlock()
		answer, err := c.dialog.Reinvite(ctx, sdp)
		var refused *dialog.Rejected
		switch {
		case err == nil:
			media, err := c.accept(answer)
			if err != nil {
				return err
			}
			c.agent.script.note(kind, "%v", media.Direction)
			return nil
		case errors.Is(err, dialog.ErrPending), errors.As(err, &refused) && refused.Status == 491:
			select {
			case <-time.After(100*time.Millisecond + rand.N(400*time.Millisecond)):
			case <-ctx.Done():
				return ctx.Err()
			}
		default:
			return err
		}
	}
}

// Refer asks the peer to call somebody else (RFC 3515), by a SIP or tel URI. It
// returns once that was accepted, and a *Refused where it was not. report is
// told how it goes, as the status of the peer's new call, the last one final; it
// must not block.
func (c *Call) Refer(ctx context.Context, to string, report func(status int)) error {
	if err := c.dialog.Refer(ctx, dialog.Transfer{To: to, Report: report}); err != nil {
		return refusal(err)
	}
	return nil
}

// Hangup ends the call and returns when everything about it has ended.
func (c *Call) Hangup(ctx context.Context) error {
	err := c.dialog.Bye(ctx, dialog.Cause{Protocol: "Q.850", Code: 16, Text: "Normal call clearing"})
	select {
	case <-c.done:
	case <-ctx.Done():
		return errors.Join(err, ctx.Err())
	}
	return err
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.dialog.Call() }

// Ending tells how the call ended; it is meaningful once Done is closed.
func (c *Call) Ending() dialog.Ending { return c.dialog.Ending() }

// Done is closed when the call has ended and its recording is complete.
func (c *Call) Done() <-chan struct{} { return c.done }

// Statistics tell how the media fared.
type Statistics struct {
	Received, Sent uint64 // RTP packets
	Lost           int64
	Jitter         time.Duration
	RemoteLoss     float64       // share of ours that the peer missed, 0 to 1
	RoundTrip      time.Duration // zero when unknown
}

// Statistics tell how the media fares.
func (c *Call) Statistics() Statistics {
	s := c.leg.Statistics()
	return Statistics{s.Received, s.Sent, s.Lost, s.Jitter, s.RemoteLoss, s.RoundTrip}
}

// Impair is a fault: the share of packets lost is lost in both directions, from
// 0 to 1, and what we send is late by delay and up to jitter more.
func (c *Call) Impair(lost float64, delay, jitter time.Duration) {
	c.leg.Impair(leg.Network{Loss: lost, Delay: delay, Jitter: jitter})
}

// StopSending is a fault: no RTP and no RTCP is sent, or is again.
func (c *Call) StopSending(stop bool) { c.leg.Mute(stop) }

// Stray is a fault: it sends the peer loud RTP from a port that is not ours, as
// a stranger would who tries to take the call's media over. It returns how many
// packets came back.
func (c *Call) Stray(ctx context.Context, packets int) (answers int, err error) {
	c.mu.Lock()
	media := c.media
	c.mu.Unlock()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(media.RTP))
	if err != nil {
		return 0, fmt.Errorf("stray RTP: %w", err)
	}
	defer func() { _ = conn.Close() }()
	packet := rtp.Packet{Header: rtp.Header{
		Version: 2, PayloadType: media.Payload, SSRC: rand.Uint32(), SequenceNumber: 1, Timestamp: 1,
	}, Payload: make([]byte, g711Frame)}
	for i := range packet.Payload {
		packet.Payload[i] = byte(0x80 * (i / 8 % 2)) // full scale at 500 Hz
	}
	for range packets {
		data, err := packet.Marshal()
		if err != nil {
			return answers, fmt.Errorf("stray RTP: %w", err)
		}
		if _, err := conn.Write(data); err != nil {
			return answers, fmt.Errorf("stray RTP: %w", err)
		}
		packet.SequenceNumber++
		packet.Timestamp += g711Frame
		_ = conn.SetReadDeadline(time.Now().Add(audio.FrameDuration))
		if _, err := conn.Read(make([]byte, 2048)); err == nil {
			answers++
		}
		if ctx.Err() != nil {
			return answers, ctx.Err()
		}
	}
	return answers, nil
}

// Peer is the network address that the call's signalling goes to.
func (c *Call) Peer() netip.AddrPort { return c.dialog.Peer() }
