package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"partyline/metrics/quality"
	"partyline/sfu/internal/red"
)

// downlink is what a browser reports about what it hears. Its numbers come on
// Pion's SRTCP goroutine and are read by the room and the stage.
type downlink struct {
	leg    *leg
	chosen atomic.Uint32 // red.Depth

	mu         sync.Mutex // guards what follows
	protection red.Protection
	reported   quality.Reported
	trip       time.Duration
}

// begin starts with the redundancy for a connection that nothing is known of.
func (d *downlink) begin() {
	d.chosen.Store(uint32(d.protection.Depth()))
}

// depth is the redundancy to send with.
func (d *downlink) depth() red.Depth { return red.Depth(d.chosen.Load()) }

// receive takes one RTCP packet that concerns the SSRC. A packet that
// concerns many comes once for each.
func (d *downlink) receive(ssrc uint32, b []byte, now time.Time) {
	packets, err := rtcp.Unmarshal(b)
	if err != nil {
		d.leg.hub.traffic.DroppedMalformed.Add(1)
		return
	}
	for _, p := range packets {
		switch p := p.(type) {
		case *rtcp.SenderReport:
			if p.SSRC == ssrc {
				d.leg.up.senderReport(p, now)
			}
			d.reports(ssrc, p.Reports, now)
		case *rtcp.ReceiverReport:
			d.reports(ssrc, p.Reports, now)
		}
	}
}

// reports takes the report blocks about one of our SSRCs.
func (d *downlink) reports(ssrc uint32, blocks []rtcp.ReceptionReport, now time.Time) {
	for _, b := range blocks {
		if b.SSRC == ssrc && d.leg.sends(ssrc) {
			d.report(b, now)
		}
	}
}

// report takes one block.
func (d *downlink) report(b rtcp.ReceptionReport, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if trip, ok := quality.RoundTrip(uint32(ntpTime(now)>>16), b.LastSenderReport, b.Delay); ok {
		d.trip = trip
	}
	if !d.reported.Report(quality.Block{
		Source: b.SSRC, Highest: b.LastSequenceNumber, Lost: b.TotalLost, Fraction: b.FractionLost,
		Jitter: time.Duration(b.Jitter) * time.Second / 48000,
	}, now) {
		return // a slot that was silent
	}
	loss := float64(b.FractionLost) / 256
	d.chosen.Store(uint32(d.protection.Downlink(loss, now)))
}

// minReported is how many packets a report must be about to be believed.
const minReported = 10

// hint tells what the other direction loses, which is known within a second
// where browsers report every five.
func (d *downlink) hint(loss, burst float64, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.chosen.Store(uint32(d.protection.Uplink(loss, burst, now)))
}

// sends tells whether the SSRC is one of the leg's slots.
func (l *leg) sends(ssrc uint32) bool {
	for i := range l.outlets {
		if o := l.outlet(i); o != nil && o.ssrc == ssrc {
			return true
		}
	}
	return false
}
