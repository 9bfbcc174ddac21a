import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { act, fireEvent, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { sessionStarted } from '../../api/client';
import { keys } from '../../api/queries';
import { queryClient } from '../../app/query';
import { makeRouter } from '../../app/router';
import { theme } from '../../app/theme';
import { ada, bob } from '../../test/people';
import { server } from '../../test/server';
import { FakeSocket } from '../../test/sockets';
import { patiently } from '../../test/wait';
import { Markdown } from '../../ui/Markdown';
import { defaults, useVoicePreferences } from '../voice/preferences';
import { quiet, useVoice } from '../voice/store';
import { keptOutbox } from './drafts';

const juniper = { id: 'juniper', name: 'Juniper', greeting: 'Hello.', alternate_greetings: ['Welcome.', 'Hey.'], active: true, bundled: false, created: 1 };
const item = (id: string, parent: string | null, role: string, text: string) => ({ id, parent, role, text, state: 'done', created: 1, seq: 2 });
const history = {
  conversation_id: 'c', character_id: 'juniper', title: 'Juniper', seq: 4,
  items: [item('g', null, 'assistant', 'Hello.'), item('u', 'g', 'user', 'Hi'), item('a', 'u', 'assistant', 'Good evening.')],
  next: null, running: null,
};
const settings = { spoken: true, voice: '', speed: 1, volume: 0.9, text_in_step: true, captions: false };

function go(path: string) {
  return render(
    <ThemeProvider theme={theme}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={makeRouter(createMemoryHistory({ initialEntries: [path] }))} />
        <Markdown text={'```\nsome code\n```\n\n| a |\n| - |\n| b |'} />
      </QueryClientProvider>
    </ThemeProvider>,
  );
}
const field = () => screen.findByRole('textbox', { name: 'Write to Juniper' });
const line = async () => {
  await patiently(() => {
    expect(FakeSocket.all.length).toBeGreaterThan(0);
  });
  return FakeSocket.last;
};
const articles = () => screen.getAllByRole('article').map((one) => one.textContent);

afterEach(() => {
  vi.unstubAllGlobals();
});
beforeEach(() => {
  vi.stubGlobal('WebSocket', FakeSocket);
  FakeSocket.all = [];
  window.scrollTo = () => undefined;
  // A window to show rows in.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(800);
  useVoicePreferences.setState({ ...defaults, face: false, person: ada.id });
  sessionStarted(900);
  server.use(
    http.get('*/api/v1/users/me', () => HttpResponse.json(ada)),
    http.get('*/api/v1/characters/juniper', () => HttpResponse.json(juniper)),
    http.get('*/api/v1/characters', () => HttpResponse.json({ items: [juniper], next: null })),
    http.get('*/api/v1/conversations', () => HttpResponse.json({ items: [], next: null })),
    http.get('*/api/v1/chat/history', () => HttpResponse.json(history)),
    http.get('*/api/v1/status', () => HttpResponse.json({ engines: [] })),
    http.get('*/api/v1/voice/settings', () => HttpResponse.json(settings)),
    http.patch('*/api/v1/voice/settings', () => HttpResponse.json(settings)),
  );
});

describe('the first words', () => {
  it('under another greeting than the first wait for the line like any other, and keep it', async () => {
    const person = userEvent.setup();
    go('/with/juniper?fresh=true');
    await person.click(await screen.findByRole('button', { name: 'Next version' }));
    expect(articles()[0]).toContain('Welcome.');
    await person.type(await field(), 'Is anybody there?{Enter}');
    await person.type(await field(), 'Hello?{Enter}');
    expect(await field()).toHaveValue('');
    expect(keptOutbox().map(({ text, greeting }) => [text, greeting])).toEqual([['Is anybody there?', 1], ['Hello?', 1]]);
    // Said under this greeting, they stay under it.
    expect(screen.queryByRole('button', { name: 'Next version' })).toBeNull();
    expect(articles().join()).toMatch(/Welcome.*Is anybody there\?.*Hello\?/);
    const socket = await line();
    act(() => {
      socket.open();
    });
    expect(socket.named('message').map(({ data }) => data)).toMatchObject([{ character_id: 'juniper', greeting: 1, message: 'Is anybody there?' }]);
  });
});

describe('a conversation', () => {
  it('arrows scroll what is wider than the page, and ask for no other answer', async () => {
    go('/chat/c');
    await field();
    const socket = await line();
    act(() => {
      socket.open();
    });
    for (const wide of [screen.getByText('some code'), screen.getByRole('columnheader', { name: 'a' })]) fireEvent.keyDown(wide, { key: 'ArrowRight' });
    expect(socket.named('message')).toEqual([]);
    fireEvent.keyDown(document.body, { key: 'ArrowRight' });
    expect(socket.named('message').map(({ data }) => data)).toMatchObject([{ retry_message_id: 'a' }]);
  });

  it('says of its voice what there is to say also where the face is hidden', async () => {
    const person = userEvent.setup();
    go('/chat/c');
    await field();
    act(() => {
      useVoice.setState({ ...quiet, blocked: true });
    });
    expect(screen.getByRole('button', { name: 'Tap to hear Juniper' })).toBeInTheDocument();
    act(() => {
      useVoice.setState({ ...quiet, speaking: { turnId: 't', conversationId: 'c', messageId: 'a', caption: 'Good evening.', captionStart: 0, characters: 4 } });
    });
    await person.click(screen.getByRole('button', { name: 'Mute' }));
    expect(useVoicePreferences.getState().muted).toBe(true);
    expect(articles().at(-1)).toContain('Good evening.');
    await person.click(screen.getByRole('button', { name: 'Captions' }));
    expect(screen.getByText('Good', { exact: true })).toBeInTheDocument();
    act(() => {
      useVoice.setState(quiet);
    });
    expect(screen.queryByRole('button', { name: 'Captions' })).toBeNull();
  });

  it('whose face fills the window leaves no place for the keyboard behind it', async () => {
    vi.spyOn(window, 'matchMedia').mockImplementation((query) => ({ matches: true, media: query, addEventListener: () => undefined, removeEventListener: () => undefined, addListener: () => undefined, removeListener: () => undefined }) as unknown as MediaQueryList);
    useVoicePreferences.setState({ face: true });
    const person = userEvent.setup();
    go('/chat/c');
    const menu = (await screen.findByRole('link', { name: 'Companions' })).closest('header');
    expect(menu).not.toHaveAttribute('inert');
    await person.click(await screen.findByRole('button', { name: 'Fill the window' }));
    expect(menu).toHaveAttribute('inert');
    await person.click(screen.getByRole('button', { name: 'Back to the conversation' }));
    expect(menu).not.toHaveAttribute('inert');
  });

  it('a message that was gone to is marked for a while, also when older ones come above it', async () => {
    server.use(
      http.get('*/api/v1/chat/history', ({ request }) =>
        HttpResponse.json(new URL(request.url).searchParams.has('before') ? { ...history, items: [item('f', null, 'assistant', 'First.')] } : { ...history, items: history.items.map((one) => (one.id === 'g' ? { ...one, parent: 'f' } : one)), next: 'g' }),
      ),
    );
    let older: (() => void) | undefined;
    server.use(
      http.get('*/api/v1/chat/history', async ({ request }) => {
        if (!new URL(request.url).searchParams.has('before')) return undefined;
        await new Promise<void>((resolve) => {
          older = resolve;
        });
        return undefined;
      }),
    );
    go('/chat/c?at=u');
    const lit = () => screen.queryAllByRole('article', { current: true }).map((one) => one.textContent);
    await patiently(() => {
      expect(lit()).toHaveLength(1);
    });
    await patiently(() => {
      expect(older).toBeDefined();
    });
    older?.();
    await screen.findByText('First.');
    await patiently(() => {
      expect(lit()).toEqual([]);
    });
  });

  it('says why a message on another branch could not be gone to', async () => {
    const person = userEvent.setup();
    server.use(http.post('*/api/v1/conversations/c/select', () => HttpResponse.json({ type: 'turn-running', status: 409, detail: 'Still answering.' }, { status: 409 })));
    go('/chat/c?at=elsewhere');
    await person.click(await screen.findByRole('button', { name: 'Go there' }));
    expect(await screen.findByText('Still answering.')).toBeInTheDocument();
  });

  it('is not shown to somebody else who signed in in another window', async () => {
    const reload = vi.fn();
    go('/chat/c');
    await field();
    const { protocol, host, origin, href, pathname } = location;
    vi.stubGlobal('location', { protocol, host, origin, href, pathname, reload });
    act(() => {
      queryClient.setQueryData(keys.me, bob);
    });
    await patiently(() => {
      expect(reload).toHaveBeenCalledTimes(1);
    });
  });
});
