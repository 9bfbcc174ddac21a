import Box from '@mui/material/Box';

import { number } from '../../i18n/numbers';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { useVoicePreferences } from './preferences';

/** The browser's own slider: light, and every keyboard and screen reader knows it. */
export function Volume({ width, onPaper = false }: { width: number; onPaper?: boolean }) {
  const { t } = useTranslation();
  const { volume, set } = useVoicePreferences();
  const percent = Math.round(volume * 100);
  return (
    <Box sx={{ display: 'flex', alignItems: 'center', ...(onPaper ? { bgcolor: 'background.paper', borderRadius: '999px', px: 1.25, minHeight: 40, boxShadow: 1 } : {}) }}>
      <Box
        component="input"
        type="range"
        min={0}
        max={100}
        step={5}
        value={percent}
        aria-label={t('voice.volume')}
        aria-valuetext={number(percent / 100, { style: 'percent' })}
        onChange={(event: React.ChangeEvent<HTMLInputElement>) => {
          set({ volume: Number(event.target.value) / 100, muted: false });
        }}
        sx={{ width, m: 0, accentColor: 'var(--mui-palette-primary-main)', minHeight: 24 }}
      />
    </Box>
  );
}
