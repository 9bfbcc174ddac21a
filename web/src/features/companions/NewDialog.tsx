import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import Typography from '@mui/material/Typography';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';

import type { CharacterDetail } from '../../api/types';
import '../../i18n/pages';
import { useTranslation } from '../../i18n/use';
import { explain } from '../../ui/errors';
import { createCard } from './card';

/** A companion begins with a name; the rest is the editor's, which opens next. */
export default function NewDialog({ onClose, onMade }: { onClose: () => void; onMade: (character: CharacterDetail) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [tried, setTried] = useState(false);
  const create = useMutation({ mutationFn: () => createCard(name.trim()), onSuccess: onMade });
  const missing = tried && name.trim() === '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (name.trim() !== '' && !create.isPending) create.mutate();
  };
  return (
    <Dialog open onClose={onClose} fullWidth maxWidth="xs" aria-labelledby="new-title">
      <form onSubmit={submit} noValidate>
        <DialogTitle id="new-title" variant="h2" component="h2">
          {t('companions.new')}
        </DialogTitle>
        <DialogContent>
          <Typography variant="body2" sx={{ color: 'text.secondary' }}>
            {t('card.newText')}
          </Typography>
          <TextField
            autoFocus
            fullWidth
            required
            margin="normal"
            label={t('card.field.name')}
            value={name}
            error={missing || create.isError}
            helperText={missing ? t('card.nameNeeded') : create.isError ? explain(create.error, t) : undefined}
            onChange={(event) => {
              setName(event.target.value);
              if (create.isError) create.reset();
            }}
          />
        </DialogContent>
        <DialogActions sx={{ p: 2 }}>
          <Button onClick={onClose}>{t('app.cancel')}</Button>
          <Button type="submit" variant="contained" loading={create.isPending}>
            {t('card.create')}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
