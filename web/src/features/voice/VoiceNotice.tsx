import Alert from '@mui/material/Alert';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

import { statusQuery } from '../../api/queries';
import { useVoicePreferences } from './preferences';
import { isVoice } from './ready';

/** Once read, it is known. */
let dismissed = false;

/** Why there is no voice; the text goes on. */
export function VoiceNotice() {
  const { t } = useTranslation();
  const on = useVoicePreferences((state) => state.on);
  const status = useQuery(statusQuery);
  const [gone, setGone] = useState(dismissed);
  const engine = status.data?.engines.find(isVoice);
  if (!on || gone || engine?.state !== 'failed') return null;
  return (
    <Alert
      severity="info"
      variant="outlined"
      role="status"
      closeText={t('app.close')}
      onClose={() => {
        dismissed = true;
        setGone(true);
      }}
      sx={{ mb: 1, borderRadius: '14px' }}
    >
      {t('voice.none', { detail: [engine.reason, engine.remedy].filter(Boolean).join(' ') })}
    </Alert>
  );
}
