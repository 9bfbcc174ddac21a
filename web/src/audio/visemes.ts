/** Mouth shapes by Oculus' fifteen names, and which one shows at a time. Exact in time, not smoothed by frames: a lip that must close, closes. */
export const visemes = ['sil', 'PP', 'FF', 'TH', 'DD', 'kk', 'CH', 'SS', 'nn', 'RR', 'aa', 'E', 'ih', 'oh', 'ou'] as const;
export type Viseme = (typeof visemes)[number];

/** Cues are in order of their beginning and may overlap; `weight` is how far a shape is formed. */
export interface Cue {
  at_ms: number;
  for_ms: number;
  shape: Viseme;
  weight: number;
}

/** Shapes and how much of each; what is missing to 1 is rest. */
export type Mouth = readonly { shape: Viseme; weight: number }[];

export const REST: Mouth = [];

const known = new Set<string>(visemes);
const MOST_CUES = 20_000;

/** What a server sent, as far as it can be used. */
export function readTrack(value: unknown): Cue[] {
  if (!Array.isArray(value)) return [];
  const cues: Cue[] = [];
  let begin = 0;
  for (const item of value.slice(0, MOST_CUES) as unknown[]) {
    const { at_ms, for_ms, shape, weight = 1 } = (item ?? {}) as Partial<Record<keyof Cue, unknown>>;
    if (typeof at_ms !== 'number' || typeof for_ms !== 'number' || !(for_ms > 0) || at_ms < begin || typeof shape !== 'string' || typeof weight !== 'number') continue;
    cues.push({ at_ms, for_ms, shape: known.has(shape) ? (shape as Viseme) : 'sil', weight: Math.min(1, Math.max(0, weight)) });
    begin = at_ms;
  }
  return cues;
}

/** To form a shape and to leave it. */
const EASE_MS = 40;
/** No cue of a human mouth is longer; bounds the search. */
const LONGEST_MS = 10_000;

/** Lips that must meet, or meet the teeth: they keep all of their time, and nothing shows beside them. */
const firm = (shape: Viseme) => shape === 'PP' || shape === 'FF';

/** What the mouth does at a time: free shapes glide into each other, closed lips are closed from their first moment to their last. */
export function mouthAt(track: readonly Cue[], ms: number): Mouth {
  let [low, high] = [0, track.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((track[middle]?.at_ms ?? 0) <= ms + EASE_MS) low = middle + 1;
    else high = middle;
  }
  const near: Cue[] = [];
  for (let at = low - 1; at >= 0; at -= 1) {
    const cue = track[at];
    if (!cue || cue.at_ms < ms - LONGEST_MS) break;
    if (cue.at_ms + cue.for_ms > ms - EASE_MS) near.unshift(cue);
  }
  const lips = near.filter((cue) => firm(cue.shape));
  const closed = lips.find((cue) => cue.at_ms <= ms && ms < cue.at_ms + cue.for_ms);
  if (closed) return [{ shape: closed.shape, weight: 1 }];
  const next = lips.find((cue) => cue.at_ms > ms);
  const past = lips.findLast((cue) => cue.at_ms <= ms);
  const before = next ? (next.at_ms - ms) / EASE_MS : 1;
  const after = past ? (ms - past.at_ms - past.for_ms) / EASE_MS : 1;
  const free = Math.min(1, before, after);
  const parts = near.flatMap((cue) => {
    if (cue.shape === 'sil' || firm(cue.shape)) return [];
    const half = EASE_MS / 2;
    const share = Math.min(1, (ms - cue.at_ms + half) / EASE_MS, (cue.at_ms + cue.for_ms + half - ms) / EASE_MS);
    return share > 0 ? [{ shape: cue.shape, weight: share * cue.weight }] : [];
  });
  const sum = Math.max(1, parts.reduce((total, { weight }) => total + weight, 0));
  const mouth = parts.map(({ shape, weight }) => ({ shape, weight: (weight / sum) * free }));
  const lip = before < after ? next : past;
  return free < 1 && lip ? [...mouth, { shape: lip.shape, weight: 1 - free }] : mouth;
}

/** Lips that meet after one time and have parted again by another: between two drawings nobody sees them. */
export function between(track: readonly Cue[], from: number, to: number): Cue | undefined {
  const all = track.filter((one) => firm(one.shape) && one.at_ms > from && one.at_ms + one.for_ms <= to);
  return all.find(({ shape }) => shape === 'PP') ?? all[0];
}
