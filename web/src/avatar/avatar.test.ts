import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { REST, type Viseme, visemes } from '../audio/visemes';
import { type AvatarDriver, emotionOf, emotions } from './driver';
import { loadAvatar } from './load';
import { faces, mix, mouthPose, shapes } from './svg/pose';

const FRAME_MS = 1000 / 60;
const files = { Juniper: 'juniper', 'Captain Odile Marsh': 'odile', Theo: 'theo', 'Professor Quill': 'quill', Sunniva: 'sunniva', 'Wren Calloway': 'wren' };
const names = Object.keys(files);
const picture = () => document.createElement('span');

let host: HTMLDivElement;
beforeEach(() => {
  host = document.createElement('div');
  document.body.append(host);
});
afterEach(() => {
  host.remove();
});

function play(face: AvatarDriver, from: number, ms: number): number {
  let now = from;
  for (; now < from + ms; now += FRAME_MS) face.draw(now);
  return now;
}

const part = (name: string) => host.querySelector(`[data-part="${name}"]`);
const isOpen = () => part('hole')?.getAttribute('opacity') === '1';
const all = () => [...host.querySelectorAll('path')].map((one) => one.getAttribute('d')).join();

describe.each(names)('%s', (name) => {
  it('has fifteen mouths and six feelings that differ', async () => {
    const face = await loadAvatar(name, true, picture);
    face.mount(host);
    face.still(true);
    expect(face.kind).toBe('svg');
    const seen = new Set<string>();
    let now = 1;
    for (const shape of visemes) {
      face.mouth([{ shape, weight: 1 }]);
      now = play(face, now, 400);
      seen.add(all());
    }
    expect(seen.size).toBe(visemes.length);
    face.mouth(REST);
    const felt = new Set<string>();
    for (const emotion of emotions) {
      face.emotion(emotion, 1);
      now = play(face, now, 2_500);
      felt.add(all() + (part('head')?.getAttribute('transform') ?? ''));
    }
    expect(felt.size).toBe(emotions.length);
    expect(all()).not.toMatch(/NaN|undefined|Infinity/);
    face.dispose();
    expect(host.childElementCount).toBe(0);
  });

  it('closes its lips for a p in the very frame, whatever it feels, and rests in one after a stop', async () => {
    const face = await loadAvatar(name, true, picture);
    face.mount(host);
    for (const emotion of emotions) {
      face.emotion(emotion, 1);
      face.mouth([{ shape: 'aa', weight: 1 }]);
      const now = play(face, 1, 3_000);
      expect(isOpen()).toBe(true);
      face.mouth([{ shape: 'PP', weight: 1 }]);
      face.draw(now + FRAME_MS);
      expect(isOpen(), emotion).toBe(false);
    }
    face.emotion('neutral', 1);
    face.mouth([{ shape: 'aa', weight: 1 }]);
    const now = play(face, 10_000, 3_000);
    face.mouth(REST);
    face.draw(now + FRAME_MS);
    expect(isOpen()).toBe(false);
  });

  it('breathes, blinks and looks about, and does none of it when less movement is wanted', async () => {
    const face = await loadAvatar(name, true, picture);
    face.mount(host);
    const states = (from: number) => {
      const seen = new Set<string>();
      for (let now = from; now < from + 6_000; now += 50) {
        face.draw(now);
        seen.add(host.innerHTML);
      }
      return seen.size;
    };
    expect(states(1)).toBeGreaterThan(60);
    face.still(true);
    play(face, 6_000, 4_000);
    expect(states(10_000)).toBeLessThan(4);
  });

  it('shares no id with another of its kind', async () => {
    for (const face of [await loadAvatar(name, true, picture), await loadAvatar(name, true, picture)]) face.mount(host);
    const ids = [...host.querySelectorAll('[id]')].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, id] of host.innerHTML.matchAll(/url\(#([^)]+)\)/g)) expect(ids).toContain(id);
  });
});

describe('portraits', () => {
  // `npx vitest run src/avatar -u` draws them anew after a face has changed.
  it.each(Object.entries(files))('%s looks in a list as in a conversation', async (name, file) => {
    const face = await loadAvatar(name, true, picture);
    face.still(true);
    face.mount(host);
    play(face, 1, 3_000);
    const drawn = host.firstElementChild;
    for (const one of host.querySelectorAll('[data-part]')) one.removeAttribute('data-part');
    for (const [attribute, value] of Object.entries({ xmlns: 'http://www.w3.org/2000/svg', width: '400', height: '300', viewBox: '0 0 400 300' })) drawn?.setAttribute(attribute, value);
    drawn?.removeAttribute('aria-hidden');
    const text = host.innerHTML.replaceAll(/\bf\d+-/g, '').replaceAll(/<(\w+)([^<>]*)><\/\1>/g, '<$1$2/>');
    await expect(text).toMatchFileSnapshot(`../assets/portraits/${file}.svg`);
  });
});

describe('faces', () => {
  it('an imported companion keeps its picture, with a ring that answers to the voice', async () => {
    const face = await loadAvatar('Juniper', false, picture);
    expect(face.kind).toBe('portrait');
    face.mount(host);
    const ring = host.querySelector<HTMLElement>('[data-avatar="ring"]');
    face.draw(0);
    expect(ring?.style.opacity).toBe('0');
    face.mouth([{ shape: 'aa', weight: 1 }]);
    play(face, 0, 300);
    expect(Number(ring?.style.opacity)).toBeGreaterThan(0.8);
    face.mouth(REST);
    play(face, 300, 200);
    expect(Number(ring?.style.opacity)).toBeLessThan(0.1);
  });

  it('knows more names of feelings than it has', () => {
    expect(['Joy', ' furious', 'love', 'SURPRISED', 'crying', 'constructor', ''].map(emotionOf)).toEqual(['happy', 'angry', 'tender', 'surprised', 'sad', 'neutral', 'neutral']);
  });

  it('opens widest for aa, and is closed at rest and for p, b and m only', () => {
    const open = (shape: Viseme) => shapes[shape].open;
    expect(visemes.filter((shape) => open(shape) === 0)).toEqual(['sil', 'PP']);
    expect(Math.max(...visemes.map(open))).toBe(open('aa'));
    expect(shapes.ou.wide).toBeLessThan(shapes.oh.wide);
    expect(mouthPose([{ shape: 'PP', weight: 1 }], faces.surprised).open).toBe(0);
    expect(mix([[{ a: 1, b: 0 }, 0.25], [{ a: 0, b: 4 }, 0.75]])).toEqual({ a: 0.25, b: 3 });
  });
});
