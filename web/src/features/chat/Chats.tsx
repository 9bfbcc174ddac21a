import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import ToggleButton from '@mui/material/ToggleButton';
import ToggleButtonGroup from '@mui/material/ToggleButtonGroup';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLink, useNavigate } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';

import { charactersQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { EmptyState, PageTitle } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { RemovedLink } from '../../ui/RemovedLink';
import { ConversationRow } from './ConversationRow';
import { RemovedRow } from './RemovedRow';
import { conversationPages, type Shelf } from './tree';

const ImportChats = lazy(() => import('./ImportChats'));
const LinkButton = createLink(Button);
const ROW_PX = 78;

/** Every conversation there is: in use or put away, of all companions or of one. */
export default function Chats() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [shelf, setShelf] = useState<Shelf>('inUse');
  const [character, setCharacter] = useState('');
  const [importing, setImporting] = useState(false);
  const characters = useQuery(charactersQuery);
  const pages = useInfiniteQuery(conversationPages({ shelf, character }));
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const scroller = useRef<HTMLDivElement>(null);
  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are used in this component only
  const list = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 8, getItemKey: (index) => items[index]?.id ?? index });
  const rows = list.getVirtualItems();
  const lastShown = rows.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError && lastShown >= items.length - 10) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage, lastShown, items.length]);
  const none = pages.isSuccess && items.length === 0;
  const companionOf = (id: string) => characters.data?.find((one) => one.id === id);
  const filtered = shelf !== 'inUse' || character !== '';
  return (
    <Box ref={scroller} sx={{ height: '100%', overflowY: 'auto', px: { xs: 2, sm: 4 }, py: { xs: 2.5, sm: 5 } }}>
      <Box sx={{ maxWidth: 760, mx: 'auto', pb: 4 }}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, mb: 2 }}>
          <Box sx={{ flex: '1 1 220px' }}>
            <PageTitle title={t('chat.title')}>{t('chat.title')}</PageTitle>
          </Box>
          <Box sx={{ display: 'flex', flexWrap: 'wrap', gap: 1 }}>
            <LinkButton to="/search" variant="text" startIcon={<Icon name="search" size={20} />}>
              {t('find.title')}
            </LinkButton>
            <Button
              variant="outlined"
              startIcon={<Icon name="upload" size={20} />}
              onClick={() => {
                setImporting(true);
              }}
            >
              {t('tree.import')}
            </Button>
          </Box>
        </Box>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 2, mb: 2 }}>
          <ToggleButtonGroup
            exclusive
            size="small"
            value={shelf}
            aria-label={t('tree.which')}
            onChange={(_, next: Shelf | null) => {
              if (next !== null) setShelf(next);
            }}
          >
            <ToggleButton value="inUse">{t('tree.inUse')}</ToggleButton>
            <ToggleButton value="putAway">{t('tree.putAway')}</ToggleButton>
            <ToggleButton value="removed">{t('tree.bin')}</ToggleButton>
          </ToggleButtonGroup>
          <TextField
            select
            size="small"
            label={t('find.companion')}
            value={character}
            onChange={(event) => {
              setCharacter(event.target.value);
            }}
            sx={{ minWidth: 180, flex: '0 1 260px' }}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">{t('find.everyone')}</MenuItem>
            {characters.data?.map((one) => (
              <MenuItem key={one.id} value={one.id}>
                {one.name}
              </MenuItem>
            ))}
          </TextField>
        </Box>
        {shelf === 'removed' && (
          <Typography variant="body2" sx={{ color: 'text.secondary', mb: 1 }}>
            {t('tree.binText')} <RemovedLink />
          </Typography>
        )}
        {pages.isError && <ErrorNote error={pages.error} onRetry={() => void pages.refetch()} />}
        {pages.isPending && <Placeholder height={240} />}
        {none && (
          <EmptyState
            title={filtered ? t('tree.noneHere') : t('chat.noneTitle')}
            text={filtered ? t('tree.noneHereText') : t('chat.noneText')}
            action={
              <Button variant="contained" onClick={() => void navigate({ to: '/' })}>
                {t('chat.start')}
              </Button>
            }
          />
        )}
        {items.length > 0 && (
          <Box component="ul" aria-label={t('chat.title')} sx={{ listStyle: 'none', m: 0, p: 0, position: 'relative', mx: -1 }} style={{ height: list.getTotalSize() }}>
            {rows.map((row) => {
              const conversation = items[row.index];
              if (!conversation) return null;
              return (
                <Box component="li" key={row.key} data-index={row.index} ref={list.measureElement} aria-posinset={row.index + 1} aria-setsize={hasNextPage ? -1 : items.length} sx={{ position: 'absolute', insetInline: 0, top: 0, pb: 0.25 }} style={{ transform: `translateY(${String(row.start)}px)` }}>
                  {shelf === 'removed' ? <RemovedRow conversation={conversation} companion={companionOf(conversation.character_id)} /> : <ConversationRow wide conversation={conversation} companion={companionOf(conversation.character_id)} />}
                </Box>
              );
            })}
          </Box>
        )}
      </Box>
      {importing && (
        <Suspense>
          <ImportChats
            first={character}
            onClose={() => {
              setImporting(false);
            }}
          />
        </Suspense>
      )}
    </Box>
  );
}
