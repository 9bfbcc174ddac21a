import { create } from 'zustand';

/** The menu of a phone: opened from the frame's bar, or from a page that brings its own bar. */
export const useDrawer = create<{ open: boolean; setOpen: (open: boolean) => void }>((set) => ({
  open: false,
  setOpen: (open) => {
    set({ open });
  },
}));
