import { useQuery } from '@tanstack/react-query';

import { statusQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { useNotices } from '../../ui/notices';
import { useChat } from '../chat/client';
import { SmallButton } from '../../ui/SmallButton';
import { useVoicePreferences } from './preferences';
import { serverHasVoice } from './ready';
import { fetchSpoken } from './replay';
import { speaker } from './speaker';
import { useVoice } from './store';

/** Any answer, once more. */
export function ReplayButton({ conversationId, messageId, text }: { conversationId: string; messageId: string; text: string }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const on = useVoicePreferences((state) => state.on);
  // The page asks for it anyway; a button for each answer need not.
  const status = useQuery({ ...statusQuery, enabled: false });
  const busy = useVoice((state) => state.fetching === messageId || state.speaking?.messageId === messageId);
  if (!on || serverHasVoice(status.data) !== true) return null;
  const press = () => {
    const work = busy
      ? speaker.stop()
      : speaker
          .replay(conversationId, messageId, text, (piece, signal) => fetchSpoken({ text: piece, character_id: useChat.getState().threads[conversationId]?.characterId || undefined }, signal))
          .then((said) => {
            if (!said) show(t('voice.unspeakable'));
          });
    work.catch((error: unknown) => show(explain(error, t)));
  };
  return <SmallButton icon={busy ? 'stop' : 'sound'} label={busy ? t('voice.stop') : t('voice.replay')} onClick={press} />;
}
