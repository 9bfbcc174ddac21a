/** What was deleted and can be brought back: every kind in one list, each by the address of its own. */
import { type InfiniteData, infiniteQueryOptions } from '@tanstack/react-query';

import { keys } from '../../api/queries';
import { request } from '../../api/request';
import { queryClient } from '../../app/query';
import { changed } from '../../ui/removal';

export const kinds = ['character', 'lorebook', 'entry', 'persona', 'conversation'] as const;
export type Kind = (typeof kinds)[number];
export const isKind = (value: unknown): value is Kind => kinds.some((kind) => kind === value);

export interface RemovedItem {
  kind: Kind;
  /** Of an entry: its lorebook's. */
  id: string;
  uid?: number | null;
  /** Of an entry it may be empty. */
  name: string;
  lorebook?: string | null;
  character_id?: string | null;
  deleted: number;
  /** Absent: as long as its lorebook keeps versions. */
  erased?: number | null;
}
interface Page {
  items: RemovedItem[];
  next?: string | null;
}

export const removedPages = (kind: Kind | undefined) =>
  infiniteQueryOptions({
    queryKey: [...keys.removed, kind ?? 'all'] as const,
    // What was deleted a moment ago is what somebody comes for.
    staleTime: 0,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam, signal }) => request<Page>('GET', '/api/v1/removed', { query: { kind, after: pageParam, limit: 50 }, signal }),
    getNextPageParam: (last) => last.next ?? undefined,
  });

export const keyOf = ({ kind, id, uid }: RemovedItem) => [kind, id, uid ?? ''].join('.');

const homes: Record<Exclude<Kind, 'entry'>, string> = { character: 'characters', lorebook: 'lorebooks', persona: 'personas', conversation: 'conversations' };
const addressOf = ({ kind, id, uid }: RemovedItem): string => (kind === 'entry' ? `/api/v1/lorebooks/${id}/entries/${String(uid)}` : `/api/v1/${homes[kind]}/${id}`);

/** From every kind's list, before they are asked for anew. */
function leaves(item: RemovedItem): void {
  queryClient.setQueriesData<InfiniteData<Page>>({ queryKey: keys.removed }, (data) => data && { ...data, pages: data.pages.map((page) => ({ ...page, items: page.items.filter((one) => keyOf(one) !== keyOf(item)) })) });
  void changed();
}

export async function bringBack(item: RemovedItem): Promise<void> {
  await request('POST', `${addressOf(item)}/restore`);
  leaves(item);
}

/** An entry goes with the versions of its lorebook; everything else can be erased before its time. */
export const mayErase = ({ kind }: RemovedItem) => kind !== 'entry';

export async function eraseNow(item: RemovedItem): Promise<void> {
  await request('POST', `${addressOf(item)}/erase`);
  leaves(item);
}

/** Days in which it can still be brought back; the last one counts whole. */
export const daysLeft = (erased: number, now = Date.now()): number => Math.max(0, Math.ceil((erased - now) / 86_400_000));
