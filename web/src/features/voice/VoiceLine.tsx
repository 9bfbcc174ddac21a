import Box from '@mui/material/Box';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Caption, MuteAndCaptions, useHints } from './Hints';
import { useVoicePreferences } from './preferences';
import { useVoice } from './store';

interface Props {
  name: string;
  conversationId: string | undefined;
  turnId: string | undefined;
  place: number | null;
}

/** The voice of a companion whose face is hidden: there when there is something to say, to do or to hear. */
export function VoiceLine({ name, conversationId, turnId, place }: Props) {
  const { t } = useTranslation();
  const captions = useVoicePreferences((state) => state.captions);
  const speaking = useVoice((state) => (state.speaking && state.speaking.conversationId === conversationId ? state.speaking : null));
  const hints = useHints(name, turnId, place);
  if (hints.length === 0 && !speaking) return null;
  return (
    <Box sx={{ display: 'grid', gap: 1, mb: 1 }}>
      {captions && speaking && speaking.caption !== '' && (
        <Box sx={{ display: 'flex', justifyContent: 'center' }}>
          <Caption speaking={speaking} />
        </Box>
      )}
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1, alignItems: 'center', minHeight: 40 }}>
        {hints}
        {speaking && (
          <Box role="toolbar" aria-label={t('voice.controls')} sx={{ display: 'flex', gap: 0.5, ml: 'auto' }}>
            <MuteAndCaptions />
          </Box>
        )}
      </Box>
    </Box>
  );
}
