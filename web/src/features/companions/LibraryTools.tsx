import Box from '@mui/material/Box';
import Chip from '@mui/material/Chip';
import IconButton from '@mui/material/IconButton';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { MoreIcon } from '../../ui/MoreIcon';
import { type Order, orders, useLibrary } from './library';

const names = { favourite: 'library.byFavourite', talk: 'library.byTalk', name: 'library.byName', new: 'library.byNew' } as const;

interface Props {
  tags: string[];
  chosen: string[];
  onTags: (tags: string[]) => void;
  onlyFavourites: boolean;
  onOnlyFavourites: (only: boolean) => void;
}

/** Order, view and tags. */
export default function LibraryTools({ tags, chosen, onTags, onlyFavourites, onOnlyFavourites }: Props) {
  const { t } = useTranslation();
  const { list, order, set } = useLibrary();
  return (
    <Box sx={{ display: 'grid', gap: 1.5, mb: 3 }}>
      <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1 }}>
        <Box component="label" sx={{ display: 'flex', alignItems: 'center', gap: 1, fontSize: '0.9rem', color: 'text.secondary' }}>
          {t('library.sort')}
          {/* The system's own list: the best there is on a phone. */}
          <Box
            component="select"
            value={order}
            onChange={(event: React.ChangeEvent<HTMLSelectElement>) => {
              set({ order: event.target.value as Order });
            }}
            sx={{ font: 'inherit', color: 'text.primary', bgcolor: 'background.paper', border: 1, borderColor: 'divider', borderRadius: '999px', minHeight: 40, px: 1.5 }}
          >
            {orders.map((one) => (
              <option key={one} value={one}>
                {t(names[one])}
              </option>
            ))}
          </Box>
        </Box>
        <Box role="group" aria-label={t('library.view')} sx={{ display: 'flex', ml: 'auto' }}>
          {([false, true] as const).map((rows) => (
            <IconButton
                key={String(rows)}
                title={t(rows ? 'library.list' : 'library.grid')}
                aria-label={t(rows ? 'library.list' : 'library.grid')}
                aria-pressed={list === rows}
                onClick={() => {
                  set({ list: rows });
                }}
                sx={list === rows ? { bgcolor: 'bubble.main', color: 'bubble.text' } : { color: 'text.secondary' }}
              >
                <MoreIcon name={rows ? 'rows' : 'grid'} size={20} />
              </IconButton>
          ))}
        </Box>
      </Box>
      <Box role="group" aria-label={t('library.tags')} sx={{ display: 'flex', flexWrap: 'wrap', gap: 0.75 }}>
        <Toggle
          on={onlyFavourites}
          label={`★ ${t('library.onlyFavourites')}`}
          onToggle={() => {
            onOnlyFavourites(!onlyFavourites);
          }}
        />
        {tags.map((tag) => (
          <Toggle
            key={tag}
            on={chosen.includes(tag)}
            label={tag}
            onToggle={() => {
              onTags(chosen.includes(tag) ? chosen.filter((other) => other !== tag) : [...chosen, tag]);
            }}
          />
        ))}
      </Box>
    </Box>
  );
}

function Toggle({ on, label, onToggle }: { on: boolean; label: string; onToggle: () => void }) {
  return (
    <Chip
      component="button"
      nativeButton
      clickable
      aria-pressed={on}
      label={label}
      onClick={onToggle}
      variant={on ? 'filled' : 'outlined'}
      sx={{ minHeight: 34, maxWidth: '100%', borderColor: 'divider', ...(on ? { bgcolor: 'bubble.main', color: 'bubble.text', '&:hover': { bgcolor: 'bubble.main' } } : {}) }}
    />
  );
}
