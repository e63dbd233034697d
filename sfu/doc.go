// Package sfu is the audio plane: rooms in which browsers and phones hear each
// other. A [Hub] holds the rooms of a node. Browsers come in by
// [Hub.Connect], one PeerConnection each, offered once and never renegotiated;
// phones come in as lines, see audio.Line.
//
// # Slots
//
// A room forwards its K loudest talkers (Config.Slots) in K slots that are
// the same for everybody, so a room of 500 costs K × 500 and not 500 × 499. A
// browser's m-line i is slot i for good. A slot is one continuous RTP stream:
// when another talker takes it over, the sequence goes on without a gap and
// the timestamp advances by the wall clock. Who speaks stands in the CSRC.
//
//	browser ── SRTP ──► leg: RED taken apart, healed, de-duplicated
//	                      │ voice                     phone: mixer's tick
//	                      ▼                             │ voice
//	                    source.feed ◄───────────────────┘
//	                      ▼
//	                    stage: rank, assign a slot, renumber, build ≤ 5 RED variants
//	                      │                    │
//	                      ▼                    ▼
//	                 legs of all others      tap: the mixer hears the browsers
//
// # What the browser must do
//
// The offer has as many audio m-lines as the room has slots (1 to 8; with
// fewer, fewer are heard at once). The first is sendrecv and carries the
// microphone, the others are recvonly:
//
//	const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
//	const mic = pc.addTransceiver(track ?? 'audio', { direction: 'sendrecv' });
//	for (let i = 1; i < slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
//	// RED first, where the browser has it: RTCRtpReceiver.getCapabilities('audio')
//	for (const t of pc.getTransceivers()) t.setCodecPreferences([red, opus]);
//	await pc.setLocalDescription();            // no need to wait for candidates
//	await pc.setRemoteDescription(answer);     // and never again
//
// Every transceiver's receiver.track is played. Mute is
// mic.sender.replaceTrack(null), unmute replaceTrack(track). Who speaks is
// receiver.getContributingSources(): the newest timestamp's source is the
// participant number and audioLevel its level; a source whose timestamp is
// older than about 500 ms is silent. When the network changes, the client
// makes a second PeerConnection with another leg id and closes the first once
// the second is connected; the hub retires the first by itself 2 s later.
//
// # Goroutines
//
//	goroutine      one per          owns                           ends when
//	room.run       room             members, legs, mix             the room is empty
//	stage.run      room             ranking, slots, numbering      room.run ends
//	socket writer  UDP socket       queue of datagrams             Hub.Close
//	Pion's         leg              ICE, DTLS, SRTP of a browser   the leg closes
//	mixer.run      room with phones what its phones hear, every 20 ms  the room has no phone
//	foyer.run      hub              phones in no room, every 20 ms    Hub.Close
//	leg.hangUp     closing leg      the PeerConnection's end       Pion has let go
package sfu
