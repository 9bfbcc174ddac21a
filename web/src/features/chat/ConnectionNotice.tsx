import Box from '@mui/material/Box';
import { useTranslation } from 'react-i18next';

import { Icon } from '../../ui/Icon';
import { useChat } from './client';

/** One quiet line while the server is out of reach; it goes by itself. */
export function ConnectionNotice() {
  const { t } = useTranslation();
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
