import { describe, expect, it } from 'vitest';

import { FADE_SAMPLES, type FromCore, PlayerCore } from './core';

const QUANTUM = 128;

/** A wave whose every sample tells its place, so that a lost, doubled or swapped one is seen. */
const wave = (from: number, count: number) => Float32Array.from({ length: count }, (_, at) => (from + at + 1) / 100_000);

class Room {
  readonly told: FromCore[] = [];
  readonly heard: number[] = [];
  readonly core = new PlayerCore((report) => {
    this.told.push(report);
  });
  frame = 0;

  give(utterance: number, from: number, count: number): void {
    this.core.receive({ is: 'samples', utterance, samples: wave(from, count) }, this.frame);
  }

  play(quanta: number): void {
    for (let turn = 0; turn < quanta; turn += 1) {
      const out = new Float32Array(QUANTUM);
      this.core.process(out, this.frame);
      this.heard.push(...out);
      this.frame += QUANTUM;
    }
  }

  kinds(): string[] {
    return this.told.map(({ is }) => is).filter((is) => is !== 'at');
  }
}

describe('the player', () => {
  it('plays chunks of any size without a gap and counts each sample', () => {
    const room = new Room();
    let given = 0;
    for (const size of [1, 127, 128, 129, 500, 3, 1000, 64]) {
      room.give(1, given, size);
      given += size;
    }
    room.core.receive({ is: 'end', utterance: 1 }, 0);
    room.play(20);
    expect(room.heard.slice(0, given)).toEqual([...wave(0, given)]);
    expect(room.kinds()).toEqual(['begin', 'end']);
    expect(room.told.at(-1)).toMatchObject({ is: 'end', utterance: 1, played: given, queued: 0, frame: given });
  });

  it('waits for its lead, and not for more than there is', () => {
    const room = new Room();
    room.core.receive({ is: 'lead', samples: 300 }, 0);
    room.give(1, 0, 200);
    room.play(3);
    expect(room.kinds()).toEqual([]);
    room.give(1, 200, 200);
    room.play(1);
    expect(room.told[0]).toMatchObject({ is: 'begin', frame: 3 * QUANTUM });

    const short = new Room();
    short.core.receive({ is: 'lead', samples: 300 }, 0);
    short.give(1, 0, 50);
    short.core.receive({ is: 'end', utterance: 1 }, 0);
    short.play(1);
    expect(short.kinds()).toEqual(['begin', 'end']);
  });

  it('tells that it ran dry, and goes on with the next sample when there is enough again', () => {
    const room = new Room();
    room.give(1, 0, 200);
    room.play(2);
    expect(room.kinds()).toEqual(['begin', 'dry']);
    expect(room.told.at(-1)).toMatchObject({ played: 200, frame: 200 });
    room.core.receive({ is: 'lead', samples: 256 }, room.frame);
    room.give(1, 200, 128);
    room.play(2);
    expect(room.kinds()).toHaveLength(2);
    room.give(1, 328, 128);
    room.play(1);
    expect(room.kinds()).toEqual(['begin', 'dry', 'resume']);
    expect(room.heard.slice(4 * QUANTUM, 5 * QUANTUM)).toEqual([...wave(200, 128)]);
  });

  it('an end that has come makes running dry no fault', () => {
    const room = new Room();
    room.give(1, 0, 100);
    room.core.receive({ is: 'end', utterance: 1 }, 0);
    room.give(2, 0, 100);
    room.core.receive({ is: 'end', utterance: 2 }, 0);
    room.play(3);
    expect(room.kinds()).toEqual(['begin', 'end', 'begin', 'end']);
  });

  it('is silent within 4 ms of a flush, fades instead of clicking, and says what it threw away', () => {
    const room = new Room();
    const loud = new Float32Array(5_000).fill(0.5);
    room.core.receive({ is: 'samples', utterance: 1, samples: loud }, 0);
    room.play(4);
    room.core.receive({ is: 'flush' }, room.frame);
    room.play(2);
    const after = room.heard.slice(4 * QUANTUM);
    expect(after.slice(FADE_SAMPLES).every((sample) => sample === 0)).toBe(true);
    for (let at = 1; at < FADE_SAMPLES; at += 1) expect(Math.abs((after[at] ?? 1) - (after[at - 1] ?? 1))).toBeLessThan(0.02);
    expect(room.told.at(-1)).toMatchObject({ is: 'flushed', played: 4 * QUANTUM, queued: 5_000 - 4 * QUANTUM });
    room.give(2, 0, 200);
    room.play(1);
    expect(room.told.at(-1)).toMatchObject({ is: 'begin', utterance: 2 });
    expect(room.heard.slice(6 * QUANTUM, 7 * QUANTUM)).toEqual([...wave(0, 128)]);
  });

  it('holds its breath and goes on with the very next sample', () => {
    const room = new Room();
    room.give(1, 0, 1_000);
    room.play(2);
    room.core.receive({ is: 'hold', on: true }, room.frame);
    room.play(10);
    room.core.receive({ is: 'hold', on: false }, room.frame);
    room.play(1);
    expect(room.kinds()).toEqual(['begin', 'hold', 'resume']);
    expect(room.heard.slice(12 * QUANTUM, 13 * QUANTUM)).toEqual([...wave(256, 128)]);
  });

  it('reports its place at least every 22 ms at 24 kHz', () => {
    const room = new Room();
    room.give(1, 0, 24_000);
    room.play(180);
    const frames = room.told.map(({ frame }) => frame);
    for (let at = 1; at < frames.length; at += 1) expect((frames[at] ?? 0) - (frames[at - 1] ?? 0)).toBeLessThanOrEqual(528);
    for (const { is, frame, played, queued } of room.told.filter((one) => one.is === 'at')) {
      expect([is, played]).toEqual(['at', frame]);
      expect(played + queued).toBe(24_000);
    }
  });
});
