/** One connection to the server: an RTCPeerConnection that is never renegotiated. */
export interface LegConfig {
  /** Voices at a time: each has an audio m-line, the first carries the microphone, too. */
  slots: number;
  track: MediaStreamTrack | null;
  /** Gives the offer to the server and returns its answer. */
  exchange(leg: string, offer: string): Promise<string>;
  changed(leg: Leg, state: RTCPeerConnectionState): void;
  /** A path was found; the keys are agreed on once it is connected. */
  found?(): void;
}

export class Leg {
  readonly name = legName();
  readonly pc: RTCPeerConnection;
  readonly streams: MediaStream[];
  #sender: RTCRtpSender;
  #config: LegConfig;

  constructor(config: LegConfig) {
    this.#config = config;
    this.pc = new RTCPeerConnection({ bundlePolicy: 'max-bundle', rtcpMuxPolicy: 'require' });
    // One more for what this person alone hears: how a phone rings that they called.
    for (let slot = 0; slot <= config.slots; slot++) {
      const transceiver = this.pc.addTransceiver('audio', {
        direction: slot === 0 ? 'sendrecv' : 'recvonly',
      });
      preferRed(transceiver);
    }
    const transceivers = this.pc.getTransceivers();
    // One stream per slot: tracks of one stream would wait for each other.
    this.streams = transceivers.map((t) => new MediaStream([t.receiver.track]));
    this.#sender = (transceivers[0] as RTCRtpTransceiver).sender;
    this.pc.onconnectionstatechange = () => config.changed(this, this.pc.connectionState);
    this.pc.oniceconnectionstatechange = () => {
      if (['connected', 'completed'].includes(this.pc.iceConnectionState)) config.found?.();
    };
  }

  /** Offers and applies the answer; the state comes by `changed`. */
  async open(): Promise<void> {
    await this.send(this.#config.track);
    const plain = await this.pc.createOffer();
    const asking = { type: plain.type, sdp: withNack(plain.sdp ?? '') };
    // A browser may refuse whatever it did not write itself.
    await this.pc.setLocalDescription(asking).catch(() => this.pc.setLocalDescription(plain));
    const offer = this.pc.localDescription?.sdp ?? '';
    // The server is ICE-lite and learns our address from our checks, so that
    // nobody waits for candidates to be gathered.
    const sdp = await this.#config.exchange(this.name, offer);
    await this.pc.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Sends a track, or nothing at all: null is silence on the wire, too. */
  async send(track: MediaStreamTrack | null): Promise<void> {
    await this.#sender.replaceTrack(track);
  }

  /** Whether a packet of the microphone has left. */
  async sent(): Promise<boolean> {
    let sent = false;
    (await this.#sender.getStats()).forEach((row: { type?: string; packetsSent?: number }) => {
      if (row.type === 'outbound-rtp' && (row.packetsSent ?? 0) > 0) sent = true;
    });
    return sent;
  }

  get receivers(): RTCRtpReceiver[] {
    return this.pc.getReceivers();
  }

  close(): void {
    this.pc.onconnectionstatechange = null;
    this.pc.oniceconnectionstatechange = null;
    this.pc.close();
  }
}

/** Puts RED (RFC 2198) before Opus; Chromium sends it only when it is first. */
function preferRed(transceiver: RTCRtpTransceiver): void {
  const codecs = RTCRtpReceiver.getCapabilities?.('audio')?.codecs ?? [];
  const wanted = redFirst(codecs);
  // Firefox before 128 has no such method, and no RED either.
  if (wanted.length > 0) transceiver.setCodecPreferences?.(wanted);
}

export function redFirst<C extends { mimeType: string }>(codecs: C[]): C[] {
  const of = (name: string) => codecs.filter((c) => c.mimeType.toLowerCase() === name);
  return [...of('audio/red'), ...of('audio/opus')];
}

/**
 * Lets the server ask again for audio that it missed (generic NACK, RFC 4585
 * §6.2.1). Browsers can send it again, but do not offer to.
 */
export function withNack(sdp: string): string {
  return sdp.replace(/a=rtpmap:(\d+) (opus|red)\/48000\/2\r\n/g, '$&a=rtcp-fb:$1 nack\r\n');
}

function legName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(6));
  return `leg-${Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')}`;
}
