import createClient, { type Middleware } from 'openapi-fetch';

import { remembered } from '../app/preferences';
import { type ApiError, offlineError, toApiError } from './problem';
import type { paths } from './schema';

/**
 * When the session of this browser was last renewed and when it wants to be again: two times, no token. They keep two windows from
 * renewing at once, renew before a request is refused, and spare a visitor who never signed in that refusal.
 */
const TIMES = 'lares.session';
const JUST_RENEWED_MS = 10_000;
const RENEW_BEFORE_MS = 20_000;

interface Times {
  renewed: number;
  expires: number;
}

function times(): Times | null {
  try {
    const value: unknown = JSON.parse(remembered.read(TIMES) ?? 'null');
    if (typeof value !== 'object' || value === null) return null;
    const { renewed, expires } = value as Partial<Times>;
    return typeof renewed === 'number' && typeof expires === 'number' ? { renewed, expires } : null;
  } catch {
    return null;
  }
}

/** From signing out until someone signs in. */
let leaving = false;

/** After signing in and after each renewal. */
export function sessionStarted(expiresInS: number): void {
  const now = Date.now();
  leaving = false;
  remembered.write(TIMES, JSON.stringify({ renewed: now, expires: now + expiresInS * 1000 }));
}

/** False only when it is certain that nobody is signed in here. */
export function maybeSignedIn(): boolean {
  return !leaving && (!remembered.works() || times() !== null);
}

type Listener = (asked: boolean) => void;
const lostListeners = new Set<Listener>();

/** Called when the session is over; `asked`: because the person signed out here. */
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
    const last = times()?.renewed ?? 0;
    if (last > asked || (last <= Date.now() && Date.now() - last < JUST_RENEWED_MS)) return true;
    const answer = await globalThis.fetch('/api/v1/auth/refresh', {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ session: 'cookie' }),
    });
    if (answer.ok) {
      const body = (await answer.json().catch(() => ({}))) as { expires_in?: unknown };
      sessionStarted(typeof body.expires_in === 'number' ? body.expires_in : 0);
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

export function sessionEnded(asked = false): void {
  remembered.write(TIMES, null);
  for (const listener of lostListeners) listener(asked);
}

export const signingOut = (): boolean => leaving;

/** The server ends the session first; only then does this browser forget it. What notices the end meanwhile is no accident. */
export async function endSession(): Promise<void> {
  leaving = true;
  try {
    await api.POST('/api/v1/auth/logout');
  } catch (error) {
    leaving = false;
    throw error;
  }
  sessionEnded(true);
}

/** Wrong password, wrong renewal: their 401 says nothing about the session. */
const isSessionRoute = (url: string): boolean => /\/auth\/(login|register|refresh)$/.test(new URL(url, location.href).pathname);

/** fetch that renews the session once and repeats the request. */
export async function sessionFetch(request: Request): Promise<Response> {
  const known = isSessionRoute(request.url) ? null : times();
  if (known && known.expires - RENEW_BEFORE_MS < Date.now() && Date.now() - known.renewed > JUST_RENEWED_MS) {
    // Whatever comes of it, the request itself tells; only a certain end is acted on here.
    if ((await renewSession().catch(() => null)) === false) sessionEnded();
  }
  const again = request.clone();
  let answer: Response;
  try {
    answer = await globalThis.fetch(request);
  } catch (cause) {
    throw cause instanceof DOMException && cause.name === 'AbortError' ? cause : offlineError(cause);
  }
  if (answer.status !== 401 || isSessionRoute(request.url) || !maybeSignedIn()) return answer;
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
