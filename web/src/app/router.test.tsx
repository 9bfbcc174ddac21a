import { ThemeProvider } from '@mui/material/styles';
import { QueryClientProvider } from '@tanstack/react-query';
import { createMemoryHistory, RouterProvider } from '@tanstack/react-router';
import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { sessionStarted } from '../api/client';
import { server } from '../test/server';
import { FakeSocket } from '../test/sockets';
import { useNotices } from '../ui/notices';
import { useDrawer } from './drawer';
import { ownPath } from './paths';
import { queryClient } from './query';
import { makeRouter } from './router';
import { theme } from './theme';

const ada = { id: 'u', username: 'ada', email: 'ada@example.org', role: 'admin', created: 1 };
const problem = (status: number, type: string, detail: string, field?: string) => HttpResponse.json({ type, title: type, status, detail, ...(field ? { field } : {}) }, { status });

let router: ReturnType<typeof makeRouter>;
function go(path: string) {
  router = makeRouter(createMemoryHistory({ initialEntries: [path] }));
  return render(
    <ThemeProvider theme={theme}>
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </ThemeProvider>,
  );
}
const at = () => router.state.location.pathname;

let first = false;
let open: { registration: string; may_register: boolean };
beforeEach(() => {
  first = false;
  open = { registration: 'open', may_register: true };
  queryClient.clear();
  vi.stubGlobal('WebSocket', FakeSocket);
  window.scrollTo = () => undefined;
  server.use(
    http.get('*/api/v1/setup', () => HttpResponse.json({ needs_first_account: first, needs_code: false, ...open })),
    http.get('*/api/v1/users/me', () => HttpResponse.json(ada)),
    http.get('*/api/v1/characters', () => HttpResponse.json({ items: [], next: null })),
    http.get('*/api/v1/conversations', () => HttpResponse.json({ items: [], next: null })),
    http.post('*/api/v1/auth/login', () => HttpResponse.json({ user: ada, expires_in: 900 })),
  );
});

describe('the door', () => {
  it('leads to the first account on a new server, and through it inside', async () => {
    first = true;
    const person = userEvent.setup();
    let sent: unknown;
    server.use(
      http.post('*/api/v1/auth/register', async ({ request }) => {
        sent = await request.json();
        first = false;
        return HttpResponse.json({ user: ada }, { status: 201 });
      }),
    );
    go('/');
    expect(await screen.findByRole('heading', { name: 'Welcome home' })).toBeInTheDocument();
    expect(at()).toBe('/welcome');
    await person.type(screen.getByRole('textbox', { name: /email/i }), 'ada@example.org');
    await person.type(screen.getByRole('textbox', { name: /user name/i }), 'ada');
    await person.type(screen.getByLabelText(/^password/i), 'correct horse battery');
    await person.click(screen.getByRole('button', { name: 'Create the first account' }));
    expect(await screen.findByRole('heading', { name: 'Companions' })).toBeInTheDocument();
    expect(sent).toEqual({ email: 'ada@example.org', username: 'ada', password: 'correct horse battery' });
  });

  it('keeps what was typed when the server refuses, and says so at the field', async () => {
    first = true;
    const person = userEvent.setup();
    server.use(http.post('*/api/v1/auth/register', () => problem(409, 'username-taken', 'taken', 'username')));
    go('/welcome');
    await person.type(await screen.findByRole('textbox', { name: /email/i }), 'ada@example.org');
    await person.type(screen.getByRole('textbox', { name: /user name/i }), 'ada');
    await person.type(screen.getByLabelText(/^password/i), 'correct horse battery');
    await person.click(screen.getByRole('button', { name: 'Create the first account' }));
    const field = screen.getByRole('textbox', { name: /user name/i });
    await waitFor(() => {
      expect(field).toBeInvalid();
    });
    expect(field).toHaveAccessibleDescription(/already taken/);
    expect(field).toHaveFocus();
    expect(field).toHaveValue('ada');
    expect(screen.getByLabelText(/^password/i)).toHaveValue('correct horse battery');
  });

  it('says what is missing before it asks the server', async () => {
    first = true;
    const person = userEvent.setup();
    go('/welcome');
    await person.click(await screen.findByRole('button', { name: 'Create the first account' }));
    expect(screen.getByRole('textbox', { name: /email/i })).toHaveFocus();
    expect(screen.getByRole('textbox', { name: /email/i })).toHaveAccessibleDescription('Fill this in.');
    await person.type(screen.getByLabelText(/^password/i), 'short');
    expect(screen.getByLabelText(/^password/i)).toHaveAccessibleDescription('Use at least 8 characters.');
  });

  it('asks to sign in, and then leads where the person wanted to go', async () => {
    const person = userEvent.setup();
    server.use(http.get('*/api/v1/auth/sessions', () => HttpResponse.json({ items: [] })));
    go('/settings');
    await person.type(await screen.findByRole('textbox', { name: /email or user name/i }), 'ada');
    await person.type(screen.getByLabelText(/^password/i), 'correct horse battery');
    await person.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('heading', { name: 'Settings', level: 1 })).toBeInTheDocument();
    expect(at()).toBe('/settings');
  });

  it('keeps the name after a wrong password, and says which to check', async () => {
    const person = userEvent.setup();
    server.use(http.post('*/api/v1/auth/login', () => problem(401, 'wrong-credentials', 'no')));
    go('/sign-in');
    await person.type(await screen.findByRole('textbox', { name: /email or user name/i }), 'ada');
    await person.type(screen.getByLabelText(/^password/i), 'wrong');
    await person.keyboard('{Enter}');
    expect(await screen.findByRole('alert')).toHaveTextContent('The name or the password is not right.');
    expect(screen.getByRole('textbox', { name: /email or user name/i })).toHaveValue('ada');
    expect(screen.getByLabelText(/^password/i)).toHaveFocus();
  });

  it.each([
    ['local', 'New accounts are made on the server’s own machine. Ask whoever runs it.'],
    ['closed', 'This server takes no new accounts. Ask whoever runs it.'],
  ])('says why no account can be made where registration is %s', async (registration, why) => {
    open = { registration, may_register: false };
    go('/sign-in');
    expect(await screen.findByText(why)).toBeInTheDocument();
    expect(screen.queryByRole('link', { name: /create an account/i })).not.toBeInTheDocument();
    await act(() => router.navigate({ to: '/register' }));
    expect(await screen.findByRole('heading', { name: 'Create an account' })).toBeInTheDocument();
    expect(screen.getByText(why)).toBeInTheDocument();
    expect(screen.queryByRole('textbox')).not.toBeInTheDocument();
  });

  it('says so when registration was closed while the form stood open', async () => {
    const person = userEvent.setup();
    server.use(
      http.post('*/api/v1/auth/register', () => {
        open = { registration: 'closed', may_register: false };
        return problem(403, 'registration-closed', 'closed');
      }),
    );
    go('/register');
    await person.type(await screen.findByRole('textbox', { name: /email/i }), 'bo@example.org');
    await person.type(screen.getByRole('textbox', { name: /user name/i }), 'bo');
    await person.type(screen.getByLabelText(/^password/i), 'correct horse battery');
    await person.click(screen.getByRole('button', { name: 'Create account' }));
    expect(await screen.findByText('This server takes no new accounts. Ask whoever runs it.')).toBeInTheDocument();
  });

  it('says that the server is silent, and asks again', async () => {
    const person = userEvent.setup();
    server.use(http.get('*/api/v1/setup', () => problem(403, 'x', ''), { once: true }));
    go('/');
    await person.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('heading', { name: 'Good to see you again' })).toBeInTheDocument();
  });

  it('does not follow an address of another site', async () => {
    const person = userEvent.setup();
    go('/sign-in?next=//evil.example/x');
    await person.type(await screen.findByRole('textbox', { name: /email or user name/i }), 'ada');
    await person.type(screen.getByLabelText(/^password/i), 'correct horse battery');
    await person.click(screen.getByRole('button', { name: 'Sign in' }));
    expect(await screen.findByRole('heading', { name: 'Companions' })).toBeInTheDocument();
    expect(at()).toBe('/');
  });

  it('knows its own paths', () => {
    expect(ownPath('/chat/1')).toBe('/chat/1');
    for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:1', '', 5, undefined]) expect(ownPath(bad), String(bad)).toBeUndefined();
  });
});

describe('inside', () => {
  beforeEach(() => {
    sessionStarted(900);
  });

  it('an unknown address says so and offers the way back', async () => {
    const person = userEvent.setup();
    go('/no/such/page');
    expect(await screen.findByRole('heading', { level: 1, name: 'There is nothing here' })).toBeInTheDocument();
    await person.click(screen.getByRole('button', { name: 'To your companions' }));
    expect(await screen.findByRole('heading', { level: 1, name: 'Companions' })).toBeInTheDocument();
  });

  it('a link of the menu closes it, also that of the page one is on', async () => {
    const person = userEvent.setup();
    go('/');
    await screen.findByRole('heading', { level: 1, name: 'Companions' });
    // Its button is one of narrow windows only, and jsdom's is wide to the style sheets.
    act(() => {
      useDrawer.getState().setOpen(true);
    });
    const menu = await screen.findByRole('dialog', { name: 'Main' });
    await person.click(within(menu).getByRole('link', { name: 'Companions' }));
    await waitFor(() => {
      expect(menu).not.toBeInTheDocument();
    });
    expect(at()).toBe('/');
  });

  it('Esc stops an answer before it takes a notice away', async () => {
    const person = userEvent.setup();
    server.use(
      http.get('*/api/v1/chat/history', () =>
        HttpResponse.json({ conversation_id: 'c', character_id: 'm', title: 'Sea', seq: 2, next: null, items: [{ id: 'u', parent: null, role: 'user', text: 'Hello', state: 'done', created: 1, seq: 2 }], running: { turn_id: 't', message_id: 'a', parent: 'u', text: 'Half' } }),
      ),
      http.post('*/api/v1/chat/cancel', () => HttpResponse.json({})),
    );
    // It was told before the answer began.
    useNotices.getState().show('Saved.', { label: 'Undo', run: () => undefined }, 600_000);
    go('/chat/c');
    await screen.findByRole('button', { name: /^Stop the answer/ });
    expect(await screen.findByText('Saved.')).toBeInTheDocument();
    act(() => {
      FakeSocket.last.open();
    });
    await person.keyboard('{Escape}');
    expect(FakeSocket.last.named('cancel').map(({ data }) => data.turn_id)).toEqual(['t']);
    expect(screen.getByText('Saved.')).toBeInTheDocument();
    act(() => {
      FakeSocket.last.say('event', { conversation_id: 'c', seq: 3, kind: 'answer_cut', at: 2, data: { turn_id: 't', message: { id: 'a', parent: 'u', role: 'assistant', text: 'Half', state: 'cut', created: 2, seq: 3, turn_id: 't' } } });
    });
    await waitFor(() => {
      expect(screen.queryByRole('button', { name: /^Stop the answer/ })).toBeNull();
    });
    await person.keyboard('{Escape}');
    expect(screen.queryByText('Saved.')).toBeNull();
  });

  it('a session that ends leads to the door, with the way back kept', async () => {
    go('/');
    await screen.findByRole('heading', { level: 1, name: 'Companions' });
    localStorage.setItem('lares.session', JSON.stringify({ renewed: 1, expires: Date.now() + 600_000 }));
    server.use(
      http.get('*/api/v1/characters', () => problem(401, 'unauthenticated', '')),
      http.post('*/api/v1/auth/refresh', () => problem(401, 'unauthenticated', '')),
    );
    await queryClient.invalidateQueries({ queryKey: ['characters'] });
    expect(await screen.findByText('Your session has ended. Sign in again to go on.')).toBeInTheDocument();
    expect(at()).toBe('/sign-in');
  });
});
