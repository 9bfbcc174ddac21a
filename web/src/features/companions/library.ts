/** How a person keeps their companions: order and view are this browser's, favourites the server's. */
import { create } from 'zustand';

import { keys } from '../../api/queries';
import { request } from '../../api/request';
import type { Character } from '../../api/types';
import { onForget, remembered } from '../../app/preferences';
import { queryClient } from '../../app/query';

export const orders = ['favourite', 'talk', 'name', 'new'] as const;
export type Order = (typeof orders)[number];

interface Kept {
  list: boolean;
  order: Order;
}
interface Library extends Kept {
  set: (change: Partial<Kept>) => void;
}

const KEY = 'lares.library';

function kept(): Kept {
  let value: unknown = null;
  try {
    value = JSON.parse(remembered.read(KEY) ?? 'null');
  } catch {
    // what another hand wrote there means nothing
  }
  const { list, order } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof Kept, unknown>>;
  return {
    list: list === true,
    order: orders.includes(order as Order) ? (order as Order) : 'favourite',
  };
}

export const useLibrary = create<Library>((set, get) => {
  const change = (part: Partial<Kept>) => {
    set(part);
    const { list, order } = get();
    remembered.write(KEY, JSON.stringify({ list, order }));
  };
  return {
    ...kept(),
    set: change,
  };
});

onForget(() => {
  useLibrary.setState(kept());
});

const mark = (id: string, favourite: boolean) => {
  queryClient.setQueryData<Character[]>(keys.characters, (list) => list?.map((one) => (one.id === id ? { ...one, favourite } : one)));
};

/** Shown at once; put back when the server refuses. */
export async function setFavourite(id: string, favourite: boolean): Promise<void> {
  mark(id, favourite);
  try {
    await request(favourite ? 'PUT' : 'DELETE', `/api/v1/characters/${id}/favourite`);
  } catch (error) {
    mark(id, !favourite);
    throw error;
  }
}

/** `talked`: when a person last spoke with each. */
export function inOrder(characters: readonly Character[], order: Order, talked: ReadonlyMap<string, number>): Character[] {
  const byName = (a: Character, b: Character) => a.name.localeCompare(b.name);
  const compare: Record<Order, (a: Character, b: Character) => number> = {
    name: byName,
    new: (a, b) => b.created - a.created,
    talk: (a, b) => (talked.get(b.id) ?? 0) - (talked.get(a.id) ?? 0) || byName(a, b),
    // Beside that as the server has it: the sort is stable.
    favourite: (a, b) => Number(b.favourite) - Number(a.favourite),
  };
  return characters.toSorted(compare[order]);
}

/** The tags that help to choose: each on several, the most common first; then the chosen ones that are not among them, so that they can be taken off. */
export function commonTags(characters: readonly Character[], most: number, chosen: readonly string[] = []): string[] {
  const counts = new Map<string, number>();
  for (const { tags } of characters) for (const tag of new Set(tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const common = [...counts]
    .filter(([, count]) => count > 1)
    .toSorted(([a, one], [b, two]) => two - one || a.localeCompare(b))
    .slice(0, most)
    .map(([tag]) => tag);
  return [...new Set([...common, ...chosen])];
}
