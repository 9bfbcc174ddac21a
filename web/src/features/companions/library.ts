/** How a person keeps their companions: order, view, favourites. Of this browser. */
import { create } from 'zustand';

import type { Character } from '../../api/types';
import { onForget, remembered } from '../../app/preferences';

export const orders = ['favourite', 'talk', 'name', 'new'] as const;
export type Order = (typeof orders)[number];

interface Kept {
  list: boolean;
  order: Order;
  favourites: string[];
}
interface Library extends Kept {
  set: (change: Partial<Kept>) => void;
  toggle: (id: string) => void;
}

const KEY = 'lares.library';
const FAVOURITES_KEPT = 1_000;

function kept(): Kept {
  let value: unknown = null;
  try {
    value = JSON.parse(remembered.read(KEY) ?? 'null');
  } catch {
    // what another hand wrote there means nothing
  }
  const { list, order, favourites } = (typeof value === 'object' && value !== null ? value : {}) as Partial<Record<keyof Kept, unknown>>;
  return {
    list: list === true,
    order: orders.includes(order as Order) ? (order as Order) : 'favourite',
    favourites: Array.isArray(favourites) ? favourites.filter((id): id is string => typeof id === 'string') : [],
  };
}

export const useLibrary = create<Library>((set, get) => {
  const change = (part: Partial<Kept>) => {
    set(part);
    const { list, order, favourites } = get();
    remembered.write(KEY, JSON.stringify({ list, order, favourites }));
  };
  return {
    ...kept(),
    set: change,
    toggle: (id) => {
      const { favourites } = get();
      change({ favourites: favourites.includes(id) ? favourites.filter((other) => other !== id) : [...favourites, id].slice(-FAVOURITES_KEPT) });
    },
  };
});

onForget(() => {
  useLibrary.setState(kept());
});

/** `talked`: when a person last spoke with each. */
export function inOrder(characters: readonly Character[], order: Order, favourites: readonly string[], talked: ReadonlyMap<string, number>): Character[] {
  const liked = new Set(favourites);
  const byName = (a: Character, b: Character) => a.name.localeCompare(b.name);
  const compare: Record<Order, (a: Character, b: Character) => number> = {
    name: byName,
    new: (a, b) => b.created - a.created,
    talk: (a, b) => (talked.get(b.id) ?? 0) - (talked.get(a.id) ?? 0) || byName(a, b),
    // Beside that as the server has it: the sort is stable.
    favourite: (a, b) => Number(liked.has(b.id)) - Number(liked.has(a.id)),
  };
  return characters.toSorted(compare[order]);
}

/** The tags that help to choose: each on several, the most common first. */
export function commonTags(characters: readonly Character[], most: number): string[] {
  const counts = new Map<string, number>();
  for (const { tags } of characters) for (const tag of new Set(tags)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .toSorted(([a, one], [b, two]) => two - one || a.localeCompare(b))
    .slice(0, most)
    .map(([tag]) => tag);
}
