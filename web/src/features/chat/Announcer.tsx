import Box from '@mui/material/Box';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { visuallyHidden } from '../../ui/Page';
import { liveTurn, type Thread } from './thread';

/**
 * What a screen reader hears: that an answer is being written, then the whole of it once. Token by token would interrupt itself
 * all the time. Loading a conversation says nothing: only a turn that ran while the page was open does.
 */
export function Announcer({ thread, name }: { thread: Thread | undefined; name: string }) {
  const { t } = useTranslation();
  const running = liveTurn(thread);
  const ended = thread && !running ? Object.values(thread.turns).findLast((turn) => turn.over) : undefined;
  const answer = ended && thread?.messages.find((message) => message.id === ended.answerId);
  return (
    <Box aria-live="polite" aria-atomic="true" sx={visuallyHidden}>
      {running ? t('chat.writing', { name }) : answer && t('chat.said', { name, text: answer.text })}
    </Box>
  );
}
