package sip

import (
	"time"

	"partyline/metrics/quality"
)

// happened tells what befell the call.
func (c *call) happened(what quality.What, note string) {
	c.g.observer.Happened(c.record, quality.Event{At: time.Now(), What: what, Note: note})
}

// follow notes in the record by what codec and from where the call's sound comes,
// and tells where that has changed since it was answered.
func (c *call) follow() {
	r := &c.record
	codec, source := c.media.codec(), c.media.leg.Statistics().Source
	another, elsewhere := codec != r.Codec, source != r.Media && source.IsValid()
	moved := elsewhere && r.Media.IsValid()
	r.Codec, r.Agent = codec, c.trail.agent()
	if elsewhere {
		r.Media = source
	}
	if r.Answered.IsZero() || c.ending != nil || !another && !elsewhere {
		return
	}
	if another {
		c.happened(quality.EventCodec, codec.String())
	}
	if moved {
		c.happened(quality.EventRemoteSource, "")
	}
	c.progressed()
}
