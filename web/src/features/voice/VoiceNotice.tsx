import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { statusQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { Note } from '../../ui/Note';
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
    <Note
      severity="info"
      role="status"
      closeText={t('app.close')}
      onClose={() => {
        dismissed = true;
        setGone(true);
      }}
      mb={1}
    >
      {t('voice.none', { detail: [engine.reason, engine.remedy].filter(Boolean).join(' ') })}
    </Note>
  );
}
