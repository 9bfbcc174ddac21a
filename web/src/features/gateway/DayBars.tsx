import Box from '@mui/material/Box';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useState } from 'react';

import { regional } from '../../i18n';
import { useTranslation } from '../../i18n/use';
import { dollars } from './money';
import { everyDay, type Range, type Sums } from './usage';

type Measure = 'cost' | 'tokens' | 'calls';
const valueOf: Record<Measure, (sums: Sums) => number> = {
  cost: (sums) => sums.cost_micros,
  tokens: (sums) => sums.input + sums.output,
  calls: (sums) => sums.calls,
};

/** A bar for each day. The same numbers are its list items' names, for who does not see the bars. */
export function DayBars({ range, days }: { range: Range; days: Sums[] }) {
  const { t, i18n } = useTranslation();
  const [measure, setMeasure] = useState<Measure>('tokens');
  const language = regional(i18n.language);
  const date = new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeZone: 'UTC' });
  const text = (value: number) => (measure === 'cost' ? dollars(value, language) : new Intl.NumberFormat(language).format(value));
  const bars = everyDay(range, days).map(({ day, item }) => ({ day, value: item ? valueOf[measure](item) : 0 }));
  const most = Math.max(...bars.map(({ value }) => value), 0);
  return (
    <Box component="section" aria-label={t('usage.byDay')} sx={{ mt: 4 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 2, alignItems: 'center', justifyContent: 'space-between', mb: 1.5 }}>
        <Typography component="h2" variant="h2">
          {t('usage.byDay')}
        </Typography>
        <ToggleButtonGroup
          exclusive
          size="small"
          value={measure}
          aria-label={t('usage.measure')}
          onChange={(_, next: Measure | null) => {
            if (next) setMeasure(next);
          }}
        >
          {(['tokens', 'cost', 'calls'] as const).map((one) => (
            <ToggleButton key={one} value={one}>
              {t(`usage.${one}`)}
            </ToggleButton>
          ))}
        </ToggleButtonGroup>
      </Box>
      <Typography variant="body2" sx={{ color: 'text.secondary' }}>
        {t('usage.most', { value: text(most) })}
      </Typography>
      <Box component="ul" sx={{ listStyle: 'none', m: 0, p: 0, display: 'flex', alignItems: 'flex-end', gap: '2px', height: 140, borderBottom: 1, borderColor: 'divider' }}>
        {bars.map(({ day, value }) => {
          const name = `${date.format(Date.parse(day))}: ${text(value)}`;
          return (
            <Box component="li" key={day} title={name} sx={{ flex: 1, minWidth: 0, height: '100%', display: 'flex', alignItems: 'flex-end' }}>
              <Box role="img" aria-label={name} sx={{ width: '100%', borderRadius: '4px 4px 0 0', bgcolor: 'primary.main' }} style={{ height: most > 0 ? `${String((value / most) * 100)}%` : 0, minHeight: value > 0 ? 2 : 0 }} />
            </Box>
          );
        })}
      </Box>
      <Box aria-hidden="true" sx={{ display: 'flex', justifyContent: 'space-between', color: 'text.secondary', fontSize: '0.8rem', mt: 0.5 }}>
        <span>{date.format(Date.parse(range.from))}</span>
        <span>{date.format(Date.parse(range.to))}</span>
      </Box>
    </Box>
  );
}
