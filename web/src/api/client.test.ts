import { http, HttpResponse } from 'msw';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { server } from '../test/server';
import { api, maybeSignedIn, onSessionLost, sessionStarted } from './client';
import { ApiError, problemName, toApiError } from './problem';

const long = (ms: number) => {
  // As if the session had been renewed that long ago.
  localStorage.setItem('lares.session', JSON.stringify({ renewed: Date.now() - ms, expires: Date.now() + 600_000 }));
};
const me = { id: 'u', username: 'ada', email: 'a@b.c', role: 'user' };
let renewals = 0;
let valid = true;

beforeEach(() => {
  renewals = 0;
  valid = true;
  server.use(
    http.get('*/api/v1/users/me', () => (valid ? HttpResponse.json(me) : HttpResponse.json({ type: 'unauthenticated', status: 401 }, { status: 401 }))),
    http.post('*/api/v1/auth/refresh', async ({ request }) => {
      expect(await request.json()).toEqual({ session: 'cookie' });
      renewals += 1;
      valid = true;
      return HttpResponse.json({ user: me, expires_in: 900 });
    }),
  );
});

describe('the session', () => {
  it('renews itself once and repeats the request, however many were refused at once', async () => {
    long(60_000);
    valid = false;
    const answers = await Promise.all([1, 2, 3, 4].map(() => api.GET('/api/v1/users/me')));
    expect(answers.map(({ data }) => data?.username)).toEqual(['ada', 'ada', 'ada', 'ada']);
    expect(renewals).toBe(1);
  });

  it('sends a body again after renewal', async () => {
    long(60_000);
    let calls = 0;
    server.use(
      http.post('*/api/v1/chat/cancel', async ({ request }) => {
        calls += 1;
        expect(await request.json()).toEqual({ turn_id: 't' });
        return new HttpResponse(null, { status: calls === 1 ? 401 : 204 });
      }),
    );
    await api.POST('/api/v1/chat/cancel', { body: { turn_id: 't' } });
    expect(calls).toBe(2);
  });

  it('is renewed before it runs out, so that nothing is refused', async () => {
    localStorage.setItem('lares.session', JSON.stringify({ renewed: Date.now() - 900_000, expires: Date.now() + 1_000 }));
    const order: string[] = [];
    server.events.on('request:start', ({ request }) => order.push(new URL(request.url).pathname));
    await api.GET('/api/v1/users/me');
    expect(order).toEqual(['/api/v1/auth/refresh', '/api/v1/users/me']);
    server.events.removeAllListeners();
  });

  it('that cannot be renewed ends, and says so once for each request', async () => {
    long(60_000);
    valid = false;
    server.use(http.post('*/api/v1/auth/refresh', () => HttpResponse.json({ type: 'unauthenticated', status: 401 }, { status: 401 })));
    const lost = vi.fn();
    const off = onSessionLost(lost);
    await expect(api.GET('/api/v1/users/me')).rejects.toMatchObject({ status: 401 });
    expect(lost).toHaveBeenCalledTimes(1);
    expect(maybeSignedIn()).toBe(false);
    off();
  });

  it('is not lost because the server is overloaded or away', async () => {
    long(60_000);
    valid = false;
    const lost = vi.fn();
    const off = onSessionLost(lost);
    server.use(http.post('*/api/v1/auth/refresh', () => new HttpResponse(null, { status: 503 })));
    await expect(api.GET('/api/v1/users/me')).rejects.toMatchObject({ status: 0, type: 'offline' });
    server.use(http.post('*/api/v1/auth/refresh', () => HttpResponse.error()));
    await expect(api.GET('/api/v1/users/me')).rejects.toMatchObject({ status: 0, type: 'offline' });
    expect(lost).not.toHaveBeenCalled();
    expect(maybeSignedIn()).toBe(true);
    off();
  });

  it('wrong credentials are no lost session', async () => {
    server.use(http.post('*/api/v1/auth/login', () => HttpResponse.json({ type: 'wrong-credentials', status: 401, detail: 'x' }, { status: 401 })));
    await expect(api.POST('/api/v1/auth/login', { body: { login: 'a', password: 'b', session: 'cookie' } })).rejects.toMatchObject({ status: 401, type: 'wrong-credentials' });
    expect(renewals).toBe(0);
  });

  it('leaves no token where a script could read one', () => {
    sessionStarted(900);
    expect(Object.keys(localStorage)).toEqual(['lares.session']);
    expect(Object.keys(JSON.parse(localStorage.getItem('lares.session') ?? '{}') as object).toSorted()).toEqual(['expires', 'renewed']);
  });
});

describe('refusals', () => {
  it('are read from problem+json', async () => {
    server.use(http.get('*/api/v1/users/me', () => HttpResponse.json({ type: 'rate-limited', title: 'Slow down', status: 429, detail: 'Too many.' }, { status: 429, headers: { 'Retry-After': '7' } })));
    await expect(api.GET('/api/v1/users/me')).rejects.toMatchObject({ status: 429, type: 'rate-limited', detail: 'Too many.', retryAfterS: 7 });
  });

  it('may be a page of a proxy, or nothing at all', async () => {
    server.use(http.get('*/api/v1/users/me', () => new HttpResponse('<html>Bad gateway</html>', { status: 502 })));
    await expect(api.GET('/api/v1/users/me')).rejects.toMatchObject({ status: 502, type: 'http-502', detail: '' });
    server.use(http.get('*/api/v1/users/me', () => HttpResponse.error()));
    await expect(api.GET('/api/v1/users/me')).rejects.toMatchObject({ status: 0, type: 'offline' });
  });

  it('have short names whatever the form of their type', () => {
    expect(problemName('invalid-field')).toBe('invalid-field');
    expect(problemName('https://lares.example/problems/invalid-field')).toBe('invalid-field');
    expect(problemName('urn:lares:invalid-field')).toBe('invalid-field');
    expect(problemName('')).toBe('');
    expect(toApiError(400, null)).toBeInstanceOf(ApiError);
    expect(toApiError(400, { type: 5, detail: [], field: {} })).toMatchObject({ type: 'http-400', detail: '', field: undefined });
  });
});
