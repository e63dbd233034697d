/** Why there is no microphone, as far as a person can do something about it. */
export type MicrophoneProblem = 'insecure' | 'unsupported' | 'refused' | 'missing' | 'busy';

export class MicrophoneError extends Error {
  constructor(readonly problem: MicrophoneProblem) {
    super(`no microphone: ${problem}`);
    this.name = 'MicrophoneError';
  }
}

/** Browsers give the microphone to https and to localhost only. */
export function secure(): boolean {
  return globalThis.isSecureContext !== false;
}

/** Opens a microphone; the default one when there is no wish or it is gone. */
export async function openMicrophone(device?: string): Promise<MediaStreamTrack> {
  const devices = globalThis.navigator?.mediaDevices;
  if (!devices?.getUserMedia) throw new MicrophoneError(secure() ? 'unsupported' : 'insecure');
  const audio: MediaTrackConstraints = {
    channelCount: 1,
    echoCancellation: true,
    noiseSuppression: true,
    autoGainControl: true,
    ...(device ? { deviceId: { ideal: device } } : {}),
  };
  try {
    const stream = await devices.getUserMedia({ audio });
    const track = stream.getAudioTracks()[0];
    if (!track) throw new MicrophoneError('missing');
    return track;
  } catch (error) {
    throw error instanceof MicrophoneError ? error : new MicrophoneError(classify(error));
  }
}

/** Names what getUserMedia threw (Media Capture and Streams §10.2). */
export function classify(error: unknown): MicrophoneProblem {
  switch ((error as { name?: string } | null)?.name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'refused';
    case 'NotReadableError':
    case 'AbortError':
      return 'busy';
    default:
      return 'missing';
  }
}

export interface Device {
  id: string;
  label: string;
}

/** The microphones that can be chosen; labels are there once one was opened. */
export async function microphones(): Promise<Device[]> {
  const all = (await navigator.mediaDevices?.enumerateDevices?.().catch(() => [])) ?? [];
  return all
    .filter((d) => d.kind === 'audioinput' && d.deviceId !== '')
    .map((d) => ({ id: d.deviceId, label: d.label }));
}
