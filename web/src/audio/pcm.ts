/** Samples out of what carries them. */
import { type AudioFrame, HEADER_BYTES } from './wire';

export function pcm(view: DataView, offset: number): Float32Array {
  const samples = new Float32Array((view.byteLength - offset) >> 1);
  for (let at = 0; at < samples.length; at += 1) samples[at] = view.getInt16(offset + at * 2, true) / 32768;
  return samples;
}

export const samplesOf = (frame: AudioFrame): Float32Array => pcm(new DataView(frame.bytes), HEADER_BYTES);

const word = (view: DataView, at: number): string => String.fromCharCode(view.getUint8(at), view.getUint8(at + 1), view.getUint8(at + 2), view.getUint8(at + 3));

/** A WAV of 16-bit PCM; of several channels the first. Null: something else. */
export function decodeWav(buffer: ArrayBuffer): { rate: number; samples: Float32Array } | null {
  const view = new DataView(buffer);
  if (buffer.byteLength < 44 || word(view, 0) !== 'RIFF' || word(view, 8) !== 'WAVE') return null;
  let [rate, channels, found] = [0, 0, false];
  for (let at = 12; at + 8 <= buffer.byteLength; ) {
    const size = view.getUint32(at + 4, true);
    const body = at + 8;
    if (word(view, at) === 'fmt ' && size >= 16 && body + 16 <= buffer.byteLength) {
      found = view.getUint16(body, true) === 1 && view.getUint16(body + 14, true) === 16;
      channels = view.getUint16(body + 2, true);
      rate = view.getUint32(body + 4, true);
    } else if (word(view, at) === 'data') {
      if (!found || channels < 1 || rate < 8000 || rate > 192_000) return null;
      // A stream's header says more than there is.
      const end = Math.min(buffer.byteLength, body + size);
      const all = pcm(new DataView(buffer, body, (end - body) & ~1), 0);
      return { rate, samples: channels === 1 ? all : all.filter((_, index) => index % channels === 0) };
    }
    at = body + size + (size & 1);
  }
  return null;
}

/** To another rate by straight lines: only where a voice's rate is not that of the context. */
export function resample(samples: Float32Array, from: number, to: number): Float32Array {
  if (from === to || samples.length === 0) return samples;
  const out = new Float32Array(Math.round((samples.length * to) / from));
  for (let at = 0; at < out.length; at += 1) {
    const where = (at * from) / to;
    const below = Math.min(samples.length - 1, Math.floor(where));
    const next = Math.min(samples.length - 1, below + 1);
    const low = samples[below] ?? 0;
    out[at] = low + ((samples[next] ?? 0) - low) * (where - below);
  }
  return out;
}
