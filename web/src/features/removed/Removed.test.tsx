import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { show } from '../../test/render';
import { server } from '../../test/server';
import { useNotices } from '../../ui/notices';
import { daysLeft, type RemovedItem } from './removed';
import Removed from './Removed';

const DAY = 86_400_000;
const deleted = Date.now() - 60_000;
const erased = deleted + 30 * DAY;
const all: RemovedItem[] = [
  { kind: 'character', id: 'c', name: 'Mira', deleted, erased },
  { kind: 'lorebook', id: 'b', name: 'Harbour', deleted, erased: Date.now() + DAY / 2 },
  { kind: 'entry', id: 'b2', uid: 4, name: '', lorebook: 'Inn', deleted },
  { kind: 'persona', id: 'p', name: 'Robin', deleted, erased },
  { kind: 'conversation', id: 'v', name: 'At sea', character_id: 't', deleted, erased },
];

describe('what was deleted', () => {
  let person: ReturnType<typeof userEvent.setup>;
  let left: RemovedItem[];
  let asked: string[];
  let refused: { status: number; detail: string } | undefined;

  beforeEach(() => {
    person = userEvent.setup({ delay: null });
    left = all;
    asked = [];
    refused = undefined;
    window.scrollTo = () => undefined;
    const forGood = ({ request }: { request: Request }) => {
      const { pathname, search } = new URL(request.url);
      asked.push(`${request.method} ${pathname.replace('/api/v1/', '')}${search}`);
      left = left.filter((one) => !pathname.split('/').includes(one.id));
      return new HttpResponse(null, { status: 204 });
    };
    server.use(
      http.get('*/api/v1/characters', () => HttpResponse.json({ items: [{ id: 't', name: 'Theo' }], next: null })),
      http.get('*/api/v1/removed', ({ request }) => {
        const kind = new URL(request.url).searchParams.get('kind');
        return HttpResponse.json({ items: left.filter((one) => kind === null || one.kind === kind) });
      }),
      http.post('*/restore', ({ request }) => {
        const path = new URL(request.url).pathname.replace('/api/v1/', '');
        asked.push(path);
        if (refused) return HttpResponse.json({ type: 'x', ...refused }, { status: refused.status });
        left = left.filter((one) => !path.includes(`/${one.id}/`));
        return HttpResponse.json({});
      }),
      http.post('*/erase', forGood),
      http.delete('*/api/v1/conversations/:id', forGood),
    );
  });

  function open(address = '/deleted') {
    const root = createRootRoute();
    const page = createRoute({ getParentRoute: () => root, path: '/deleted', component: Removed });
    const rest = createRoute({ getParentRoute: () => root, path: '$', component: () => <p>elsewhere</p> });
    const router = createRouter({ routeTree: root.addChildren([page, rest]), history: createMemoryHistory({ initialEntries: [address] }) });
    show(<RouterProvider router={router as never} />);
    return router;
  }
  const rows = async () => (await screen.findAllByRole('listitem')).map((row) => row.textContent.replace(/deleted [^·]*·/, 'deleted ·'));
  const back = (name: string) => screen.getByRole('button', { name: `Bring back: ${name}` });

  it('is told with its kind and the days that are left', async () => {
    open();
    await screen.findByText(/Conversation with Theo/);
    expect(await rows()).toEqual([
      'MiraCompanion · deleted · 30 days leftBring backErase now',
      'HarbourLorebook · deleted · 1 day leftBring backErase now',
      'Entry 4Entry of Inn · deleted · kept as long as its lorebook’s versionsBring back',
      'RobinPersona · deleted · 30 days leftBring backErase now',
      'At seaConversation with Theo · deleted · 30 days leftBring backErase now',
    ]);
  });

  it('comes back by the address of its kind, and the focus goes to the next row', async () => {
    open();
    await screen.findAllByRole('listitem');
    for (const [name, next] of [['Entry 4', 'Robin'], ['At sea', 'Robin'], ['Robin', 'Harbour'], ['Mira', 'Harbour']] as const) {
      back(name).focus();
      await person.keyboard('{Enter}');
      await waitFor(() => {
        expect(screen.queryByRole('button', { name: `Bring back: ${name}` })).toBeNull();
      });
      expect(back(next)).toHaveFocus();
      expect(useNotices.getState().list.at(-1)).toMatchObject({ text: `${name} is back.`, action: { label: 'Open' } });
    }
    await person.click(back('Harbour'));
    expect(await screen.findByRole('heading', { name: 'Nothing was deleted' })).toBeInTheDocument();
    expect(screen.getByRole('heading', { level: 1 })).toHaveFocus();
    expect(asked).toEqual(['lorebooks/b2/entries/4/restore', 'conversations/v/restore', 'personas/p/restore', 'characters/c/restore', 'lorebooks/b/restore']);
  });

  it('leads to what is back', async () => {
    const router = open();
    await screen.findAllByRole('listitem');
    await person.click(back('At sea'));
    await waitFor(() => {
      expect(useNotices.getState().list.at(-1)?.text).toBe('At sea is back.');
    });
    useNotices.getState().list.at(-1)?.action?.run();
    await screen.findByText('elsewhere');
    expect(router.state.location.pathname).toBe('/chat/v');
  });

  it('stays where it was when the server refuses, which is said', async () => {
    open();
    await screen.findAllByRole('listitem');
    refused = { status: 409, detail: 'You have as many personas as this server allows. Delete one first.' };
    await person.click(back('Robin'));
    await waitFor(() => {
      expect(useNotices.getState().list.at(-1)?.text).toBe(refused?.detail);
    });
    expect(back('Robin')).toHaveFocus();
    expect(screen.getAllByRole('listitem')).toHaveLength(5);
  });

  it('is erased before its time once it was asked twice, and the focus goes to the next row', async () => {
    open();
    await screen.findAllByRole('listitem');
    const eraseNow = (name: string) => screen.getByRole('button', { name: `Erase now: ${name}` });
    expect(screen.queryByRole('button', { name: 'Erase now: Entry 4' })).toBeNull();
    await person.click(eraseNow('Mira'));
    const dialog = screen.getByRole('dialog', { name: 'Erase Mira for good?' });
    expect(dialog).toHaveAccessibleDescription(/Nothing brings it back/);
    expect(within(dialog).getByRole('button', { name: 'Cancel' })).toHaveFocus();
    await person.keyboard('{Escape}');
    await waitFor(() => {
      expect(screen.queryByRole('dialog')).toBeNull();
    });
    expect(asked).toEqual([]);
    for (const [name, next] of [['Mira', 'Harbour'], ['At sea', 'Robin']] as const) {
      await person.click(eraseNow(name));
      await person.click(within(screen.getByRole('dialog')).getByRole('button', { name: 'Erase now' }));
      await waitFor(() => {
        expect(screen.queryByRole('button', { name: `Bring back: ${name}` })).toBeNull();
      });
      expect(back(next)).toHaveFocus();
      expect(useNotices.getState().list.at(-1)).toMatchObject({ text: `${name} was erased.` });
    }
    expect(asked).toEqual(['POST characters/c/erase', 'POST conversations/v/erase']);
  });

  it('is narrowed by its kind, which stands in the address', async () => {
    const router = open('/deleted?kind=persona');
    expect(await rows()).toHaveLength(1);
    await person.click(screen.getByRole('combobox', { name: 'What to show' }));
    await person.click(within(screen.getByRole('listbox')).getByRole('option', { name: 'Lorebook entries' }));
    await screen.findByText('Entry 4');
    expect(router.state.location.search).toEqual({ kind: 'entry' });
    left = [];
    await person.click(screen.getByRole('combobox', { name: 'What to show' }));
    await person.click(within(screen.getByRole('listbox')).getByRole('option', { name: 'Companions' }));
    expect(await screen.findByText('Nothing of this kind was deleted in the last 30 days.')).toBeInTheDocument();
  });

  it('comes by pages', async () => {
    server.use(
      http.get('*/api/v1/removed', ({ request }) => {
        const first = new URL(request.url).searchParams.get('after') === null;
        return HttpResponse.json(first ? { items: all.slice(0, 2), next: 'n' } : { items: all.slice(2) });
      }),
    );
    open();
    expect(await rows()).toHaveLength(2);
    await person.click(screen.getByRole('button', { name: 'Show more' }));
    await waitFor(() => {
      expect(screen.getAllByRole('listitem')).toHaveLength(5);
    });
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull();
  });

  it('counts the last day whole', () => {
    expect([daysLeft(30 * DAY, 0), daysLeft(1, 0), daysLeft(DAY, 0), daysLeft(0, 5)]).toEqual([30, 1, 1, 0]);
  });
});
