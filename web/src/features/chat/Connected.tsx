import Box from '@mui/material/Box';
import { useEffect } from 'react';

import { useTranslation } from '../../i18n/use';
import { Icon } from '../../ui/Icon';
import { startChat, useChat } from './client';

/** The line to the server for as long as somebody is inside, and one quiet sentence while it is broken. */
export default function Connected() {
  const { t } = useTranslation();
  useEffect(startChat, []);
  const lost = useChat((state) => state.connection === 'waiting' || (state.everOpen && state.connection === 'connecting'));
  return (
    <Box role="status" aria-live="polite">
      {lost && (
        <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.25, px: 2, py: 1, bgcolor: 'bubble.main', color: 'bubble.text', borderBottom: 1, borderColor: 'divider', fontSize: '0.9rem' }}>
          <Icon name="offline" size={20} />
          {t('app.offline')}
        </Box>
      )}
    </Box>
  );
}
