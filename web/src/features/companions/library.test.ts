import { beforeEach, describe, expect, it } from 'vitest';

import type { Character } from '../../api/types';
import { forgetPerson } from '../../app/preferences';
import { alwaysThere, filledIn } from './CardPreview';
import { commonTags, inOrder, useLibrary } from './library';
import { about } from './tokens';

const someone = (id: string, name: string, created: number, tags: string[] = []): Character => ({ id, name, tagline: '', tags, creator: '', visibility: 'private', bundled: false, mine: true, active: false, avatar_url: null, created });
const all = [someone('1', 'Öde', 3, ['calm']), someone('2', 'Ada', 1, ['calm', 'art']), someone('3', 'Zoe', 2, ['art', 'art', 'sea'])];
const names = (list: Character[]) => list.map(({ name }) => name).join(' ');

describe('the library', () => {
  beforeEach(() => {
    useLibrary.getState().set({ list: false, order: 'favourite', favourites: [] });
  });

  it('stands in the order that was chosen', () => {
    expect(names(inOrder(all, 'name', [], new Map()))).toBe('Ada Öde Zoe');
    expect(names(inOrder(all, 'new', [], new Map()))).toBe('Öde Zoe Ada');
    expect(names(inOrder(all, 'talk', [], new Map([['3', 9], ['2', 5]])))).toBe('Zoe Ada Öde');
    expect(names(inOrder(all, 'favourite', ['3'], new Map()))).toBe('Zoe Öde Ada');
    expect(names(all)).toBe('Öde Ada Zoe');
  });

  it('offers the tags that most have, each once', () => {
    expect(commonTags(all, 1)).toEqual(['art']);
    expect(commonTags(all, 9)).toEqual(['art', 'calm']);
  });

  it('remembers favourites and view', () => {
    useLibrary.getState().toggle('2');
    useLibrary.getState().set({ list: true });
    expect(JSON.parse(localStorage.getItem('lares.library') ?? '')).toEqual({ list: true, order: 'favourite', favourites: ['2'] });
    useLibrary.getState().toggle('2');
    expect(useLibrary.getState().favourites).toEqual([]);
  });
});

describe('a card as it is written', () => {
  it('shows names where they will stand, whatever they hold', () => {
    expect(filledIn('{{char}} greets {{USER}}, <user>.', '$& Mira', 'Ada')).toBe('$& Mira greets Ada, Ada.');
  });

  it('counts about as many tokens as a model would', () => {
    expect(about('')).toBe(0);
    expect(about('word')).toBe(1);
    expect(about('こんにちは')).toBe(5);
    expect(about('𠀀')).toBe(1);
    expect(alwaysThere({ name: 'x', description: 'a'.repeat(400), personality: '', scenario: '', system_prompt: '', post_history_instructions: '' })).toBeGreaterThan(99);
  });
});

it('favourites leave with whoever had them', () => {
  useLibrary.getState().toggle('01kdvdna00e008000000000001');
  expect(localStorage.getItem('lares.library')).toContain('01kdvdna00e008000000000001');
  forgetPerson();
  expect(useLibrary.getState().favourites).toEqual([]);
  expect(localStorage.getItem('lares.library')).toBeNull();
});
