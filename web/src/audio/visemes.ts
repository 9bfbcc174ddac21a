/** Mouth shapes by Oculus' fifteen names, and which one shows at a time. Exact in time, not smoothed by frames: a lip that must close, closes. */
export const visemes = ['sil', 'PP', 'FF', 'TH', 'DD', 'kk', 'CH', 'SS', 'nn', 'RR', 'aa', 'E', 'ih', 'oh', 'ou'] as const;
export type Viseme = (typeof visemes)[number];

export interface Cue {
  at_ms: number;
  for_ms: number;
  shape: Viseme;
}

/** From one shape to the next: 0 is all `from`. */
export interface Mouth {
  from: Viseme;
  to: Viseme;
  share: number;
}

export const REST: Mouth = { from: 'sil', to: 'sil', share: 0 };

const known = new Set<string>(visemes);
const MOST_CUES = 4_000;

/** What a server sent, as far as it can be used: in order, without overlaps. */
export function readTrack(value: unknown): Cue[] {
  if (!Array.isArray(value)) return [];
  const cues: Cue[] = [];
  let end = 0;
  for (const item of value.slice(0, MOST_CUES) as unknown[]) {
    const { at_ms, for_ms, shape } = (item ?? {}) as Partial<Record<keyof Cue, unknown>>;
    if (typeof at_ms !== 'number' || typeof for_ms !== 'number' || !(for_ms > 0) || at_ms < end - 1 || typeof shape !== 'string') continue;
    cues.push({ at_ms, for_ms, shape: known.has(shape) ? (shape as Viseme) : 'sil' });
    end = at_ms + for_ms;
  }
  return cues;
}

/** Share of a sound, and milliseconds, in which the mouth is already on its way to the next one. */
const GLIDE_SHARE = 0.45;
const GLIDE_MS = 70;
/** Closed lips are left late: they are what an eye misses first. */
const CLOSED_GLIDE_SHARE = 0.2;

export function mouthAt(track: readonly Cue[], ms: number): Mouth {
  let [low, high] = [0, track.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((track[middle]?.at_ms ?? 0) <= ms) low = middle + 1;
    else high = middle;
  }
  const cue = track[low - 1];
  if (!cue || ms >= cue.at_ms + cue.for_ms) return REST;
  const after = track[low];
  const next = after && after.at_ms - (cue.at_ms + cue.for_ms) < 1 ? after.shape : 'sil';
  const glide = Math.min(GLIDE_MS, cue.for_ms * (cue.shape === 'PP' ? CLOSED_GLIDE_SHARE : GLIDE_SHARE));
  const into = (ms - (cue.at_ms + cue.for_ms - glide)) / glide;
  if (into <= 0) return { from: cue.shape, to: next, share: 0 };
  return { from: cue.shape, to: next, share: into * into * (3 - 2 * into) };
}
