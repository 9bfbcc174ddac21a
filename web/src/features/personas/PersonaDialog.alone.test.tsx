import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { http, HttpResponse } from 'msw';
import { expect, it, vi } from 'vitest';

import { showRouted } from '../../test/render';
import { server } from '../../test/server';
import { PersonaDialog } from './PersonaDialog';

// What makes a square of a picture is the browser's, and jsdom has none of it.
vi.mock('./persona', async (original) => ({ ...(await original<object>()), asSquare: (file: File) => Promise.resolve(file) }));

it('gives back the picture that is no longer shown', async () => {
  const held = new Set<string>();
  let made = 0;
  URL.createObjectURL = () => {
    made += 1;
    held.add(`blob:${String(made)}`);
    return `blob:${String(made)}`;
  };
  URL.revokeObjectURL = (url) => {
    held.delete(url);
  };
  server.use(http.get('*/api/v1/lorebooks', () => HttpResponse.json({ items: [], next: null })));
  const { unmount } = showRouted(<PersonaDialog persona={null} first={false} onClose={() => undefined} />);
  const choose = async (name: string) => {
    await userEvent.upload(await screen.findByTestId('avatar-file'), new File(['x'], name, { type: 'image/png' }));
  };
  const shown = (urls: string[]) =>
    waitFor(() => {
      expect([...document.querySelectorAll('img[src^="blob:"]')].map((one) => one.getAttribute('src'))).toEqual(urls);
      expect([...held]).toEqual(urls);
    });
  await choose('one.png');
  await shown(['blob:1']);
  await choose('two.png');
  await shown(['blob:2']);
  await userEvent.click(screen.getByRole('button', { name: 'Remove' }));
  await shown([]);
  await choose('three.png');
  await shown(['blob:3']);
  unmount();
  expect([...held]).toEqual([]);
});
