import { waitFor } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { keys } from '../api/queries';
import { queryClient } from '../app/query';
import { removeBook, removeEntry } from '../features/lorebooks/lorebook';
import { removePersona } from '../features/personas/persona';
import { server } from '../test/server';
import { useNotices } from './notices';
import { remove } from './removal';

const last = () => useNotices.getState().list.at(-1);

describe('what is deleted', () => {
  let asked: string[] = [];
  beforeEach(() => {
    asked = [];
    useNotices.setState({ list: [] });
    const note = ({ request }: { request: Request }) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}`);
      return request.method === 'DELETE' ? new HttpResponse(null, { status: 204 }) : HttpResponse.json({});
    };
    server.use(http.delete('*', note), http.post('*', note));
  });
  afterEach(() => {
    vi.useRealTimers();
    queryClient.clear();
  });

  const both = async (work: Promise<void>, text: string) => {
    await work;
    expect(last()).toMatchObject({ text, action: { label: 'Undo' } });
    last()?.action?.run();
    await waitFor(() => {
      expect(asked).toHaveLength(2);
    });
    return asked;
  };

  it('goes and comes back where it stood: personas, lorebooks, entries', async () => {
    expect(await both(removePersona('p', 'Robin went.'), 'Robin went.')).toEqual(['DELETE /api/v1/personas/p', 'POST /api/v1/personas/p/restore']);
    asked = [];
    expect(await both(removeBook({ lorebook: 'b' }, 'Gone.'), 'Gone.')).toEqual(['DELETE /api/v1/lorebooks/b', 'POST /api/v1/lorebooks/b/restore']);
    asked = [];
    expect(await both(removeEntry({ character: 'c' }, 4, 'Gone.'), 'Gone.')).toEqual(['DELETE /api/v1/characters/c/lorebook/entries/4', 'POST /api/v1/characters/c/lorebook/entries/4/restore']);
  });

  it('of a card is its lorebook, which comes back with the card of then', async () => {
    server.use(http.get('*/api/v1/characters/c/lorebook', () => HttpResponse.json({ character: 'Mira', name: '', version: 7 })));
    expect(await both(removeBook({ character: 'c' }, 'Gone.'), 'Gone.')).toEqual(['DELETE /api/v1/characters/c/lorebook', 'POST /api/v1/characters/c/versions/7/restore']);
  });

  it('is asked for anew wherever it was named, when it goes and when it comes back', async () => {
    const named = [keys.characters, keys.lorebooks, keys.personas, keys.conversations];
    const stale = () => named.map((key) => queryClient.getQueryState(key)?.isInvalidated);
    const fresh = () => named.forEach((key) => queryClient.setQueryData(key, []));
    fresh();
    await remove('/api/v1/personas/p', 'Gone.');
    expect(stale()).toEqual([true, true, true, true]);
    fresh();
    last()?.action?.run();
    await waitFor(() => {
      expect(stale()).toEqual([true, true, true, true]);
    });
  });

  it('can be taken back as long as the notice is there, and it is said where the server refuses', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    await remove('/api/v1/characters/c', 'Gone.');
    await vi.advanceTimersByTimeAsync(3_600_000);
    server.use(http.post('*/api/v1/characters/c/restore', () => HttpResponse.json({ type: 'too-many-characters', status: 409, detail: 'You have as many as there may be.' }, { status: 409 })));
    last()?.action?.run();
    await waitFor(() => {
      expect(last()?.text).toBe('You have as many as there may be.');
    });
    expect(asked).toEqual(['DELETE /api/v1/characters/c']);
  });

  it('is still there where the server refuses, and nothing offers to bring it back', async () => {
    server.use(http.delete('*', () => new HttpResponse(null, { status: 503 })));
    await expect(remove('/api/v1/characters/c', 'Gone.')).rejects.toThrow();
    expect(last()).toBeUndefined();
  });
});
