import Box from '@mui/material/Box';
import { useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { visuallyHidden } from '../../ui/Page';
import { useVoicePreferences } from '../voice/preferences';
import { useVoice } from '../voice/store';
import { liveTurn, type Thread } from './thread';

/**
 * What a screen reader hears: that an answer is being written, then the whole of it once. Token by token would interrupt itself
 * all the time. Loading a conversation says nothing: only a turn that ran while the page was open does. Where the companion's own
 * voice is heard, nothing speaks over it, and what it has said is not read again.
 */
export function Announcer({ thread, name }: { thread: Thread | undefined; name: string }) {
  const { t } = useTranslation();
  const loud = useVoicePreferences((state) => !state.muted && state.volume > 0);
  const speaking = useVoice((state) => state.speaking);
  const coming = useVoice((state) => state.coming);
  const failed = useVoice((state) => state.note?.turnId);
  const [heard, setHeard] = useState<string | null>(null);
  const [told, setTold] = useState<string | null>(null);
  if (loud && speaking?.turnId && speaking.turnId !== heard) setHeard(speaking.turnId);
  // Made silent in the middle of it: the rest was not heard.
  if (!loud && speaking?.turnId && speaking.turnId === heard) setHeard(null);
  const aloud = loud && (speaking !== null || (coming !== null && coming === thread?.id));
  const running = liveTurn(thread);
  const ended = thread && !running ? Object.values(thread.turns).findLast((turn) => turn.over) : undefined;
  const answer = ended && thread?.messages.find((message) => message.id === ended.answerId);
  const due = ended && answer && !aloud && (ended.id !== heard || ended.id === failed);
  if (due && ended.id !== told) setTold(ended.id);
  return (
    <Box aria-live="polite" aria-atomic="true" sx={visuallyHidden}>
      {running && !aloud && t('chat.writing', { name })}
      {answer && ended.id === told && t('chat.said', { name, text: answer.text })}
    </Box>
  );
}
