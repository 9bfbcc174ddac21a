import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import i18next from 'i18next';
import { http, HttpResponse } from 'msw';
import { afterEach, beforeAll, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import gateway from '../../i18n/en.gateway.json';
import { show } from '../../test/render';
import { server } from '../../test/server';
import { BudgetDialog } from './BudgetDialog';
import { PersonTierDialog } from './PersonTierDialog';
import Usage from './Usage';

beforeAll(() => {
  i18next.addResourceBundle('en', 'page', gateway, true, true);
});
afterEach(() => {
  queryClient.clear();
});

const sums = { name: '', calls: 1, unanswered: 0, input: 1_000, cache_read: 700, cache_write: 100, output: 50, reasoning: 0, cost_micros: 5, unpriced: 0 };
const call = { id: 'c', person: 'p', key: null, provider: 'openai', model: 'm', outcome: 'done', started_ms: 1, duration_ms: 2, estimated: false, input: 1_000, cache_read: 700, cache_write: 100, output: 50, cost_micros: 5 };

it('counts what was cached once: it is part of the input', async () => {
  const today = new Date().toISOString().slice(0, 10);
  server.use(
    http.get('*/api/v1/auth/me', () => HttpResponse.json({ role: 'user' })),
    http.get('*/api/v1/usage', () => HttpResponse.json({ total: sums, days: [{ ...sums, name: today }], models: [{ ...sums, name: 'openai/m' }], keys: [], characters: [] })),
    http.get('*/api/v1/usage/budgets', () => HttpResponse.json({ items: [] })),
    http.get('*/api/v1/usage/calls', () => HttpResponse.json({ items: [call] })),
  );
  const { container } = show(<Usage />);
  await screen.findByText('openai/m', { selector: 'p' });
  expect(container.textContent).toContain('1,000 in, 50 out');
  expect(container.textContent).not.toContain('1,8');
  expect(screen.getByRole('img', { name: /: 1,050$/ })).toBeInTheDocument();
});

const bob = { id: '01890a5d-ac96-774b-bcce-b302099a8057', username: 'bob' };
const choose = async () => {
  const field = await screen.findByRole('combobox', { name: 'Person' });
  await userEvent.type(field, 'bo');
  await userEvent.click(await screen.findByRole('option', { name: 'bob' }));
};

it('sets a budget of a person who is chosen by name', async () => {
  let put: unknown;
  server.use(
    http.get('*/api/v1/admin/people', () => HttpResponse.json({ items: [bob] })),
    http.put('*/api/v1/admin/budgets', async ({ request }) => {
      put = await request.json();
      return new HttpResponse(null, { status: 204 });
    }),
  );
  let closed = false;
  show(<BudgetDialog onClose={() => { closed = true; }} />);
  await userEvent.click(screen.getByRole('combobox', { name: 'For' }));
  await userEvent.click(within(screen.getByRole('listbox')).getByText('One person'));
  await choose();
  await userEvent.type(screen.getByRole('textbox', { name: /Refuse at/ }), '2');
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  await expect.poll(() => closed).toBe(true);
  expect(put).toEqual({ scope: 'person', subject: bob.id, period: 'month', hard_micros: 2_000_000 });
});

it('puts a person who is chosen by name into a tier', async () => {
  server.use(http.get('*/api/v1/admin/people', () => HttpResponse.json({ items: [bob] })));
  const saved: string[] = [];
  show(<PersonTierDialog tiers={['slow']} pending={false} error={null} onSave={(...what) => saved.push(...what)} onClose={() => undefined} />);
  await choose();
  await userEvent.click(screen.getByRole('button', { name: 'Save' }));
  expect(saved).toEqual([bob.id, 'slow']);
});
