import { QueryObserver } from '@tanstack/react-query';
import { createMemoryHistory, createRootRoute, createRouter, RouterProvider } from '@tanstack/react-router';
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { ApiError } from '../../api/problem';
import { keys } from '../../api/queries';
import type { Character, CharacterDetail } from '../../api/types';
import { queryClient } from '../../app/query';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { useNotices } from '../../ui/notices';
import { changesOf, fieldOf, pronunciationsOf, valuesOf } from './card';
import { CompanionDialog } from './CompanionDialog';

const mira: Character = { id: 'c1', name: 'Mira', tagline: 'Paints', tags: ['art', 'sea, salt'], creator: '', visibility: 'private', bundled: false, mine: true, active: false, favourite: false, avatar_url: null, created: 1 };
const detail: CharacterDetail = { ...mira, description: 'Paints the sea.', personality: '', scenario: '', greeting: 'Hello, you.', alternate_greetings: ['Hi.', 'Hey.'], example_messages: '', system_prompt: '', post_history_instructions: '', creator_notes: '', character_version: '', pronunciations: [{ word: 'Xochitl', respelling: 'so cheel', phonemes: '' }], depth_prompt: { prompt: '', depth: 4, role: 'system' }, spec: 2, updated: 2, version: 3 };
const values = valuesOf(detail, 'Hello, {{user}}.');

describe('what a form changed', () => {
  it('is only what differs', () => {
    expect(changesOf(values, { ...values })).toEqual({});
    expect(changesOf(values, { ...values, name: 'Mir', visibility: 'public' })).toEqual({ name: 'Mir', visibility: 'public' });
    expect(changesOf(values, { ...values, alternate_greetings: ['Hey.'] })).toEqual({ alternate_greetings: ['Hey.'] });
  });

  it('keeps a comma within a tag, and takes no empty line for one', () => {
    expect(changesOf(values, { ...values, tags: `${values.tags}\n` })).toEqual({});
    expect(changesOf(values, { ...values, tags: `${values.tags}\n\n calm ` })).toEqual({ tags: ['art', 'sea, salt', 'calm'] });
  });
});

describe('how words are said', () => {
  it('is words, or symbols between slashes; an empty row is none', () => {
    expect(values.pronunciations).toEqual([{ word: 'Xochitl', said: 'so cheel' }]);
    expect(pronunciationsOf([{ word: ' Mira ', said: '/mˈɪɹə/' }, { word: '', said: ' ' }, { word: 'a/b', said: '' }])).toEqual([
      { word: 'Mira', respelling: '', phonemes: 'mˈɪɹə' },
      { word: 'a/b', respelling: '', phonemes: '' },
    ]);
  });

  it('is a change only where it differs, as is the character’s note', () => {
    expect(changesOf(values, { ...values, pronunciations: [...values.pronunciations, { word: '', said: '' }] })).toEqual({});
    expect(changesOf(values, { ...values, pronunciations: [] })).toEqual({ pronunciations: [] });
    const note = { prompt: 'Whisper.', depth: 1, role: 'user' } as const;
    expect(changesOf(values, { ...values, depth_prompt: { ...values.depth_prompt } })).toEqual({});
    expect(changesOf(values, { ...values, depth_prompt: note })).toEqual({ depth_prompt: note });
  });
});

describe('where a refusal belongs', () => {
  const refusal = (field: string) => fieldOf(new ApiError({ status: 400, type: 'invalid-card', detail: 'x', field }));
  it('knows the names of the route and of the card', () => {
    expect(refusal('name')).toEqual({ name: 'name', index: 0 });
    expect(refusal('data.first_mes')).toEqual({ name: 'greeting', index: 0 });
    expect(refusal('mes_example')).toEqual({ name: 'example_messages', index: 0 });
    expect(refusal('pronunciations[2].word')).toEqual({ name: 'pronunciations', index: 2 });
    expect(refusal('data.alternate_greetings[1]')).toEqual({ name: 'alternate_greetings', index: 1 });
    expect(refusal('data.character_book.entries[0].keys')).toBeUndefined();
    expect(refusal('constructor')).toBeUndefined();
    expect(fieldOf(new Error('x'))).toBeUndefined();
  });
});

describe('the menu of a companion', () => {
  const closed = vi.fn();
  let person: ReturnType<typeof userEvent.setup>;

  beforeEach(() => {
    queryClient.clear();
    closed.mockReset();
    window.scrollTo = () => undefined;
    person = userEvent.setup({ delay: null });
    server.use(
      http.get('*/api/v1/characters/c1', () => HttpResponse.json(detail)),
      http.get('*/api/v1/personas', () => HttpResponse.json({ items: [{ id: 'p', name: 'Robin', default: true }] })),
      http.get('*/api/v1/characters/c1/versions/3', () => HttpResponse.json({ spec: 'chara_card_v2', data: { name: 'Mira', first_mes: 'Hello, {{user}}.' } })),
    );
  });

  async function openMenu(character: Character = mira) {
    const root = createRootRoute({ component: () => <CompanionDialog character={character} onClose={closed} /> });
    // The paths that this dialog links to are those of the whole app; here it only needs a router around it.
    const router = createRouter({ routeTree: root, history: createMemoryHistory({ initialEntries: ['/'] }) });
    show(<RouterProvider router={router as never} />);
    await person.click(await screen.findByRole('button', { name: 'What to do with Mira' }));
    return router;
  }
  const choose = (name: string) => person.click(screen.getByRole('menuitem', { name }));
  const editor = () => screen.findByRole('dialog', { name: 'Edit Mira' });
  const nameField = () => screen.findByRole('textbox', { name: /^Name/ });

  it('offers to change only what is one’s own', async () => {
    server.use(http.get('*/api/v1/characters/c1', () => HttpResponse.json({ ...detail, mine: false })));
    await openMenu({ ...mira, mine: false });
    expect(screen.getAllByRole('menuitem').map((item) => item.textContent)).toEqual(['Duplicate', 'Export as PNG', 'Export as CHARX', 'Export as JSON', 'Form V1, as JSON', 'Form V2, as JSON', 'Form V3, as JSON']);
    await person.keyboard('{Escape}');
    expect(screen.queryByRole('button', { name: 'Delete Mira' })).toBeNull();
  });

  it('names the companion and whoever reads, in place of the macros of its card', async () => {
    server.use(http.get('*/api/v1/characters/c1', () => HttpResponse.json({ ...detail, description: '{{char}} paints <USER> the sea.' })));
    await openMenu({ ...mira, tagline: '{{char}} paints {{user}}' });
    expect(await screen.findByText('Mira paints Robin the sea.')).toBeInTheDocument();
    expect(screen.queryByText(/\{\{|<USER>/)).toBeNull();
  });

  it('edits the card’s own words and sends only what was changed', async () => {
    const sent = vi.fn();
    server.use(
      http.patch('*/api/v1/characters/c1', async ({ request }) => {
        sent(await request.json());
        return HttpResponse.json({ ...detail, greeting: 'Hello, you!' });
      }),
    );
    await openMenu();
    await choose('Edit');
    const words = await screen.findByRole('textbox', { name: 'First words' });
    expect(words).toHaveValue('Hello, {{user}}.');
    await person.type(words, '!');
    await person.click(screen.getByRole('button', { name: 'Remove: Other first words, 1' }));
    await person.click(screen.getByRole('button', { name: 'Save' }));
    await waitFor(() => {
      expect(screen.queryByRole('dialog', { name: 'Edit Mira' })).toBeNull();
    });
    expect(sent.mock.calls).toEqual([[{ greeting: 'Hello, {{user}}.!', alternate_greetings: ['Hey.'] }]]);
    expect(useNotices.getState().list.at(-1)?.text).toBe('Mira was saved.');
  });

  it('shows a refusal at its field, and loses nothing that was written', async () => {
    server.use(http.patch('*/api/v1/characters/c1', () => HttpResponse.json({ type: 'invalid-card', status: 400, detail: 'It must not hold control characters.', field: 'data.name' }, { status: 400 })));
    await openMenu();
    await choose('Edit');
    await person.type(await nameField(), ' II');
    await person.click(screen.getByRole('button', { name: 'Save' }));
    expect(await screen.findByText('It must not hold control characters.')).toBeInTheDocument();
    expect(await nameField()).toHaveAccessibleDescription('It must not hold control characters.');
    expect(await nameField()).toHaveFocus();
    expect(await nameField()).toHaveValue('Mira II');
  });

  it('asks before changes are lost, and then keeps none', async () => {
    await openMenu();
    await choose('Edit');
    await person.type(await nameField(), 'x');
    await person.click(within(await editor()).getByRole('button', { name: 'Cancel' }));
    await person.click(await screen.findByRole('button', { name: 'Keep editing' }));
    expect(await nameField()).toHaveValue('Mirax');
    await person.click(await screen.findByRole('button', { name: 'Cancel' }));
    await person.click(await screen.findByRole('button', { name: 'Discard' }));
    await waitFor(() => {
      expect(screen.queryByRole('dialog', { name: 'Edit Mira' })).toBeNull();
    });
    await person.click(await screen.findByRole('button', { name: 'What to do with Mira' }));
    await choose('Edit');
    expect(await nameField()).toHaveValue('Mira');
    // Untouched, it closes at once.
    await person.click(within(await editor()).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => {
      expect(screen.queryByRole('dialog', { name: 'Edit Mira' })).toBeNull();
    });
  });

  it('asks before a navigation loses changes', async () => {
    const router = await openMenu();
    await choose('Edit');
    await person.type(await nameField(), 'x');
    router.history.push('/?elsewhere=1');
    await person.click(await screen.findByRole('button', { name: 'Keep editing' }));
    expect(router.history.location.search).toBe('');
    expect(await nameField()).toHaveValue('Mirax');
    router.history.push('/?elsewhere=1');
    await person.click(await screen.findByRole('button', { name: 'Discard' }));
    await waitFor(() => {
      expect(router.history.location.search).toBe('?elsewhere=1');
    });
    expect(screen.queryByRole('textbox', { name: /^Name/ })).toBeNull();
  });

  it('goes back to a version, and undoes that', async () => {
    const asked: unknown[] = [];
    server.use(
      // What is gone back to is a version of its own, and the newest from then on.
      http.get('*/api/v1/characters/c1/versions', () => HttpResponse.json({ items: [5, 4, 3, 2, 1].slice(2 - asked.length).map((version) => ({ version, name: 'Mira', created: version * 1_000_000 })) })),
      http.post('*/api/v1/characters/c1/versions/:version/restore', ({ params }) => {
        asked.push(params['version']);
        return HttpResponse.json(detail);
      }),
    );
    await openMenu();
    await choose('History');
    const list = await screen.findByRole('list', { name: 'History' });
    await waitFor(() => {
      expect(within(list).getAllByRole('listitem')).toHaveLength(3);
    });
    expect(within(list).queryByRole('button', { name: 'Go back to this version: 3' })).toBeNull();
    // The list of versions is there anew before the conversations are: only then is going back done.
    const conversations = new QueryObserver(queryClient, {
      queryKey: [...keys.conversations, 'slow'],
      queryFn: async () => {
        if (asked.length === 1) await within(list).findByRole('button', { name: 'Go back to this version: 3' });
        return null;
      },
    });
    const leave = conversations.subscribe(() => undefined);
    await person.click(within(list).getByRole('button', { name: 'Go back to this version: 1' }));
    await waitFor(() => {
      expect(closed).toHaveBeenCalled();
    });
    const notice = useNotices.getState().list.at(-1);
    expect(notice?.text).toBe('Version 1 is back.');
    expect(notice?.action?.label).toBe('Undo');
    notice?.action?.run();
    await waitFor(() => {
      expect(useNotices.getState().list.at(-1)?.text).toBe('Undone.');
    });
    expect(asked).toEqual(['1', '3']);
    leave();
  });

  it('copies, and says what the server refuses', async () => {
    let full = true;
    server.use(http.post('*/api/v1/characters/c1/duplicate', () => (full ? HttpResponse.json({ type: 'too-many', status: 409, detail: 'You have as many as there may be.' }, { status: 409 }) : HttpResponse.json({ ...detail, id: 'c2' }, { status: 201 }))));
    await openMenu();
    await choose('Duplicate');
    await waitFor(() => {
      expect(useNotices.getState().list.at(-1)?.text).toBe('You have as many as there may be.');
    });
    expect(closed).not.toHaveBeenCalled();
    full = false;
    await person.click(screen.getByRole('button', { name: 'What to do with Mira' }));
    await choose('Duplicate');
    await waitFor(() => {
      expect(closed).toHaveBeenCalled();
    });
    expect(useNotices.getState().list.at(-1)?.text).toBe('A copy of Mira is yours now.');
  });

  it('exports under the name that the server gives', async () => {
    const saved: string[] = [];
    URL.createObjectURL = (blob) => `blob:${String((blob as Blob).size)}`;
    URL.revokeObjectURL = () => undefined;
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(`${this.href} ${this.download}`);
    });
    server.use(
      http.get('*/api/v1/characters/c1/export', ({ request }) => {
        expect(new URL(request.url).searchParams.get('format')).toBe('charx');
        return new HttpResponse('12345', { headers: { 'Content-Disposition': 'attachment; filename="Mira.charx"', 'Content-Type': 'application/zip' } });
      }),
    );
    await openMenu();
    await choose('Export as CHARX');
    await waitFor(() => {
      expect(saved).toEqual(['blob:5 Mira.charx']);
    });
  });

  it('keeps the focus while a file is made, and opens again when that is done', async () => {
    let made: () => void = () => undefined;
    const waiting = new Promise<void>((resolve) => {
      made = resolve;
    });
    server.use(
      http.get('*/api/v1/characters/c1/export', async () => {
        await waiting;
        return HttpResponse.json({ type: 'x', status: 409, detail: 'Not now.' }, { status: 409 });
      }),
    );
    await openMenu();
    await choose('Export as PNG');
    const button = await screen.findByRole('button', { name: 'What to do with Mira', busy: true });
    await waitFor(() => {
      expect(screen.queryByRole('menu')).toBeNull();
    });
    expect(button).toBeEnabled();
    expect(button).toHaveFocus();
    await person.keyboard('{Enter}');
    expect(screen.queryByRole('menu')).toBeNull();
    made();
    await waitFor(() => {
      expect(button).toHaveAttribute('aria-busy', 'false');
    });
    await person.keyboard('{Enter}');
    expect(await screen.findByRole('menu')).toBeInTheDocument();
  });
});
