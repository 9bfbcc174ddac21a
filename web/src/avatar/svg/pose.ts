/** Numbers behind a face: what a mouth shape and an emotion are, and how they blend. Nothing here draws. */
import type { Mouth, Viseme } from '../../audio/visemes';
import type { Emotion } from '../driver';

export interface MouthPose {
  /** Between the lips, in drawing units; the widest vowel has 25. */
  open: number;
  /** Of the width at rest. */
  wide: number;
  /** Pushed forward, 0 to 1. */
  round: number;
  /** Lips pressed together, 0 to 1. */
  press: number;
  /** Lower lip under the upper teeth, 0 to 1. */
  tuck: number;
  /** How much of the teeth shows, 0 to 1. */
  above: number;
  below: number;
  /** 0 at rest, 1 between or behind the teeth. */
  tongue: number;
}

const shape = (open: number, wide: number, round: number, above: number, below: number, tongue: number, press = 0, tuck = 0): MouthPose => ({ open, wide, round, above, below, tongue, press, tuck });

export const shapes: Record<Viseme, MouthPose> = {
  sil: shape(0, 1, 0, 0, 0, 0),
  PP: shape(0, 0.94, 0, 0, 0, 0, 1),
  FF: shape(4.5, 1.02, 0, 1, 0, 0, 0.2, 1),
  TH: shape(8, 1, 0, 0.8, 0.2, 1),
  DD: shape(9, 1.02, 0, 0.85, 0.25, 0.75),
  kk: shape(10, 1.04, 0, 0.55, 0.2, 0.25),
  CH: shape(9, 0.86, 0.55, 0.95, 0.8, 0.1),
  SS: shape(5.5, 1.12, 0, 1, 1, 0),
  nn: shape(7.5, 1.02, 0, 0.7, 0, 0.85),
  RR: shape(9, 0.86, 0.5, 0.5, 0.1, 0.45),
  aa: shape(25, 1.02, 0, 0.75, 0.1, 0.3),
  E: shape(15, 1.16, 0, 0.85, 0.15, 0.35),
  ih: shape(10, 1.16, 0, 0.95, 0.35, 0.4),
  oh: shape(19, 0.8, 0.62, 0.3, 0, 0.15),
  ou: shape(9.5, 0.62, 1, 0.1, 0, 0),
};

export interface FacePose {
  /** -1 down, 1 up. */
  smile: number;
  brow: number;
  /** Inner ends: -1 down and together, 1 up. */
  inner: number;
  /** Lids: 0 as at rest, 1 closed, below 0 wider. */
  upper: number;
  lower: number;
  blush: number;
  tilt: number;
  /** Head down, -1 to 1. */
  nod: number;
  pupil: number;
  /** What the mouth opens and narrows by itself. */
  gape: number;
  wide: number;
  press: number;
  round: number;
}

const face = (pose: Partial<FacePose>): FacePose => ({ smile: 0.28, brow: 0, inner: 0.08, upper: 0.04, lower: 0, blush: 0.35, tilt: 0, nod: 0, pupil: 1, gape: 0, wide: 1, press: 0, round: 0, ...pose });

export const faces: Record<Emotion, FacePose> = {
  neutral: face({}),
  happy: face({ smile: 1, brow: 0.35, inner: 0.1, upper: 0.06, lower: 0.75, blush: 0.85, tilt: 2.5, nod: -0.12, pupil: 1.06, gape: 5, wide: 1.16 }),
  sad: face({ smile: -0.72, brow: -0.05, inner: 1, upper: 0.3, lower: 0.1, blush: 0.2, tilt: -4, nod: 0.55, pupil: 1.05, wide: 0.9 }),
  angry: face({ smile: -0.55, brow: -0.55, inner: -1, upper: 0.3, lower: 0.3, blush: 0.5, tilt: 0, nod: 0.3, pupil: 0.86, wide: 0.92, press: 0.5 }),
  surprised: face({ smile: 0.02, brow: 1, inner: 0.25, upper: -0.3, lower: -0.25, blush: 0.4, tilt: -1.5, nod: -0.35, pupil: 0.8, gape: 11, wide: 0.74, round: 0.5 }),
  tender: face({ smile: 0.7, brow: 0.12, inner: 0.55, upper: 0.26, lower: 0.26, blush: 1, tilt: 6, nod: 0.12, pupil: 1.16, wide: 1.02 }),
};

export function mix<Pose extends object>(parts: readonly (readonly [Pose, number])[]): Pose {
  const out: Record<string, number> = {};
  for (const [pose, weight] of parts) {
    for (const [name, value] of Object.entries(pose) as [string, number][]) out[name] = (out[name] ?? 0) + value * weight;
  }
  return out as Pose;
}

/** What is said and what is felt, in one mouth: closed lips stay closed whatever the feeling. */
export function mouthPose(mouth: Mouth, felt: FacePose): MouthPose {
  const silent = Math.max(0, 1 - mouth.reduce((sum, { weight }) => sum + weight, 0));
  const said = mix([[shapes.sil, silent] as const, ...mouth.map(({ shape: name, weight }) => [shapes[name], weight] as const)]);
  const gape = felt.gape * silent;
  return {
    ...said,
    open: said.open + gape,
    above: said.above + (gape > 0 ? 0.7 * silent : 0),
    wide: said.wide * (1 + (felt.wide - 1) * (0.45 + 0.55 * silent)),
    round: Math.min(1, said.round + felt.round * silent),
    press: Math.min(1, said.press + felt.press * silent),
  };
}

/** How far `value` goes towards `goal` in `ms`, whatever the frame rate. */
export const towards = (value: number, goal: number, ms: number, time: number): number => goal + (value - goal) * Math.exp(-ms / time);
