import { describe, expect, it } from 'vitest';

import { FIRST_MS, Lead, LEAST_MS, MOST_MS } from './lead';
import { decodeWav, resample, samplesOf } from './pcm';
import { Timeline } from './timeline';
import { mouthAt, readTrack, REST } from './visemes';
import { decodeAudio, idText } from './wire';

describe('the lead', () => {
  it('stays low on a quiet line and grows with what came late', () => {
    const quiet = new Lead();
    for (let round = 0; round < 30; round += 1) {
      for (let chunk = 0; chunk < 20; chunk += 1) quiet.arrived(chunk === 0, round * 5_000 + chunk * 20, 40);
      quiet.over();
    }
    expect(quiet.ms).toBeLessThan(FIRST_MS / 2);

    const late = new Lead();
    late.arrived(true, 0, 40);
    late.arrived(false, 240, 40);
    expect(late.ms).toBeGreaterThanOrEqual(200);
  });

  it('does not blame the line for a slow model between clauses', () => {
    const lead = new Lead();
    for (let clause = 0; clause < 5; clause += 1) {
      for (let chunk = 0; chunk < 10; chunk += 1) lead.arrived(chunk === 0, clause * 3_000 + chunk * 40, 40);
    }
    expect(lead.ms).toBe(FIRST_MS);
  });

  it('doubles when a gap was heard, within bounds, whatever was remembered', () => {
    const lead = new Lead();
    lead.ranDry();
    expect(lead.ms).toBe(FIRST_MS * 2);
    for (let round = 0; round < 9; round += 1) lead.ranDry();
    expect(lead.ms).toBe(MOST_MS);
    expect(new Lead(-5).ms).toBe(LEAST_MS);
    expect(new Lead(Number.NaN).ms).toBe(FIRST_MS);
  });
});

describe('the wire', () => {
  it('writes ids as the server does', () => {
    expect(idText(new Uint8Array(16))).toBe('0'.repeat(26));
    expect(idText(new Uint8Array(16).fill(255))).toBe(`7${'z'.repeat(25)}`);
    expect(idText(Uint8Array.from([1, 0x9b, 0x7b, 0x6a, 0xa8, 0x0e, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 1]))).toBe('01kdxpna0e0200000000000001');
  });

  it('reads a frame, and refuses what is none', () => {
    const bytes = new ArrayBuffer(32 + 6);
    const view = new DataView(bytes);
    view.setUint32(16, 7, true);
    view.setUint32(20, 2, true);
    view.setUint32(24, 1, true);
    view.setUint32(28, 24_000, true);
    view.setInt16(32, -32768, true);
    view.setInt16(34, 0, true);
    view.setInt16(36, 16384, true);
    const frame = decodeAudio(bytes);
    expect(frame).toMatchObject({ number: 7, clause: 2, chunk: 1, rate: 24_000 });
    expect(frame && [...samplesOf(frame)]).toEqual([-1, 0, 0.5]);
    expect(decodeAudio(bytes.slice(0, 30))).toBeNull();
    expect(decodeAudio(bytes.slice(0, 37))).toBeNull();
    view.setUint32(28, 12, true);
    expect(decodeAudio(bytes)).toBeNull();
  });

  it('reads a WAV whose header says more than there is, and no other file', () => {
    const bytes = new Uint8Array(44 + 8);
    const view = new DataView(bytes.buffer);
    bytes.set(new TextEncoder().encode('RIFF'), 0);
    bytes.set(new TextEncoder().encode('WAVEfmt '), 8);
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, 22_050, true);
    view.setUint16(34, 16, true);
    bytes.set(new TextEncoder().encode('data'), 36);
    view.setUint32(40, 0xffff_ffff, true);
    view.setInt16(46, 8192, true);
    expect(decodeWav(bytes.buffer)).toEqual({ rate: 22_050, samples: Float32Array.from([0, 0.25, 0, 0]) });
    view.setUint16(34, 24, true);
    expect(decodeWav(bytes.buffer)).toBeNull();
    expect(decodeWav(new ArrayBuffer(10))).toBeNull();
  });

  it('keeps length and shape at another rate', () => {
    const slow = Float32Array.from({ length: 2_205 }, (_, at) => Math.sin(at / 50));
    const fast = resample(slow, 22_050, 24_000);
    expect(fast).toHaveLength(2_400);
    for (let at = 0; at < 2_300; at += 1) expect(Math.abs((fast[at] ?? 9) - Math.sin((at * 22_050) / 24_000 / 50))).toBeLessThan(0.001);
  });
});

const track = readTrack([
  { at_ms: 0, for_ms: 100, shape: 'aa' },
  { at_ms: 100, for_ms: 80, shape: 'PP' },
  { at_ms: 180, for_ms: 120, shape: 'oh' },
  { at_ms: 400, for_ms: 100, shape: 'E' },
]);

describe('the mouth', () => {
  const amount = (ms: number, shape: string) => mouthAt(track, ms).reduce((sum, one) => sum + (one.shape === shape ? one.weight : 0), 0);

  it('is closed for all of a p, b or m, on its way there before and open again after', () => {
    for (let ms = 100; ms < 180; ms += 1) expect(mouthAt(track, ms)).toEqual([{ shape: 'PP', weight: 1 }]);
    expect(amount(50, 'aa')).toBe(1);
    expect(amount(80, 'PP')).toBeCloseTo(0.5);
    expect(amount(99, 'PP')).toBeGreaterThan(0.95);
    expect(amount(200, 'oh')).toBeCloseTo(0.5);
    expect(amount(240, 'oh')).toBe(1);
  });

  it('mixes shapes that overlap, and forms an unstressed one less', () => {
    const both = readTrack([
      { at_ms: 0, for_ms: 200, shape: 'aa', weight: 0.4 },
      { at_ms: 100, for_ms: 200, shape: 'kk', weight: 1 },
    ]);
    expect(mouthAt(both, 50)).toEqual([{ shape: 'aa', weight: 0.4 }]);
    expect(mouthAt(both, 150).map(({ weight }) => weight)).toEqual([0.4 / 1.4, 1 / 1.4]);
    for (let ms = -60; ms < 400; ms += 1) expect(mouthAt(both, ms).reduce((sum, { weight }) => sum + weight, 0)).toBeLessThanOrEqual(1.000001);
  });

  it('never jumps', () => {
    const open = (ms: number) => 1 - amount(ms, 'PP');
    for (let ms = 1; ms < 600; ms += 1) expect(Math.abs(open(ms) - open(ms - 1)), String(ms)).toBeLessThan(0.06);
  });

  it('rests before, in silences and after', () => {
    for (const ms of [-30, 350, 9_000]) expect(mouthAt(track, ms)).toEqual(REST);
    expect(mouthAt([], 5)).toEqual(REST);
  });

  it('takes only what can be used of a track', () => {
    expect(readTrack('x')).toEqual([]);
    const usable = { at_ms: 5, for_ms: 10, shape: 'new' };
    expect(readTrack([null, { at_ms: 5, for_ms: 0, shape: 'aa' }, usable, { at_ms: 2, for_ms: 5, shape: 'aa' }, { ...usable, weight: 'x' }])).toEqual([{ at_ms: 5, for_ms: 10, shape: 'sil', weight: 1 }]);
  });
});

describe('the timeline', () => {
  const line = new Timeline(1_000);
  line.clause(0, 'Hi 😀 there, ', 10, 22);
  line.clause(1, 'friend.', 22, 29);
  line.visemes(0, track, [
    { at_ms: 0, start: 10, end: 14 },
    { at_ms: 180, start: 15, end: 21 },
  ]);
  line.sound(0, 300);
  line.sound(0, 200);
  line.sound(1, 400);

  it('knows the word that sounds at a sample, in code points of the whole text', () => {
    expect(line.at(0)).toMatchObject({ clause: 0, start: 10, characters: 14 });
    expect(line.at(179)).toMatchObject({ characters: 14 });
    expect(line.at(180)).toMatchObject({ characters: 21 });
    expect(line.at(500)).toMatchObject({ clause: 1, characters: 29, text: 'friend.' });
    expect(line.at(-1)).toBeNull();
    expect(new Timeline(1_000).at(5)).toBeNull();
  });

  it('takes the mouth of the clause that sounds, and rests past its end', () => {
    expect(line.at(130)?.mouth).toEqual([{ shape: 'PP', weight: 1 }]);
    expect(line.at(950)?.mouth).toEqual(REST);
  });

  it('shows lips that met between two drawings', () => {
    expect(line.drawn(95, 185)).toEqual([{ shape: 'PP', weight: 1 }]);
    expect(line.drawn(120, 260)).toEqual([{ shape: 'oh', weight: 1 }]);
    expect(line.drawn(130, 140)).toEqual([{ shape: 'PP', weight: 1 }]);
  });

  it('shows closed lips while they sound, whatever passed before', () => {
    const own = new Timeline(1_000);
    own.visemes(0, readTrack([{ at_ms: 100, for_ms: 20, shape: 'FF' }, { at_ms: 120, for_ms: 20, shape: 'PP' }, { at_ms: 140, for_ms: 200, shape: 'aa' }]));
    own.sound(0, 400);
    expect(own.drawn(95, 125, 155)).toEqual([{ shape: 'PP', weight: 1 }]);
  });

  /** Drawings of one p, b or m of so many ms, each so long after the one before; whether one shows it while it sounds. */
  function seen(length: number, gaps: (at: number) => number, first: number) {
    const own = new Timeline(1_000);
    own.visemes(0, readTrack([{ at_ms: 0, for_ms: 200, shape: 'aa' }, { at_ms: 200, for_ms: length, shape: 'PP' }, { at_ms: 200 + length, for_ms: 200, shape: 'oh' }]));
    own.sound(0, 400 + length);
    const drawings: { ms: number; closed: boolean }[] = [];
    let before = first;
    let frame = 0;
    for (let at = 0, ms = first; ms < 400; at += 1, ms += gaps(at)) {
      frame = Math.max(ms - before, frame);
      drawings.push({ ms, closed: own.drawn(before, ms, ms + frame).some(({ shape, weight }) => shape === 'PP' && weight === 1) });
      before = ms;
    }
    const standing = drawings.findLastIndex(({ ms }) => ms <= 200);
    return { closed: drawings.some(({ closed, ms }, at) => closed && (at === standing || (ms > 200 && ms <= 200 + length))), drawings };
  }

  it.each([10, 15, 25, 40, 80])('closes lips within a sound of %i ms, though drawings are 22 to 33 ms apart', (length) => {
    for (let first = 0; first < 33; first += 1) {
      for (const gaps of [() => 22, () => 33, (at: number) => (at % 3 === 0 ? 33 : 22)]) expect(seen(length, gaps, first).closed, String(first)).toBe(true);
    }
  });

  it('closes lips early only where the next drawing would be too late, and once', () => {
    for (const length of [10, 80]) {
      const { drawings } = seen(length, () => 30, 5);
      const closed = drawings.filter((one) => one.closed).map(({ ms }) => ms);
      expect(closed).toEqual(length === 10 ? [185] : [215, 245, 275]);
    }
  });

  it('spreads words over the sounds where the server does not say', () => {
    const own = new Timeline(1_000);
    own.visemes(0, readTrack(Array.from({ length: 10 }, (_, at) => ({ at_ms: at * 100, for_ms: 100, shape: at === 5 ? 'sil' : 'aa' }))));
    own.clause(0, 'one two three', 0, 13);
    own.sound(0, 1_000);
    const seen = Array.from({ length: 1_000 }, (_, ms) => own.at(ms)?.characters ?? -1);
    expect(new Set(seen)).toEqual(new Set([3, 7, 13]));
    expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
    expect(seen[240]).toBe(3);
    expect(seen[260]).toBe(7);
  });

  it('tells a late chunk from a clause that has not been made yet', () => {
    const own = new Timeline(1_000);
    own.visemes(0, track);
    own.sound(0, 300);
    expect(own.complete(300)).toBe(false);
    own.sound(0, 200);
    expect(own.complete(500)).toBe(true);
  });
});
