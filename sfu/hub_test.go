package sfu

import (
	"testing"
	"time"

	"github.com/pion/rtp"
)

// speech is a payload that looks like speech to the hub.
func speech(first byte) []byte {
	b := make([]byte, 80)
	b[0], b[1] = 0x78, first
	return b
}

// heardFrom collects the packets of one participant in order of arrival.
func heardFrom(heard [][]*rtp.Packet, participant uint32) []*rtp.Packet {
	var list []*rtp.Packet
	for _, slot := range heard {
		for _, p := range slot {
			if len(p.CSRC) == 1 && p.CSRC[0] == participant {
				list = append(list, p)
			}
		}
	}
	return list
}

func TestEachHearsTheOthersAndNotItself(t *testing.T) {
	h, w := newTestHub(t, nil)
	peers := map[uint32]*peer{}
	for id := uint32(1); id <= 3; id++ {
		peers[id] = newPeer(t, 3, id != 2)
		peers[id].join(h, w, "room", id, "a")
	}
	for i := range 20 {
		for id, p := range peers {
			p.say(uint16(i), uint32(i)*960, 30, speech(byte(id)))
		}
		time.Sleep(10 * time.Millisecond)
	}
	for id, p := range peers {
		for other := range peers {
			if other == id {
				continue
			}
			p.await("20 packets from another", func(heard [][]*rtp.Packet) bool {
				return len(heardFrom(heard, other)) >= 20
			})
		}
		if n := len(heardFrom(p.copy(), id)); n != 0 {
			t.Errorf("participant %d hears itself: %d packets", id, n)
		}
	}
}
