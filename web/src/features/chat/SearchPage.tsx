import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';

import { charactersQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { EmptyState, Page, PageTitle } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { FoundRow } from './FoundRow';
import { isAsked, type Search, searchPages } from './tree';

const PAUSE_MS = 250;
/** As it stands in the address: what is not asked is not there. */
const addressOf = ({ q, character, from, to }: Search) => ({ ...(q ? { q } : {}), ...(character ? { character } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) });

/** Everything that was ever said, by word, by companion, by day. What is looked for stands in the address. */
export default function SearchPage() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const asked = useSearch({ from: '/inside/search' });
  const characters = useQuery(charactersQuery);
  const wanted: Search = { ...asked, q: asked.q ?? '' };
  const here = JSON.stringify(addressOf(wanted));
  const [search, setSearch] = useState(wanted);
  const [written, setWritten] = useState(here);
  const [seen, setSeen] = useState(here);
  if (here !== seen) {
    setSeen(here);
    // Not by these fields, but by a link, the palette or the way back: they follow.
    if (here !== written) {
      setWritten(here);
      setSearch(wanted);
    }
  }
  const found = useInfiniteQuery(searchPages(wanted));
  const endsFirst = Boolean(search.from && search.to && search.to < search.from);
  const items = found.data?.pages.flatMap((page) => page.items) ?? [];

  useEffect(() => {
    const timer = setTimeout(() => {
      const next = addressOf(search);
      setWritten(JSON.stringify(next));
      void navigate({ to: '/search', search: next, replace: true });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [search, navigate]);

  const change = (part: Partial<Search>) => {
    setSearch({ ...search, ...part });
  };
  return (
    <Page width={760}>
      <PageTitle title={t('find.title')}>{t('find.title')}</PageTitle>
      <Box role="search" sx={{ display: 'grid', gap: 2, gridTemplateColumns: { xs: '1fr 1fr', sm: '2fr 1fr 1fr' }, my: 3 }}>
        <TextField
          type="search"
          autoFocus
          label={t('find.words')}
          value={search.q}
          onChange={(event) => {
            change({ q: event.target.value });
          }}
          sx={{ gridColumn: '1 / -1' }}
          slotProps={{ htmlInput: { maxLength: 200 } }}
        />
        <TextField
          select
          size="small"
          label={t('find.companion')}
          value={search.character ?? ''}
          onChange={(event) => {
            change({ character: event.target.value });
          }}
          slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          sx={{ gridColumn: { xs: '1 / -1', sm: 'auto' } }}
        >
          <MenuItem value="">{t('find.everyone')}</MenuItem>
          {characters.data?.map((one) => (
            <MenuItem key={one.id} value={one.id}>
              {one.name}
            </MenuItem>
          ))}
        </TextField>
        {(['from', 'to'] as const).map((name) => (
          <TextField
            key={name}
            type="date"
            size="small"
            label={t(`find.${name}`)}
            value={search[name] ?? ''}
            onChange={(event) => {
              change({ [name]: event.target.value });
            }}
            {...(name === 'to' && endsFirst ? { error: true, helperText: t('find.endsFirst') } : {})}
            slotProps={{ inputLabel: { shrink: true } }}
          />
        ))}
      </Box>
      <Typography role="status" variant="body2" sx={{ color: 'text.secondary', minHeight: 22 }}>
        {found.isSuccess && items.length > 0 && t(found.hasNextPage ? 'find.more' : 'find.count', { count: items.length })}
      </Typography>
      {found.isError && <ErrorNote error={found.error} onRetry={() => void found.refetch()} />}
      {found.isLoading && <Placeholder height={200} />}
      {!isAsked(wanted) && <EmptyState title={t('find.startTitle')} text={t('find.startText')} />}
      {found.isSuccess && items.length === 0 && <EmptyState title={t('find.noneTitle')} text={t(wanted.q.trim() === '' ? 'find.noneSaid' : 'find.noneText')} />}
      <Box component="ul" aria-label={t('find.results')} sx={{ listStyle: 'none', m: 0, mx: -1, p: 0 }}>
        {items.map((item) => (
          <li key={item.message_id}>
            <FoundRow found={item} companion={characters.data?.find((one) => one.id === item.character_id)} />
          </li>
        ))}
      </Box>
      {found.hasNextPage && (
        <Button fullWidth variant="outlined" loading={found.isFetchingNextPage} onClick={() => void found.fetchNextPage()}>
          {t('find.showMore')}
        </Button>
      )}
    </Page>
  );
}
