import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ButtonBase from '@mui/material/ButtonBase';
import IconButton from '@mui/material/IconButton';
import Menu from '@mui/material/Menu';
import MenuItem from '@mui/material/MenuItem';
import Tooltip from '@mui/material/Tooltip';
import Typography from '@mui/material/Typography';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { createLink, useNavigate, useParams } from '@tanstack/react-router';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useDeferredValue, useEffect, useRef, useState } from 'react';

import { ApiError } from '../../api/problem';
import { NotFound } from '../../app/NotFound';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { MoreIcon } from '../../ui/MoreIcon';
import { useNotices } from '../../ui/notices';
import { EmptyState, Page, PageTitle } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { SearchField } from '../../ui/SearchField';
import { BookDialog } from './BookDialog';
import { EntryDialog } from './EntryDialog';
import { type Book, type BookAt, bookKey, type Entry, entriesQuery, exportBook, keyProblems, lorebookQuery, newEntry, removeBook, scopesOf } from './lorebook';
import { TestBox } from './TestBox';

const BackLink = createLink(Button);
const ROW_PX = 68;

export default function Lorebook() {
  const { lorebookId } = useParams({ from: '/inside/lorebooks/$lorebookId' });
  return <BookPage at={{ lorebook: lorebookId }} />;
}

/** The book within the card of a companion. */
export function OwnLorebook() {
  const { characterId } = useParams({ from: '/inside/lorebooks/of/$characterId' });
  return <BookPage at={{ character: characterId }} />;
}

function BookPage({ at }: { at: BookAt }) {
  const book = useQuery(lorebookQuery(at));
  if (book.isError) {
    if (book.error instanceof ApiError && [400, 403, 404].includes(book.error.status)) return <NotFound />;
    return (
      <Page>
        <ErrorNote error={book.error} onRetry={() => void book.refetch()} />
      </Page>
    );
  }
  if (!book.data) {
    return (
      <Page width={860}>
        <Placeholder height={320} />
      </Page>
    );
  }
  return <Editor key={bookKey(book.data)} book={book.data} />;
}

function Editor({ book }: { book: Book }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const own = 'character' in book.at;
  const title = book.name || t('lore.ownName', { name: book.companion });
  const show = useNotices((state) => state.show);
  const [search, setSearch] = useState('');
  const words = useDeferredValue(search.trim());
  const pages = useInfiniteQuery(entriesQuery(book.at, words));
  const items = pages.data?.pages.flatMap((page) => page.items) ?? [];
  const [editing, setEditing] = useState<Entry | 'new' | null>(null);
  const [settings, setSettings] = useState(false);
  const [testing, setTesting] = useState(false);
  const [menu, setMenu] = useState<HTMLElement | null>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const [offset, setOffset] = useState(0);
  // What stands above the list grows and shrinks with what was tried.
  useEffect(() => {
    const above = top.current?.parentElement;
    if (!above) return undefined;
    const observer = new ResizeObserver(() => {
      setOffset(top.current?.offsetTop ?? 0);
    });
    observer.observe(above);
    return () => {
      observer.disconnect();
    };
  }, []);

  // eslint-disable-next-line react-hooks/incompatible-library -- its functions are used in this component only
  const list = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => ROW_PX, overscan: 8, scrollMargin: offset, getItemKey: (index) => items[index]?.uid ?? index });
  const rows = list.getVirtualItems();
  const lastShown = rows.at(-1)?.index ?? 0;
  const { hasNextPage, isFetchingNextPage, fetchNextPage, isError } = pages;
  useEffect(() => {
    if (hasNextPage && !isFetchingNextPage && !isError && lastShown >= items.length - 20) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isError, fetchNextPage, lastShown, items.length]);

  const attempt = async (work: () => Promise<unknown>) => {
    setMenu(null);
    try {
      await work();
    } catch (error) {
      show(explain(error, t));
    }
  };
  const remove = () =>
    attempt(async () => {
      await navigate({ to: own ? '/' : '/lorebooks', replace: true });
      await removeBook(book.at, t('lore.removed', { name: title }));
    });
  const add = (
    <Button
      variant="contained"
      startIcon={<Icon name="plus" size={20} />}
      onClick={() => {
        setEditing('new');
      }}
    >
      {t('lore.addEntry')}
    </Button>
  );
  return (
    <Box ref={scroller} sx={{ height: '100%', overflowY: 'auto', position: 'relative', px: { xs: 2, sm: 4 }, py: { xs: 2, sm: 4 } }}>
      <Box sx={{ maxWidth: 860, mx: 'auto', pb: 4 }}>
        <BackLink to={own ? '/' : '/lorebooks'} size="small" startIcon={<Icon name="back" size={18} />} sx={{ ml: -1, mb: 1 }}>
          {own ? t('nav.companions') : t('lore.title')}
        </BackLink>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 1, mb: 2 }}>
          <Box sx={{ flex: '1 1 240px', minWidth: 0, overflowWrap: 'anywhere' }}>
            <PageTitle title={title}>{title}</PageTitle>
            <Typography variant="body2" sx={{ color: 'text.secondary' }}>
              {t('lore.entries', { count: book.entry_count })}
              {' · '}
              {own
                ? t('lore.ownText', { name: book.companion })
                : scopesOf(book)
                    .map((scope) => t(`lore.scope.${scope}`))
                    .join(', ') || t('lore.nowhere')}
            </Typography>
          </Box>
          <Button
            variant="outlined"
            startIcon={<MoreIcon name="test" size={20} />}
            aria-expanded={testing}
            onClick={() => {
              setTesting(!testing);
            }}
          >
            {t('lore.test')}
          </Button>
          {add}
          <Tooltip title={t('lore.menu')}>
            <IconButton
              aria-label={t('lore.menu')}
              aria-haspopup="menu"
              aria-expanded={menu !== null}
              onClick={(event) => {
                setMenu(event.currentTarget);
              }}
            >
              <Icon name="dots" />
            </IconButton>
          </Tooltip>
          <Menu
            open={menu !== null}
            anchorEl={menu}
            container={() => document.getElementById('content') ?? document.body}
            onClose={() => {
              setMenu(null);
            }}
            slotProps={{ list: { 'aria-label': t('lore.menu') } }}
          >
            <MenuItem
              onClick={() => {
                setMenu(null);
                setSettings(true);
              }}
            >
              {t('lore.settings')}
            </MenuItem>
            <MenuItem onClick={() => void attempt(() => exportBook(book, 'sillytavern'))}>{t('lore.exportWorld')}</MenuItem>
            <MenuItem onClick={() => void attempt(() => exportBook(book, 'v3'))}>{t('lore.exportV3')}</MenuItem>
            <MenuItem sx={{ color: 'error.main' }} onClick={() => void remove()}>
              {t('companions.delete')}
            </MenuItem>
          </Menu>
        </Box>
        {testing && <TestBox book={book} />}
        <SearchField label={t('lore.search')} value={search} onChange={setSearch} />
        {pages.isError && <ErrorNote error={pages.error} onRetry={() => void pages.refetch()} />}
        {pages.isPending && <Placeholder height={200} />}
        {pages.isSuccess && items.length === 0 && (words === '' ? <EmptyState title={t('lore.noEntries')} text={t('lore.noEntriesText')} action={add} /> : <Typography sx={{ color: 'text.secondary' }}>{t('lore.foundNone')}</Typography>)}
        <div ref={top}>
          {items.length > 0 && (
            <Box component="ul" aria-label={t('lore.entryList')} sx={{ listStyle: 'none', m: 0, p: 0, position: 'relative' }} style={{ height: list.getTotalSize() }}>
              {rows.map((row) => {
                const entry = items[row.index];
                if (!entry) return null;
                return (
                  <Box component="li" key={row.key} data-index={row.index} ref={list.measureElement} aria-posinset={row.index + 1} aria-setsize={words === '' ? book.entry_count : items.length} sx={{ position: 'absolute', insetInline: 0, top: 0, pb: 0.75 }} style={{ transform: `translateY(${String(row.start - offset)}px)` }}>
                    <EntryRow
                      entry={entry}
                      onOpen={() => {
                        setEditing(entry);
                      }}
                    />
                  </Box>
                );
              })}
            </Box>
          )}
        </div>
      </Box>
      {editing && (
        <EntryDialog
          at={book.at}
          uid={editing === 'new' ? null : editing.uid}
          first={editing === 'new' ? newEntry : editing}
          onClose={() => {
            setEditing(null);
          }}
        />
      )}
      {settings && (
        <BookDialog
          book={book}
          onClose={() => {
            setSettings(false);
          }}
        />
      )}
    </Box>
  );
}

function EntryRow({ entry, onOpen }: { entry: Entry; onOpen: () => void }) {
  const { t } = useTranslation();
  const name = entry.comment || entry.keys[0] || t('lore.untitled', { number: entry.uid });
  const wrong = keyProblems([...entry.keys, ...entry.secondary_keys]).length > 0;
  return (
    <ButtonBase
      onClick={onOpen}
      sx={{ display: 'flex', gap: 1.5, width: '100%', textAlign: 'left', p: 1.25, px: 2, borderRadius: '12px', border: 1, borderColor: 'divider', bgcolor: 'background.paper', '&:hover': { bgcolor: 'action.hover' } }}
    >
      <Box component="span" sx={{ flex: 1, minWidth: 0 }}>
        <Typography component="span" noWrap sx={{ display: 'block', fontWeight: 600, ...(entry.enabled ? {} : { color: 'text.secondary', textDecoration: 'line-through' }) }}>
          {name}
        </Typography>
        <Typography component="span" variant="caption" noWrap sx={{ display: 'block', color: 'text.secondary' }}>
          {entry.constant ? t('lore.always') : entry.keys.join(', ') || t('lore.noKeys')}
        </Typography>
      </Box>
      {wrong && (
        <Typography component="span" variant="caption" sx={{ color: 'warning.main', fontWeight: 650, alignSelf: 'center' }}>
          {t('lore.checkKeys')}
        </Typography>
      )}
      <Typography component="span" variant="caption" sx={{ color: 'text.secondary', alignSelf: 'center', display: { xs: 'none', sm: 'block' } }}>
        {t(`lore.position.${entry.position}`)}
      </Typography>
    </ButtonBase>
  );
}
