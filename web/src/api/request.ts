import { errorOf, sessionFetch } from './client';

type Value = string | number | boolean | null | undefined;

interface Options {
  query?: Record<string, Value>;
  /** An object goes as JSON; text and files go as they are. */
  body?: unknown;
  type?: string;
  signal?: AbortSignal | undefined;
}

async function send(method: string, path: string, { query, body, type, signal }: Options): Promise<Response> {
  const url = new URL(path, location.origin);
  for (const [name, value] of Object.entries(query ?? {})) if (value !== undefined && value !== null && value !== '') url.searchParams.set(name, String(value));
  const raw = typeof body === 'string' || body instanceof Blob;
  const answer = await sessionFetch(
    new Request(url, {
      method,
      credentials: 'same-origin',
      ...(signal ? { signal } : {}),
      ...(body === undefined ? {} : { headers: { 'Content-Type': type ?? 'application/json' }, body: raw ? body : JSON.stringify(body) }),
    }),
  );
  if (!answer.ok) throw await errorOf(answer);
  return answer;
}

/** A route by its address, for pages that share one way of asking: renews the session, throws ApiError for a refusal. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const answer = await send(method, path, options);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

export async function requestFile(path: string, query?: Record<string, Value>): Promise<{ blob: Blob; disposition: string | null }> {
  const answer = await send('GET', path, query ? { query } : {});
  return { blob: await answer.blob(), disposition: answer.headers.get('Content-Disposition') };
}
