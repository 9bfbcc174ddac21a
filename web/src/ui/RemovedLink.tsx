import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import { createLink } from '@tanstack/react-router';

import type { Kind } from '../features/removed/removed';
import { useTranslation } from '../i18n/use';
import { Icon } from './Icon';

const LinkButton = createLink(Button);

/** To what was deleted: all of it, or from a list what it had; there it stands beside what is done more often, on a phone without its words. */
export function RemovedLink({ kind }: { kind?: Kind }) {
  const { t } = useTranslation();
  return (
    <LinkButton
      to="/deleted"
      search={kind ? { kind } : {}}
      variant="text"
      aria-label={t('nav.deleted')}
      startIcon={<Icon name="trash" size={20} />}
      sx={kind ? { order: { xs: 1, sm: 0 }, minWidth: 44, '& .MuiButton-startIcon': { ml: { xs: 0, sm: '-4px' }, mr: { xs: 0, sm: '8px' } } } : {}}
    >
      <Box component="span" sx={kind ? { display: { xs: 'none', sm: 'inline' } } : {}}>
        {t('nav.deleted')}
      </Box>
    </LinkButton>
  );
}
