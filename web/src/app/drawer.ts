import { create } from 'zustand';

/** The menu of a phone: opened from the frame's bar, or from a page that brings its own bar. `covered`: a page fills the window, over the menu of a desk. */
export const useDrawer = create<{ open: boolean; covered: boolean; setOpen: (open: boolean) => void }>((set) => ({
  open: false,
  covered: false,
  setOpen: (open) => {
    set({ open });
  },
}));
