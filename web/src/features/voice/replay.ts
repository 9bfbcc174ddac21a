/** An answer, spoken again: fetched whole, as it is short, and played like any other sound. */
import { errorOf, sessionFetch } from '../../api/client';
import { decodeWav } from '../../audio/pcm';
import type { Spoken } from './speaker';

async function ask(route: string, text: string, signal: AbortSignal): Promise<Record<string, unknown>> {
  const answer = await sessionFetch(
    new Request(`${location.origin}/api/v1/tts/${route}`, { method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }), signal }),
  );
  if (!answer.ok) throw await errorOf(answer);
  return (await answer.json()) as Record<string, unknown>;
}

export async function fetchSpoken(text: string, signal: AbortSignal): Promise<Spoken | null> {
  // A voice without a mouth is better than none.
  const mouth = ask('visemes', text, signal).catch(() => null);
  const { audio } = await ask('generate', text, signal);
  if (typeof audio !== 'string') return null;
  const wav = decodeWav(Uint8Array.from(atob(audio), (char) => char.charCodeAt(0)).buffer);
  const shapes = await mouth;
  return wav && { ...wav, track: shapes?.track, words: shapes?.words };
}
