import type { Pending } from './drafts';
import type { ChatMessage, Thread } from './thread';
import { sameDay } from './time';

/** What the list shows, from top to bottom. A day's separator belongs to the first message of that day. */
export type Row = { key: string; day: number | null } & (
  | { is: 'beginning' }
  | { is: 'message'; message: ChatMessage; last: boolean; place: number | null }
  | { is: 'pending'; item: Pending }
  | { is: 'greeting'; text: string }
);

export function rowsOf(thread: Thread | undefined, pending: Pending[], greeting: string | undefined): Row[] {
  const rows: Row[] = [];
  let day: number | null = null;
  const dayOf = (at: number): number | null => {
    if (day !== null && sameDay(day, at)) return null;
    day = at;
    return at;
  };
  if (thread && thread.older === null && thread.messages.length > 0) rows.push({ key: 'beginning', day: null, is: 'beginning' });
  if (greeting) rows.push({ key: 'greeting', day: null, is: 'greeting', text: greeting });
  const messages = thread?.messages ?? [];
  messages.forEach((message, index) => {
    const turn = message.turn_id ? thread?.turns[message.turn_id] : undefined;
    rows.push({ key: message.id, day: dayOf(message.created), is: 'message', message, last: index === messages.length - 1, place: turn?.place ?? null });
  });
  const known = new Set(messages.map((message) => message.client_id));
  for (const item of pending) {
    if (!known.has(item.clientId)) rows.push({ key: `pending-${item.clientId}`, day: dayOf(item.at), is: 'pending', item });
  }
  return rows;
}
