import Box from '@mui/material/Box';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { because } from '../chat/reasons';
import { type Book, bookKey, testBook, type TestEntry } from './lorebook';

const PAUSE_MS = 300;

/** What a text would wake, and why; and what it nearly would have. Follows the typing. */
export function TestBox({ book }: { book: Book }) {
  const { t } = useTranslation();
  const [text, setText] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => {
      setAsked(text.trim());
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  const test = useQuery({
    queryKey: ['lore-test', bookKey(book), book.version, asked],
    enabled: asked !== '',
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => testBook(book.at, asked, signal),
  });
  const result = asked === '' ? undefined : test.data;
  return (
    <Box component="section" aria-label={t('lore.test')} sx={{ bgcolor: 'sunken.main', borderRadius: '18px', p: 2, mb: 3 }}>
      <Typography variant="body2" sx={{ color: 'text.secondary', mb: 1 }}>
        {t('lore.testText')}
      </Typography>
      <TextField
        autoFocus
        fullWidth
        multiline
        minRows={2}
        maxRows={8}
        label={t('lore.testLabel')}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
        }}
        sx={{ bgcolor: 'background.paper', borderRadius: '14px' }}
      />
      {test.isError && <ErrorNote error={test.error} />}
      <Box role="status">
        {result && (
          <Typography variant="body2" sx={{ mt: 1.5, fontWeight: 650 }}>
            {t('lore.woke', { count: result.activated.length })}
            {' · '}
            {t('trace.count', { count: result.tokens })}
            {result.overflowed && ` · ${t('lore.overflow', { budget: result.budget })}`}
          </Typography>
        )}
      </Box>
      {result?.warnings.map((warning, index) => (
        <Typography key={index} variant="body2" sx={{ color: 'warning.main' }}>
          {warning}
        </Typography>
      ))}
      {result && <Entries label={t('lore.wokeList')} entries={result.activated} />}
      {result && result.nearly.length > 0 && (
        <>
          <Typography variant="body2" sx={{ mt: 2, fontWeight: 650 }}>
            {t('lore.nearly')}
          </Typography>
          <Entries label={t('lore.nearly')} entries={result.nearly} />
        </>
      )}
    </Box>
  );
}

function Entries({ label, entries }: { label: string; entries: TestEntry[] }) {
  const { t } = useTranslation();
  return (
    <Box component="ul" aria-label={label} sx={{ listStyle: 'none', m: 0, p: 0 }}>
      {entries.map((entry) => (
        <Box component="li" key={`${entry.lorebook_id ?? entry.book}/${String(entry.uid)}`} sx={{ py: 1, borderTop: 1, borderColor: 'divider' }}>
          <Typography component="p" sx={{ fontWeight: 600, overflowWrap: 'anywhere' }}>
            {entry.title || t('lore.untitled', { number: entry.uid })}
          </Typography>
          <Typography component="p" variant="caption" sx={{ color: 'text.secondary', overflowWrap: 'anywhere' }}>
            {[because(t, entry), entry.position && t(`lore.position.${entry.position}`), entry.tokens > 0 ? t('trace.count', { count: entry.tokens }) : ''].filter(Boolean).join(' · ')}
          </Typography>
        </Box>
      ))}
    </Box>
  );
}
