import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import MenuItem from '@mui/material/MenuItem';
import Switch from '@mui/material/Switch';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import useMediaQuery from '@mui/material/useMediaQuery';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import { charactersQuery } from '../../api/queries';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { UnsavedDialog, useUnsaved } from '../../ui/Guard';
import { personasQuery } from '../personas/persona';
import { type Book, type BookChange, type BookScope, changeBook } from './lorebook';

/** A book's own name and limits, and where it wakes. */
export function BookDialog({ book, onClose }: { book: Book; onClose: () => void }) {
  const { t } = useTranslation();
  const phone = useMediaQuery('(max-width: 599px)');
  const characters = useQuery(charactersQuery);
  const personas = useQuery(personasQuery);
  const [values, setValues] = useState({ name: book.name, description: book.description, scan_depth: book.scan_depth ?? null, token_budget: book.token_budget ?? null, recursive: book.recursive, scopes: book.scopes });
  const before = { name: book.name, description: book.description, scan_depth: book.scan_depth ?? null, token_budget: book.token_budget ?? null, recursive: book.recursive, scopes: book.scopes };
  // A book within a card wakes with its companion and needs no name.
  const own = 'character' in book.at;
  const nameMissing = !own && values.name.trim() === '';
  const dirty = JSON.stringify(values) !== JSON.stringify(before);
  const guard = useUnsaved(dirty, onClose);
  const save = useMutation({
    mutationFn: async () => {
      const change: BookChange = {};
      for (const name of ['name', 'description', 'scan_depth', 'token_budget', 'recursive', 'scopes'] as const) {
        if (JSON.stringify(values[name]) !== JSON.stringify(before[name])) Object.assign(change, { [name]: values[name] });
      }
      if (Object.keys(change).length > 0) await changeBook(book.at, change);
    },
    onSuccess: onClose,
  });
  const change = (part: Partial<typeof values>) => {
    setValues({ ...values, ...part });
    if (save.isError) save.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!nameMissing && !save.isPending) save.mutate();
  };
  const global = values.scopes.some(({ scope }) => scope === 'global');
  const chosen = (scope: 'character' | 'persona') => values.scopes.flatMap((one) => (one.scope === scope ? [one[`${scope}_id`] ?? ''] : []));
  const choose = (scope: 'character' | 'persona', ids: string[]) => {
    change({ scopes: [...values.scopes.filter((one) => one.scope !== scope), ...ids.map((id): BookScope => ({ scope, [`${scope}_id`]: id }))] });
  };
  const chats = values.scopes.filter(({ scope }) => scope === 'conversation');
  const pick = (scope: 'character' | 'persona', label: string, all: { id: string; name: string }[]) => (
    <TextField
      select
      fullWidth
      margin="dense"
      label={label}
      value={chosen(scope).filter((id) => all.some((one) => one.id === id))}
      onChange={(event) => {
        choose(scope, event.target.value as unknown as string[]);
      }}
      slotProps={{ select: { multiple: true, displayEmpty: true, renderValue: (ids) => (ids as string[]).map((id) => all.find((one) => one.id === id)?.name ?? '').join(', ') || t('lore.nobody') }, inputLabel: { shrink: true } }}
    >
      {all.map((one) => (
        <MenuItem key={one.id} value={one.id}>
          {one.name}
        </MenuItem>
      ))}
    </TextField>
  );
  const limit = (name: 'scan_depth' | 'token_budget', label: string) => (
    <TextField
      type="number"
      fullWidth
      margin="dense"
      label={label}
      placeholder={t('lore.asSettings')}
      value={values[name] ?? ''}
      slotProps={{ inputLabel: { shrink: true }, htmlInput: { min: 0, max: name === 'scan_depth' ? 1_000 : 1_000_000 } }}
      onChange={(event) => {
        change({ [name]: event.target.value === '' ? null : Math.max(0, Math.trunc(Number(event.target.value))) });
      }}
    />
  );
  return (
    <Dialog open onClose={guard.close} fullWidth fullScreen={phone} maxWidth="sm" aria-labelledby="book-title" scroll="paper">
      <Box component="form" onSubmit={submit} noValidate sx={{ display: 'contents' }}>
        <DialogTitle id="book-title" variant="h2" component="h2">
          {t('lore.settings')}
        </DialogTitle>
        <DialogContent dividers>
          <TextField
            autoFocus
            required={!own}
            fullWidth
            margin="dense"
            label={t('card.field.name')}
            value={values.name}
            error={nameMissing}
            slotProps={{ htmlInput: { maxLength: 200 } }}
            onChange={(event) => {
              change({ name: event.target.value });
            }}
          />
          <TextField
            fullWidth
            multiline
            minRows={2}
            maxRows={8}
            margin="dense"
            label={t('card.field.description')}
            value={values.description}
            onChange={(event) => {
              change({ description: event.target.value });
            }}
          />
          {!own && (
            <>
              <Typography variant="h3" component="h3" sx={{ mt: 3 }}>
                {t('lore.scopes')}
              </Typography>
              <Typography variant="body2" sx={{ color: 'text.secondary', mb: 1 }}>
                {t('lore.scopesText')}
              </Typography>
              <FormControlLabel
                control={
                  <Switch
                    checked={global}
                    onChange={(event) => {
                      change({ scopes: event.target.checked ? [...values.scopes, { scope: 'global' }] : values.scopes.filter(({ scope }) => scope !== 'global') });
                    }}
                  />
                }
                label={t('lore.scope.global')}
              />
              {pick('character', t('lore.scope.character'), characters.data ?? [])}
              {pick('persona', t('lore.scope.persona'), personas.data ?? [])}
              {chats.length > 0 && (
                <Typography variant="body2" sx={{ mt: 1 }}>
                  {t('lore.inChats', { count: chats.length })}{' '}
                  <Button
                    size="small"
                    onClick={() => {
                      change({ scopes: values.scopes.filter(({ scope }) => scope !== 'conversation') });
                    }}
                  >
                    {t('card.remove')}
                  </Button>
                </Typography>
              )}
            </>
          )}
          <Typography variant="h3" component="h3" sx={{ mt: 3 }}>
            {t('lore.limits')}
          </Typography>
          {limit('scan_depth', t('lore.scanDepth'))}
          {limit('token_budget', t('lore.budget'))}
          <FormControlLabel
            control={
              <Switch
                checked={values.recursive}
                onChange={(event) => {
                  change({ recursive: event.target.checked });
                }}
              />
            }
            label={t('lore.recursive')}
          />
          {save.isError && <ErrorNote error={save.error} />}
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button onClick={guard.close}>{t('app.cancel')}</Button>
          <Button type="submit" variant="contained" loading={save.isPending}>
            {t('card.save')}
          </Button>
        </DialogActions>
      </Box>
      <UnsavedDialog guard={guard} />
    </Dialog>
  );
}
