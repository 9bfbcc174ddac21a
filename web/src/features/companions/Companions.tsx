import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Typography from '@mui/material/Typography';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useDeferredValue, useEffect, useRef, useState } from 'react';

import { charactersQuery, conversationsQuery } from '../../api/queries';
import type { Character } from '../../api/types';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { EmptyState, Page, PageTitle, visuallyHidden } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { RemovedLink } from '../../ui/RemovedLink';
import { SearchField } from '../../ui/SearchField';
import { CompanionCard } from './CompanionCard';
import { commonTags, inOrder, useLibrary } from './library';

const CompanionDialog = lazy(() => import('./CompanionDialog').then((module) => ({ default: module.CompanionDialog })));
const ImportDialog = lazy(() => import('./ImportDialog').then((module) => ({ default: module.ImportDialog })));
const NewDialog = lazy(() => import('./NewDialog'));
const LibraryTools = lazy(() => import('./LibraryTools'));
const SEARCH_FROM = 4;
const TAGS_SHOWN = 16;
/** Of a library of thousands: more come as somebody scrolls. */
const SHOWN_FIRST = 48;

export function matches(character: Character, words: string): boolean {
  const text = [character.name, character.tagline, ...character.tags].join(' ').toLocaleLowerCase();
  return words
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

export default function Companions() {
  const { t } = useTranslation();
  const characters = useQuery(charactersQuery);
  const [search, setSearch] = useState('');
  const [about, setAbout] = useState<Character | null>(null);
  const [made, setMade] = useState<string | null>(null);
  const [making, setMaking] = useState(false);
  const [importing, setImporting] = useState<File[] | null>(null);
  const [dragging, setDragging] = useState(false);
  const [tags, setTags] = useState<string[]>([]);
  const [onlyFavourites, setOnlyFavourites] = useState(false);
  const [most, setMost] = useState(SHOWN_FIRST);
  const { list, order } = useLibrary();
  const conversations = useQuery({ ...conversationsQuery, enabled: order === 'talk' });
  const words = useDeferredValue(search.trim());

  const all = characters.data ?? [];
  const talked = new Map((conversations.data ?? []).toReversed().map((one) => [one.character_id, one.updated]));
  const shown = inOrder(
    all.filter((character) => matches(character, words) && tags.every((tag) => character.tags.includes(tag)) && (!onlyFavourites || character.favourite)),
    order,
    talked,
  );

  // What narrows the list can be taken back, however short the list has become.
  const tools = all.length >= SEARCH_FROM || search !== '' || tags.length > 0 || onlyFavourites;

  const end = useRef<HTMLDivElement>(null);
  const more = shown.length > most;
  useEffect(() => {
    if (!more || !end.current) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (entries.some((entry) => entry.isIntersecting)) setMost((count) => count + SHOWN_FIRST);
    }, { rootMargin: '600px' });
    observer.observe(end.current);
    return () => {
      observer.disconnect();
    };
  }, [more, most]);

  const hasFiles = (event: React.DragEvent) => event.dataTransfer.types.includes('Files');
  return (
    <Box
      sx={{ height: '100%', position: 'relative' }}
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDragging(true);
      }}
      onDragLeave={(event) => {
        if (event.currentTarget === event.target || !event.currentTarget.contains(event.relatedTarget as Node | null)) setDragging(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setDragging(false);
        setImporting([...event.dataTransfer.files]);
      }}
    >
      <Page>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: 2, mb: 3 }}>
          <Box sx={{ flex: '1 1 260px' }}>
            <PageTitle title={t('companions.title')}>{t('companions.title')}</PageTitle>
            <Typography sx={{ color: 'text.secondary', mt: 0.5 }}>{t('companions.lead')}</Typography>
          </Box>
          <RemovedLink kind="character" />
          <Button
            variant="outlined"
            startIcon={<Icon name="plus" size={20} />}
            onClick={() => {
              setMaking(true);
            }}
          >
            {t('companions.new')}
          </Button>
          <Button
            variant="outlined"
            startIcon={<Icon name="upload" size={20} />}
            onClick={() => {
              setImporting([]);
            }}
          >
            {t('companions.import')}
          </Button>
        </Box>
        {tools && <SearchField label={t('companions.search')} value={search} onChange={setSearch} maxWidth={420} mb={3} />}
        {tools && (
          <Suspense fallback={<Box sx={{ height: 110 }} />}>
            <LibraryTools tags={commonTags(all, TAGS_SHOWN, tags)} chosen={tags} onTags={setTags} onlyFavourites={onlyFavourites} onOnlyFavourites={setOnlyFavourites} />
          </Suspense>
        )}
        <Box role="status" sx={visuallyHidden}>
          {words !== '' && t('companions.found', { count: shown.length })}
        </Box>
        {characters.isError && <ErrorNote error={characters.error} onRetry={() => void characters.refetch()} />}
        <Box
          component="ul"
          aria-label={t('companions.title')}
          sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: list ? 1 : { xs: 2, sm: 3 }, gridTemplateColumns: list ? '1fr' : 'repeat(auto-fill, minmax(min(100%, 260px), 1fr))' }}
        >
          {characters.isPending &&
            [0, 1, 2].map((card) => (
              <li key={card} aria-hidden="true">
                <Placeholder height={330} radius={22} />
              </li>
            ))}
          {shown.slice(0, most).map((character) => (
            <CompanionCard
              key={character.id}
              character={character}
              row={list}
              onAbout={() => {
                setMade(null);
                setAbout(character);
              }}
            />
          ))}
        </Box>
        {more && <Box ref={end} sx={{ height: 1 }} />}
        {characters.isSuccess && all.length === 0 && (
          <EmptyState
            title={t('companions.emptyTitle')}
            text={t('companions.emptyText')}
            action={
              <Button
                variant="contained"
                onClick={() => {
                  setImporting([]);
                }}
              >
                {t('companions.import')}
              </Button>
            }
          />
        )}
        {all.length > 0 && shown.length === 0 && <Typography sx={{ color: 'text.secondary' }}>{t('companions.searchNone')}</Typography>}
      </Page>
      {dragging && (
        <Box
          aria-hidden="true"
          sx={{ position: 'absolute', inset: 12, borderRadius: '22px', border: '2px dashed', borderColor: 'primary.main', bgcolor: 'background.default', opacity: 0.94, display: 'grid', placeContent: 'center', pointerEvents: 'none' }}
        >
          <Typography variant="h2">{t('companions.importDrop')}</Typography>
        </Box>
      )}
      <Suspense>
        {about && (
          <CompanionDialog
            key={about.id}
            character={about}
            editing={about.id === made}
            onClose={() => {
              setAbout(null);
            }}
          />
        )}
        {making && (
          <NewDialog
            onClose={() => {
              setMaking(false);
            }}
            onMade={(character) => {
              setMaking(false);
              setMade(character.id);
              setAbout({ ...character, favourite: false, tagline: '' });
            }}
          />
        )}
        {importing && (
          <ImportDialog
            first={importing}
            onClose={() => {
              setImporting(null);
            }}
          />
        )}
      </Suspense>
    </Box>
  );
}
