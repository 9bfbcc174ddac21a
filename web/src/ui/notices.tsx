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
  list: Notice[];
  show: (text: string, action?: Notice['action'], ms?: number) => number;
  drop: (id: number) => void;
}

const MOST_AT_ONCE = 5;
let last = 0;

export const useNotices = create<Notices>((set) => ({
  list: [],
  show: (text, action, ms = action ? 7_000 : 4_000) => {
    last += 1;
    const id = last;
    set((state) => ({ list: [...state.list, { id, text, ms, ...(action ? { action } : {}) }].slice(-MOST_AT_ONCE) }));
    return id;
  },
  drop: (id) => {
    set((state) => ({ list: state.list.filter((notice) => notice.id !== id) }));
  },
}));

// Nothing is told in the first moment of a visit: what shows a notice comes after the page.
const toast = () => import('./Toast');
const Toast = lazy(toast);

export function Notices() {
  const notice = useNotices((state) => state.list[0]);
  const drop = useNotices((state) => state.drop);
  useEffect(() => {
    // Had before it is needed: a notice may be about the server being gone. A failure shows when one is wanted.
    toast().catch(() => undefined);
  }, []);
  if (!notice) return null;
  return (
    <Suspense>
      <Toast
        key={notice.id}
        notice={notice}
        onDone={() => {
          drop(notice.id);
        }}
      />
    </Suspense>
  );
}
