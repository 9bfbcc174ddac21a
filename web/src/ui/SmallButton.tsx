import IconButton from '@mui/material/IconButton';
import Tooltip from '@mui/material/Tooltip';

import { Icon, type IconName } from './Icon';

/** A symbol with its name beside it, for rows of tools. */
export function SmallButton({ icon, label, onClick, ...rest }: { icon: IconName; label: string; onClick: () => void; 'aria-expanded'?: boolean; 'aria-controls'?: string }) {
  return (
    <Tooltip title={label}>
      <IconButton size="small" aria-label={label} onClick={onClick} sx={{ color: 'text.secondary', minWidth: 34, minHeight: 34 }} {...rest}>
        <Icon name={icon} size={18} />
      </IconButton>
    </Tooltip>
  );
}
