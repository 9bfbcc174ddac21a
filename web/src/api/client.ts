import createClient, { type Middleware } from 'openapi-fetch';

import { remembered } from '../app/preferences';
import { type ApiError, offlineError, toApiError } from './problem';
import type { paths } from './schema';

/** Milliseconds of the last renewal by any window of this browser; no token, only a time. */
const RENEWED = 'lares.renewed';
const RENEWED_IS_FRESH_MS = 10_000;

type Listener = () => void;
const lostListeners = new Set<Listener>();

/** Called when the session is over and cannot be renewed. */
export function onSessionLost(listener: Listener): () => void {
  lostListeners.add(listener);
  return () => lostListeners.delete(listener);
}

/** One window at a time: renewal is a one-time rotation, and two at once would look like a stolen token. */
async function alone<T>(work: () => Promise<T>): Promise<T> {
  // Absent outside secure contexts (plain http on a home network): the time stamp then is the only fence.
  const locks = (navigator as { locks?: LockManager }).locks;
  return locks ? locks.request('lares.renew', work) : work();
}

async function renewOnce(asked: number): Promise<boolean> {
  return alone(async () => {
    const last = Number(remembered.read(RENEWED) ?? 0);
    if (last > asked || (last <= Date.now() && Date.now() - last < RENEWED_IS_FRESH_MS)) return true;
    const answer = await globalThis.fetch('/api/v1/auth/refresh', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ session: 'cookie' }),
    });
    if (answer.ok) {
      remembered.write(RENEWED, String(Date.now()));
      return true;
    }
    if (answer.status >= 500 || answer.status === 429) throw toApiError(answer.status, {}, answer.headers.get('Retry-After'));
    return false;
  });
}

let renewing: Promise<boolean> | null = null;

/** True when the session lives on; false when the person must sign in again; throws when the server cannot be asked. */
export function renewSession(): Promise<boolean> {
  renewing ??= renewOnce(Date.now()).finally(() => {
    renewing = null;
  });
  return renewing;
}

/** After signing in: the session is fresh, so an early 401 elsewhere need not renew it. */
export function sessionStarted(): void {
  remembered.write(RENEWED, String(Date.now()));
}

export function sessionEnded(): void {
  remembered.write(RENEWED, null);
  for (const listener of lostListeners) listener();
}

/** Wrong password, wrong renewal: their 401 says nothing about the session. */
const isSessionRoute = (url: string): boolean => /\/auth\/(login|register|refresh|logout)$/.test(new URL(url, location.href).pathname);

/** fetch that renews the session once and repeats the request. */
export async function sessionFetch(request: Request): Promise<Response> {
  const again = request.clone();
  let answer: Response;
  try {
    answer = await globalThis.fetch(request);
  } catch (cause) {
    throw cause instanceof DOMException && cause.name === 'AbortError' ? cause : offlineError(cause);
  }
  if (answer.status !== 401 || isSessionRoute(request.url)) return answer;
  let alive: boolean;
  try {
    alive = await renewSession();
  } catch (cause) {
    throw offlineError(cause);
  }
  if (!alive) {
    sessionEnded();
    return answer;
  }
  try {
    answer = await globalThis.fetch(again);
  } catch (cause) {
    throw offlineError(cause);
  }
  if (answer.status === 401) sessionEnded();
  return answer;
}

const problems: Middleware = {
  async onResponse({ response }): Promise<undefined> {
    if (response.ok) return;
    throw await errorOf(response);
  },
};

export async function errorOf(response: Response): Promise<ApiError> {
  const body: unknown = await response.clone().json().catch(() => null);
  return toApiError(response.status, body, response.headers.get('Retry-After'));
}

/** Typed by our own OpenAPI; a refusal is thrown as ApiError, so `data` is what the route promises. */
export const api = createClient<paths>({
  baseUrl: typeof location === 'undefined' ? '' : location.origin,
  credentials: 'same-origin',
  fetch: sessionFetch,
});
api.use(problems);
