/** The face of a companion without one of ours: the picture that came with its card, and a ring that answers to the voice. */
import type { Mouth } from '../audio/visemes';
import type { AvatarDriver } from './driver';
import { shapes, towards } from './svg/pose';

const OPEN_MS = 45;
const WIDEST = 25;

export class PortraitDriver implements AvatarDriver {
  readonly kind = 'portrait';
  private readonly root = document.createElement('div');
  private readonly ring = document.createElement('div');
  private goal = 0;
  private open = 0;
  private last = 0;
  private calm = false;

  /** `picture` is an element that shows who speaks; it is taken over. */
  constructor(picture: HTMLElement) {
    this.root.dataset.avatar = 'portrait';
    this.ring.dataset.avatar = 'ring';
    this.root.append(this.ring, picture);
  }

  mount(host: HTMLElement): void {
    host.append(this.root);
  }

  mouth(mouth: Mouth): void {
    this.goal = mouth.reduce((sum, { shape, weight }) => sum + shapes[shape].open * weight, 0) / WIDEST;
  }

  emotion(): void {
    // A picture has one expression.
  }

  look(): void {
    // As above.
  }

  activity(): void {
    // The ring shows speaking; the page says the rest in words.
  }

  still(on: boolean): void {
    this.calm = on;
  }

  draw(now: number): void {
    this.open = towards(this.open, this.goal, Math.min(100, Math.max(0, now - this.last)), OPEN_MS);
    this.last = now;
    this.ring.style.opacity = String(Math.round(Math.min(1, this.open * 2.2) * 100) / 100);
    this.ring.style.transform = this.calm ? 'none' : `scale(${String(Math.round((1 + this.open * 0.09) * 1000) / 1000)})`;
  }

  dispose(): void {
    this.root.remove();
  }
}
