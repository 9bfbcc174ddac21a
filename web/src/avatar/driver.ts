/**
 * A face, whatever it is made of. The stage asks it to draw once a frame and tells it what it needs to know; it knows nothing of
 * turns or sound. Our SVG faces and the picture of an imported companion implement it; other kinds of models join here.
 */
import type { Mouth } from '../audio/visemes';

export const emotions = ['neutral', 'happy', 'sad', 'angry', 'surprised', 'tender'] as const;
export type Emotion = (typeof emotions)[number];

export type Activity = 'idle' | 'listening' | 'thinking' | 'speaking';

export interface AvatarDriver {
  readonly kind: 'svg' | 'portrait' | 'vrm' | 'live2d';
  /** Puts itself into the element and fills it. */
  mount(host: HTMLElement): void;
  /** The mouth from now on; REST closes it. */
  mouth(mouth: Mouth): void;
  /** Blends over to it. Intensity 0 to 1. */
  emotion(name: Emotion, intensity: number): void;
  /** Where the eyes go: -1 to 1 from left to right and from top to bottom; 0, 0 is the person. */
  look(x: number, y: number): void;
  activity(what: Activity): void;
  /** Only what means something moves: mouth and expression. */
  still(on: boolean): void;
  /** One frame; `now` in ms, as requestAnimationFrame gives it. */
  draw(now: number): void;
  dispose(): void;
}

const others: Record<string, Emotion> = {
  joy: 'happy', smile: 'happy', laugh: 'happy', laughing: 'happy', excited: 'happy', amused: 'happy', cheerful: 'happy', playful: 'happy', proud: 'happy',
  sadness: 'sad', cry: 'sad', crying: 'sad', worried: 'sad', disappointed: 'sad', lonely: 'sad', tired: 'sad',
  anger: 'angry', annoyed: 'angry', frustrated: 'angry', furious: 'angry', disgust: 'angry',
  surprise: 'surprised', shock: 'surprised', shocked: 'surprised', fear: 'surprised', afraid: 'surprised', scared: 'surprised', curious: 'surprised', confused: 'surprised',
  love: 'tender', affection: 'tender', caring: 'tender', warm: 'tender', gentle: 'tender', shy: 'tender', relaxed: 'tender', calm: 'tender', grateful: 'tender',
};

/** Models name more feelings than a face has; what we do not know leaves it neutral. */
export function emotionOf(name: string): Emotion {
  const plain = name.trim().toLowerCase();
  return (emotions as readonly string[]).includes(plain) ? (plain as Emotion) : (Object.hasOwn(others, plain) ? others[plain] : undefined) ?? 'neutral';
}
