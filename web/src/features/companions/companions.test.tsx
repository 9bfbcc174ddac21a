import { fireEvent, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { CARD_MAX_BYTES } from '../../api/queries';
import type { Character } from '../../api/types';
import { show, showRouted } from '../../test/render';
import { server } from '../../test/server';
import { useNotices } from '../../ui/notices';
import { CompanionDialog } from './CompanionDialog';
import { matches } from './Companions';
import { cardProblem, ImportDialog } from './ImportDialog';
import { huesOf, initialsOf, Portrait } from './Portrait';

const someone: Character = { id: 'c1', name: 'Мира Wolf', tagline: 'Paints the sea', tags: ['calm', 'art'], creator: '', visibility: 'private', bundled: false, mine: true, active: false, favourite: false, avatar_url: null, created: 1 };

describe('portraits', () => {
  it('take initials and a colour from any name', () => {
    expect(initialsOf('Мира Wolf')).toBe('МW');
    expect(initialsOf('  theo ')).toBe('T');
    expect(initialsOf('🦊 fox')).toBe('🦊F');
    expect(initialsOf('')).toBe('');
    expect(huesOf('Mira')).toEqual(huesOf('mira'));
    expect(huesOf('Mira')).not.toEqual(huesOf('Theo'));
  });

  it('load only pictures that this server keeps', () => {
    for (const url of ['https://elsewhere.example/a.png', '//elsewhere.example/a.png', 'data:image/png;base64,x', 'javascript:x', '/api/../x']) {
      const { container, unmount } = show(<Portrait name="Mira" url={url} bundled={false} />);
      expect(container.querySelector('img'), url).toBeNull();
      unmount();
    }
    const { container } = show(<Portrait name="Mira" url="/api/v1/characters/1/avatar?v=2" bundled={false} />);
    expect(container.querySelector('img')).toHaveAttribute('src', '/api/v1/characters/1/avatar?v=2');
  });
});

describe('searching', () => {
  it('looks at names, taglines and tags, all words, in any case', () => {
    expect(matches(someone, 'мира')).toBe(true);
    expect(matches(someone, 'SEA calm')).toBe(true);
    expect(matches(someone, 'sea loud')).toBe(false);
    expect(matches(someone, '')).toBe(true);
  });
});

describe('importing', () => {
  it('says at once what cannot be a card', () => {
    expect(cardProblem({ name: 'a.png', type: 'image/png', size: 5 })).toBeUndefined();
    expect(cardProblem({ name: 'A.JSON', type: '', size: 5 })).toBeUndefined();
    expect(cardProblem({ name: 'a.charx', type: '', size: 5 })).toBeUndefined();
    expect(cardProblem({ name: 'a.exe', type: 'application/octet-stream', size: 5 })).toBe('importType');
    expect(cardProblem({ name: 'a.png', type: 'image/png', size: 0 })).toBe('importEmpty');
    expect(cardProblem({ name: 'a.png', type: 'image/png', size: CARD_MAX_BYTES + 1 })).toBe('importTooLarge');
  });

  it('shows what came of each file, in the words of the server, and tries again', async () => {
    const person = userEvent.setup({ applyAccept: false });
    let refuse = true;
    server.use(
      http.post('*/api/v1/characters/upload', async ({ request }) => {
        expect(await request.text()).toMatch(/name="file"; filename="mira.json"/);
        return refuse
          ? HttpResponse.json({ type: 'card-invalid', status: 422, detail: 'The card has no name. Add one and import it again.' }, { status: 422 })
          : HttpResponse.json({ ...someone, name: 'Mira' }, { status: 201 });
      }),
    );
    showRouted(<ImportDialog first={[]} onClose={() => undefined} />);
    await person.upload(await screen.findByTestId('card-file'), [new File(['{}'], 'mira.json', { type: 'application/json' }), new File(['x'], 'notes.txt', { type: 'text/plain' })]);
    expect(await screen.findByText('The card has no name. Add one and import it again.')).toBeInTheDocument();
    expect(await screen.findByText(/not a PNG, CHARX or JSON/)).toBeInTheDocument();
    refuse = false;
    await person.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Mira is here.')).toBeInTheDocument();
  });

  it('fetches a card from an address, which the server does', async () => {
    const person = userEvent.setup();
    const asked: unknown[] = [];
    server.use(
      http.post('*/api/v1/characters/import-url', async ({ request }) => {
        asked.push(await request.json());
        return asked.length === 1 ? HttpResponse.json({ type: 'card-not-fetched', status: 502, detail: 'That address answered 404 and no card.' }, { status: 502 }) : HttpResponse.json({ ...someone, name: 'Mira' }, { status: 201 });
      }),
    );
    showRouted(<ImportDialog first={[]} onClose={() => undefined} />);
    const field = await screen.findByRole('textbox', { name: 'Address of a card' });
    await person.type(field, 'file:///etc/passwd{Enter}');
    expect(await screen.findByText('Type the whole address, as https://…')).toBeInTheDocument();
    await person.clear(field);
    await person.type(field, ' https://cards.example/mira.png{Enter}');
    expect(await screen.findByText('https://cards.example/mira.png was not imported')).toBeInTheDocument();
    await person.click(await screen.findByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Mira is here.')).toBeInTheDocument();
    expect(asked).toEqual([{ url: 'https://cards.example/mira.png' }, { url: 'https://cards.example/mira.png' }]);
  });

  describe('that takes a while', () => {
    const closed = vi.fn();
    let arrive: () => void;
    let sent: AbortSignal | undefined;
    let person: ReturnType<typeof userEvent.setup>;
    const question = () => screen.queryByRole('dialog', { name: 'Stop the import?' });

    beforeEach(async () => {
      closed.mockReset();
      person = userEvent.setup();
      const arrived = new Promise<void>((resolve) => {
        arrive = resolve;
      });
      server.use(
        http.post('*/api/v1/characters/upload', async ({ request }) => {
          sent = request.signal;
          await arrived;
          return HttpResponse.json({ ...someone, name: 'Mira' }, { status: 201 });
        }),
      );
      showRouted(<ImportDialog first={[new File(['{}'], 'mira.json', { type: 'application/json' })]} onClose={closed} />);
      await screen.findByText('Importing mira.json');
      await waitFor(() => {
        expect(sent).toBeDefined();
      });
    });

    it('is not stopped by a click beside it, and Esc asks first', async () => {
      const beside = document.querySelector('.MuiDialog-container')!;
      fireEvent.mouseDown(beside);
      fireEvent.click(beside);
      expect(question()).toBeNull();
      await person.keyboard('{Escape}');
      await person.click(await screen.findByRole('button', { name: 'Go on importing' }));
      arrive();
      expect(await screen.findByText('Mira is here.')).toBeInTheDocument();
      expect(closed).not.toHaveBeenCalled();
      // Nothing runs any more: nothing to ask.
      await waitFor(() => {
        expect(question()).toBeNull();
      });
      await person.keyboard('{Escape}');
      expect(closed).toHaveBeenCalledTimes(1);
    });

    it('is stopped by who says so', async () => {
      await person.click(screen.getByRole('button', { name: 'Close' }));
      await person.click(await screen.findByRole('button', { name: 'Stop' }));
      expect(closed).toHaveBeenCalledTimes(1);
      arrive();
    });
  });
});

describe('deleting', () => {
  it('asks, happens at once, and is taken back whenever somebody says so', async () => {
    const person = userEvent.setup();
    const asked: string[] = [];
    server.use(
      http.get('*/api/v1/characters/c1', () => HttpResponse.json({ ...someone, greeting: '', description: '' })),
      http.get('*/api/v1/status', () => new HttpResponse(null, { status: 503 })),
      http.get('*/api/v1/*', () => HttpResponse.json({ items: [] })),
      http.delete('*/api/v1/characters/c1', () => (asked.push('delete'), new HttpResponse(null, { status: 204 }))),
      http.post('*/api/v1/characters/c1/restore', () => (asked.push('restore'), HttpResponse.json(someone))),
    );
    showRouted(<CompanionDialog character={{ ...someone, mine: true }} onClose={() => asked.push('closed')} />);
    await person.click(await screen.findByRole('button', { name: 'Delete Мира Wolf' }));
    expect(asked).toEqual([]);
    await person.click(screen.getByRole('button', { name: 'Delete' }));
    await waitFor(() => {
      expect(asked).toEqual(['closed', 'delete']);
    });
    await waitFor(() => {
      expect(useNotices.getState().list.at(-1)?.text).toBe('Мира Wolf was deleted.');
    });
    useNotices.getState().list.at(-1)?.action?.run();
    await waitFor(() => {
      expect(asked).toEqual(['closed', 'delete', 'restore']);
    });
  });

  it('says when it could not be', async () => {
    const person = userEvent.setup();
    server.use(
      http.get('*/api/v1/characters/c1', () => HttpResponse.json({ ...someone, greeting: '', description: '' })),
      http.get('*/api/v1/status', () => new HttpResponse(null, { status: 503 })),
      http.get('*/api/v1/*', () => HttpResponse.json({ items: [] })),
      http.delete('*/api/v1/characters/c1', () => new HttpResponse(null, { status: 503 })),
    );
    showRouted(<CompanionDialog character={{ ...someone, mine: true }} onClose={() => undefined} />);
    await person.click(await screen.findByRole('button', { name: 'Delete Мира Wolf' }));
    await person.click(screen.getByRole('button', { name: 'Delete' }));
    await waitFor(() => {
      expect(useNotices.getState().list.at(-1)?.text).toBe('Мира Wolf could not be deleted.');
    });
  });
});
