import Button from '@mui/material/Button';
import { useEffect, useRef, useState } from 'react';

import type { SpeechRequest } from '../../api/types';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { hear, stopHearing } from './hear';

/** Speaks what `wanted` gives when it is pressed; pressed again, it is quiet. */
export function HearButton({ label, disabled, wanted }: { label: string; disabled?: boolean; wanted: () => SpeechRequest }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const [busy, setBusy] = useState(false);
  const mine = useRef(false);
  useEffect(
    () => () => {
      if (mine.current) stopHearing();
    },
    [],
  );
  const press = () => {
    if (busy) {
      stopHearing();
      return;
    }
    mine.current = true;
    setBusy(true);
    hear(wanted())
      .then((said) => {
        if (!said) show(t('voice.unspeakable'));
      })
      .catch((error: unknown) => {
        show(explain(error, t));
      })
      .finally(() => {
        mine.current = false;
        setBusy(false);
      });
  };
  const word = busy ? t('voice.quiet') : t('voice.hear');
  return (
    <Button size="small" variant="outlined" disabled={disabled ?? false} startIcon={<Icon name={busy ? 'stop' : 'sound'} size={18} />} aria-label={`${word}: ${label}`} onClick={press} sx={{ flexShrink: 0 }}>
      {word}
    </Button>
  );
}
