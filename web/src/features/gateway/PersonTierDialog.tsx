import Box from '@mui/material/Box';
import Button from '@mui/material/Button';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';

import { useTranslation } from '../../i18n/use';
import { ErrorNote } from '../../ui/errors';
import { FormDialog } from './FormDialog';
import { PersonField } from './PersonField';

/** Who is in another tier than "default". */
export function PersonTierDialog({ tiers, pending, error, onSave, onClose }: { tiers: string[]; pending: boolean; error: unknown; onSave: (person: string, tier: string) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [person, setPerson] = useState('');
  const [tier, setTier] = useState(tiers[0] ?? '');
  const [tried, setTried] = useState(false);
  const missing = tried && person === '';
  const submit = () => {
    setTried(true);
    if (person !== '' && tier !== '') onSave(person, tier);
  };
  return (
    <FormDialog title={t('limits.add_person')} onSubmit={submit} onClose={onClose}>
      <DialogContent sx={{ display: 'grid', gap: 2 }}>
        <Box sx={{ mt: 1 }}>
          <PersonField problem={missing ? t('people.need') : ''} autoFocus onChange={setPerson} />
        </Box>
        <TextField select label={t('limits.tier')} value={tier} onChange={(event) => { setTier(event.target.value); }}>
          {tiers.map((name) => (
            <MenuItem key={name} value={name}>
              {name}
            </MenuItem>
          ))}
        </TextField>
        {error != null && <ErrorNote error={error} />}
      </DialogContent>
      <DialogActions sx={{ p: 2 }}>
        <Button onClick={onClose}>{t('app.cancel')}</Button>
        <Button type="submit" variant="contained" loading={pending}>
          {t('limits.save')}
        </Button>
      </DialogActions>
    </FormDialog>
  );
}
