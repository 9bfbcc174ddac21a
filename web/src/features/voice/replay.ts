/** An answer, spoken again: fetched whole, as it is short, and played like any other sound. */
import { errorOf, sessionFetch } from '../../api/client';
import { decodeWav } from '../../audio/pcm';
import type { Spoken } from './speaker';

export async function fetchSpoken(text: string, signal: AbortSignal): Promise<Spoken | null> {
  const request = new Request(`${location.origin}/api/v1/tts/generate`, { method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text }), signal });
  const answer = await sessionFetch(request);
  if (!answer.ok) throw await errorOf(answer);
  const body = (await answer.json()) as { audio?: unknown; visemes?: unknown };
  if (typeof body.audio !== 'string') return null;
  const bytes = Uint8Array.from(atob(body.audio), (char) => char.charCodeAt(0));
  const wav = decodeWav(bytes.buffer);
  return wav && { ...wav, track: body.visemes };
}
