import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { createRootRoute, createRouter, createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { useNotices } from '../../ui/notices';
import { EntryDialog } from './EntryDialog';
import { keyProblems, keysOf, keysText, newEntry, patternOf } from './lorebook';
import { TestBox } from './TestBox';

describe('keys', () => {
  it('stand between commas, and a pattern keeps its own', () => {
    expect(keysOf('fox, red fox ,, wolf')).toEqual(['fox', 'red fox', 'wolf']);
    expect(keysOf(String.raw`/fo{1,2}x/i, /a\/b,c/, wolf,`)).toEqual(['/fo{1,2}x/i', String.raw`/a\/b,c/`, 'wolf']);
    expect(keysOf('and/or, 1/2')).toEqual(['and/or', '1/2']);
    expect(keysOf(' , ')).toEqual([]);
    expect(keysOf(keysText(['a', '/b,c/g', 'd e']))).toEqual(['a', '/b,c/g', 'd e']);
  });

  it('that are no good pattern are told, others not', () => {
    expect(keyProblems(['fox', '/fox/i', 'and/or', '/', '//'])).toEqual([]);
    expect(keyProblems(['/fo(x/'])).toMatchObject([{ kind: 'pattern', key: '/fo(x/' }]);
    expect(keyProblems(['/fox/ii'])).toMatchObject([{ kind: 'pattern' }]);
    expect(keyProblems(['/a/b/'])).toEqual([{ kind: 'slash', key: '/a/b/' }]);
    expect(patternOf(String.raw`/a\/b/i`)).toEqual({ source: 'a/b', flags: 'i' });
  });
});

function open(element: React.ReactElement) {
  const root = createRootRoute({ component: () => element });
  show(<RouterProvider router={createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ['/'] }) }) as never} />);
}

describe('an entry', () => {
  let person: ReturnType<typeof userEvent.setup>;
  beforeEach(() => {
    queryClient.clear();
    window.scrollTo = () => undefined;
    person = userEvent.setup({ delay: null });
  });

  it('warns of a pattern that cannot be read, and saves all its fields', async () => {
    const sent: unknown[] = [];
    server.use(
      http.post('*/api/v1/lorebooks/b/entries', async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ entry: { ...newEntry, uid: 7 }, version: 2 });
      }),
    );
    let closed = 0;
    open(
      <EntryDialog
        at={{ lorebook: 'b' }}
        uid={null}
        first={newEntry}
        onClose={() => {
          closed += 1;
        }}
      />,
    );
    const keys = await screen.findByRole('textbox', { name: 'Keys' });
    await person.type(keys, '/fo(x/');
    expect(await screen.findByText(/is no valid pattern/)).toBeInTheDocument();
    await person.clear(keys);
    await person.type(keys, 'fox, vixen');
    expect(screen.queryByText(/is no valid pattern/)).toBeNull();
    await person.type(screen.getByRole('textbox', { name: 'What the companion learns' }), 'Foxes are red.');
    await person.click(screen.getByRole('switch', { name: 'Always there, without a key' }));
    await person.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => {
      expect(closed).toBe(1);
    });
    expect(sent).toEqual([{ ...newEntry, keys: ['fox', 'vixen'], content: 'Foxes are red.', constant: true }]);
  });

  it('takes a number below nought from an empty field, and stays within its bounds', async () => {
    const sent: unknown[] = [];
    server.use(
      http.put('*/api/v1/lorebooks/b/entries/4', async ({ request }) => {
        sent.push(await request.json());
        return HttpResponse.json({ entry: { ...newEntry, uid: 4 }, version: 2 });
      }),
    );
    open(<EntryDialog at={{ lorebook: 'b' }} uid={4} first={newEntry} onClose={() => undefined} />);
    const order = await screen.findByRole('spinbutton', { name: 'Order' });
    await person.clear(order);
    expect(order).toHaveValue(null);
    await person.type(order, '-5');
    expect(order).toHaveValue(-5);
    const probability = screen.getByRole('spinbutton', { name: 'Chance in percent', hidden: true });
    await person.clear(probability);
    await person.type(probability, '1000');
    await person.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => {
      expect(sent).toEqual([{ ...newEntry, order: -5, probability: 100 }]);
    });
    expect(probability).toHaveValue(100);
  });

  it('is deleted, and taken back as it was', async () => {
    const asked: string[] = [];
    server.use(
      http.delete('*/api/v1/lorebooks/b/entries/4', () => (asked.push('delete'), new HttpResponse(null, { status: 204 }))),
      http.post('*/api/v1/lorebooks/b/entries/4/restore', async ({ request }) => {
        asked.push(`restore ${await request.text()}`);
        return HttpResponse.json({ entry: { ...newEntry, uid: 4 }, version: 3 });
      }),
    );
    open(<EntryDialog at={{ lorebook: 'b' }} uid={4} first={{ ...newEntry, comment: 'Fox' }} onClose={() => asked.push('closed')} />);
    await person.click(await screen.findByRole('button', { name: 'Delete' }));
    await waitFor(() => {
      expect(asked).toEqual(['delete', 'closed']);
    });
    useNotices.getState().list.at(-1)?.action?.run();
    await waitFor(() => {
      // The server knows what it was: nothing is sent that could lack a field.
      expect(asked).toEqual(['delete', 'closed', 'restore ']);
    });
  });

  it('of a card’s book is saved there', async () => {
    const asked: string[] = [];
    server.use(
      http.put('*/api/v1/characters/c/lorebook/entries/4', () => {
        asked.push('saved');
        return HttpResponse.json({ entry: { ...newEntry, uid: 4 }, version: 3 });
      }),
    );
    queryClient.setQueryData(['characters', 'c', 'versions'], []);
    open(<EntryDialog at={{ character: 'c' }} uid={4} first={newEntry} onClose={() => asked.push('closed')} />);
    await person.type(await screen.findByRole('textbox', { name: 'Title' }), 'Fox');
    await person.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => {
      expect(asked).toEqual(['saved', 'closed']);
    });
    // The companion has one more version now.
    expect(queryClient.getQueryState(['characters', 'c', 'versions'])?.isInvalidated).toBe(true);
  });

  it('asks before what was changed is lost', async () => {
    let closed = 0;
    open(
      <EntryDialog
        at={{ lorebook: 'b' }}
        uid={4}
        first={newEntry}
        onClose={() => {
          closed += 1;
        }}
      />,
    );
    await person.type(await screen.findByRole('textbox', { name: 'Title' }), 'x');
    await person.click(screen.getByRole('button', { name: 'Cancel' }));
    await person.click(await screen.findByRole('button', { name: 'Keep editing' }));
    expect(closed).toBe(0);
    await person.click(await screen.findByRole('button', { name: 'Cancel' }));
    await person.click(await screen.findByRole('button', { name: 'Discard' }));
    expect(closed).toBe(1);
  });
});

describe('trying a book', () => {
  it('tells what woke, why, and what nearly did', async () => {
    server.use(
      http.post('*/api/v1/lorebooks/test', async ({ request }) => {
        expect(await request.json()).toEqual({ lorebook_id: 'b', text: 'a fox' });
        const entry = { book: 'Animals', uid: 1, title: 'Fox', position: 'before', reason: 'key “fox”', tokens: 4, content: 'Red.' };
        return HttpResponse.json({ activated: [entry], nearly: [{ ...entry, uid: 2, title: 'Den', reason: 'probability 20 %' }], tokens: 4, budget: 100, overflowed: false, passes: 1, warnings: ['a key is odd'] });
      }),
    );
    show(<TestBox book={{ id: 'b', at: { lorebook: 'b' }, name: 'Animals', description: '', recursive: false, entry_count: 2, scopes: [], version: 1, updated: 1 }} />);
    await userEvent.type(screen.getByRole('textbox', { name: 'What is said' }), 'a fox');
    expect(await screen.findByText(/1 entry wakes/)).toBeInTheDocument();
    expect(screen.getByRole('list', { name: 'Entries that wake' })).toHaveTextContent('Fox');
    expect(screen.getByText(/key “fox”/)).toBeInTheDocument();
    expect(screen.getByText(/probability 20 %/)).toBeInTheDocument();
    expect(screen.getByText('a key is odd')).toBeInTheDocument();
  });
});
