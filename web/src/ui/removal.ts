/** What is deleted is gone at once and can be taken back: the server keeps it for a while. */
import i18next from 'i18next';

import { keys } from '../api/queries';
import { request } from '../api/request';
import { queryClient } from '../app/query';
import { explain } from './errors';
import { useNotices } from './notices';

const named = [keys.characters, keys.lorebooks, keys.personas, keys.conversations, keys.removed];
/** After anything went or came back: it is named in other lists, too. */
export const changed = () => Promise.all(named.map((queryKey) => queryClient.invalidateQueries({ queryKey })));

/** `path`: its address. Throws where it cannot be deleted; where it does not come back, says why. */
export async function remove(path: string, text: string, back = `${path}/restore`): Promise<void> {
  const { show } = useNotices.getState();
  const restore = async () => {
    try {
      await request('POST', back);
      await changed();
    } catch (error) {
      show(explain(error, i18next.t));
    }
  };
  await request('DELETE', path);
  show(text, { label: i18next.t('app.undo'), run: () => void restore() });
  await changed();
}
