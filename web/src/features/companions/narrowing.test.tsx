import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { keys } from '../../api/queries';
import type { Character } from '../../api/types';
import { queryClient } from '../../app/query';
import { showRouted } from '../../test/render';
import { server } from '../../test/server';
import Companions from './Companions';

const someone = (name: string, tags: string[] = [], favourite = false): Character => ({ id: name, name, tagline: '', tags, creator: '', visibility: 'private', bundled: false, mine: true, active: false, favourite, avatar_url: null, created: 1 });
const all = [someone('Ada', ['calm']), someone('Bea', ['calm']), someone('Cid', [], true), someone('Dov')];

describe('what narrows the library', () => {
  let person: ReturnType<typeof userEvent.setup>;
  const shown = () => screen.queryAllByRole('heading', { level: 2 }).map(({ textContent }) => textContent);
  const gone = async (name: string) => {
    await act(async () => {
      queryClient.setQueryData<Character[]>(keys.characters, (list) => list?.filter((one) => one.name !== name));
      // It is told to the page a moment later.
      await new Promise((resolve) => setTimeout(resolve, 10));
    });
  };

  beforeEach(async () => {
    queryClient.clear();
    person = userEvent.setup();
    server.use(http.get('*/api/v1/characters', () => HttpResponse.json({ items: all, next: null })));
    showRouted(<Companions />);
    await screen.findByRole('button', { name: 'calm' });
  });

  it('a tag can be taken off when it is on one companion only', async () => {
    await person.click(screen.getByRole('button', { name: 'calm' }));
    expect(shown()).toEqual(['Ada', 'Bea']);
    await gone('Bea');
    expect(shown()).toEqual(['Ada']);
    await person.click(screen.getByRole('button', { name: 'calm', pressed: true }));
    expect(shown()).toEqual(['Cid', 'Ada', 'Dov']);
    // There is nothing left to narrow.
    expect(screen.queryByRole('button', { name: 'calm' })).toBeNull();
    expect(screen.queryByRole('searchbox')).toBeNull();
  });

  it('favourites can be taken off however few companions there are', async () => {
    await person.click(screen.getByRole('button', { name: '★ Favourites' }));
    await gone('Dov');
    expect(shown()).toEqual(['Cid']);
    await person.click(screen.getByRole('button', { name: '★ Favourites', pressed: true }));
    expect(shown()).toEqual(['Cid', 'Ada', 'Bea']);
  });

  it('so can words', async () => {
    await person.type(screen.getByRole('searchbox'), 'ada');
    await waitFor(() => {
      expect(shown()).toEqual(['Ada']);
    });
    await gone('Ada');
    await person.clear(screen.getByRole('searchbox'));
    await waitFor(() => {
      expect(shown()).toEqual(['Cid', 'Bea', 'Dov']);
    });
  });
});
