// Injected before any script of the page: keeps every remote audio track's
// sound (and the microphone's, for the delay) as 16 kHz PCM with wall-clock time.
//
// Time is told by when sound arrives here. It may arrive late, never early, so
// that the earliest of the last arrivals is right; and a browser that stalls
// loses sound for good, so that arrivals of long ago tell nothing.
(() => {
  const rate = 16000;
  const arrivals = 200; // so many chunks of 10 ms tell the time
  const taps = (window.__partyline = { heard: tap(), spoken: tap(), peers: [] });

  // A tap is one AudioContext that mixes its tracks and a reader of the mix.
  function tap() {
    return { context: null, bus: null, chunks: [], samples: 0, begins: [] };
  }

  function open(t) {
    if (t.context) return;
    t.context = new AudioContext({ sampleRate: rate });
    t.bus = t.context.createMediaStreamDestination();
    t.bus.channelCount = 1;
    // A constant source keeps the mix flowing while nobody is connected.
    const floor = t.context.createConstantSource();
    floor.offset.value = 0;
    floor.connect(t.bus);
    floor.start();
    read(t);
  }

  async function read(t) {
    const track = t.bus.stream.getAudioTracks()[0];
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1000 }).readable.getReader();
    let ratio = 1;
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const plane = new Float32Array(value.numberOfFrames);
      value.copyTo(plane, { planeIndex: 0, format: "f32-planar" });
      ratio = value.sampleRate / rate;
      const pcm = new Int16Array(Math.floor(plane.length / ratio));
      for (let i = 0; i < pcm.length; i++) {
        pcm[i] = Math.max(-1, Math.min(1, plane[Math.floor(i * ratio)])) * 32767;
      }
      t.chunks.push(pcm);
      t.samples += pcm.length;
      t.begins.push(Date.now() - (t.samples * 1000) / rate);
      if (t.begins.length > arrivals) t.begins.shift();
      value.close();
    }
  }

  function add(t, track) {
    open(t);
    t.context.createMediaStreamSource(new MediaStream([track])).connect(t.bus);
  }

  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...args) {
      super(...args);
      taps.peers.push(this);
      this.addEventListener("track", (e) => e.track.kind === "audio" && add(taps.heard, e.track));
    }
    setRemoteDescription(description) {
      const port = window.__partylineMediaPort;
      if (port && description?.sdp) {
        description = {
          type: description.type,
          sdp: description.sdp.replace(/^(a=candidate:\S+ \d+ udp \d+ \S+) \d+/gim, `$1 ${port}`),
        };
      }
      return super.setRemoteDescription(description);
    }
  };

  const getUserMedia = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices);
  if (getUserMedia) {
    navigator.mediaDevices.getUserMedia = async (constraints) => {
      // A file has no echo and no noise; what takes them out takes speech out
      // too when several speak at once.
      const plain = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const audio = typeof constraints.audio === "object" ? { ...constraints.audio, ...plain } : plain;
      const stream = await getUserMedia({ ...constraints, audio });
      for (const track of stream.getAudioTracks()) add(taps.spoken, track.clone());
      return stream;
    };
  }

  // take returns what a tap has kept since the last call, as base64 PCM.
  window.__partylineTake = (name) => {
    const t = taps[name];
    const total = t.chunks.reduce((n, c) => n + c.length, 0);
    const all = new Int16Array(total);
    let at = 0;
    for (const c of t.chunks) {
      all.set(c, at);
      at += c.length;
    }
    const firstSample = t.samples - total;
    t.chunks = [];
    const bytes = new Uint8Array(all.buffer);
    let text = "";
    for (let i = 0; i < bytes.length; i += 0x8000) text += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
    const began = t.begins.length > 0 ? Math.min(...t.begins) : Date.now();
    return { startedAt: began + (firstSample * 1000) / rate, pcm: btoa(text) };
  };

  window.__partylineStats = async () => {
    const sum = { received: 0, concealed: 0, silentConcealed: 0, packets: 0, lost: 0, emitted: 0, delay: 0 };
    for (const peer of taps.peers) {
      if (peer.connectionState === "closed") continue;
      for (const s of (await peer.getStats()).values()) {
        if (s.type === "transport") {
          sum.srtpCipher = s.srtpCipher ?? "";
          sum.dtlsRole = s.dtlsRole ?? "";
          const pair = (await peer.getStats()).get(s.selectedCandidatePairId);
          sum.protocol = (await peer.getStats()).get(pair?.remoteCandidateId)?.protocol ?? "";
        }
        if (s.type !== "inbound-rtp" || s.kind !== "audio") continue;
        sum.received += s.totalSamplesReceived ?? 0;
        sum.concealed += s.concealedSamples ?? 0;
        sum.silentConcealed += s.silentConcealedSamples ?? 0;
        sum.packets += s.packetsReceived ?? 0;
        sum.lost += s.packetsLost ?? 0;
        sum.emitted += s.jitterBufferEmittedCount ?? 0;
        sum.delay += s.jitterBufferDelay ?? 0;
      }
    }
    return sum;
  };
})();
