import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { keys } from '../../api/queries';
import type { Character } from '../../api/types';
import { forgetPerson } from '../../app/preferences';
import { queryClient } from '../../app/query';
import { server } from '../../test/server';
import { alwaysThere } from './CardPreview';
import { commonTags, inOrder, setFavourite, useLibrary } from './library';
import { filledIn } from './names';
import { about, sum } from './tokens';

const someone = (id: string, name: string, created: number, tags: string[] = []): Character => ({ id, name, tagline: '', tags, creator: '', visibility: 'private', bundled: false, mine: true, active: false, favourite: false, avatar_url: null, created });
const all = [someone('1', 'Öde', 3, ['calm']), someone('2', 'Ada', 1, ['calm', 'art']), someone('3', 'Zoe', 2, ['art', 'art', 'sea'])];
const names = (list: Character[]) => list.map(({ name }) => name).join(' ');

describe('the library', () => {
  beforeEach(() => {
    useLibrary.getState().set({ list: false, order: 'favourite' });
  });

  it('stands in the order that was chosen', () => {
    expect(names(inOrder(all, 'name', new Map()))).toBe('Ada Öde Zoe');
    expect(names(inOrder(all, 'new', new Map()))).toBe('Öde Zoe Ada');
    expect(names(inOrder(all, 'talk', new Map([['3', 9], ['2', 5]])))).toBe('Zoe Ada Öde');
    expect(names(inOrder(all.map((one) => ({ ...one, favourite: one.id === '3' })), 'favourite', new Map()))).toBe('Zoe Öde Ada');
    expect(names(all)).toBe('Öde Ada Zoe');
  });

  it('offers the tags that most have, each once', () => {
    expect(commonTags(all, 1)).toEqual(['art']);
    expect(commonTags(all, 9)).toEqual(['art', 'calm']);
  });

  it('offers what is chosen, too, so that it can be taken off', () => {
    expect(commonTags(all, 1, ['sea', 'art', 'gone'])).toEqual(['art', 'sea', 'gone']);
  });

  it('remembers the view', () => {
    useLibrary.getState().set({ list: true });
    expect(JSON.parse(localStorage.getItem('lares.library') ?? '')).toEqual({ list: true, order: 'favourite' });
  });

  it('keeps favourites on the server, and puts back what it refuses', async () => {
    queryClient.setQueryData<Character[]>(keys.characters, all);
    const favourites = () => queryClient.getQueryData<Character[]>(keys.characters)?.filter((one) => one.favourite).map((one) => one.id);
    const asked: string[] = [];
    server.use(
      http.all('/api/v1/characters/:id/favourite', ({ request, params }) => {
        asked.push(`${request.method} ${String(params['id'])}`);
        return params['id'] === '1' ? HttpResponse.json({ type: 'too-many-favourites', title: '', status: 409, detail: '' }, { status: 409 }) : new HttpResponse(null, { status: 204 });
      }),
    );
    await setFavourite('2', true);
    expect(favourites()).toEqual(['2']);
    await expect(setFavourite('1', true)).rejects.toThrow();
    expect(favourites()).toEqual(['2']);
    await setFavourite('2', false);
    expect(favourites()).toEqual([]);
    expect(asked).toEqual(['PUT 2', 'PUT 1', 'DELETE 2']);
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
    expect(alwaysThere({ description: 'a'.repeat(400), personality: 'b'.repeat(40), scenario: '', system_prompt: '', post_history_instructions: '' }, (text) => ({ count: about(text), exact: text === '' }))).toEqual({ count: 110, exact: false });
    expect(sum([{ count: 2, exact: true }, { count: 3, exact: true }])).toEqual({ count: 5, exact: true });
  });
});

it('the view leaves with whoever chose it', () => {
  useLibrary.getState().set({ list: true });
  forgetPerson();
  expect(useLibrary.getState().list).toBe(false);
  expect(localStorage.getItem('lares.library')).toBeNull();
});
