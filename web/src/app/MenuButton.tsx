import IconButton from '@mui/material/IconButton';

import { useTranslation } from '../i18n/use';
import { Icon } from '../ui/Icon';
import { useDrawer } from './drawer';

export function MenuButton() {
  const { t } = useTranslation();
  const { open, setOpen } = useDrawer();
  return (
    <IconButton
      aria-label={t('app.menu')}
      aria-expanded={open}
      edge="start"
      onClick={() => {
        setOpen(true);
      }}
      sx={{ display: { md: 'none' } }}
    >
      <Icon name="menu" />
    </IconButton>
  );
}
