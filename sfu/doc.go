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
//	                 tape: the recorder
//
// # What the browser must do
//
// The offer has as many audio m-lines as the room has slots (1 to 8; with
// fewer, fewer are heard at once), and may have one more for what this browser
// alone hears ([Hub.Whisper]). The first is sendrecv and carries the
// microphone, the others are recvonly:
//
//	const pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
//	const mic = pc.addTransceiver(track ?? 'audio', { direction: 'sendrecv' });
//	for (let i = 1; i <= slots; i++) pc.addTransceiver('audio', { direction: 'recvonly' });
//	// RED first, where the browser has it: RTCRtpReceiver.getCapabilities('audio')
//	for (const t of pc.getTransceivers()) t.setCodecPreferences([red, opus]);
//	const offer = await pc.createOffer();
//	// Optional: lets the hub ask again for what the uplink lost. No browser
//	// offers it of its own accord, and one that refuses is left as it is.
//	const sdp = offer.sdp.replace(/a=rtpmap:(\d+) (opus|red)\/48000\/2\r\n/g, '$&a=rtcp-fb:$1 nack\r\n');
//	await pc.setLocalDescription({ type: 'offer', sdp }).catch(() => pc.setLocalDescription());
//	// pc.localDescription.sdp goes to the server, without waiting for candidates
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
// # Loss
//
// Receiver reports carry the uplink's true loss once a second, so that the
// browser protects its speech; what RED does not heal is asked for again where
// that was agreed upon. Towards each listener RED has a depth that follows its
// own reports, and its uplink's loss as long as those have not come: browsers
// report audio every five seconds only. Two Chromium pages with random loss in
// both directions concealed 0.4 % at 10 % and 2.1 % at 30 %, where 30 % on the
// way down alone left 0.8 %, and both ways without asking again 3.8 %.
//
// # Mute and coming back
//
// A mute takes effect before ranking and is remembered with the participant,
// also in another room: until Remove, CloseRoom, or two minutes without any
// leg. A room lives as long as somebody is remembered in it; phones are
// forgotten when they leave.
//
// # Phones
//
// A phone sends G.711 of either law, G.722, Opus and comfort noise, and may
// change between them, its SSRC and its numbering within a word. What it says
// is ranked before it is decoded, where the codec lets the level be seen:
// G.722 and Opus have a state and are decoded as they come. What is heard is
// coded once per codec for all who hear the same; who talks, listens to a
// phrase or has chosen another volume (audio.Line.SetVolume) has an encoding
// of its own, which costs 4 µs a frame in G.711, 15 in G.722 and 200 in Opus.
// In G.722 that begins from a copy of the shared encoder, in Opus from a fresh
// one that has heard the last 60 ms, and both return in a pause.
//
// Chimes go into the mix before it is coded. The observer is told of phones
// that talk while they are muted, and of those that play music, which is what
// hold does that nobody signalled; whoever is told mutes them.
//
// # Moves
//
// [Hub.Move] takes somebody to another room by the same connections: while both
// rooms stand still, the legs, the phone, the mute and the hold change hands.
// A browser's m-lines go on with the other room's slots, where the sequence
// continues without a gap and the timestamp advances by the wall clock, as if
// another talker had taken the slot; until four packets have been sent there
// is no redundancy, which would bring what was said before. A phone goes from
// one mix to the other between two ticks. Thirty people moved at once heard
// nothing for 20 to 40 ms, and never both rooms.
//
// # Recording
//
// [Hub.Record] writes the slots onto a [Tape] as they are sent, so that what
// costs anything is only their mix: 8 to 10 ms of CPU a second. Packets are
// placed by their timestamps, held to the wall clock, and written 400 ms after
// they came, for the order to be right; the tracks are brought to the same
// length once a second. Who may be on it is decided where a slot sends
// ([Hub.SetRecorded]); muted and held people do not get that far. The stage
// never waits for the tape.
//
// # Goroutines
//
//	goroutine      one per          owns                           ends when
//	room.run       room             members, legs, mix, tape       the room is empty
//	stage.run      room             ranking, slots, numbering      room.run ends
//	socket writer  hub              queue of datagrams             Hub.Close
//	Pion's         leg              ICE, DTLS, SRTP of a browser   the leg closes
//	mixer's beat   room with phones what its phones hear           its last phone leaves
//	foyer's beat   hub              what phones in no room hear    Hub.Close
//	Whisper.run    Whisper          its jitter buffer, encoder     Close, or Hub.Close
//	leg.hangUp     closing leg      the PeerConnection's end       Pion has let go
//	recorder.run   recorded room    tracks, decoders, mix          StopRecording, the room ends, the tape fails
package sfu
