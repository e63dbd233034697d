package quality

import (
	"testing"
	"time"
)

// flawless is a codec that conceals all loss, so that the limits alone count.
var flawless = Codec{Bpl: 1e6}

func TestClass(t *testing.T) {
	fine := Stream{Packets: 250}
	for _, c := range []struct {
		name   string
		sample Sample
		want   Class
	}{
		{"nothing at all", Sample{}, Unclassified},
		{"nothing wrong", Sample{Said: fine, Heard: fine}, Good},
		{"nothing reported of what is heard", Sample{Said: fine}, Good},
		{"says nothing and hears well", Sample{Heard: fine}, Unclassified},
		{"says nothing and hears badly", Sample{Heard: Stream{Packets: 250, Loss: 0.5}, RoundTrip: time.Second}, Unclassified},
		{"figures about no packets", Sample{Said: fine, Heard: Stream{Loss: 1, Jitter: time.Second}}, Good},

		{"3 % lost", Sample{Said: Stream{Packets: 250, Loss: 0.03}}, Good},
		{"more lost", Sample{Said: Stream{Packets: 250, Loss: 0.031}}, Degraded},
		{"10 % lost", Sample{Said: Stream{Packets: 250, Loss: 0.10}}, Degraded},
		{"still more lost", Sample{Said: Stream{Packets: 250, Loss: 0.101}}, Poor},
		{"lost on the way there", Sample{Said: fine, Heard: Stream{Packets: 250, Loss: 0.2}}, Poor},
		{"3 % concealed", Sample{Said: fine, Heard: Stream{Packets: 250, Concealed: 0.03}}, Good},
		{"more concealed", Sample{Said: fine, Heard: Stream{Packets: 250, Concealed: 0.05}}, Degraded},
		{"7 % concealed", Sample{Said: fine, Heard: Stream{Packets: 250, Concealed: 0.07}}, Degraded},
		{"still more concealed", Sample{Said: fine, Heard: Stream{Packets: 250, Concealed: 0.071}}, Poor},
		{"30 ms jitter", Sample{Said: Stream{Packets: 250, Jitter: 30 * ms}}, Good},
		{"more jitter", Sample{Said: Stream{Packets: 250, Jitter: 31 * ms}}, Poor},
		{"more jitter on the way there", Sample{Said: fine, Heard: Stream{Packets: 250, Jitter: 31 * ms}}, Poor},
		{"300 ms round trip", Sample{Said: fine, RoundTrip: 300 * ms}, Good},
		{"a longer one", Sample{Said: fine, RoundTrip: 301 * ms}, Degraded},
		{"500 ms round trip", Sample{Said: fine, RoundTrip: 500 * ms}, Degraded},
		{"a still longer one", Sample{Said: fine, RoundTrip: 501 * ms}, Poor},
		{"the worse counts", Sample{Said: Stream{Packets: 250, Loss: 0.04}, Heard: Stream{Packets: 250, Loss: 0.2}}, Poor},
	} {
		if got := c.sample.Score(flawless).Class; got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestScore(t *testing.T) {
	g711, opus := CodecOf("PCMA"), CodecOf("opus")
	fine := Stream{Packets: 250}
	for _, c := range []struct {
		name    string
		sample  Sample
		codec   Codec
		want    Class
		because Because
	}{
		{"nothing wrong", Sample{Said: fine, Heard: fine}, g711, Good, 0},
		{"muted, though a phone goes on sending", Sample{Said: fine, Heard: fine, Marks: Muted}, g711, Unclassified, 0},
		{"loss and delay", Sample{Said: Stream{Packets: 250, Loss: 0.05}, RoundTrip: 400 * ms}, g711, Degraded, BecauseLoss | BecauseRoundTrip | BecauseMOS},
		{"much lost", Sample{Said: Stream{Packets: 250, Loss: 0.11}}, g711, Poor, BecauseLoss | BecauseMOS},
		{"much lost and healed", Sample{Said: Stream{Packets: 250, Loss: 0.11, Healed: 27}}, opus, Poor, BecauseLoss},
		{"much lost and a little concealed", Sample{Said: Stream{Packets: 250, Loss: 0.09, Concealed: 0.04, Buffer: 60 * ms}}, opus, Degraded, BecauseLoss | BecauseConcealed},
		{"bursts below the limit of loss", Sample{Said: fine, Heard: Stream{Packets: 250, Loss: 0.095, Burst: 3}}, g711, Poor, BecauseMOS},
		{"late below all other limits", Sample{Said: Stream{Packets: 250, Late: 22}}, g711, Degraded, BecauseMOS},
		{"codec bad by itself", Sample{Said: fine}, Codec{Name: "x", Ie: 40, Bpl: 10}, Degraded, BecauseMOS},
	} {
		if got := c.sample.Score(c.codec); got.Class != c.want || got.Because != c.because {
			t.Errorf("%s: %v because of %05b (MOS %.2f, %.2f), want %v because of %05b",
				c.name, got.Class, got.Because, got.Said, got.Heard, c.want, c.because)
		}
	}
}
