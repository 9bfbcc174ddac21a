/** What may be done with a conversation and its messages beside talking: all of it is the server's, this asks for it. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { request, requestFile } from '../../api/request';
import { keys } from '../../api/queries';
import type { Role, SentPrompt } from '../../api/types';
import { queryClient } from '../../app/query';
import { saveFile } from '../../ui/files';
import { loadHistory, useChat } from './client';
import { keepDraft } from './drafts';
import type { ChatMessage } from './thread';

export interface Note {
  text: string;
  /** Messages from the end, where it stands in the chat. */
  depth: number;
  role: Role;
  /** With every n-th message of the person; 0: never. */
  interval: number;
  position: 'in_chat' | 'after_scenario' | 'before_scenario';
  /** Keys of lorebooks are looked for in it, too. */
  allow_scan: boolean;
}
export const noNote: Note = { text: '', depth: 4, role: 'system', interval: 1, position: 'in_chat', allow_scan: false };

export interface ConversationItem {
  id: string;
  character_id: string;
  title: string;
  pinned?: boolean;
  archived?: boolean;
  created: number;
  updated: number;
  /** How the newest message begins. */
  last?: { role: Role; text: string } | null;
  persona_id?: string | null;
  author_note?: Partial<Note> | null;
  layout?: 'compat' | 'stable' | null;
}
export type Clearable = 'persona_id' | 'author_note' | 'layout';
/** What is absent stays; what is cleared is as everywhere else again. */
export interface ConversationChange {
  title?: string;
  pinned?: boolean;
  archived?: boolean;
  persona_id?: string;
  author_note?: Note;
  layout?: 'compat' | 'stable';
  clear?: Clearable[];
}

export type Shelf = 'inUse' | 'putAway' | 'removed';
export interface ConversationFilter {
  shelf: Shelf;
  character: string;
}

const PAGE = 50;
const at = (id: string) => `/api/v1/conversations/${encodeURIComponent(id)}`;
const message = (id: string, messageId: string) => `${at(id)}/messages/${encodeURIComponent(messageId)}`;

export const conversationPages = (filter: ConversationFilter) =>
  infiniteQueryOptions({
    queryKey: [...keys.conversations, 'pages', filter] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<{ items: ConversationItem[]; next?: string | null }>('GET', '/api/v1/conversations', {
        query: { limit: PAGE, before: pageParam, ...(filter.shelf === 'removed' ? { removed: true } : { archived: filter.shelf === 'putAway' }), character_id: filter.character },
        signal,
      }),
    getNextPageParam: (last) => last.next ?? undefined,
  });

/** Where talking with a companion goes on; null: nowhere yet. */
export const latestConversationQuery = (characterId: string) =>
  queryOptions({
    queryKey: [...keys.conversations, 'latest', characterId] as const,
    queryFn: async ({ signal }) => {
      const { items } = await request<{ items: ConversationItem[] }>('GET', '/api/v1/conversations', { query: { character_id: characterId, limit: 1 }, signal });
      return items[0] ?? null;
    },
  });

export const conversationQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.conversations, 'one', id] as const,
    queryFn: ({ signal }) => request<ConversationItem>('GET', at(id), { signal }),
  });

export const conversationsChanged = () => queryClient.invalidateQueries({ queryKey: keys.conversations });
/** Its row in the list of all that was deleted, too. */
const wentOrCame = () => Promise.all([conversationsChanged(), queryClient.invalidateQueries({ queryKey: keys.removed })]);

export async function changeConversation(id: string, change: ConversationChange): Promise<ConversationItem> {
  const item = await request<ConversationItem>('PATCH', at(id), { body: change });
  void conversationsChanged();
  return item;
}

export async function removeConversation(id: string): Promise<void> {
  await request('DELETE', at(id));
  keepDraft(id, '');
  void wentOrCame();
}

export async function restoreConversation(id: string): Promise<void> {
  await request('POST', `${at(id)}/restore`);
  void wentOrCame();
}

/** The event comes over the socket, too; asking makes it certain and costs one short request. */
async function then(id: string, work: Promise<unknown>): Promise<void> {
  await work;
  await loadHistory(id);
}

/** What stands below goes with the new words, unless they are to be answered anew. */
export async function editMessage(id: string, messageId: string, text: string, regenerate = false): Promise<void> {
  await then(id, request('POST', `${message(id, messageId)}/edit`, { body: { text, following: !regenerate, regenerate, voice: false } }));
}

export async function selectMessage(id: string, messageId: string): Promise<void> {
  await then(id, request('POST', `${at(id)}/select`, { body: { message_id: messageId } }));
}

/** With all below it; `all`: its other versions, too. */
export async function removeMessage(id: string, messageId: string, all: boolean): Promise<void> {
  await then(id, request('DELETE', message(id, messageId), { query: { all_versions: all ? true : undefined } }));
}

export async function restoreMessage(id: string, messageId: string): Promise<void> {
  await then(id, request('POST', `${message(id, messageId)}/restore`));
}

/** Shown at once, taken back when the server refuses. */
export async function markMessage(id: string, messageId: string, marks: { hidden?: boolean; pinned?: boolean }): Promise<void> {
  const apply = (change: Partial<ChatMessage>) => {
    useChat.setState((state) => {
      const thread = state.threads[id];
      if (!thread) return {};
      return { threads: { ...state.threads, [id]: { ...thread, messages: thread.messages.map((one) => (one.id === messageId ? { ...one, ...change } : one)) } } };
    });
  };
  const old = useChat.getState().threads[id]?.messages.find((one) => one.id === messageId);
  apply(marks);
  try {
    await request('PATCH', message(id, messageId), { body: marks });
  } catch (error) {
    if (old) apply({ ...(marks.hidden === undefined ? {} : { hidden: old.hidden === true }), ...(marks.pinned === undefined ? {} : { pinned: old.pinned === true }) });
    throw error;
  }
}

export async function branch(id: string, messageId: string, title?: string): Promise<string> {
  const conversation = await request<ConversationItem>('POST', `${at(id)}/branch`, { body: { message_id: messageId, ...(title ? { title } : {}) } });
  void conversationsChanged();
  return conversation.id;
}

export async function makeTitle(id: string): Promise<void> {
  await request('POST', `${at(id)}/title`);
  void conversationsChanged();
}

export type ChatForm = 'sillytavern' | 'lares';

export async function exportChat(id: string, title: string, form: ChatForm): Promise<void> {
  saveFile(await requestFile(`${at(id)}/export`, { form }), `${title || 'chat'}.jsonl`);
}

export async function importChat(characterId: string, file: File): Promise<{ conversation: ConversationItem; messages: number; skipped: { line: number; reason: string }[] }> {
  const done = await request<{ conversation: ConversationItem; messages: number; skipped: { line: number; reason: string }[] }>('POST', '/api/v1/conversations/import', {
    query: { character_id: characterId },
    body: file,
    type: 'application/x-ndjson',
  });
  void conversationsChanged();
  return done;
}

/** Of all branches, also those that are not loaded. */
export const pinsQuery = (id: string) =>
  queryOptions({
    queryKey: [...keys.conversations, 'pins', id] as const,
    queryFn: async ({ signal }) => (await request<{ items: { id: string; text: string }[] }>('GET', `${at(id)}/pins`, { signal })).items,
  });

export interface Found {
  conversation_id: string;
  message_id: string;
  character_id: string;
  title: string;
  at: number;
  role: Role;
  snippet: string;
  cut_before?: boolean;
  cut_after?: boolean;
  /** Code points of the snippet. */
  matches: { start: number; end: number }[];
}
export interface Search {
  q: string;
  character?: string;
  from?: string;
  to?: string;
}

/** Days as a person chooses them become moments in their own time zone; the last day counts whole, so the end is the day after. */
export function searchTimes(from: string | undefined, to: string | undefined): { from?: number; to?: number } {
  const day = (text: string | undefined, plus: number): number | undefined => {
    const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text ?? '') ?? [];
    return year === undefined ? undefined : new Date(Number(year), Number(month) - 1, Number(date) + plus).getTime();
  };
  const [first, end] = [day(from, 0), day(to, 1)];
  return { ...(first === undefined ? {} : { from: first }), ...(end === undefined ? {} : { to: end }) };
}

/** Words, a companion or a day: without any of them there is nothing to look for. */
export const isAsked = ({ q, character, from, to }: Search): boolean => q.trim() !== '' || Boolean(character) || Object.keys(searchTimes(from, to)).length > 0;

export const searchPages = (search: Search) =>
  infiniteQueryOptions({
    queryKey: ['search', search] as const,
    enabled: isAsked(search),
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) =>
      request<{ items: Found[]; next?: string | null }>('GET', '/api/v1/search', {
        query: { q: search.q.trim(), character_id: search.character, ...searchTimes(search.from, search.to), cursor: pageParam, limit: 30 },
        signal,
      }),
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const promptQuery = (id: string, messageId: string) =>
  queryOptions({
    queryKey: ['prompt-of', id, messageId] as const,
    staleTime: Infinity,
    queryFn: ({ signal }) => request<SentPrompt>('GET', `${message(id, messageId)}/prompt`, { signal }),
  });
