import i18next from 'i18next';
import { create } from 'zustand';

import { api } from '../../api/client';
import { keys } from '../../api/queries';
import type { Character } from '../../api/types';
import { queryClient } from '../../app/query';
import { useNotices } from '../../ui/notices';

const UNDO_MS = 7_000;

interface Removal {
  /** Hidden already, deleted when the time to take it back is over. */
  leaving: string[];
  remove: (character: Character) => void;
}

const timers = new Map<string, ReturnType<typeof setTimeout>>();

export const useRemoval = create<Removal>((set) => {
  const stay = (id: string) => {
    clearTimeout(timers.get(id));
    timers.delete(id);
    set((state) => ({ leaving: state.leaving.filter((other) => other !== id) }));
  };
  const leave = async ({ id, name }: Character): Promise<void> => {
    timers.delete(id);
    try {
      await api.DELETE('/api/v1/characters/{character_id}', { params: { path: { character_id: id } }, keepalive: true });
      queryClient.setQueryData<Character[]>(keys.characters, (list) => list?.filter((other) => other.id !== id));
    } catch {
      useNotices.getState().show(i18next.t('companions.deleteFailed', { name }));
    } finally {
      stay(id);
      void queryClient.invalidateQueries({ queryKey: keys.characters });
    }
  };
  return {
    leaving: [],
    remove: (character) => {
      const { id, name } = character;
      set((state) => ({ leaving: [...state.leaving, id] }));
      timers.set(id, setTimeout(() => void leave(character), UNDO_MS));
      useNotices.getState().show(
        i18next.t('companions.deleted', { name }),
        {
          label: i18next.t('app.undo'),
          run: () => {
            stay(id);
          },
        },
        UNDO_MS - 500,
      );
    },
  };
});
