import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import ButtonBase from '@mui/material/ButtonBase';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation, useQuery } from '@tanstack/react-query';
import { createLink, useNavigate } from '@tanstack/react-router';
import { type FormEvent, forwardRef, useRef, useState } from 'react';

import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { Icon } from '../../ui/Icon';
import { Note } from '../../ui/Note';
import { EmptyState, Page, PageTitle, visuallyHidden } from '../../ui/Page';
import { Placeholder } from '../../ui/Placeholder';
import { RemovedLink } from '../../ui/RemovedLink';
import { createBook, importBook, lorebooksQuery, scopesOf } from './lorebook';

const Row = forwardRef<HTMLAnchorElement, React.ComponentPropsWithoutRef<'a'>>(function Row(props, ref) {
  return <ButtonBase component="a" ref={ref} {...props} sx={{ display: 'block', width: '100%', textAlign: 'left', p: 2, borderRadius: '14px', border: 1, borderColor: 'divider', bgcolor: 'background.paper', color: 'text.primary', '&:hover': { bgcolor: 'action.hover' } }} />;
});
const BookLink = createLink(Row);

interface Result {
  key: number;
  file: string;
  ok: boolean;
  text: string;
  warnings: string[];
}

/** What a world knows, book by book. */
export default function Lorebooks() {
  const { t } = useTranslation();
  const books = useQuery(lorebooksQuery);
  const [naming, setNaming] = useState(false);
  const [results, setResults] = useState<Result[]>([]);
  const input = useRef<HTMLInputElement>(null);
  const next = useRef(0);

  const bring = async (files: File[]) => {
    for (const file of files) {
      next.current += 1;
      const key = next.current;
      let result: Result;
      try {
        const { lorebook, warnings } = await importBook(file);
        result = { key, file: file.name, ok: true, text: t('lore.imported', { name: lorebook.name, count: lorebook.entry_count }), warnings };
      } catch (error) {
        result = { key, file: file.name, ok: false, text: explain(error, t), warnings: [] };
      }
      setResults((list) => [...list, result]);
    }
  };
  const add = (
    <Button
      variant="contained"
      startIcon={<Icon name="plus" size={20} />}
      onClick={() => {
        setNaming(true);
      }}
    >
      {t('lore.new')}
    </Button>
  );
  return (
    <Box
      sx={{ height: '100%' }}
      onDragOver={(event) => {
        if (event.dataTransfer.types.includes('Files')) event.preventDefault();
      }}
      onDrop={(event) => {
        event.preventDefault();
        void bring([...event.dataTransfer.files]);
      }}
    >
      <Page width={860}>
        <Box sx={{ display: 'flex', flexWrap: 'wrap', alignItems: 'end', gap: 1.5, mb: 3 }}>
          <Box sx={{ flex: '1 1 240px' }}>
            <PageTitle title={t('lore.title')}>{t('lore.title')}</PageTitle>
            <Typography sx={{ color: 'text.secondary', mt: 0.5 }}>{t('lore.lead')}</Typography>
          </Box>
          <input
            ref={input}
            type="file"
            accept=".json,.lorebook,application/json"
            multiple
            tabIndex={-1}
            aria-hidden="true"
            data-testid="book-file"
            style={visuallyHidden}
            onChange={(event) => {
              const files = [...(event.target.files ?? [])];
              event.target.value = '';
              void bring(files);
            }}
          />
          <RemovedLink kind="lorebook" />
          <Button variant="outlined" startIcon={<Icon name="upload" size={20} />} onClick={() => input.current?.click()}>
            {t('lore.import')}
          </Button>
          {add}
        </Box>
        <Box role="status" sx={{ display: 'grid', gap: 1, mb: results.length > 0 ? 2 : 0 }}>
          {results.map((result) => (
            <Note
              key={result.key}
              severity={result.ok ? (result.warnings.length > 0 ? 'warning' : 'success') : 'error'}
              onClose={() => {
                setResults((list) => list.filter((one) => one !== result));
              }}
              closeText={t('app.close')}
            >
              <strong>{result.file}</strong>: {result.text}
              {result.warnings.slice(0, 5).map((warning, index) => (
                <div key={index}>{warning}</div>
              ))}
            </Note>
          ))}
        </Box>
        {books.isPending && <Placeholder height={180} />}
        {books.isError && <ErrorNote error={books.error} onRetry={() => void books.refetch()} />}
        {books.data?.length === 0 && <EmptyState title={t('lore.noneTitle')} text={t('lore.noneText')} action={add} />}
        <Box component="ul" aria-label={t('lore.title')} sx={{ listStyle: 'none', m: 0, p: 0, display: 'grid', gap: 1.5 }}>
          {books.data?.map((book) => (
            <li key={book.id}>
              <BookLink to="/lorebooks/$lorebookId" params={{ lorebookId: book.id }}>
                <Typography component="h2" variant="h3" sx={{ overflowWrap: 'anywhere' }}>
                  {book.name}
                </Typography>
                <Typography variant="body2" sx={{ color: 'text.secondary' }}>
                  {[t('lore.entries', { count: book.entry_count }), ...scopesOf(book).map((scope) => t(`lore.scope.${scope}`))].join(' · ')}
                  {book.scopes.length === 0 && ` · ${t('lore.nowhere')}`}
                </Typography>
                {book.description && (
                  <Typography variant="body2" noWrap sx={{ mt: 0.5 }}>
                    {book.description}
                  </Typography>
                )}
              </BookLink>
            </li>
          ))}
        </Box>
        {naming && (
          <NameDialog
            onClose={() => {
              setNaming(false);
            }}
          />
        )}
      </Page>
    </Box>
  );
}

function NameDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const make = useMutation({
    mutationFn: () => createBook(name.trim()),
    onSuccess: (book) => {
      onClose();
      void navigate({ to: '/lorebooks/$lorebookId', params: { lorebookId: book.id } });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== '') make.mutate();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="book-name-title">
      <form onSubmit={submit}>
        <DialogTitle id="book-name-title" variant="h2" component="h2">
          {t('lore.new')}
        </DialogTitle>
        <DialogContent>
          <TextField
            autoFocus
            fullWidth
            margin="dense"
            label={t('card.field.name')}
            value={name}
            slotProps={{ htmlInput: { maxLength: 200 } }}
            onChange={(event) => {
              setName(event.target.value);
            }}
          />
          {make.isError && <ErrorNote error={make.error} />}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" variant="contained" disabled={name.trim() === ''} loading={make.isPending}>
            {t('lore.create')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
