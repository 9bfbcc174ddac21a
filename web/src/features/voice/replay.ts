/** A short text, or a piece of a longer one, spoken: fetched whole, with the mouth of that very sound; played like any other. */
import { errorOf, sessionFetch } from '../../api/client';
import type { SpeechRequest } from '../../api/types';
import { decodeWav } from '../../audio/pcm';
import type { Spoken } from './speaker';

export async function fetchSpoken(wanted: SpeechRequest, signal: AbortSignal): Promise<Spoken | null> {
  const answer = await sessionFetch(
    new Request(`${location.origin}/api/v1/tts/generate`, { method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ...wanted, visemes: true }), signal }),
  );
  if (!answer.ok) throw await errorOf(answer);
  const { audio, track, words } = (await answer.json()) as Record<string, unknown>;
  if (typeof audio !== 'string') return null;
  const wav = decodeWav(Uint8Array.from(atob(audio), (char) => char.charCodeAt(0)).buffer);
  return wav && { ...wav, track, words };
}
