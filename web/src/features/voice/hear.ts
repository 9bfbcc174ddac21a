/** A short text to try a voice with, beside any conversation. One at a time. */
import type { SpeechRequest } from '../../api/types';
import { loudness } from '../../audio/player';
import { useVoicePreferences } from './preferences';
import { fetchSpoken } from './replay';
import { speaker } from './speaker';

let running: AbortController | null = null;

export function stopHearing(): void {
  running?.abort();
  running = null;
}

/** Done when it has been heard, or stopped. False: nothing in it can be said. */
export async function hear(wanted: SpeechRequest): Promise<boolean> {
  stopHearing();
  const mine = new AbortController();
  running = mine;
  await speaker.stop();
  // Made within the press of a button, or a browser would not let it sound.
  const context = new AudioContext();
  try {
    const spoken = await fetchSpoken(wanted, mine.signal);
    if (mine.signal.aborted) return true;
    if (!spoken || spoken.samples.length === 0) return false;
    await context.resume();
    const buffer = context.createBuffer(1, spoken.samples.length, spoken.rate);
    buffer.copyToChannel(new Float32Array(spoken.samples), 0);
    const gain = context.createGain();
    gain.gain.value = loudness(useVoicePreferences.getState().volume);
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(gain).connect(context.destination);
    await new Promise<void>((resolve) => {
      source.onended = () => {
        resolve();
      };
      mine.signal.addEventListener('abort', () => {
        source.stop();
        resolve();
      });
      source.start();
    });
    return true;
  } catch (error) {
    if (!mine.signal.aborted) throw error;
    return true;
  } finally {
    if (running === mine) running = null;
    await context.close();
  }
}
