/** What the page shows of a voice. Written by the speaker only. */
import { create } from 'zustand';

import type { Emotion } from '../../avatar/driver';

export interface Speaking {
  /** Null: an answer is read again. */
  turnId: string | null;
  conversationId: string;
  messageId: string | null;
  /** The clause that sounds, and where in the whole shown text the voice is. */
  caption: string;
  captionStart: number;
  characters: number;
}

export interface VoiceState {
  speaking: Speaking | null;
  /** The conversation whose voice is here and about to sound. */
  coming: string | null;
  /** A turn whose text waits for its voice: so many characters are shown. */
  reveal: { turnId: string; characters: number } | null;
  /** The browser lets the page sound only after a touch. */
  blocked: boolean;
  /** This browser cannot play at all. */
  unable: boolean;
  held: boolean;
  /** Why a turn has no voice, in the server's words. */
  note: { turnId: string; text: string } | null;
  emotion: { name: Emotion; intensity: number };
  /** From sending a message to its first sound here, in ms. */
  firstSound: Record<string, number>;
  /** An answer is being fetched to be read again. */
  fetching: string | null;
}

export const quiet: VoiceState = { speaking: null, coming: null, reveal: null, blocked: false, unable: false, held: false, note: null, emotion: { name: 'neutral', intensity: 1 }, firstSound: {}, fetching: null };

export const useVoice = create<VoiceState>(() => quiet);

/** The first so many code points. */
export function firstCharacters(text: string, count: number): string {
  if (count >= text.length) return text;
  let at = 0;
  for (let seen = 0; seen < count && at < text.length; seen += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return text.slice(0, at);
}

export function countCharacters(text: string): number {
  let count = 0;
  for (let at = 0; at < text.length; count += 1) at += (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
  return count;
}
