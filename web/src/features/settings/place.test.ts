import { http, HttpResponse } from 'msw';
import { afterEach, expect, it } from 'vitest';

import { queryClient } from '../../app/query';
import { server } from '../../test/server';
import { here, setPlace, tellPlace } from './place';

let kept: Record<string, unknown>;
let saved: unknown[];
function with_(settings: Record<string, unknown>): void {
  kept = settings;
  saved = [];
  server.use(
    http.get('*/api/v1/prompts/settings', () => HttpResponse.json(kept)),
    http.put('*/api/v1/prompts/settings', async ({ request }) => {
      kept = (await request.json()) as Record<string, unknown>;
      saved.push(kept);
      return HttpResponse.json(kept);
    }),
  );
}

afterEach(() => {
  queryClient.clear();
});

it('says where the first device is, once, and keeps all else', async () => {
  with_({ main_prompt: 'Be kind.', time_zone: '', locale: '' });
  await tellPlace();
  await tellPlace();
  expect(saved).toEqual([{ main_prompt: 'Be kind.', ...here() }]);
});

it('leaves what was chosen, and changes it when asked', async () => {
  with_({ squash_system_messages: true, time_zone: 'Asia/Tokyo', locale: 'ja' });
  await tellPlace();
  expect(saved).toEqual([]);
  await setPlace({ time_zone: 'Europe/Madrid', locale: 'es' });
  expect(saved).toEqual([{ squash_system_messages: true, time_zone: 'Europe/Madrid', locale: 'es' }]);
});

it('is silent without an answer', async () => {
  server.use(http.get('*/api/v1/prompts/settings', () => HttpResponse.json({ type: 'busy', status: 503 }, { status: 503 })));
  await expect(tellPlace()).resolves.toBeUndefined();
});
