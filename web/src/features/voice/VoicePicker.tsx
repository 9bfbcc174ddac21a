import Box from '@mui/material/Box';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';

import { voicesQuery } from '../../api/queries';
import { number } from '../../i18n/numbers';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';

const USUAL = '';

/** One of the server's voices; `usual` says what choosing none means. */
export function VoicePicker({ value, usual, onChange }: { value: string; usual: string; onChange: (voice: string) => void }) {
  const { t } = useTranslation();
  const voices = useQuery(voicesQuery);
  const items = voices.data ?? [];
  // A voice that is no longer there still stands as what was chosen.
  const gone = value !== USUAL && voices.data !== undefined && !items.some(({ id }) => id === value);
  return (
    <TextField
      select
      fullWidth
      size="small"
      label={t('voice.which')}
      value={value}
      slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
      onChange={(event) => {
        onChange(event.target.value);
      }}
    >
      <MenuItem value={USUAL}>{usual}</MenuItem>
      {gone && <MenuItem value={value}>{value}</MenuItem>}
      {items.map(({ id, name, language }) => (
        <MenuItem key={id} value={id}>
          {name} · {language}
        </MenuItem>
      ))}
    </TextField>
  );
}

/** The browser's own slider, with its value in words. */
export function Slide({ label, value, min, max, step, shown, onChange }: { label: string; value: number; min: number; max: number; step: number; shown: string; onChange: (value: number) => void }) {
  const id = useId();
  return (
    <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1.5, justifyContent: 'space-between' }}>
      <Typography component="label" htmlFor={id}>
        {label}
      </Typography>
      <Box sx={{ display: 'flex', alignItems: 'center', gap: 1.5 }}>
        <Box
          component="input"
          id={id}
          type="range"
          min={min}
          max={max}
          step={step}
          value={value}
          aria-valuetext={shown}
          onChange={(event: React.ChangeEvent<HTMLInputElement>) => {
            onChange(Number(event.target.value));
          }}
          sx={{ width: 180, m: 0, accentColor: 'var(--mui-palette-primary-main)', minHeight: 24 }}
        />
        <Typography component="output" htmlFor={id} variant="body2" sx={{ minWidth: 48, textAlign: 'right', color: 'text.secondary' }}>
          {shown}
        </Typography>
      </Box>
    </Box>
  );
}

export const times = (factor: number): string => `${number(factor, { maximumFractionDigits: 2 })}×`;
export const percent = (share: number): string => number(share, { style: 'percent' });
