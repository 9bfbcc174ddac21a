import { createMemoryHistory, createRootRoute, createRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { act, fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import { show } from '../../test/render';
import { server } from '../../test/server';
import SearchPage from './SearchPage';
import { isAsked } from './tree';

const mira = { id: 'm', name: 'Mira', tagline: '', tags: [], creator: '', visibility: 'private', bundled: false, mine: true, active: false, favourite: false, avatar_url: null, created: 1 };
const hit = { conversation_id: 'c', message_id: 'x', character_id: 'm', title: 'Sea', role: 'assistant', at: 5, snippet: 'Of the sea', cut_before: false, cut_after: false, matches: [] };

let asked: string[][];
let items: object[];
async function open() {
  const root = createRootRoute();
  const inside = createRoute({ getParentRoute: () => root, id: 'inside' });
  const search = createRoute({ getParentRoute: () => inside, path: '/search', component: SearchPage });
  const chat = createRoute({ getParentRoute: () => inside, path: '/chat/$conversationId' });
  const router = createRouter({ routeTree: root.addChildren([inside.addChildren([search, chat])]), history: createMemoryHistory({ initialEntries: ['/search'] }) });
  show(<RouterProvider router={router as never} />);
  return { router, person: userEvent.setup(), start: await screen.findByRole('heading', { name: 'Find what was said' }) };
}

beforeEach(() => {
  queryClient.clear();
  asked = [];
  items = [hit];
  server.use(
    http.get('*/api/v1/characters', () => HttpResponse.json({ items: [mira], next: null })),
    http.get('*/api/v1/search', ({ request }) => {
      asked.push([...new URL(request.url).searchParams.keys()].filter((name) => name !== 'limit'));
      return HttpResponse.json({ items, next: null });
    }),
  );
});

describe('the search page', () => {
  it('asks for words, a companion or a day, and for nothing without them', () => {
    expect([{ q: ' ' }, { q: 'sea' }, { q: '', character: 'm' }, { q: '', character: '' }, { q: '', from: '2026-01-01' }, { q: '', to: '2026-01-01' }, { q: '', from: 'soon' }].map(isAsked)).toEqual([false, true, true, false, true, true, false]);
  });

  it('finds what was said with a companion, by keys alone and without a word', async () => {
    const { person, start } = await open();
    expect(asked).toEqual([]);
    screen.getByRole('combobox', { name: 'Companion' }).focus();
    await person.keyboard('{Enter}');
    await screen.findByRole('option', { name: 'Mira' });
    await person.keyboard('{ArrowDown}{Enter}');
    expect(await screen.findByRole('link', { name: /Of the sea/ })).toBeInTheDocument();
    expect(screen.getByRole('status')).toHaveTextContent('1 place');
    expect(asked).toEqual([['character_id']]);
    expect(start).not.toBeInTheDocument();
  });

  it('says what is asked now, also when another way led there, and the way back', async () => {
    const { router, person } = await open();
    const field = screen.getByRole('searchbox', { name: 'Words that were said' });
    const address = (q: string) =>
      waitFor(() => {
        expect(router.state.location.search).toEqual({ q });
      });
    await person.type(field, 'sea');
    await address('sea');
    await act(() => router.navigate({ to: '/search', search: { q: 'foo', character: 'm' } as never }));
    expect(field).toHaveValue('foo');
    expect(screen.getByRole('combobox', { name: 'Companion' })).toHaveTextContent('Mira');
    router.history.back();
    await waitFor(() => {
      expect(field).toHaveValue('sea');
    });
    await person.type(field, 's');
    await address('seas');
    expect(field).toHaveValue('seas');
  });

  it('says what else to choose where nothing was said, and begins anew when the days are taken back', async () => {
    items = [];
    await open();
    fireEvent.change(screen.getByLabelText('Until'), { target: { value: '2026-01-02' } });
    expect(await screen.findByText('Nothing was said there. Choose another companion or other days.')).toBeInTheDocument();
    expect(asked).toEqual([['to']]);
    fireEvent.change(screen.getByLabelText('From'), { target: { value: '2026-01-03' } });
    expect(await screen.findByText('This day lies before the first one.')).toBeInTheDocument();
    fireEvent.change(screen.getByLabelText('From'), { target: { value: '' } });
    fireEvent.change(screen.getByLabelText('Until'), { target: { value: '' } });
    expect(await screen.findByRole('heading', { name: 'Find what was said' })).toBeInTheDocument();
    await waitFor(() => {
      expect(screen.queryByText('This day lies before the first one.')).toBeNull();
    });
  });
});
