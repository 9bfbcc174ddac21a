import { remembered } from '../../app/preferences';
import type { Attachment } from './attachments';

/** What a person was writing and what could not be sent yet survive a reload; signing out forgets both. */
const DRAFTS = 'lares.drafts';
const OUTBOX = 'lares.outbox';
export const DRAFTS_KEPT = 50;
export const OUTBOX_KEPT = 50;

export interface Unsent {
  clientId: string;
  /** Which thread shows it: a conversation's id, or `with:CHARACTER` before there is one. */
  key: string;
  conversationId?: string | undefined;
  characterId?: string | undefined;
  text: string;
  /** Uploaded already. */
  attachments?: Attachment[] | undefined;
  at: number;
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null');
  } catch {
    return null;
  }
}

function drafts(): [string, string][] {
  const value = parse(remembered.read(DRAFTS));
  return Array.isArray(value) ? value.filter((pair): pair is [string, string] => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string')) : [];
}

export function draftOf(key: string): string {
  return drafts().find(([name]) => name === key)?.[1] ?? '';
}

export function keepDraft(key: string, text: string): void {
  const others = drafts().filter(([name]) => name !== key);
  const next = text === '' ? others : [...others, [key, text]].slice(-DRAFTS_KEPT);
  remembered.write(DRAFTS, next.length === 0 ? null : JSON.stringify(next));
}

export function keptOutbox(): Unsent[] {
  const value = parse(remembered.read(OUTBOX));
  if (!Array.isArray(value)) return [];
  return value.filter(
    (item): item is Unsent =>
      typeof item === 'object' && item !== null && ['clientId', 'key', 'text'].every((name) => typeof (item as Record<string, unknown>)[name] === 'string'),
  );
}

export function keepOutbox(items: Unsent[]): void {
  const kept = items.slice(-OUTBOX_KEPT).map(({ clientId, key, conversationId, characterId, text, attachments, at }) => ({ clientId, key, conversationId, characterId, text, attachments, at }));
  remembered.write(OUTBOX, kept.length === 0 ? null : JSON.stringify(kept));
}

export function forgetWriting(): void {
  remembered.write(DRAFTS, null);
  remembered.write(OUTBOX, null);
}
