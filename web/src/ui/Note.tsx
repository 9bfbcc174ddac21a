import Box from '@mui/material/Box';
import IconButton from '@mui/material/IconButton';
import type { ReactNode } from 'react';

import { Icon } from './Icon';

const icons = { error: 'warn', warning: 'warn', info: 'info', success: 'check' } as const;

interface Props {
  severity: keyof typeof icons;
  /** An alert is read at once, a status when there is a pause. */
  role?: 'alert' | 'status';
  action?: ReactNode;
  onClose?: () => void;
  closeText?: string;
  mt?: number;
  mb?: number;
  children: ReactNode;
}

/** Something to know, where it happened: a mark and a frame in its colour, words, at most one thing to do. */
export function Note({ severity, role = 'alert', action, onClose, closeText, mt = 0, mb = 0, children }: Props) {
  const colour = `${severity}.main`;
  return (
    <Box role={role} sx={{ mt, mb, display: 'flex', flexWrap: 'wrap', alignItems: 'center', columnGap: 1.5, px: 2, py: 0.75, border: 1, borderColor: colour, borderRadius: '14px', color: 'text.primary', fontSize: '0.9rem', lineHeight: 1.5 }}>
      <Box sx={{ display: 'flex', alignSelf: 'flex-start', color: colour, py: 1 }}>
        <Icon name={icons[severity]} size={20} />
      </Box>
      <Box sx={{ flex: '1 1 12rem', minWidth: 0, py: 0.875, overflowWrap: 'anywhere' }}>{children}</Box>
      {action && <Box sx={{ ml: 'auto', mr: -1 }}>{action}</Box>}
      {onClose && (
        <IconButton size="small" aria-label={closeText} onClick={onClose} sx={{ alignSelf: 'flex-start', mr: -1 }}>
          <Icon name="close" size={18} />
        </IconButton>
      )}
    </Box>
  );
}
