/**
 * What makes one face different from another. All of it stands in a window of 400 by 480; the middle of the face is at x = 200.
 * `head` groups move together; the nearer to the person a part is, the further it moves when the head turns.
 */
import type { Drawing } from './make';

/** What moving parts of a face may follow. */
export interface Moving {
  /** Chin, in units down. */
  jaw: number;
  /** Upper lip, in units up. */
  lift: number;
  smile: number;
}

export interface Design {
  skin: { base: string; shade: string; line: string; light: string; blush: string };
  lips: { upper: string; lower: string; line: string; /** Thickness of each. */ up: number; low: number; /** Half the width at rest. */ half: number; y: number };
  eyes: { y: number; apart: number; half: number; up: number; low: number; /** Outer corner above the inner one. */ slant: number; iris: [string, string]; radius: number; /** How wide the pupil is for its height; a circle without it. */ slit?: number; lash: string; lashes: number; crease: string; white: string };
  brows: { y: number; inner: number; outer: number; thick: number; arch: number; colour: string };
  /** Outline of the face, for a chin that far down. */
  head: (jaw: number) => string;
  defs: Drawing[];
  backdrop: Drawing[];
  /** From the back: behind the body, the body, on the skin, over the eyes, before everything. */
  behind: Drawing[];
  body: Drawing[];
  neck: Drawing[];
  ears: Drawing[];
  skinDetail: Drawing[];
  nose: Drawing[];
  moving: { drawing: Drawing; d: (moving: Moving) => string }[];
  over: Drawing[];
  hair: Drawing[];
  front: Drawing[];
}
