import Box from '@mui/material/Box';

import { Icon } from './Icon';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  maxLength?: number;
  maxWidth?: number;
  mb?: number;
}

/** Where a list is narrowed by words. */
export function SearchField({ label, value, onChange, maxLength = 200, maxWidth, mb = 2 }: Props) {
  return (
    <Box
      component="label"
      sx={{ maxWidth, mb, display: 'flex', alignItems: 'center', gap: 1, px: 2, minHeight: 44, borderRadius: '999px', border: 1, borderColor: 'divider', bgcolor: 'background.paper', color: 'text.secondary', cursor: 'text', '&:focus-within': { borderColor: 'primary.main', boxShadow: '0 0 0 1px var(--mui-palette-primary-main)' } }}
    >
      <Icon name="search" size={20} />
      <Box
        component="input"
        type="search"
        aria-label={label}
        placeholder={label}
        value={value}
        maxLength={maxLength}
        onChange={(event: React.ChangeEvent<HTMLInputElement>) => {
          onChange(event.target.value);
        }}
        sx={{ flex: 1, minWidth: 0, height: 42, p: 0, border: 0, bgcolor: 'transparent', font: 'inherit', color: 'text.primary', '&:focus-visible': { outline: 'none' }, '&::placeholder': { color: 'text.secondary', opacity: 1 } }}
      />
    </Box>
  );
}
