/** Lorebooks as the server has them, and what an editor must know about keys. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';

import { keys } from '../../api/queries';
import { request, requestFile } from '../../api/request';
import type { Role } from '../../api/types';
import { queryClient } from '../../app/query';
import { saveFile } from '../../ui/files';
import { remove } from '../../ui/removal';
import { characterPath } from '../companions/card';

export const positions = ['before', 'after', 'note_top', 'note_bottom', 'at_depth', 'examples_top', 'examples_bottom', 'outlet'] as const;
export const logics = ['and_any', 'and_all', 'not_any', 'not_all'] as const;
export const matchFields = ['persona_description', 'character_description', 'character_personality', 'character_depth_prompt', 'scenario', 'creator_notes'] as const;
export const triggers = ['normal', 'continue', 'impersonate', 'swipe', 'regenerate', 'quiet'] as const;
export const scopes = ['global', 'character', 'persona', 'conversation'] as const;

export interface EntryFields {
  comment: string;
  content: string;
  keys: string[];
  secondary_keys: string[];
  enabled: boolean;
  constant: boolean;
  selective: boolean;
  logic: (typeof logics)[number];
  order: number;
  position: (typeof positions)[number];
  depth: number;
  role: Role;
  outlet: string;
  ignore_budget: boolean;
  exclude_recursion: boolean;
  prevent_recursion: boolean;
  delay_until_recursion: number;
  match: (typeof matchFields)[number][];
  probability: number;
  use_probability: boolean;
  groups: string[];
  group_override: boolean;
  group_weight: number;
  group_scoring?: boolean | null;
  case_sensitive?: boolean | null;
  whole_words?: boolean | null;
  scan_depth?: number | null;
  sticky: number;
  cooldown: number;
  delay: number;
  triggers: string[];
  filter: { exclude: boolean; names: string[]; tags: string[] };
}
export interface Entry extends EntryFields {
  uid: number;
}

export const newEntry: EntryFields = {
  comment: '',
  content: '',
  keys: [],
  secondary_keys: [],
  enabled: true,
  constant: false,
  selective: true,
  logic: 'and_any',
  order: 100,
  position: 'before',
  depth: 4,
  role: 'system',
  outlet: '',
  ignore_budget: false,
  exclude_recursion: false,
  prevent_recursion: false,
  delay_until_recursion: 0,
  match: [],
  probability: 100,
  use_probability: true,
  groups: [],
  group_override: false,
  group_weight: 100,
  sticky: 0,
  cooldown: 0,
  delay: 0,
  triggers: [],
  filter: { exclude: false, names: [], tags: [] },
};

export interface BookScope {
  scope: (typeof scopes)[number];
  character_id?: string | null;
  persona_id?: string | null;
  conversation_id?: string | null;
}
/** A book of its own, or the one within the card of a companion. */
export type BookAt = { lorebook: string } | { character: string };
export interface Book {
  /** Of a card's book: the companion's. */
  id: string;
  at: BookAt;
  /** Of a card's book: the companion's name. */
  companion?: string;
  name: string;
  description: string;
  scan_depth?: number | null;
  token_budget?: number | null;
  recursive: boolean;
  entry_count: number;
  scopes: BookScope[];
  version: number;
  updated: number;
}
/** Where a book wakes, each kind once, in their order. */
export const scopesOf = (book: Pick<Book, 'scopes'>) => scopes.filter((scope) => book.scopes.some((one) => one.scope === scope));
export type BookChange = Partial<Pick<Book, 'name' | 'description' | 'scan_depth' | 'token_budget' | 'recursive' | 'scopes'>>;

const KEY = keys.lorebooks;
const PAGE = 200;
const PAGES_MOST = 5;
const path = (at: BookAt) => ('character' in at ? `${characterPath(at.character)}/lorebook` : `/api/v1/lorebooks/${encodeURIComponent(at.lorebook)}`);
/** A card's book is part of the companion: whatever becomes of the card, it is asked anew. */
const keyOf = (at: BookAt) => ('character' in at ? [...keys.characters, at.character, 'lorebook'] : [...KEY, at.lorebook]);
type Told = Omit<Book, 'at'>;
const bookOf = (book: Told): Book => ({ ...book, at: { lorebook: book.id } });
export const bookKey = ({ at }: Pick<Book, 'at'>) => path(at);

export const lorebooksQuery = queryOptions({
  queryKey: [...KEY, 'list'] as const,
  queryFn: async ({ signal }) => {
    const books: Told[] = [];
    let before: string | undefined;
    for (let page = 0; page < PAGES_MOST; page += 1) {
      const { items, next } = await request<{ items: Told[]; next?: string | null }>('GET', '/api/v1/lorebooks', { query: { limit: PAGE, before }, signal });
      books.push(...items);
      if (!next) break;
      before = next;
    }
    return books.map(bookOf);
  },
});

/** The book itself; its entries come by pages. */
export const lorebookQuery = (at: BookAt) =>
  queryOptions({
    queryKey: [...keyOf(at), 'one'],
    queryFn: async ({ signal }): Promise<Book> => {
      if ('lorebook' in at) return bookOf(await request<Told>('GET', path(at), { signal }));
      const { character, ...book } = await request<Omit<Book, 'id' | 'at' | 'scopes' | 'companion'> & { character: string }>('GET', path(at), { signal });
      return { ...book, id: at.character, at, companion: character, scopes: [] };
    },
  });

export const entriesQuery = (at: BookAt, q: string) =>
  infiniteQueryOptions({
    queryKey: [...keyOf(at), 'entries', q],
    initialPageParam: undefined as number | undefined,
    queryFn: ({ pageParam, signal }) => request<{ items: Entry[]; next?: number | null }>('GET', `${path(at)}/entries`, { query: { limit: PAGE, cursor: pageParam, q }, signal }),
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const booksChanged = (at?: BookAt) => queryClient.invalidateQueries({ queryKey: at && 'character' in at ? keys.characters : KEY });

export async function createBook(name: string): Promise<Book> {
  const book = bookOf(await request<Told>('POST', '/api/v1/lorebooks', { body: { name } }));
  await booksChanged();
  return book;
}
export async function changeBook(at: BookAt, change: BookChange): Promise<void> {
  await request('PATCH', path(at), { body: change });
  await booksChanged(at);
}
/** `told`: what the notice says that takes it back. */
export async function removeBook(at: BookAt, told: string): Promise<void> {
  if ('lorebook' in at) return remove(path(at), told);
  // It comes back with the card as it was.
  const { version } = await queryClient.fetchQuery({ ...lorebookQuery(at), staleTime: 0 });
  return remove(path(at), told, `${characterPath(at.character)}/versions/${String(version)}/restore`);
}
export async function saveEntry(at: BookAt, uid: number | null, entry: EntryFields | Entry): Promise<Entry> {
  const fields = Object.fromEntries(Object.entries(entry).filter(([name]) => name !== 'uid'));
  const stored = uid === null ? await request<{ entry: Entry }>('POST', `${path(at)}/entries`, { body: fields }) : await request<{ entry: Entry }>('PUT', `${path(at)}/entries/${String(uid)}`, { body: fields });
  await booksChanged(at);
  return stored.entry;
}
export const removeEntry = (at: BookAt, uid: number, told: string) => remove(`${path(at)}/entries/${String(uid)}`, told);
export async function importBook(file: File): Promise<{ lorebook: Told; form: string; warnings: string[] }> {
  const done = await request<{ lorebook: Told; form: string; warnings: string[] }>('POST', '/api/v1/lorebooks/import', { query: { name: file.name.replace(/\.json$/i, '').slice(0, 200) }, body: file, type: 'application/json' });
  await booksChanged();
  return done;
}
export async function exportBook(book: Pick<Book, 'at' | 'name' | 'companion'>, form: 'sillytavern' | 'v3'): Promise<void> {
  saveFile(await requestFile(`${path(book.at)}/export`, { form }), `${book.name || (book.companion ?? '')}.json`);
}

export interface TestEntry {
  lorebook_id?: string | null;
  book: string;
  uid: number;
  title: string;
  position: '' | (typeof positions)[number];
  reason: string;
  code?: string;
  about?: string;
  tokens: number;
  content: string;
}
export interface TestResult {
  activated: TestEntry[];
  nearly: TestEntry[];
  tokens: number;
  budget: number;
  overflowed: boolean;
  warnings: string[];
}
export function testBook(at: BookAt, text: string, signal?: AbortSignal): Promise<TestResult> {
  return request<TestResult>('POST', '/api/v1/lorebooks/test', { body: { ...('character' in at ? { character_id: at.character } : { lorebook_id: at.lorebook }), text }, signal });
}

/** `/pattern/flags`, with every slash inside escaped: what SillyTavern takes for a regular expression. */
const PATTERN = /^\/([\w\W]+?)\/([gimsuy]*)$/;

export function patternOf(key: string): { source: string; flags: string } | null {
  const [, source, flags] = PATTERN.exec(key) ?? [];
  if (source === undefined || flags === undefined || /(^|[^\\])\//.test(source)) return null;
  return { source: source.replaceAll(String.raw`\/`, '/'), flags };
}

export type KeyProblem = { kind: 'pattern'; key: string; detail: string } | { kind: 'slash'; key: string };

/** Keys that look like a pattern and are none: they are looked for letter by letter, which nobody means. */
export function keyProblems(keys: readonly string[]): KeyProblem[] {
  return keys.flatMap((key): KeyProblem[] => {
    const pattern = patternOf(key);
    if (pattern) {
      try {
        new RegExp(pattern.source, pattern.flags);
        return [];
      } catch (error) {
        return [{ kind: 'pattern', key, detail: error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '' }];
      }
    }
    return /^\/.+\/[a-z]*$/.test(key) ? [{ kind: 'slash', key }] : [];
  });
}

/** Keys stand between commas; a pattern keeps its own. */
export function keysOf(text: string): string[] {
  const keys: string[] = [];
  let rest = text;
  while (rest !== '') {
    const start = rest.trimStart();
    const pattern = /^\/(?:\\.|[^\\/])+\/[a-z]*(?=\s*(?:,|$))/.exec(start)?.[0];
    const key = pattern ?? start.split(',', 1)[0] ?? '';
    if (key.trim() !== '') keys.push(key.trim());
    const after = start.slice(key.length);
    const comma = after.indexOf(',');
    rest = comma < 0 ? '' : after.slice(comma + 1);
  }
  return keys;
}

export function keysText(keys: readonly string[]): string {
  return keys.join(', ');
}
