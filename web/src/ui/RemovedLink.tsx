import Button from '@mui/material/Button';
import { createLink } from '@tanstack/react-router';

import type { Kind } from '../features/removed/removed';
import { useTranslation } from '../i18n/use';
import { Icon } from './Icon';

const LinkButton = createLink(Button);
/** There it stands last, and without its words. */
const onPhones = { '@media (max-width: 599.95px)': { order: 1, minWidth: 40, px: 0, '& .MuiButton-startIcon': { m: 0 }, '& .words': { display: 'none' } } };

/** To what was deleted: all of it, or from a list what it had; there it stands beside what is done more often. */
export function RemovedLink({ kind }: { kind?: Kind }) {
  const { t } = useTranslation();
  return (
    <LinkButton
      to="/deleted"
      search={kind ? { kind } : {}}
      variant="text"
      aria-label={t('nav.deleted')}
      startIcon={<Icon name="trash" size={20} />}
      sx={kind ? onPhones : {}}
    >
      <span className="words">{t('nav.deleted')}</span>
    </LinkButton>
  );
}
