import IconButton from '@mui/material/IconButton';

import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { LineIcon } from '../../ui/Icon';
import { useNotices } from '../../ui/notices';
import { setFavourite } from './library';

const STAR = 'M12 4l2.5 5.2 5.700.7-4.200 3.900 1.100 5.700-5.100-2.800-5.100 2.800L8 13.800 3.800 9.900l5.700-.7z';

export function FavouriteButton({ id, name, on }: { id: string; name: string; on: boolean }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  return (
    <IconButton
      aria-label={t('companions.favourite', { name })}
      aria-pressed={on}
      onClick={() => {
        setFavourite(id, !on).catch((error: unknown) => {
          show(explain(error, t));
        });
      }}
      sx={{ color: on ? 'primary.main' : 'text.secondary' }}
    >
      <LineIcon path={STAR} size={22} filled={on} />
    </IconButton>
  );
}
