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
import useMediaQuery from '@mui/material/useMediaQuery';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';

import { ApiError } from '../../api/problem';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { ErrorNote, explain } from '../../ui/errors';
import { UnsavedDialog, useUnsaved } from '../../ui/Guard';
import { useNotices } from '../../ui/notices';
import { visuallyHidden } from '../../ui/Page';
import { RoleField } from '../../ui/RoleField';
import { Portrait } from '../companions/Portrait';
import { lorebooksQuery } from '../lorebooks/lorebook';
import { asSquare, fieldsOf, newPersona, type Persona, type PersonaFields, type Place, places, removePersona, savePersona, setAvatar } from './persona';

export function PersonaDialog({ persona, first, onClose }: { persona: Persona | null; first: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const show = useNotices((state) => state.show);
  const phone = useMediaQuery('(max-width: 599px)');
  const books = useQuery(lorebooksQuery);
  // The first one is who a person is: they would have to say so otherwise.
  const [before] = useState<PersonaFields>(persona ? fieldsOf(persona) : { ...newPersona, default: first });
  const [values, setValues] = useState(before);
  const [picture, setPicture] = useState<{ blob: Blob | null; url: string | null } | null>(null);
  const shownUrl = picture?.url;
  useEffect(
    () => () => {
      if (shownUrl) URL.revokeObjectURL(shownUrl);
    },
    [shownUrl],
  );
  const [tried, setTried] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const dirty = picture !== null || JSON.stringify(before) !== JSON.stringify(values);
  const guard = useUnsaved(dirty, onClose);
  const [saved, setSaved] = useState<string | null>(persona?.id ?? null);

  const save = useMutation({
    mutationFn: async () => {
      const { id } = await savePersona(saved, values);
      // A picture that is refused must not make a second persona of the next try.
      setSaved(id);
      if (picture) await setAvatar(id, picture.blob);
    },
    onSuccess: () => {
      show(t('card.saved', { name: values.name.trim() }));
      onClose();
    },
  });
  const remove = useMutation({
    mutationFn: async () => {
      if (persona) await removePersona(persona.id, t('persona.removed', { name: before.name }));
    },
    onSuccess: onClose,
  });
  const error = save.error ?? remove.error;
  const field = error instanceof ApiError ? error.field : undefined;
  const change = (part: Partial<PersonaFields>) => {
    setValues({ ...values, ...part });
    if (save.isError) save.reset();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (values.name.trim() !== '' && !save.isPending) save.mutate();
  };
  const choose = async (file: File | undefined) => {
    if (!file) return;
    try {
      const blob = await asSquare(file);
      setPicture({ blob, url: URL.createObjectURL(blob) });
    } catch {
      show(t('persona.noPicture'));
    }
  };
  const noName = tried && values.name.trim() === '';
  return (
    <Dialog open onClose={guard.close} fullWidth fullScreen={phone} maxWidth="sm" aria-labelledby="persona-title" scroll="paper">
      <Box component="form" onSubmit={submit} noValidate sx={{ display: 'contents' }}>
        <DialogTitle id="persona-title" variant="h2" component="h2">
          {persona ? t('card.editTitle', { name: persona.name }) : t('persona.new')}
        </DialogTitle>
        <DialogContent dividers>
          <Box sx={{ display: 'flex', alignItems: 'center', gap: 2, mb: 1 }}>
            {picture?.url ? (
              <Box component="img" src={picture.url} alt="" sx={{ width: 72, height: 72, borderRadius: '32%', objectFit: 'cover' }} />
            ) : (
              <Portrait name={values.name} url={picture ? null : persona?.avatar_url} bundled={false} size={72} />
            )}
            <input
              ref={input}
              type="file"
              accept="image/png,image/jpeg,image/webp"
              tabIndex={-1}
              aria-hidden="true"
              data-testid="avatar-file"
              style={visuallyHidden}
              onChange={(event) => {
                const file = event.target.files?.[0];
                event.target.value = '';
                void choose(file);
              }}
            />
            <Button size="small" onClick={() => input.current?.click()}>
              {t('persona.picture')}
            </Button>
            {(picture ? picture.blob !== null : persona?.avatar_url) && (
              <Button
                size="small"
                onClick={() => {
                  setPicture({ blob: null, url: null });
                }}
              >
                {t('card.remove')}
              </Button>
            )}
          </Box>
          <TextField
            name="name"
            autoFocus
            required
            fullWidth
            margin="normal"
            label={t('card.field.name')}
            value={values.name}
            error={noName || field === 'name'}
            helperText={noName ? t('persona.nameNeeded') : field === 'name' ? explain(error, t) : t('persona.nameHelp', { user: '{{user}}' })}
            onChange={(event) => {
              change({ name: event.target.value });
            }}
          />
          <TextField
            fullWidth
            margin="normal"
            multiline
            minRows={4}
            maxRows={14}
            label={t('card.field.description')}
            helperText={t('persona.wordsHelp')}
            value={values.description}
            onChange={(event) => {
              change({ description: event.target.value });
            }}
          />
          <TextField
            select
            fullWidth
            margin="normal"
            label={t('persona.position')}
            value={values.position}
            onChange={(event) => {
              change({ position: event.target.value as Place });
            }}
          >
            {places.map((place) => (
              <MenuItem key={place} value={place}>
                {t(`persona.place.${place}`)}
              </MenuItem>
            ))}
          </TextField>
          {values.position === 'at_depth' && (
            <Box sx={{ display: 'grid', gridTemplateColumns: '1fr 1fr', gap: 2 }}>
              <TextField
                type="number"
                margin="normal"
                label={t('lore.depth')}
                value={values.depth}
                slotProps={{ htmlInput: { min: 0, max: 10_000 } }}
                onChange={(event) => {
                  change({ depth: Math.max(0, Math.trunc(Number(event.target.value))) });
                }}
              />
              <RoleField
                margin="normal"
                value={values.role}
                onChange={(role) => {
                  change({ role });
                }}
              />
            </Box>
          )}
          <TextField
            select
            fullWidth
            margin="normal"
            label={t('persona.book')}
            value={books.data?.some((book) => book.id === values.lorebook_id) ? values.lorebook_id : ''}
            onChange={(event) => {
              change({ lorebook_id: event.target.value || null });
            }}
            slotProps={{ select: { displayEmpty: true }, inputLabel: { shrink: true } }}
          >
            <MenuItem value="">{t('persona.noBook')}</MenuItem>
            {books.data?.map((book) => (
              <MenuItem key={book.id} value={book.id}>
                {book.name}
              </MenuItem>
            ))}
          </TextField>
          <FormControlLabel
            control={
              <Switch
                checked={values.default}
                onChange={(event) => {
                  change({ default: event.target.checked });
                }}
              />
            }
            label={t('persona.defaultHelp')}
          />
          {error && field !== 'name' && <ErrorNote error={error} />}
        </DialogContent>
        <DialogActions sx={{ p: 2, flexWrap: 'wrap' }}>
          {persona && (
            <Button
              color="error"
              loading={remove.isPending}
              onClick={() => {
                remove.mutate();
              }}
              sx={{ mr: 'auto' }}
            >
              {t('companions.delete')}
            </Button>
          )}
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
