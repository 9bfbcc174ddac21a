import { screen } from '@testing-library/react';
import { http, HttpResponse } from 'msw';
import { afterEach, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import { setLanguage } from '../../i18n';
import '../../i18n/gateway';
import { show } from '../../test/render';
import { server } from '../../test/server';
import Requests from './Requests';

const one = { id: 'r', ended_ms: 1, duration_ms: 5, path: '/v1/chat/completions', remote: '127.0.0.1', label: 'ada' };
const kinds = [
  { ...one, number: 2, status: 499, kind: 'left', error: 'client-gone' },
  { ...one, number: 1, status: 403, kind: 'refused', error: 'model-not-allowed' },
];

afterEach(async () => {
  queryClient.clear();
  await setLanguage('en');
});

it.each([
  ['en', 'the client left', 'refused'],
  ['es', 'el cliente se fue', 'rechazada'],
  ['ja', 'クライアントが離脱', '拒否'],
] as const)('tells in %s that a client left, which nobody refused', async (language, left, refused) => {
  await setLanguage(language);
  server.use(http.get('*/api/v1/admin/requests', () => HttpResponse.json({ items: kinds, kept_most: 2000 })));
  show(<Requests />);
  expect(await screen.findByText(new RegExp(`499 · ${left} · client-gone`))).toBeInTheDocument();
  expect(screen.getByText(new RegExp(`403 · ${refused} · model-not-allowed`))).toBeInTheDocument();
});
