import { screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { afterEach, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { useNotices } from '../../ui/notices';
import { PortraitDialog } from './PortraitDialog';

afterEach(() => {
  queryClient.clear();
});

it('puts another picture in the place of one, which can be taken back', async () => {
  const asked: string[] = [];
  let earlier: { number: number; replaced: number; url: string }[] = [];
  const told = { id: 'c', name: 'Wren', avatar_url: '/api/v1/characters/c/avatar?v=2' };
  server.use(
    http.get('*/api/v1/characters/c/avatars', () => HttpResponse.json({ items: earlier })),
    http.put('*/api/v1/characters/c/avatar', ({ request }) => {
      asked.push(request.headers.get('Content-Type') ?? '');
      earlier = [{ number: 1, replaced: 1_700_000_000_000, url: '/api/v1/characters/c/avatars/1?v=1' }];
      return HttpResponse.json(told);
    }),
    http.post('*/api/v1/characters/c/avatars/:number/restore', ({ params }) => {
      asked.push(`restore ${String(params.number)}`);
      return HttpResponse.json(told);
    }),
  );
  let closed = false;
  const character = { id: 'c', name: 'Wren', avatar_url: '/api/v1/characters/c/avatar?v=1' };
  const { unmount } = show(<PortraitDialog character={character} onClose={() => { closed = true; }} />);
  await userEvent.upload(await screen.findByTestId('portrait-file'), new File(['x'], 'wren.webp', { type: 'image/webp' }));
  await expect.poll(() => closed).toBe(true);
  expect(asked).toEqual(['image/webp']);
  useNotices.getState().list.at(-1)?.action?.run();
  await expect.poll(() => asked).toEqual(['image/webp', 'restore 1']);
  unmount();
  show(<PortraitDialog character={character} onClose={() => undefined} />);
  await userEvent.click(await screen.findByRole('button', { name: /^Go back to this version: until/ }));
  await expect.poll(() => asked.at(-1)).toBe('restore 1');
  expect(asked).toHaveLength(3);
});

it('takes a picture away, which can be taken back', async () => {
  const asked: string[] = [];
  server.use(
    http.get('*/api/v1/characters/c/avatars', () => HttpResponse.json({ items: asked.length ? [{ number: 4, replaced: 1_700_000_000_000, url: '/x' }] : [] })),
    http.delete('*/api/v1/characters/c/avatar', () => {
      asked.push('remove');
      return HttpResponse.json({ id: 'c', name: 'Wren', avatar_url: null });
    }),
    http.post('*/api/v1/characters/c/avatars/:number/restore', ({ params }) => {
      asked.push(`restore ${String(params.number)}`);
      return HttpResponse.json({ id: 'c', name: 'Wren', avatar_url: '/y' });
    }),
  );
  show(<PortraitDialog character={{ id: 'c', name: 'Wren', avatar_url: '/x' }} onClose={() => undefined} />);
  await userEvent.click(await screen.findByRole('button', { name: 'Remove' }));
  await expect.poll(() => useNotices.getState().list.at(-1)?.text).toBe('Wren has no portrait any more.');
  useNotices.getState().list.at(-1)?.action?.run();
  await expect.poll(() => asked).toEqual(['remove', 'restore 4']);
});

it('says what is wrong with a picture, and stays', async () => {
  server.use(
    http.get('*/api/v1/characters/c/avatars', () => HttpResponse.json({ items: [] })),
    http.put('*/api/v1/characters/c/avatar', () => HttpResponse.json({ type: 'unsupported-image', detail: 'This is no picture that can be read.', status: 415 }, { status: 415 })),
  );
  let closed = false;
  show(<PortraitDialog character={{ id: 'c', name: 'Wren', avatar_url: null }} onClose={() => { closed = true; }} />);
  await userEvent.upload(await screen.findByTestId('portrait-file'), new File(['x'], 'wren.png', { type: 'image/png' }));
  expect(await screen.findByText(/no picture that can be read/)).toBeInTheDocument();
  expect(closed).toBe(false);
});
