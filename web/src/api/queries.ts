import { queryOptions } from '@tanstack/react-query';

import { api, maybeSignedIn, sessionFetch } from './client';
import { ApiError, toApiError } from './problem';
import { request } from './request';
import type { CharacterDetail, Conversation, Setup, User } from './types';

export const keys = {
  me: ['me'] as const,
  setup: ['setup'] as const,
  characters: ['characters'] as const,
  conversations: ['conversations'] as const,
  lorebooks: ['lorebooks'] as const,
  personas: ['personas'] as const,
  prompts: ['prompts'] as const,
  removed: ['removed'] as const,
  sessions: ['sessions'] as const,
  status: ['status'] as const,
  models: ['models'] as const,
  voice: ['voice'] as const,
};

/** openapi-fetch types `data` as optional although a refusal is thrown before it is looked at. */
export function must<T>(data: T | undefined): T {
  if (data === undefined) throw new ApiError({ status: 502, type: 'empty-answer', detail: '' });
  return data;
}

/** Null when nobody is signed in: that is an answer, not an error. */
export const meQuery = queryOptions({
  queryKey: keys.me,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<User | null> => {
    if (!maybeSignedIn()) return null;
    try {
      return must((await api.GET('/api/v1/users/me', { signal })).data);
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: keys.setup,
  staleTime: 60_000,
  queryFn: async ({ signal }): Promise<Setup> => must((await api.GET('/api/v1/setup', { signal })).data),
});

const PAGE = 200;
/** Of a list that is shown whole; past it, the newest are shown. */
const PAGES_MOST = 10;

async function allPages<Item>(page: (after: string | undefined) => Promise<{ items: Item[]; next?: string | null }>): Promise<Item[]> {
  const items: Item[] = [];
  let after: string | undefined;
  for (let count = 0; count < PAGES_MOST; count += 1) {
    const { items: more, next } = await page(after);
    items.push(...more);
    if (!next) break;
    after = next;
  }
  return items;
}

export const charactersQuery = queryOptions({
  queryKey: keys.characters,
  queryFn: ({ signal }) => allPages(async (after) => must((await api.GET('/api/v1/characters', { params: { query: { limit: PAGE, after } }, signal })).data)),
});

export const characterQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.characters, id],
    queryFn: async ({ signal }) => must((await api.GET('/api/v1/characters/{character_id}', { params: { path: { character_id: id } }, signal })).data),
  });

const RECENT = 40;

/** Those that are pinned, then the last ones. All of them are pages of their own (features/chat/tree.ts). */
export const conversationsQuery = queryOptions({
  queryKey: [...keys.conversations, 'recent'] as const,
  queryFn: async ({ signal }) => {
    const page = (query: { pinned: boolean }) => request<{ items: Conversation[] }>('GET', '/api/v1/conversations', { query: { limit: RECENT, archived: false, ...query }, signal });
    const [pinned, others] = await Promise.all([page({ pinned: true }), page({ pinned: false })]);
    return [...pinned.items, ...others.items];
  },
});

export const sessionsQuery = queryOptions({
  queryKey: keys.sessions,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/auth/sessions', { signal })).data).items,
});

export const statusQuery = queryOptions({
  queryKey: keys.status,
  staleTime: 1_000,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/status', { signal })).data),
  // Watch closely while something loads, seldom otherwise.
  refetchInterval: (query) => (query.state.data?.engines.some((engine) => engine.state === 'loading') === false ? 20_000 : 1_500),
});

export const modelsQuery = queryOptions({
  queryKey: keys.models,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/models', { signal })).data).items,
});

export const voicesQuery = queryOptions({
  queryKey: [...keys.voice, 'voices'],
  staleTime: 60_000,
  queryFn: async ({ signal }) => must((await api.GET('/api/v1/tts/voices', { signal })).data).items,
});

/** How one companion speaks to this person, where that is not as all others. */
export const companionVoiceQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.voice, id],
    queryFn: async ({ signal }) => must((await api.GET('/api/v1/voice/settings/{character_id}', { params: { path: { character_id: id } }, signal })).data),
  });

export const CARD_MAX_BYTES = 20 * 1024 * 1024;

/** XMLHttpRequest, because fetch cannot tell how much of a body has been sent. */
export function uploadCard(file: File, onProgress: (share: number) => void, signal: AbortSignal): Promise<CharacterDetail> {
  const send = () =>
    new Promise<CharacterDetail>((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', '/api/v1/characters/upload');
      request.upload.onprogress = (event) => {
        if (event.lengthComputable) onProgress(event.loaded / event.total);
      };
      request.onload = () => {
        let body: unknown = null;
        try {
          body = JSON.parse(request.responseText);
        } catch {
          // a proxy's HTML: the status says enough
        }
        if (request.status === 201) resolve(body as CharacterDetail);
        else reject(toApiError(request.status, body, request.getResponseHeader('Retry-After')));
      };
      request.onerror = () => {
        reject(new ApiError({ status: 0, type: 'offline', detail: '' }));
      };
      request.onabort = () => {
        reject(new DOMException('aborted', 'AbortError'));
      };
      signal.addEventListener('abort', () => {
        request.abort();
      });
      const form = new FormData();
      form.append('file', file, file.name);
      request.send(form);
    });
  return send().catch(async (error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 401) throw error;
    // Any cheap route renews the session if that can be done; then the card goes once more.
    const check = await sessionFetch(new Request(`${location.origin}/api/v1/users/me`, { credentials: 'same-origin', signal }));
    if (!check.ok) throw error;
    return send();
  });
}
