import { describe, expect, it } from 'vitest';

import { differences, pieces, shortened } from './compare';

const read = (before: string, after: string) => pieces(before, after).map(({ kind, text }) => `${kind[0] ?? ''}:${text}`);

describe('what differs between two texts', () => {
  it('is told word by word', () => {
    expect(read('Mira paints the sea.', 'Mira paints the mountains.')).toEqual(['s:Mira paints the ', 'r:sea.', 'a:mountains.']);
    expect(read('', 'New words')).toEqual(['a:New words']);
    expect(read('Old words', '')).toEqual(['r:Old words']);
    expect(read('same', 'same')).toEqual(['s:same']);
    // Neighbouring words that changed are one change.
    expect(read('a red old mill', 'a green new mill')).toEqual(['s:a ', 'r:red old', 'a:green new', 's: mill']);
  });

  it('gives both texts back, whatever they are', () => {
    const words = ['mill', 'river ', '\n', 'the', ' ', 'old  ', 'wheel\n\n', '水'];
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed % below;
    };
    for (let round = 0; round < 300; round += 1) {
      const [before = '', after = ''] = [0, 1].map(() => Array.from({ length: next(30) }, () => words[next(words.length)]).join(''));
      const found = pieces(before, after);
      expect(found.filter(({ kind }) => kind !== 'added').map(({ text }) => text).join('')).toBe(before);
      expect(found.filter(({ kind }) => kind !== 'removed').map(({ text }) => text).join('')).toBe(after);
    }
  });

  it('takes no long time for long texts: lines, then the whole', () => {
    const long = (salt: string) => Array.from({ length: 3_000 }, (_, index) => `line ${String(index)} of ${salt}`).join('\n');
    const found = pieces(long('a'), long('b'));
    expect(found.filter(({ kind }) => kind !== 'added').map(({ text }) => text).join('')).toBe(long('a'));
    expect(found.filter(({ kind }) => kind !== 'removed').map(({ text }) => text).join('')).toBe(long('b'));
  });

  it('leaves out the middle of what stayed the same', () => {
    const text = `${'x'.repeat(100)}MIDDLE${'y'.repeat(100)}`;
    expect(shortened(text, false, false)).toBe(`${'x'.repeat(80)}…${'y'.repeat(80)}`);
    expect(shortened(text, true, false)).toBe(`…${'y'.repeat(80)}`);
    expect(shortened('short', false, false)).toBe('short');
  });
});

describe('what differs between two cards', () => {
  const card = (data: object) => ({ spec: 'chara_card_v2', spec_version: '2.0', data: { name: 'Mira', tags: ['calm'], ...data } });

  it('is found in every field, those that nobody knows too', () => {
    const before = card({ description: 'Paints.', extensions: { depth_prompt: { depth: 4 } }, alternate_greetings: ['Hi'], character_book: { entries: [{ id: 3, content: 'Old.' }] } });
    const after = card({ description: 'Paints.', extensions: { depth_prompt: { depth: 2 } }, alternate_greetings: ['Hi', 'Ho'], character_book: { entries: [{ id: 3, content: 'New.' }] }, tags: [] });
    expect(differences(before, after).map(({ path }) => path)).toEqual([['extensions', 'depth_prompt', 'depth'], ['alternate_greetings', '1'], ['character_book', 'entries', '0', 'content'], ['tags', '0']]);
    expect(differences(before, before)).toEqual([]);
  });

  it('is found between a card of the first form and a later one', () => {
    expect(differences({ name: 'Mira', description: 'Paints.' }, card({ description: 'Draws.', tags: [] })).map(({ path }) => path[0])).toEqual(['description']);
  });

  it('takes empty and absent for the same', () => {
    expect(differences(card({ scenario: '' }), card({}))).toEqual([]);
  });
});
