import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import i18next from 'i18next';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeAll, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import gateway from '../../i18n/en.gateway.json';
import { useNotices } from '../../ui/notices';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { KeyTierDialog } from './KeyTierDialog';
import { changesOf, formOf } from './providerKey';
import { ProviderKeyEditDialog } from './ProviderKeyEditDialog';
import type { ProviderKey, ProviderKind } from './queries';

beforeAll(() => {
  i18next.addResourceBundle('en', 'page', gateway, true, true);
});
afterEach(() => {
  queryClient.clear();
});

const key: ProviderKey = {
  id: 'k', provider: 'openai', name: 'ours', mask: 'sk-…wxyz', endpoint: '', audience: { roles: ['user'], tiers: [], people: ['p'], spaces: [] }, weight: 1, enabled: true, created: 1, rotated: 1, last_used: null, benched_ms: 0, warning: null,
};
const kind: ProviderKind = { name: 'openai', title: 'OpenAI', key_prefix: 'sk-', endpoint: 'https://api.openai.com/v1', abilities: [] };

it('sends what was changed and keeps whom it does not show', () => {
  const form = formOf(key);
  expect(changesOf(key, form, true)).toEqual({});
  expect(changesOf(key, { ...form, tiers: 'gold, ', weight: '5', name: ' theirs ' }, true)).toEqual({ name: 'theirs', audience: { roles: ['user'], tiers: ['gold'], people: ['p'], spaces: [] }, weight: 5 });
  expect(changesOf(key, { ...form, tiers: 'gold', weight: '5', endpoint: 'https://api.openai.com/v1/' }, false)).toEqual({ endpoint: 'https://api.openai.com/v1' });
});

it('asks for the key again only where it would go to another server, and shows what the server doubts', async () => {
  let sent: unknown;
  server.use(
    http.patch('*/api/v1/admin/apikeys/k', async ({ request }) => {
      sent = await request.json();
      return HttpResponse.json({ ...key, warning: 'It could not be verified.' });
    }),
  );
  show(<ProviderKeyEditDialog item={key} kind={kind} pool onClose={() => undefined} />);
  const dialog = within(screen.getByRole('dialog'));
  const address = dialog.getByRole('textbox', { name: 'Address of the server' });
  await userEvent.type(address, 'https://api.openai.com/v2');
  expect(dialog.queryByLabelText('Key')).toBeNull();
  await userEvent.clear(address);
  await userEvent.type(address, 'https://other.example/v1');
  await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
  expect(await dialog.findByText('Paste the key for this server.')).toBeInTheDocument();
  expect(sent).toBeUndefined();
  await userEvent.type(dialog.getByLabelText('Key'), 'sk-new');
  await userEvent.click(dialog.getByRole('button', { name: 'Save' }));
  await expect.poll(() => sent).toEqual({ endpoint: 'https://other.example/v1', key: 'sk-new' });
  await expect.poll(() => JSON.stringify(useNotices.getState())).toContain('It could not be verified.');
});

it('puts a key of anybody into a tier and takes it out again', async () => {
  const sent: unknown[] = [];
  let tier = '';
  server.use(
    http.get('*/api/v1/admin/people', () => HttpResponse.json({ items: [{ id: 'p', username: 'bob' }] })),
    http.get('*/api/v1/admin/people/p/api-keys', () => HttpResponse.json({ items: [{ id: 'a', name: 'robot', prefix: 'lares_ab', tier, scopes: [], models: [], created: 1, rotated: 1 }] })),
    http.patch('*/api/v1/admin/people/p/api-keys/a', async ({ request }) => {
      const body = (await request.json()) as { tier: string };
      sent.push(body);
      tier = body.tier;
      return HttpResponse.json({});
    }),
  );
  for (const [before, wanted] of [['As its owner', 'slow'], ['slow', 'As its owner']] as const) {
    let closed = false;
    const { unmount } = show(<KeyTierDialog tiers={['default', 'slow']} onClose={() => { closed = true; }} />);
    const person = await screen.findByRole('combobox', { name: 'Person' });
    await userEvent.type(person, 'bo');
    await userEvent.click(await screen.findByRole('option', { name: 'bob' }));
    await screen.findByText('robot · lares_ab…');
    const field = screen.getByRole('combobox', { name: 'Tier' });
    expect(field).toHaveTextContent(before);
    await userEvent.click(field);
    await userEvent.click(await screen.findByRole('option', { name: wanted }));
    await userEvent.click(screen.getByRole('button', { name: 'Save' }));
    await expect.poll(() => closed).toBe(true);
    unmount();
  }
  expect(sent).toEqual([{ tier: 'slow' }, { tier: '' }]);
});
