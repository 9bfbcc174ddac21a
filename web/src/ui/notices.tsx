import { lazy, Suspense, useEffect } from 'react';
import { create } from 'zustand';

export interface Notice {
  id: number;
  text: string;
  /** Stays until its time is over; a notice that can be undone stays longer. */
  ms: number;
  action?: { label: string; run: () => void };
}

interface Notices {
  /** The newest last. */
  list: Notice[];
  show: (text: string, action?: Notice['action'], ms?: number) => number;
  drop: (id: number) => void;
}

export const MOST_AT_ONCE = 20;
let last = 0;

/** Where there are too many, what only tells goes before what can still be undone, the older before the newer. */
export function bounded(list: Notice[], most: number): Notice[] {
  if (list.length <= most) return list;
  const gone = list.slice(0, -1).find((notice) => !notice.action) ?? list[0];
  return bounded(list.filter((notice) => notice !== gone), most);
}

export const useNotices = create<Notices>((set) => ({
  list: [],
  show: (text, action, ms = action ? 7_000 : 4_000) => {
    last += 1;
    const id = last;
    set((state) => ({ list: bounded([...state.list, { id, text, ms, ...(action ? { action } : {}) }], MOST_AT_ONCE) }));
    return id;
  },
  drop: (id) => {
    set((state) => ({ list: state.list.filter((notice) => notice.id !== id) }));
  },
}));

// Nothing is told in the first moment of a visit: what shows notices comes after the page.
const toasts = () => import('./Toasts');
const Toasts = lazy(toasts);

export function Notices() {
  const list = useNotices((state) => state.list);
  const drop = useNotices((state) => state.drop);
  useEffect(() => {
    // Had before it is needed: a notice may be about the server being gone. A failure shows when one is wanted.
    toasts().catch(() => undefined);
  }, []);
  if (list.length === 0) return null;
  return (
    <Suspense>
      <Toasts list={list} onDone={drop} />
    </Suspense>
  );
}
