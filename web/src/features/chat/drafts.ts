/**
 * What a person was writing and what could not be sent yet: it survives a reload, under their id, and is nobody else's. Every window
 * of theirs reads and writes the same two lists, so each changes only what it has changed itself. Signing out forgets both.
 */
import { meQuery } from '../../api/queries';
import { remembered } from '../../app/preferences';
import { queryClient } from '../../app/query';
import type { Attachment } from './attachments';
import type { Problem } from './problems';

export const DRAFTS_KEPT = 50;
export const OUTBOX_KEPT = 50;

export interface Pending {
  clientId: string;
  /** Which thread shows it: a conversation's id, or `with:CHARACTER` before there is one. */
  key: string;
  conversationId?: string | undefined;
  characterId?: string | undefined;
  /** Which of the companion's first words the new conversation begins with. */
  greeting?: number | undefined;
  text: string;
  /** Uploaded already. */
  attachments?: Attachment[] | undefined;
  at: number;
  state: 'waiting' | 'sending' | 'refused';
  problem?: Problem | undefined;
}

/** Undefined: nobody is inside, and nothing is kept. */
export const writer = (): string | undefined => queryClient.getQueryData(meQuery.queryKey)?.id;

type List = 'drafts' | 'outbox';

function read(list: List): unknown[] {
  const person = writer();
  if (person === undefined) return [];
  try {
    const value: unknown = JSON.parse(remembered.read(`lares.${list}.${person}`) ?? '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return []; // what another hand wrote there means nothing
  }
}

function write(list: List, items: unknown[]): void {
  const person = writer();
  if (person !== undefined) remembered.write(`lares.${list}.${person}`, items.length === 0 ? null : JSON.stringify(items));
}

const drafts = () => read('drafts').filter((pair): pair is [string, string] => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'));

export function draftOf(key: string): string {
  return drafts().find(([name]) => name === key)?.[1] ?? '';
}

export function keepDraft(key: string, text: string): void {
  const others = drafts().filter(([name]) => name !== key);
  write('drafts', text === '' ? others : [...others, [key, text]].slice(-DRAFTS_KEPT));
}

const isPending = (item: unknown): item is Pending => typeof item === 'object' && item !== null && ['clientId', 'key', 'text'].every((name) => typeof (item as Record<string, unknown>)[name] === 'string');

/** Whether what was on its way has arrived is not known: it goes again, under the same name. */
const asKept = (item: Pending): Pending => ({ ...item, state: item.state === 'refused' ? 'refused' : 'waiting' });

export const keptOutbox = (): Pending[] => read('outbox').filter(isPending).map(asKept);

/** This window's outbox was `before` and is `now`. */
export function keepOutbox(before: readonly Pending[], now: readonly Pending[]): void {
  const known = new Set(before.map((item) => JSON.stringify(asKept(item))));
  const changed = now.map(asKept).filter((item) => !known.has(JSON.stringify(item)));
  const gone = before.filter((item) => !now.some(({ clientId }) => clientId === item.clientId));
  if (changed.length === 0 && gone.length === 0) return;
  const kept = new Map(keptOutbox().map((item) => [item.clientId, item]));
  for (const { clientId } of gone) kept.delete(clientId);
  for (const item of changed) kept.set(item.clientId, item);
  write('outbox', [...kept.values()].slice(-OUTBOX_KEPT));
}
