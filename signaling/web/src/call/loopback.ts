/** How long the test records, ms. */
export const LOOPBACK_MS = 3000;

/** Records a track for LOOPBACK_MS; the recording never leaves the page. */
export function record(track: MediaStreamTrack): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const recorder = new MediaRecorder(new MediaStream([track]));
    const parts: Blob[] = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    recorder.onerror = () => reject(new Error('the recording failed'));
    recorder.onstop = () => resolve(new Blob(parts, { type: recorder.mimeType }));
    recorder.start();
    setTimeout(() => {
      if (recorder.state !== 'inactive') recorder.stop();
    }, LOOPBACK_MS);
  });
}
